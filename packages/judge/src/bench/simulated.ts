import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { ClusterConfig, SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { FIELD_MANAGER } from './bench.ts';
import type { Bench, BenchAnswer, BenchRequest, PodPlace, Run } from './bench.ts';

const ADMIN = {
  name: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};
const START_MS = Date.UTC(2026, 0, 1);
/** Virtual time that a boot, a wait and a command may take. */
const BOOT_LIMIT_MS = 120_000;
const WAIT_LIMIT_MS = 120_000;
const COMMAND_LIMIT_MS = 120_000;
/** Virtual time between two looks. */
const LOOK_MS = 100;
const MAX_EVENTS = 20_000_000;

/** Lets go of the thread for a moment. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** As kind makes its nodes, under the default CNI's shape: a route a pod. */
function judgedConfig(name: string): ClusterConfig {
  return {
    ...defaultConfig({ seed: 1, startMs: START_MS }),
    name,
    nodes: [
      { name: `${name}-control-plane`, labels: {}, controlPlane: true, schedulable: false },
      { name: `${name}-worker`, labels: {}, controlPlane: false, schedulable: true },
    ],
    cni: 'ptp',
  };
}

export class SimulatedBench implements Bench {
  readonly parallelCurl = false;
  readonly name: string;
  readonly #cluster: SimulatedCluster;

  private constructor(name: string, cluster: SimulatedCluster) {
    this.name = name;
    this.#cluster = cluster;
  }

  static boot(name = 'simulation', options: Partial<ClusterConfig> = {}): SimulatedBench {
    const cluster = createCluster({ config: { ...judgedConfig('podwire'), ...options }, programs });
    if (!cluster.settle(BOOT_LIMIT_MS)) throw new Error('The simulated cluster did not come to rest.');
    return new SimulatedBench(name, cluster);
  }

  /** The same cluster again, from this moment on apart. */
  fork(name = this.name): SimulatedBench {
    const cluster = this.#cluster.fork();
    if (cluster === undefined) throw new Error('The simulated cluster is busy and cannot be forked.');
    return new SimulatedBench(name, cluster);
  }

  request(request: BenchRequest): Promise<BenchAnswer> {
    const { method, path, query = {}, body, contentType = 'application/json' } = request;
    const response = this.#cluster.api.handle({
      method,
      path,
      query: Object.entries(query),
      headers: { accept: 'application/json', 'content-type': contentType, 'user-agent': FIELD_MANAGER },
      ...(body === undefined ? {} : { body: utf8Encode(JSON.stringify(body)) }),
      user: ADMIN,
    });
    const text = response.body === undefined ? '' : utf8Decode(response.body);
    return Promise.resolve({ status: response.status, json: parsed(text) });
  }

  async exec({ namespace, name, container }: PodPlace, argv: readonly string[]): Promise<Run> {
    // A cluster that is asked at the same time gets its turn in between.
    await turn();
    return this.#run({ kind: 'pod', namespace, name, container }, argv);
  }

  async kubectl(argv: readonly string[]): Promise<Run> {
    await turn();
    return this.#run({ kind: 'toolbox' }, ['kubectl', ...argv]);
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const limitMs = this.#cluster.nowMs() + WAIT_LIMIT_MS;
    while (!(await holds())) {
      if (this.#cluster.nowMs() >= limitMs) throw new Error(`${this.name}: waited in vain for ${what}.`);
      this.#cluster.run({ untilMs: this.#cluster.nowMs() + LOOK_MS, maxEvents: MAX_EVENTS });
      await turn();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #run(place: Parameters<SimulatedCluster['exec']>[0], argv: readonly string[]): Run {
    const started = this.#cluster.exec(place, argv);
    if (!started.ok) return { stdout: '', stderr: started.reason, code: -1 };
    let stdout = '';
    let stderr = '';
    let code: number | undefined;
    started.handle.onStdout((data) => (stdout += utf8Decode(data)));
    started.handle.onStderr((data) => (stderr += utf8Decode(data)));
    started.handle.onExit((value) => (code = value));
    started.handle.closeStdin();
    this.#cluster.run({
      untilMs: this.#cluster.nowMs() + COMMAND_LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => code !== undefined,
    });
    if (code === undefined) started.handle.kill('SIGKILL');
    return { stdout, stderr, code: code ?? -1 };
  }
}

/** Not every answer is JSON: a path that is none is answered in plain text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
