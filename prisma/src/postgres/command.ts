import { spawn } from 'node:child_process';
import type { ServerAccount } from './account.ts';

export type CommandOutcome =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'not-started'; readonly error: Error };

/** What is kept of a command's output for an error message. */
const MAX_OUTPUT_CHARS = 16_384;
/** Recovery after a crash may take a while; nothing here takes longer. */
const COMMAND_TIMEOUT_MS = 120_000;

/** Runs a PostgreSQL tool to its end. Never rejects. */
export function runCommand(
  binary: string,
  args: readonly string[],
  options: { readonly account: ServerAccount | undefined; readonly signal?: AbortSignal },
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const identity =
      options.account?.dropped === true ? { uid: options.account.uid, gid: options.account.gid } : {};
    const child = spawn(binary, args, {
      ...identity,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT_CHARS);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ kind: 'not-started', error }));
    // 'exit', not 'close': the server that pg_ctl starts inherits the pipes and keeps them open.
    child.on('exit', (code) => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ kind: 'exited', code: code ?? 1, output });
    });
  });
}
