import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Waits between restarts of a child that keeps ending, ms: doubled each time. */
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** A child that ran this long was healthy: the next restart is quick again. */
const HEALTHY_AFTER_MS = 60_000;
const LOG_TAIL_CHARS = 4_000;

export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Each line of standard output. */
  readonly onLine: (line: string) => void;
}

/** One of the product's processes: kept running, and ended with us. */
export class SupervisedChild {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #stopping = false;
  #restartMs = FIRST_RESTART_MS;
  #timer: NodeJS.Timeout | undefined;
  /** Set while starting for the first time: an early end is a failure to start, not a crash. */
  #onEarlyEnd: ((error: Error) => void) | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Resolves when `ready` does; rejects with the end of the log when the child ends before. */
  start(ready: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onEarlyEnd = reject;
      this.#launch();
      ready.then(() => {
        this.#onEarlyEnd = undefined;
        resolve();
      }, reject);
    });
  }

  #launch(): void {
    const { name, args, cwd, env, logFile, onLine } = this.#options;
    mkdirSync(path.dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const preload = path.join(import.meta.dirname, '../setup/exit-with-parent.mjs');
    const child = spawn(process.execPath, ['--import', preload, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    closeSync(log);
    this.#process = child;
    const startedAt = performance.now();
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
    child.once('exit', (code, signal) => {
      this.#process = undefined;
      if (this.#stopping) return;
      const how = signal === null ? `with code ${code ?? 1}` : `by ${signal}`;
      if (this.#onEarlyEnd !== undefined) {
        this.#onEarlyEnd(new Error(`The ${name} ended ${how} before it was ready.\n${logTail(logFile)}`));
        return;
      }
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) this.#restartMs = FIRST_RESTART_MS;
      process.stdout.write(`  The ${name} ended ${how}; starting it again.\n`);
      this.#timer = setTimeout(() => this.#launch(), this.#restartMs);
      this.#restartMs = Math.min(this.#restartMs * 2, LONGEST_RESTART_MS);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await ended;
  }
}

function logTail(file: string): string {
  return readFileSync(file, 'utf8').slice(-LOG_TAIL_CHARS).trim();
}
