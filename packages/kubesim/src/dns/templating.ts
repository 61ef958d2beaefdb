import { groupsOfPattern, matchedGroups } from '@podwire/cel';
import type { PatternMatch } from '@podwire/cel';
import { canonicalAddress } from '../nodes/address.ts';
import type { Directive } from './corefile.ts';
import { NEXT, replyTo } from './exchange.ts';
import type { DnsPlugin, Exchange, Handling } from './exchange.ts';
import { zoneFor } from './local-plugins.ts';
import { canonicalName, labelsOf } from './names.ts';
import { CLASS_IN, RESPONSE_CODE, typeNumber } from './records.ts';
import type { DomainName, RecordData, ResourceRecord } from './records.ts';
import type { Complaint, ServerDraft, TemplateConfig, TemplatePart } from './plugin-config.ts';

const FIELDS = ['Class', 'Name', 'Remote', 'Type', 'Zone'] as const;
const SECTIONS = { answer: 'answers', additional: 'additionals', authority: 'authorities' } as const;

/** `template IN TYPE [ZONE…] { match … answer … rcode … fallthrough }`. */
export function setUpTemplate(
  draft: ServerDraft,
  { args, block, name }: Directive,
): string | Complaint | undefined {
  const [recordClass, type, ...zoneTexts] = args;
  if (recordClass === undefined || type === undefined)
    return `Wrong argument count or unexpected line ending after '${args.at(-1) ?? name}'`;
  if (recordClass !== 'IN' && recordClass !== 'ANY') return `invalid query class ${recordClass}`;
  if (typeNumber(type) === undefined || type !== type.toUpperCase()) return `invalid RR class ${type}`;
  const zones = zoneTexts.length === 0 ? [draft.zone] : zoneTexts.map(canonicalName);
  if (zones.some((zone) => labelsOf(zone) === undefined)) return `unable to normalize ${zoneTexts.join(' ')}`;
  const patterns: string[] = [];
  const texts = { answers: [], additionals: [], authorities: [] } as Record<
    (typeof SECTIONS)[keyof typeof SECTIONS],
    (readonly TemplatePart[])[]
  >;
  let responseCode: number = RESPONSE_CODE.NOERROR;
  let fallthrough: readonly DomainName[] = [];
  for (const { words, line } of block) {
    const [keyword = '', ...rest] = words;
    const needsWords = keyword !== 'fallthrough' && keyword !== 'upstream';
    if (needsWords && rest.length === 0)
      return { message: `Wrong argument count or unexpected line ending after '${keyword}'`, line };
    switch (keyword) {
      case 'match':
        for (const pattern of rest)
          if (groupsOfPattern(pattern) === undefined)
            return { message: `could not parse regex: ${pattern}`, line };
        patterns.push(...rest);
        break;
      case 'answer':
      case 'additional':
      case 'authority':
        for (const text of rest) {
          const parts = partsOf(text);
          if (typeof parts === 'string') return { message: parts, line };
          texts[SECTIONS[keyword]].push(parts);
        }
        break;
      case 'rcode': {
        const code = Object.entries(RESPONSE_CODE).find(([known]) => known === rest[0])?.[1];
        if (code === undefined) return { message: `unknown rcode ${rest[0] ?? ''}`, line };
        responseCode = code;
        break;
      }
      case 'fallthrough':
        fallthrough = rest.length === 0 ? ['.'] : rest.map(canonicalName);
        break;
      case 'upstream':
        break;
      case 'ederror':
        return { message: 'template option "ederror" is not modelled by this cluster', line };
      default:
        return { message: `Wrong argument count or unexpected line ending after '${keyword}'`, line };
    }
  }
  draft.templates = [
    ...draft.templates,
    { type, zones, patterns: patterns.length === 0 ? ['.*'] : patterns, ...texts, responseCode, fallthrough },
  ];
  return undefined;
}

/** The pieces of a Go template, as far as it takes values as they are; otherwise what is wrong with it. */
function partsOf(text: string): readonly TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  for (const piece of text.split(/(\{\{.*?\}\})/s)) {
    if (!piece.startsWith('{{')) {
      if (piece !== '') parts.push({ kind: 'text', text: piece });
      continue;
    }
    const action = piece
      .replace(/^\{\{-?/, '')
      .replace(/-?\}\}$/, '')
      .trim();
    const field = FIELDS.find((each) => action === `.${each}`);
    const index = /^index\s+\.Match\s+(\d{1,3})$/.exec(action)?.[1];
    const group = /^\.Group\.(\w+)$/.exec(action)?.[1] ?? /^index\s+\.Group\s+"(\w+)"$/.exec(action)?.[1];
    if (field !== undefined) parts.push({ kind: 'field', field });
    else if (index !== undefined) parts.push({ kind: 'match', index: Number(index) });
    else if (group !== undefined) parts.push({ kind: 'group', name: group });
    else return `template action "${piece}" is not modelled by this cluster`;
  }
  return parts;
}

/** Answers by rule: what is written down of a name that matches. */
export const templatePlugin: DnsPlugin = {
  name: 'template',
  onQuery(exchange): Handling {
    const { server, question } = exchange;
    const name = canonicalName(question.name);
    if (server.templates.every(({ zones }) => zoneFor(name, zones) === undefined)) return NEXT;
    for (const template of server.templates) {
      const zone = zoneFor(name, template.zones);
      if (zone === undefined) continue;
      if (template.type !== 'ANY' && question.type !== 'ANY' && question.type !== template.type) continue;
      const match = template.patterns
        .map((pattern) => matchedGroups(pattern, name))
        .find((found) => found !== undefined);
      if (match !== undefined) return filledIn(exchange, template, zone, match);
      if (zoneFor(name, template.fallthrough) === undefined) return { kind: 'failed', reason: NO_MATCH };
    }
    return NEXT;
  },
};

/** CoreDNS gives no error with it, so `errors` writes nothing. */
const NO_MATCH = '';

function filledIn(exchange: Exchange, template: TemplateConfig, zone: string, match: PatternMatch): Handling {
  if (template.responseCode === RESPONSE_CODE.SERVFAIL) return { kind: 'failed', reason: NO_MATCH };
  const { question, client } = exchange;
  const fields = {
    Class: 'IN',
    Name: canonicalName(question.name),
    Remote: client.address,
    Type: question.type === 'ANY' ? template.type : question.type,
    Zone: zone,
  };
  const valueOf = (part: TemplatePart): string => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'field':
        return fields[part.field];
      case 'match':
        return match.groups[part.index] ?? '';
      case 'group':
        return match.names.get(part.name) ?? match.groups[Number(part.name)] ?? '';
    }
  };
  const sections = { answers: [], additionals: [], authorities: [] } as Record<
    'answers' | 'additionals' | 'authorities',
    ResourceRecord[]
  >;
  for (const section of ['answers', 'additionals', 'authorities'] as const)
    for (const parts of template[section]) {
      const text = parts.map(valueOf).join('');
      const record = recordOf(text);
      if (record === undefined)
        return { kind: 'failed', reason: `dns: bad record in template: ${JSON.stringify(text)}` };
      sections[section].push(record);
    }
  return {
    kind: 'reply',
    response: replyTo(exchange, { authoritative: true, responseCode: template.responseCode, ...sections }),
  };
}

const DEFAULT_TTL_SECONDS = 3600;

/** A line of a zone file: `name [ttl] [IN] TYPE data`. */
function recordOf(text: string): ResourceRecord | undefined {
  const words = (text.trim().match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []).map((word) =>
    word.replace(/^"(.*)"$/s, '$1'),
  );
  const [name = '', ...rest] = words;
  let ttlSeconds = DEFAULT_TTL_SECONDS;
  while (rest[0] !== undefined && /^(?:\d{1,9}|IN)$/.test(rest[0])) {
    if (rest[0] !== 'IN') ttlSeconds = Number(rest[0]);
    rest.shift();
  }
  const [type = '', ...data] = rest;
  const value = dataOf(type.toUpperCase(), data);
  if (labelsOf(name) === undefined || name === '' || value === undefined) return undefined;
  return { name: name.endsWith('.') ? name : `${name}.`, class: CLASS_IN, ttlSeconds, data: value };
}

function dataOf(type: string, words: readonly string[]): RecordData | undefined {
  const target = (at: number): string | undefined => {
    const name = words[at];
    if (name === undefined || labelsOf(name) === undefined) return undefined;
    return name.endsWith('.') ? name : `${name}.`;
  };
  const number = (at: number, most = 65_535): number | undefined => {
    const value = /^\d{1,10}$/.test(words[at] ?? '') ? Number(words[at]) : undefined;
    return value !== undefined && value <= most ? value : undefined;
  };
  switch (type) {
    case 'A':
    case 'AAAA': {
      const address = canonicalAddress(words[0] ?? '');
      if (address === undefined || address.includes(':') !== (type === 'AAAA')) return undefined;
      return { type, address };
    }
    case 'CNAME':
    case 'NS':
    case 'PTR': {
      const name = target(0);
      return name === undefined ? undefined : { type, target: name };
    }
    case 'TXT':
      return words.length === 0 ? undefined : { type, texts: words };
    case 'MX': {
      const [preference, name] = [number(0), target(1)];
      return preference === undefined || name === undefined ? undefined : { type, preference, target: name };
    }
    case 'SRV': {
      const [priority, weight, port, name] = [number(0), number(1), number(2), target(3)];
      if (priority === undefined || weight === undefined || port === undefined || name === undefined)
        return undefined;
      return { type, priority, weight, port, target: name };
    }
    case 'SOA': {
      const [primary, mailbox] = [target(0), target(1)];
      const numbers = [2, 3, 4, 5, 6].flatMap((at) => number(at, 4_294_967_295) ?? []);
      const [serial, refreshSeconds, retrySeconds, expireSeconds, minimumSeconds] = numbers;
      if (primary === undefined || mailbox === undefined || serial === undefined) return undefined;
      if (refreshSeconds === undefined || retrySeconds === undefined) return undefined;
      if (expireSeconds === undefined || minimumSeconds === undefined) return undefined;
      return { type, primary, mailbox, serial, refreshSeconds, retrySeconds, expireSeconds, minimumSeconds };
    }
    default:
      return undefined;
  }
}
