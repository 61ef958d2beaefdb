import { has, valueOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { warning } from './command-line.ts';

/** Answers that may be others in a moment. */
const TRANSIENT: readonly number[] = [408, 429, 500, 502, 503, 504];
/** Between retries, at most, seconds. */
const MAX_RETRY_SECONDS = 600;

/** curl's own bound is higher; a lab ends before it. */
const MAX_RETRIES = 20;
const TIMED_OUT = 28;
const NO_SUCH_HOST = 6;
const NO_CONNECTION = 7;

/** One try's end, as far as another may follow. */
interface Tried {
  /** 0 when it went well. */
  readonly exitCode: number;
  readonly httpCode: number;
}

/** What comes before the next try; undefined when there is none. */
export function nextTry(
  args: Arguments,
  tried: Tried,
  { attempt, leftMs }: { readonly attempt: number; readonly leftMs: number },
): { readonly warning: string; readonly pauseMs: number } | undefined {
  const retries = Math.min(Number(valueOf(args, 'retry') ?? 0), MAX_RETRIES);
  const left = retries - attempt;
  const problem = left > 0 ? troubleOf(args, tried) : undefined;
  const delay = Number(valueOf(args, 'retry-delay') ?? 0);
  const seconds = delay > 0 ? delay : Math.min(2 ** attempt, MAX_RETRY_SECONDS);
  if (problem === undefined || seconds * 1_000 > leftMs) return undefined;
  const text = `Problem ${problem}. Will retry in ${seconds} seconds. ${left} retries left.`;
  return { warning: warning(text), pauseMs: seconds * 1_000 };
}

/** Why it is worth another try, in curl's words. */
function troubleOf(args: Arguments, { exitCode, httpCode }: Tried): string | undefined {
  if (TRANSIENT.includes(httpCode)) return ': HTTP error';
  if (exitCode === TIMED_OUT || exitCode === NO_SUCH_HOST) return ': timeout';
  if (exitCode === NO_CONNECTION && has(args, 'retry-connrefused')) return ': connection refused';
  return exitCode !== 0 && has(args, 'retry-all-errors') ? '(retrying all errors)' : undefined;
}
