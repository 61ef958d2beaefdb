import { groupsOfPattern, matchedGroups } from '@podwire/cel';
import type { Directive } from './corefile.ts';
import { NEXT } from './exchange.ts';
import type { DnsPlugin, Handling } from './exchange.ts';
import { canonicalName, labelsOf } from './names.ts';
import { typeNumber } from './records.ts';
import type { DnsMessage, Question, RecordData, ResourceRecord } from './records.ts';
import type { AnswerChange, Complaint, NameMatch, RewriteRule, ServerDraft } from './plugin-config.ts';

const MATCHES: readonly NameMatch[] = ['exact', 'prefix', 'suffix', 'substring', 'regex'];

type RuleResult = RewriteRule | { readonly problem: string | Complaint };
/** Patterns of a Corefile are shorter than this. */
const MAX_PATTERN_CHARACTERS = 10_000;

const bare = (message: string): { readonly problem: Complaint } => ({ problem: { message, bare: true } });
const dotted = (name: string): string => (name.endsWith('.') ? name : `${name}.`);

/** `rewrite [continue|stop] name|type|ttl …`, in one line or, where the line has less than two words, in a block. */
export function setUpRewrite(draft: ServerDraft, { args, block }: Directive): string | Complaint | undefined {
  const words = args.length < 2 ? [...args, ...block.flatMap((line) => line.words)] : args;
  if (args.length >= 2 && block.length > 0)
    return `rewrite with a block of its own is not modelled by this cluster`;
  const rule = ruleOf(words);
  if ('problem' in rule) return rule.problem;
  draft.rewrites = [...draft.rewrites, rule];
  return undefined;
}

function ruleOf(words: readonly string[]): RuleResult {
  const [first, ...rest] = words;
  if (first === undefined) return bare('no rule type specified for rewrite');
  const mode = first.toLowerCase();
  const continues = mode === 'continue';
  const hasMode = continues || mode === 'stop';
  const [kind, ...operands] = hasMode ? rest : words;
  if (kind === undefined) return bare(`${mode} rule must begin with a rule type`);
  switch (kind.toLowerCase()) {
    case 'name':
      return nameRule(continues, operands);
    case 'type':
      return typeRule(continues, operands);
    case 'ttl':
      return ttlRule(continues, operands);
    case 'answer':
      return bare('response rewrites must begin with a name rule');
    case 'class':
    case 'edns0':
    case 'cname':
    case 'rcode':
      return { problem: `rewrite ${kind.toLowerCase()} is not modelled by this cluster` };
    default:
      return bare(`invalid rule type ${JSON.stringify(kind.toLowerCase())}`);
  }
}

function typeRule(continues: boolean, operands: readonly string[]): RuleResult {
  const [from = '', to = ''] = operands;
  if (operands.length !== 2) return bare('type rules must have exactly two arguments');
  for (const each of [from, to])
    if (typeNumber(each) === undefined) return bare(`invalid type ${JSON.stringify(each)}`);
  return { kind: 'type', continues, from: from.toUpperCase(), to: to.toUpperCase() };
}

function ttlRule(continues: boolean, operands: readonly string[]): RuleResult {
  if (operands.length < 2) return bare(`too few (${operands.length}) arguments for a ttl rule`);
  if (operands.length > 3) return bare('many few arguments for a ttl rule');
  const seconds = operands.at(-1) ?? '';
  const range = /^(\d{1,10})?(-)?(\d{1,10})?$/.exec(seconds);
  const least = Number(range?.[1] ?? 0);
  const most = range?.[2] === undefined ? least : Number(range[3] ?? 2_147_483_647);
  if (range === null || seconds === '' || seconds === '-' || least > most)
    return bare(`invalid TTL '${seconds}' for a ttl rule`);
  const match = operands.length === 2 ? 'exact' : matchOf(operands[0] ?? '');
  if (match === undefined)
    return bare('ttl rule supports only exact, prefix, suffix, substring, and regex name matching');
  const name = operands.at(-2) ?? '';
  if (match === 'regex' && groupsOfPattern(name) === undefined)
    return bare(`invalid regex pattern in a ttl rule: ${name}`);
  return {
    kind: 'ttl',
    continues,
    match,
    name: match === 'regex' ? name : canonicalName(name),
    change: { kind: 'ttl', least, most },
  };
}

function matchOf(word: string): NameMatch | undefined {
  return MATCHES.find((match) => match === word.toLowerCase());
}

function nameRule(continues: boolean, operands: readonly string[]): RuleResult {
  if (operands.length < 2) return bare('too few arguments for a name rule');
  const match = operands.length === 2 ? 'exact' : matchOf(operands[0] ?? '');
  if (match === undefined)
    return bare(
      `name rule supports only exact, prefix, suffix, substring, and regex name matching, received: ${(operands[0] ?? '').toLowerCase()}`,
    );
  const [from = '', to = ''] = operands.length === 2 ? operands : operands.slice(1);
  if (match === 'regex') {
    const problem = patternProblem(from, to);
    if (problem !== undefined) return bare(problem);
  }
  const answers = answerRules(match, operands.slice(3));
  if ('problem' in answers) return answers;
  return {
    kind: 'name',
    continues,
    match,
    // CoreDNS closes every name with a dot, even the beginning of one, but for patterns.
    from:
      match === 'regex'
        ? from
        : match === 'prefix' || match === 'substring'
          ? from.toLowerCase()
          : canonicalName(from),
    to: match === 'prefix' || match === 'substring' ? to.toLowerCase() : canonicalName(to),
    auto: answers.auto || match === 'exact',
    answers: answers.changes,
  };
}

function patternProblem(pattern: string, replacement: string): string | undefined {
  if (pattern.length > MAX_PATTERN_CHARACTERS)
    return `regex pattern too long: ${pattern.length} > ${MAX_PATTERN_CHARACTERS}`;
  const groups = groupsOfPattern(pattern);
  if (groups === undefined) return `invalid regex matching pattern: ${pattern}`;
  const used = new Set(replacement.match(/\{(?:100|\d{1,2})\}/g) ?? []).size;
  return used > groups
    ? `the rewrite regex pattern (${replacement}) uses more subexpressions than its corresponding matching regex pattern (${pattern})`
    : undefined;
}

function answerRules(
  match: NameMatch,
  words: readonly string[],
): { readonly auto: boolean; readonly changes: readonly AnswerChange[] } | { readonly problem: Complaint } {
  let auto = false;
  const changes: AnswerChange[] = [];
  if (words.length === 0) return { auto, changes };
  if (words.length < 2) return bare(`invalid arguments for ${match} rule`);
  if (words[0] !== 'answer')
    return bare(`exceeded the number of arguments for a non-answer rule argument for ${match} rule`);
  for (let at = 0; at < words.length;) {
    if (words[at] === 'answer') at++;
    const kind = words[at++];
    if (kind === undefined) return bare(`type missing for answer rule for ${match} rule`);
    if (kind === 'auto') {
      auto = true;
      continue;
    }
    if (kind !== 'name' && kind !== 'value')
      return bare(`invalid type ${JSON.stringify(kind)} for answer rule for ${match} rule`);
    const [from, to] = words.slice(at, at + 2);
    if (from === undefined || to === undefined)
      return bare(`${kind} answer rule for ${match} rule: 2 arguments required`);
    const problem = patternProblem(from, to);
    if (problem !== undefined) return bare(`${kind} answer rule for ${match} rule: ${problem}`);
    changes.push({ kind: 'regex', of: kind, from, to: canonicalName(to) });
    at += 2;
  }
  if (auto && changes.some((change) => change.kind === 'regex' && change.of === 'name'))
    return bare('auto name answer rule cannot be combined with explicit name anwer rules');
  return { auto, changes };
}

/** Asks for another name or type, and gives the answer as the rules want it. */
export const rewritePlugin: DnsPlugin = {
  name: 'rewrite',
  onQuery({ server, question: asked }): Handling {
    let question: Question = asked;
    const changes: AnswerChange[] = [];
    let matched = false;
    for (const rule of server.rewrites) {
      const result = apply(rule, question, asked);
      if (result === undefined) continue;
      // A rewrite can make something that is no name; the question stays as it was then.
      if (labelsOf(result.question.name) === undefined) return NEXT;
      matched = true;
      question = result.question;
      changes.push(...result.changes);
      if (!rule.continues) break;
    }
    return matched ? { kind: 'rewritten', question, changes } : NEXT;
  },

  onReply({ query, question, changes }, response): DnsMessage {
    const [asked] = query.questions;
    if (
      asked === undefined ||
      (changes.length === 0 && asked.name === question.name && asked.type === question.type)
    )
      return response;
    const each = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
      changes.length === 0
        ? records
        : records.map((record) => changes.toReversed().reduce(changedRecord, record));
    return {
      ...response,
      questions: [asked],
      answers: each(response.answers),
      authorities: each(response.authorities),
      additionals: each(response.additionals),
    };
  },
};

function apply(
  rule: RewriteRule,
  question: Question,
  asked: Question,
): { readonly question: Question; readonly changes: readonly AnswerChange[] } | undefined {
  const name = canonicalName(question.name);
  switch (rule.kind) {
    case 'type':
      return question.type === rule.from
        ? { question: { ...question, type: rule.to }, changes: [] }
        : undefined;
    case 'ttl':
      return renamed(rule.match, rule.name, '', name) === undefined
        ? undefined
        : { question, changes: [rule.change] };
    case 'name': {
      const to = renamed(rule.match, rule.from, rule.to, name);
      if (to === undefined) return undefined;
      return {
        question: { ...question, name: to },
        changes: [...backwards(rule, to, asked), ...rule.answers],
      };
    }
  }
}

/** How `answer auto` brings the name that was asked for back. */
function backwards(
  { match, from, to, auto }: Extract<RewriteRule, { kind: 'name' }>,
  name: string,
  asked: Question,
): readonly AnswerChange[] {
  if (!auto) return [];
  const change =
    match === 'suffix'
      ? { kind: 'suffix' as const, from: to, to: from }
      : { kind: 'remap' as const, from: name, to: asked.name };
  return [
    { ...change, of: 'name' },
    { ...change, of: 'value' },
  ];
}

function renamed(match: NameMatch, from: string, to: string, name: string): string | undefined {
  switch (match) {
    case 'exact':
      return name === from ? to : undefined;
    case 'prefix':
      return name.startsWith(from) ? dotted(to + name.slice(from.length)) : undefined;
    case 'suffix':
      return name.endsWith(from) ? name.slice(0, name.length - from.length) + to : undefined;
    case 'substring':
      return name.includes(from) ? dotted(name.replaceAll(from, to)) : undefined;
    case 'regex': {
      const groups = matchedGroups(from, name)?.groups;
      return groups === undefined ? undefined : withGroups(to, groups);
    }
  }
}

/** `{1}` stands for the first group. */
function withGroups(text: string, groups: readonly string[]): string {
  return groups.reduce((sum, group, index) => sum.replaceAll(`{${index}}`, () => group), text);
}

function changedRecord(record: ResourceRecord, change: AnswerChange): ResourceRecord {
  if (change.kind === 'ttl')
    return { ...record, ttlSeconds: Math.min(change.most, Math.max(change.least, record.ttlSeconds)) };
  if (change.of === 'name') return { ...record, name: changedName(record.name, change) };
  return { ...record, data: changedValue(record.data, (name) => changedName(name, change)) };
}

function changedName(name: string, change: Exclude<AnswerChange, { kind: 'ttl' }>): string {
  const changed = renamedBack(name, change);
  // A change can make something that is no name, which no message could carry.
  return labelsOf(changed) === undefined ? name : changed;
}

function renamedBack(name: string, change: Exclude<AnswerChange, { kind: 'ttl' }>): string {
  const head = name.slice(0, Math.max(0, name.length - change.from.length));
  switch (change.kind) {
    case 'remap':
      return name === change.from || name.endsWith(`.${change.from}`) ? head + change.to : name;
    case 'suffix':
      return name.endsWith(change.from) ? head + change.to : name;
    case 'regex': {
      const groups = matchedGroups(change.from, name)?.groups;
      return groups === undefined ? name : withGroups(change.to, groups);
    }
  }
}

function changedValue(data: RecordData, change: (name: string) => string): RecordData {
  switch (data.type) {
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'SRV':
    case 'MX':
      return { ...data, target: change(data.target) };
    case 'SOA':
      return { ...data, primary: change(data.primary) };
    case 'A':
    case 'AAAA':
    case 'TXT':
    case 'opaque':
      return data;
  }
}
