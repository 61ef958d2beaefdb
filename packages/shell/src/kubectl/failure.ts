import { goQuote } from './values/go-text.ts';
import { isObject, objectAt, objectsAt, textAt } from './values/json.ts';
import type { JsonObject } from './values/json.ts';

/** What went wrong, before it is put into words. */
export type Problem =
  | { readonly kind: 'plain'; readonly message: string }
  /** A v1.Status from the API server; `message` may say more than the status' own. */
  | { readonly kind: 'status'; readonly status: JsonObject; readonly message: string }
  | {
      readonly kind: 'connection';
      readonly host: string;
      readonly detail: 'refused' | 'unreachable';
      readonly message: string;
    }
  | { readonly kind: 'aggregate'; readonly problems: readonly Problem[] }
  | { readonly kind: 'no-resource'; readonly message: string }
  | { readonly kind: 'configuration'; readonly messages: readonly string[] }
  /** Ends with this code after printing this text, which may be empty. */
  | { readonly kind: 'exit'; readonly code: number; readonly text: string };

/** Ends a command, as kubectl's CheckErr does from anywhere. Only `program.ts` catches it for good. */
export class Failure extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(messageOf(problem));
    this.name = 'Failure';
    this.problem = problem;
  }
}

export function fail(message: string): never {
  throw new Failure({ kind: 'plain', message });
}

/** Several failures become one; one stays itself. */
export function failAll(problems: readonly Problem[]): void {
  const [only] = problems;
  if (only === undefined) return;
  throw new Failure(problems.length === 1 ? only : { kind: 'aggregate', problems });
}

/** What Go's err.Error() gives. */
export function messageOf(problem: Problem): string {
  switch (problem.kind) {
    case 'plain':
    case 'status':
    case 'connection':
    case 'no-resource':
      return problem.message;
    case 'configuration':
      return problem.messages.length === 1 ? (problem.messages[0] ?? '') : `[${problem.messages.join(', ')}]`;
    case 'aggregate': {
      const seen = [...new Set(problem.problems.map(messageOf))];
      return seen.length === 1 ? (seen[0] ?? '') : `[${seen.join(', ')}]`;
    }
    case 'exit':
      return problem.text;
  }
}

export function reasonOf(problem: Problem): string {
  return problem.kind === 'status' ? textAt(problem.status, 'reason') : '';
}

export function isNotFound(problem: Problem): boolean {
  return reasonOf(problem) === 'NotFound';
}

/** Says which source a failure came from: `error when creating "pod.yaml": …`. */
export function withSource(verb: string, source: string, problem: Problem): Problem {
  if (source === '') return problem;
  if (problem.kind === 'status') {
    return { ...problem, message: `error when ${verb} ${goQuote(source)}: ${problem.message}` };
  }
  return { kind: 'plain', message: `error when ${verb} ${goQuote(source)}: ${messageOf(problem)}` };
}

/** Messages that kubectl knows by heart; undefined for the rest. */
function standardMessage(problem: Problem): string | undefined {
  if (problem.kind === 'status') {
    const reason = textAt(problem.status, 'reason');
    if (reason === 'Unauthorized') return `error: You must be logged in to the server (${problem.message})`;
    return reason === ''
      ? `Error from server: ${problem.message}`
      : `Error from server (${reason}): ${problem.message}`;
  }
  if (problem.kind === 'connection') {
    return problem.detail === 'refused'
      ? `The connection to the server ${problem.host} was refused - did you specify the right host or port?`
      : `Unable to connect to the server: ${problem.message}`;
  }
  return undefined;
}

function lineFor(problem: Problem): string {
  return standardMessage(problem) ?? messageOf(problem);
}

function invalidText(problem: Problem & { kind: 'status' }): string {
  const details = objectAt(problem.status, 'details');
  const message = problem.message;
  if (!isObject(details))
    return message === '' ? 'The request is invalid' : `The request is invalid: ${message}`;
  const kind = textAt(details, 'kind');
  const name = textAt(details, 'name');
  const causes = objectsAt(details, 'causes');
  let head = 'The request is invalid';
  if (kind !== '' || name !== '') head = `The ${kind} ${goQuote(name)} is invalid`;
  else if (message !== '' && causes.length === 0) head += `: ${message}`;
  const lines = [...new Set(causes.map((cause) => `${textAt(cause, 'field')}: ${textAt(cause, 'message')}`))];
  if (lines.length === 0) return head;
  if (lines.length === 1) return `${head}: ${lines[0] ?? ''}\n`;
  return `${head}: \n${lines.map((line) => `* ${line}\n`).join('')}`;
}

function flatten(problem: Problem): readonly Problem[] {
  return problem.kind === 'aggregate' ? problem.problems.flatMap(flatten) : [problem];
}

/** What goes to standard error, and the exit code. */
export function report(problem: Problem): { readonly text: string; readonly code: number } {
  const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  if (problem.kind === 'exit') return { text: ended(problem.text), code: problem.code };
  if (problem.kind === 'aggregate') {
    const [only] = problem.problems;
    // As CheckErr does: an aggregate of one is unwrapped, once.
    if (only !== undefined && problem.problems.length === 1 && only.kind !== 'aggregate') return report(only);
    const listed = only?.kind === 'aggregate' && problem.problems.length === 1 ? only : problem;
    return { text: listed.problems.map((each) => `${lineFor(each)}\n`).join(''), code: 1 };
  }
  if (problem.kind === 'status' && reasonOf(problem) === 'Invalid')
    return { text: ended(invalidText(problem)), code: 1 };
  if (problem.kind === 'no-resource') return { text: ended(problem.message), code: 1 };
  if (problem.kind === 'configuration') {
    const [only] = problem.messages;
    const text =
      problem.messages.length === 1
        ? `Error in configuration: ${only ?? ''}\n`
        : `Error in configuration: \n${problem.messages.map((line) => `* ${line}\n`).join('')}`;
    return { text, code: 1 };
  }
  const standard = standardMessage(problem);
  if (standard !== undefined) return { text: ended(standard), code: 1 };
  const message = messageOf(problem);
  return { text: ended(message.startsWith('error: ') ? message : `error: ${message}`), code: 1 };
}

/** The flat list of an aggregate: what Reduce(Flatten(…)) leaves. */
export function flattened(problems: readonly Problem[]): readonly Problem[] {
  return problems.flatMap(flatten);
}

/** Runs a piece of work and gives back its failure instead of throwing it. */
export function attempt<Value>(
  work: () => Value,
): { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem } {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (error instanceof Failure) return { ok: false, problem: error.problem };
    throw error;
  }
}
