import type { Question, Task } from '@podwire/lab';
import { PLACE_LINE } from '../script-parts.ts';

/** One small mistake in what a solution does or answers, beside those in the objects that it makes. */
export interface ScriptMutant {
  /** `drop-command/2`: the same from run to run. */
  readonly id: string;
  readonly what: string;
  readonly script: string;
  /** Only an answer is another: what the solution does stays, and need not be done again. */
  readonly answersOnly: boolean;
}

const ANSWER = /^# answer: ([a-z0-9-]+) = (.+)$/u;
const HEREDOC = /<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1/u;
/** They look, and change nothing: without them a solution is the same. */
const LOOKING =
  /^(?:kubectl (?:-n \S+ )?(?:get|describe|logs|wait|rollout status|exec|top|explain|api-resources|auth|events|config)\b|sleep\b|ls\b|curl\b|ping\b|dig\b|nslookup\b|ip (?:a|addr|r|route|link|neigh)(?: show\b.*)?$|ss\b|true$|cd\b|cat [^>]*$|echo [^>]*$|set\b|for\b|while\b|until\b|if\b)/u;
/** Objects that are applied have mutants of their own. */
const APPLYING = /^kubectl (?:-n \S+ )?(?:apply|create|replace)\b.*-f\b/u;
const CIDR = /\b(\d{1,3}\.\d{1,3})\.(\d{1,3})\.(\d{1,3}\/\d{1,2})\b/u;
const FLAG = /(--(?:replicas|port|target-port)[= ])(\d+)/u;

interface Statement {
  readonly first: number;
  /** Of its last line; the end of a here-document included. */
  readonly last: number;
  readonly text: string;
}

/** Mistakes in the commands and answers of a solution. `nodes`: of the cluster. */
export function scriptMutants(script: string, task: Task, nodes: readonly string[]): readonly ScriptMutant[] {
  const lines = script.split('\n');
  return [
    ...commandMutants(lines),
    ...placeMutants(lines, nodes),
    ...lines.flatMap((line, at) => answerMutants(lines, line, at, task)),
  ];
}

function commandMutants(lines: readonly string[]): readonly ScriptMutant[] {
  const mutants: ScriptMutant[] = [];
  let number = 0;
  for (const { first, last, text } of statementsOf(lines)) {
    if (LOOKING.test(text) || APPLYING.test(text)) continue;
    number++;
    const [head = ''] = text.split('\n');
    const without = lines.filter((_line, at) => at < first || at > last);
    mutants.push({
      id: `drop-command/${number}`,
      what: `"${head}" is left out`,
      script: without.join('\n'),
      answersOnly: false,
    });
    for (const [operator, pattern, other] of [
      ['change-range', CIDR, (match: RegExpExecArray) => otherRange(match)],
      ['change-number', FLAG, ([, flag = '', value = '']: RegExpExecArray) => `${flag}${Number(value) + 1}`],
    ] as const) {
      const match = pattern.exec(text);
      if (match === null) continue;
      const changed = text.replace(match[0], other(match));
      mutants.push({
        id: `${operator}/${number}`,
        what: `"${head}" has ${other(match)} instead of ${match[0]}`,
        script: [...lines.slice(0, first), changed, ...lines.slice(last + 1)].join('\n'),
        answersOnly: false,
      });
    }
  }
  return mutants;
}

function otherRange([, before = '', third = '', after = '']: RegExpExecArray): string {
  return `${before}.${(Number(third) + 7) % 256}.${after}`;
}

/** What is typed on one node is typed on another. */
function placeMutants(lines: readonly string[], nodes: readonly string[]): readonly ScriptMutant[] {
  const mutants: ScriptMutant[] = [];
  for (const [at, line] of lines.entries()) {
    const node = PLACE_LINE.exec(line)?.[1];
    const other = nodes.find((name) => name !== node);
    if (node === undefined || other === undefined) continue;
    const end = lines.findIndex((later, position) => position > at && PLACE_LINE.test(later));
    const typed = lines.slice(at + 1, end < 0 ? undefined : end);
    if (statementsOf(typed).every(({ text }) => LOOKING.test(text))) continue;
    mutants.push({
      id: `change-place/${mutants.length + 1}`,
      what: `commands for ${node} are typed on ${other}`,
      script: lines.with(at, `# at: node/${other}`).join('\n'),
      answersOnly: false,
    });
  }
  return mutants;
}

function answerMutants(
  lines: readonly string[],
  line: string,
  at: number,
  { questions }: Task,
): readonly ScriptMutant[] {
  const match = ANSWER.exec(line);
  const [, id = '', given = ''] = match ?? [];
  const question = questions.find((each) => each.id === id);
  if (match === null || question === undefined) return [];
  return wrongAnswers(question, given).map((value, index) => ({
    id: `change-answer/${id}${index === 0 ? '' : `/${index + 1}`}`,
    what: `the answer to "${id}" is "${value}"`,
    script: lines.with(at, `# answer: ${id} = ${value}`).join('\n'),
    answersOnly: true,
  }));
}

/** What somebody who does not know would say: each other choice, a choice too few, another order, another word. */
function wrongAnswers(question: Question, given: string): readonly string[] {
  const chosen = given.split(', ');
  const options = question.options.map(({ id }) => id);
  if (options.length === 0) return [/^-?\d+$/u.test(given) ? String(Number(given) + 1) : 'no-such-word'];
  if (question.kind === 'single' || question.kind === 'predict') return options.filter((id) => id !== given);
  const others = options.filter((id) => !chosen.includes(id));
  return [
    ...(chosen.length > 1 ? [chosen.slice(1).join(', ')] : []),
    ...(question.kind === 'order' && chosen.length > 1 ? [[...chosen].reverse().join(', ')] : []),
    ...others.slice(0, 1).map((id) => [...chosen, id].join(', ')),
  ];
}

/** Commands with the lines that belong to them: continued ones, open quotes, here-documents, loops. */
function statementsOf(lines: readonly string[]): readonly Statement[] {
  const statements: Statement[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '' || line.startsWith('#')) continue;
    const first = at;
    let text = line;
    const grow = (): boolean => {
      if (at + 1 >= lines.length) return false;
      text += `\n${lines[++at] ?? ''}`;
      return true;
    };
    while ((text.endsWith('\\') || isOpen(text)) && grow());
    const end = HEREDOC.exec(text)?.[2];
    if (end !== undefined) while (text.split('\n').at(-1)?.trim() !== end && grow());
    statements.push({ first, last: at, text });
  }
  return statements;
}

/** Whether a quote, or a loop or condition, has not come to its end. */
function isOpen(text: string): boolean {
  const bare = text.replaceAll(/\\./gu, '').replaceAll(/'[^']*'|"[^"]*"/gu, '');
  if (/['"]/u.test(bare) && !HEREDOC.test(text)) return true;
  const count = (pattern: RegExp): number => bare.match(pattern)?.length ?? 0;
  return (
    count(/(?:^|[;\n]\s*)(?:do|then)\b|;\s*do\b/gu) > count(/\b(?:done|fi)\b/gu) ||
    (/^(?:for|while|until|if)\b/u.test(bare) && !/\b(?:done|fi)\b/u.test(bare))
  );
}
