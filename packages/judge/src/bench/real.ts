import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { FIELD_MANAGER } from './bench.ts';
import type { Bench, BenchAnswer, BenchRequest, PodPlace, Run } from './bench.ts';
import { readAccess } from './kubeconfig.ts';
import type { Access } from './kubeconfig.ts';
import { remoteCommand } from './remote-command.ts';
import { parsed } from './simulated.ts';

/** A busy machine starts a pod within this. */
const WAIT_LIMIT_MS = 120_000;
const LOOK_MS = 150;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const COMMAND_TIMEOUT_MS = 120_000;
const MAX_SOCKETS = 8;

/** A cluster that is reached by a kubeconfig. */
export class RealBench implements Bench {
  readonly parallelCurl = true;
  readonly name: string;
  readonly #file: string;
  readonly #access: Access;
  readonly #agent: Agent;

  constructor(kubeconfig: string, name = 'cluster') {
    this.name = name;
    this.#file = kubeconfig;
    this.#access = readAccess(readFileSync(kubeconfig, 'utf8'));
    const { authority, certificate, key } = this.#access;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ca: authority,
      cert: certificate,
      key,
    });
  }

  request({
    method,
    path,
    query = {},
    body,
    contentType = 'application/json',
  }: BenchRequest): Promise<BenchAnswer> {
    const url = new URL(path, this.#access.server);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(
        url,
        {
          method,
          agent: this.#agent,
          headers: { accept: 'application/json', 'content-type': contentType, 'user-agent': FIELD_MANAGER },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              json: parsed(Buffer.concat(chunks).toString('utf8')),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async exec(place: PodPlace, argv: readonly string[]): Promise<Run> {
    const run = await remoteCommand(this.#access, place, argv, COMMAND_TIMEOUT_MS);
    // A busy API server hangs up now and then; what the judge runs may run twice.
    return run.code < 0 ? remoteCommand(this.#access, place, argv, COMMAND_TIMEOUT_MS) : run;
  }

  kubectl(argv: readonly string[]): Promise<Run> {
    return new Promise((resolve) => {
      execFile(
        process.env['PODWIRE_JUDGE_KUBECTL'] ?? 'kubectl',
        ['--kubeconfig', this.#file, ...argv],
        { maxBuffer: MAX_OUTPUT_BYTES, timeout: COMMAND_TIMEOUT_MS, env: { ...process.env, TZ: 'UTC' } },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ stdout, stderr: code < 0 ? `${stderr}${error?.message ?? ''}` : stderr, code });
        },
      );
    });
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const limitMs = performance.now() + WAIT_LIMIT_MS;
    while (!(await holds())) {
      if (performance.now() >= limitMs) throw new Error(`${this.name}: waited in vain for ${what}.`);
      await pause(LOOK_MS);
    }
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }
}
