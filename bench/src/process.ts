import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A server has this long to stop by itself. */
const STOP_WITHIN_MS = 20_000;
const KEPT_CHARS = 8_000;

/** A program that we started, and end by its id. */
export class Program {
  readonly child: ChildProcess;
  readonly #exited: Promise<void>;
  #errors = '';
  #lines: string[] = [];
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(
    command: string,
    args: readonly string[],
    options: { readonly env?: NodeJS.ProcessEnv; readonly cwd: string },
  ) {
    this.child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_CHARS);
    });
    if (this.child.stdout !== null)
      createInterface({ input: this.child.stdout }).on('line', (line) => {
        this.#lines.push(line);
        this.#look();
      });
    this.#exited = new Promise((resolve) =>
      this.child.once('exit', () => {
        this.#over = true;
        this.#look();
        resolve();
      }),
    );
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`a program did not start: ${this.#errors}`);
    return pid;
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** The first line of standard output, past or to come, that `take` makes something of. */
  line<Value>(take: (line: string) => Value | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        for (const line of this.#lines) {
          const value = take(line);
          if (value === undefined) continue;
          done();
          resolve(value);
          return;
        }
        if (!this.#over) return;
        done();
        reject(new Error(`a program ended before it said what was awaited:\n${this.#errors}`));
      };
      const done = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== look);
      };
      this.#waiting.push(look);
      look();
    });
  }

  /** Resolves when it has ended by itself. */
  async finished(): Promise<void> {
    await this.#exited;
    if (this.child.exitCode !== 0)
      throw new Error(`a program failed:\n${[...this.#lines, this.#errors].join('\n')}`);
  }

  async stop(): Promise<void> {
    if (this.#over) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.#exited;
    clearTimeout(late);
  }
}

/** A folder that PostgreSQL's user can reach too. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), `podwire-bench-${name}-`));
  chmodSync(folder, 0o755);
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Ends an embedded PostgreSQL that outlived its orchestrator. */
export function endLeftPostgres(dataDirectory: string): void {
  const file = path.join(dataDirectory, 'postgres/cluster/postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  try {
    if (pid > 1) process.kill(pid, 'SIGINT');
  } catch {
    // It has gone meanwhile.
  }
}
