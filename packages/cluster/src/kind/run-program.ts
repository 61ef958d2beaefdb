import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** Of each stream, its end: the reason of a failure stands there. */
const MAX_KEPT_CHARS = 64 * 1_024;
/** How long a program may take to end after it was asked to, before it is made to. */
const GRACE_MS = 5_000;

export interface ProgramResult {
  /** Undefined: it could not be started, or a signal ended it. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly end: 'exited' | 'not-found' | 'timed-out' | 'aborted';
}

export interface ProgramOptions {
  readonly timeoutMs: number;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Each line of stderr as it comes: where `kind` tells its steps. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end, within a time. Never rejects: what can go wrong is in the result. */
export function runProgram(
  program: string,
  words: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  if (options.signal?.aborted === true) return Promise.resolve({ stdout: '', stderr: '', end: 'aborted' });
  return new Promise((resolve) => {
    const child = spawn(program, [...words], {
      stdio: 'pipe',
      env: { ...process.env, ...options.environment },
    });
    let stdout = '';
    let stderr = '';
    let end: ProgramResult['end'] = 'exited';
    let killer: NodeJS.Timeout | undefined;
    const stop = (reason: 'timed-out' | 'aborted'): void => {
      if (end !== 'exited') return;
      end = reason;
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const timer = setTimeout(() => stop('timed-out'), options.timeoutMs);
    const onAbort = (): void => stop('aborted');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-MAX_KEPT_CHARS);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr = `${stderr}${line}\n`.slice(-MAX_KEPT_CHARS);
      options.onLine?.(line);
    });
    child.once('error', () => {
      if (end === 'exited') end = 'not-found';
    });
    // A program that ended before it read its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('close', (code) => {
      clearTimeout(timer);
      clearTimeout(killer);
      options.signal?.removeEventListener('abort', onAbort);
      resolve({ ...(code === null || code < 0 ? {} : { exitCode: code }), stdout, stderr, end });
    });
  });
}
