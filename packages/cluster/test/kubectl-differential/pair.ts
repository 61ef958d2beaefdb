import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ApiTransport, SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { serveOverHttp } from '../../../kubesim/test/http-adapter.ts';
import { runKubectl } from '../../../kubesim/test/real-kubectl.ts';
import type { KubectlRun } from '../../../kubesim/test/real-kubectl.ts';
import { wordsOf } from './script.ts';
import type { Line, Script, Until } from './script.ts';

const ADMIN = {
  name: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};
const HOME = '/home/learner';
const MAX_EVENTS = 5_000_000;
/** Commands that wait end within this virtual time. */
const COMMAND_LIMIT_MS = 180_000;
/** Both sides go on to the next multiple of this after each command, so that ages agree. */
const SLOT_MS = 10_000;
/** While the real client waits, so much virtual time passes each tick of so much real time… */
const PACE_MS = 250;
const TICK_MS = 5;
/** …but not while it may be busy: for so many ticks after it asked or was told something. */
const BUSY_TICKS = 12;
/** A client with no stream open may sleep between two looks; then it is left so many ticks. */
const SLEEPER_TICKS = 150;

/** What takes connections over for exec, attach and port-forward. */
interface Upgrades {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  closeAll(): void;
}
export type MakeUpgrades = (context: {
  readonly api: ApiTransport;
  readonly clock: { catchUp(): void; wake(): void };
}) => Upgrades;

/** Two clusters in the same state: ours is used by our kubectl, the other by the real one. */
export class Pair {
  readonly #ours: SimulatedCluster;
  readonly #theirs: SimulatedCluster;
  readonly #directory: string;
  #server: Server | undefined;
  #url = '';
  /** Ticks since the real client asked or was told something. */
  #quietTicks = 0;
  #asked = false;
  #streams = 0;
  readonly #upgrades: Upgrades | undefined;

  constructor(
    ours: SimulatedCluster,
    theirs: SimulatedCluster,
    files: Script['files'] = {},
    makeUpgrades?: MakeUpgrades,
  ) {
    this.#ours = ours;
    this.#theirs = theirs;
    // Time goes on by this pair's own pace, whatever comes over the wire.
    const clock = { catchUp: () => undefined, wake: () => this.#touch() };
    this.#upgrades = makeUpgrades?.({ api: asAdmin(theirs.api), clock });
    this.#directory = mkdtempSync(join(tmpdir(), 'kubectl-differential-'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#directory, name)), { recursive: true });
      writeFileSync(join(this.#directory, name), text);
      ours.toolboxFiles().mkdir(dirname(`${HOME}/${name}`), { parents: true });
      ours.toolboxFiles().writeFile(`${HOME}/${name}`, utf8Encode(text));
    }
  }

  async open(): Promise<void> {
    const served = await serveOverHttp({
      api: this.#theirs.api,
      user: ADMIN,
      answered: () => this.#touch(),
      streamed: (event) => {
        this.#quietTicks = 0;
        if (event === 'opened') this.#streams += 1;
        if (event === 'closed') this.#streams -= 1;
      },
      upgraded: (request, socket, head) => this.#upgrade(request, socket, head),
    });
    this.#server = served.server;
    this.#url = served.url;
    writeFileSync(
      join(this.#directory, '.kubeconfig'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: served.url } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: '' } }],
        'current-context': 'c',
      }),
    );
  }

  #touch(): void {
    this.#asked = true;
    this.#quietTicks = 0;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#upgrades === undefined) {
      socket.destroy();
      return;
    }
    this.#streams += 1;
    socket.on('close', () => (this.#streams -= 1));
    this.#upgrades.accept(request, socket, head);
    this.#touch();
  }

  close(): void {
    this.#upgrades?.closeAll();
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async run(line: Line): Promise<{ readonly ours: KubectlRun; readonly real: KubectlRun }> {
    const { line: text, stdin = '', until } = typeof line === 'string' ? { line } : line;
    const words = wordsOf(text);
    const ours = this.#runOurs(words, stdin, until);
    const real = await this.#runReal(words, stdin, until);
    const now = Math.max(this.#ours.nowMs(), this.#theirs.nowMs());
    const untilMs = (Math.floor(now / SLOT_MS) + 1) * SLOT_MS;
    for (const cluster of [this.#ours, this.#theirs]) cluster.run({ untilMs, maxEvents: MAX_EVENTS });
    return { ours, real };
  }

  #runOurs(words: readonly string[], stdin: string, until: Until | undefined): KubectlRun {
    const started = this.#ours.exec({ kind: 'toolbox' }, ['kubectl', ...words]);
    if (!started.ok) throw new Error(`the toolbox has no kubectl: ${started.reason}`);
    let stdout = '';
    let stderr = '';
    let code: number | undefined;
    started.handle.onStdout((data) => (stdout += utf8Decode(data)));
    started.handle.onStderr((data) => (stderr += utf8Decode(data)));
    started.handle.onExit((value) => (code = value));
    if (stdin !== '') started.handle.writeStdin(utf8Encode(stdin));
    started.handle.closeStdin();
    const limitMs = this.#ours.nowMs() + COMMAND_LIMIT_MS;
    const runUntil = (condition: () => boolean): void => {
      this.#ours.run({
        untilMs: limitMs,
        maxEvents: MAX_EVENTS,
        condition: () => code !== undefined || condition(),
      });
    };
    let answer = '';
    if (until !== undefined) {
      runUntil(() => stdout.includes(until.says));
      if (until.ask !== undefined) answer = this.#askOurs(portIn(stdout), until.ask);
      if (until.ends !== true) started.handle.kill('SIGINT');
    }
    runUntil(() => false);
    if (code === undefined) {
      started.handle.kill('SIGKILL');
      return { stdout, stderr: `${stderr}<did not end>`, code: -1 };
    }
    return { stdout: stdout + answer, stderr, code };
  }

  #askOurs(port: number, request: string): string {
    const asked = this.#ours.exec({ kind: 'toolbox' }, ['nc', '127.0.0.1', String(port)]);
    if (!asked.ok) throw new Error(`the toolbox has no nc: ${asked.reason}`);
    let answer = '';
    let ended = false;
    asked.handle.onStdout((data) => (answer += utf8Decode(data)));
    asked.handle.onExit(() => (ended = true));
    asked.handle.writeStdin(utf8Encode(request));
    this.#ours.run({
      untilMs: this.#ours.nowMs() + COMMAND_LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => ended,
    });
    return answer;
  }

  async #runReal(words: readonly string[], stdin: string, until: Until | undefined): Promise<KubectlRun> {
    const cluster = this.#theirs;
    const limitMs = cluster.nowMs() + COMMAND_LIMIT_MS;
    this.#quietTicks = 0;
    this.#asked = false;
    const pace = setInterval(() => {
      this.#quietTicks += 1;
      const patience = this.#streams > 0 ? BUSY_TICKS : SLEEPER_TICKS;
      if (!this.#asked || this.#quietTicks < patience || cluster.nowMs() >= limitMs) return;
      cluster.run({
        untilMs: cluster.nowMs() + PACE_MS,
        maxEvents: MAX_EVENTS,
        condition: () => this.#quietTicks === 0,
      });
    }, TICK_MS);
    let answer = '';
    try {
      const run = await runKubectl(words, {
        stdin,
        started: (child) => (until === undefined ? undefined : talk(child, until, (text) => (answer = text))),
        directory: this.#directory,
        env: { KUBECONFIG: join(this.#directory, '.kubeconfig') },
      });
      return { ...run, stdout: this.#plain(run.stdout) + answer, stderr: this.#plain(run.stderr) };
    } finally {
      clearInterval(pace);
    }
  }

  /** Where the real client found its server is no difference. */
  #plain(text: string): string {
    return text.replaceAll(this.#url, 'SERVER').replaceAll(this.#directory, HOME);
  }
}

/** Plain HTTP has no certificate that says who comes. */
function asAdmin(api: ApiTransport): ApiTransport {
  return {
    handle: (request) => api.handle({ ...request, user: ADMIN }),
    upgrade: (request) => api.upgrade({ ...request, user: ADMIN }),
    connectPort: (request, port) => api.connectPort({ ...request, user: ADMIN }, port),
  };
}

const PORT = /127\.0\.0\.1:(\d+)/;
function portIn(stdout: string): number {
  return Number(PORT.exec(stdout)?.[1] ?? 0);
}

/** Does what is to be done once the program has said so much. */
function talk(child: ChildProcess, until: Until, answered: (text: string) => void): void {
  let stdout = '';
  let done = false;
  child.stdout?.on('data', (text: string) => {
    stdout += text;
    if (done || !stdout.includes(until.says)) return;
    done = true;
    const end = (): void => {
      if (until.ends !== true) child.kill('SIGINT');
    };
    if (until.ask === undefined) {
      end();
      return;
    }
    let answer = '';
    const socket = connect(portIn(stdout), '127.0.0.1', () => socket.write(until.ask ?? ''));
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => (answer += piece));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      answered(answer);
      end();
    });
  });
}
