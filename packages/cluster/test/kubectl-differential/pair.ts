import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { serveOverHttp } from '../../../kubesim/test/http-adapter.ts';
import { runKubectl } from '../../../kubesim/test/real-kubectl.ts';
import type { KubectlRun } from '../../../kubesim/test/real-kubectl.ts';
import { wordsOf } from './script.ts';
import type { Line, Script } from './script.ts';

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

  constructor(ours: SimulatedCluster, theirs: SimulatedCluster, files: Script['files'] = {}) {
    this.#ours = ours;
    this.#theirs = theirs;
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
      answered: () => {
        this.#asked = true;
        this.#quietTicks = 0;
      },
      streamed: (event) => {
        this.#quietTicks = 0;
        if (event === 'opened') this.#streams += 1;
        if (event === 'closed') this.#streams -= 1;
      },
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

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async run(line: Line): Promise<{ readonly ours: KubectlRun; readonly real: KubectlRun }> {
    const { line: text, stdin = '' } = typeof line === 'string' ? { line } : line;
    const words = wordsOf(text);
    const ours = this.#runOurs(words, stdin);
    const real = await this.#runReal(words, stdin);
    const now = Math.max(this.#ours.nowMs(), this.#theirs.nowMs());
    const untilMs = (Math.floor(now / SLOT_MS) + 1) * SLOT_MS;
    for (const cluster of [this.#ours, this.#theirs]) cluster.run({ untilMs, maxEvents: MAX_EVENTS });
    return { ours, real };
  }

  #runOurs(words: readonly string[], stdin: string): KubectlRun {
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
    this.#ours.run({
      untilMs: this.#ours.nowMs() + COMMAND_LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => code !== undefined,
    });
    if (code === undefined) {
      started.handle.kill('SIGKILL');
      return { stdout, stderr: `${stderr}<did not end>`, code: -1 };
    }
    return { stdout, stderr, code };
  }

  async #runReal(words: readonly string[], stdin: string): Promise<KubectlRun> {
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
    try {
      const run = await runKubectl(words, {
        stdin,
        directory: this.#directory,
        env: { KUBECONFIG: join(this.#directory, '.kubeconfig') },
      });
      return { ...run, stdout: this.#plain(run.stdout), stderr: this.#plain(run.stderr) };
    } finally {
      clearInterval(pace);
    }
  }

  /** Where the real client found its server is no difference. */
  #plain(text: string): string {
    return text.replaceAll(this.#url, 'SERVER').replaceAll(this.#directory, HOME);
  }
}
