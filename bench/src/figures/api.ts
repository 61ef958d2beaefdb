import type { SimulatedCluster } from '@podwire/kubesim';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { spentOn } from '../simulated/measuring.ts';
import { bootedCluster, forked, nodes, request } from '../simulated/simulated-cluster.ts';
import { median, rounded } from '../statistics.ts';
import { DEPLOYMENT } from './deployment.ts';

const PODS = 1_000;
const NODES = 10;
const ROUNDS = 5;
const PODS_PATH = '/api/v1/namespaces/default/pods';
const SETTLE_LIMIT_MS = 600_000;
const WATCHED = 10_000;
const decoder = new TextDecoder();

function runningPods(): { readonly cluster: SimulatedCluster; readonly names: readonly string[] } {
  const cluster = bootedCluster({ nodes: nodes(NODES) });
  request(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
    body: { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: PODS } },
  });
  if (!cluster.settle(SETTLE_LIMIT_MS)) throw new Error(`${PODS} pods did not come to rest`);
  const { body } = request(cluster, 'GET', PODS_PATH);
  const { items } = JSON.parse(decoder.decode(body)) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly status: { readonly phase: string };
    }[];
  };
  const running = items.filter(({ status }) => status.phase === 'Running');
  if (running.length !== PODS) throw new Error(`${running.length} of ${PODS} pods run`);
  return { cluster, names: running.map(({ metadata }) => metadata.name) };
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  bench.progress(`starting ${PODS} pods on ${NODES} nodes`);
  let base: ReturnType<typeof runningPods> | undefined;
  const start = await spentOn(() => (base = runningPods()));
  if (base === undefined) throw new Error('there is no cluster');
  const { cluster, names } = base;
  const kinds: readonly {
    readonly name: string;
    readonly times: number;
    readonly ask: (cluster: SimulatedCluster, turn: number) => void;
  }[] = [
    {
      name: 'get',
      times: 2_000,
      ask: (each, turn) => request(each, 'GET', `${PODS_PATH}/${names[turn % PODS] ?? ''}`),
    },
    { name: 'list', times: 10, ask: (each) => request(each, 'GET', PODS_PATH) },
    {
      name: 'create',
      times: 500,
      ask: (each, turn) =>
        request(each, 'POST', PODS_PATH, {
          body: {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: `new-${turn}`, labels: { app: 'new' } },
            spec: DEPLOYMENT.spec.template.spec,
          },
        }),
    },
    {
      name: 'patch',
      times: 500,
      ask: (each, turn) =>
        request(each, 'PATCH', `${PODS_PATH}/${names[turn % PODS] ?? ''}`, {
          type: 'application/merge-patch+json',
          body: { metadata: { labels: { turn: String(turn) } } },
        }),
    },
  ];
  const measurements: Measurement[] = [
    {
      name: 'pods-1000-running',
      value: rounded(start.wallMs / 1000),
      unit: 's',
      statistic: 'single',
      samples: 1,
      detail: { cpuS: rounded(start.cpuMs / 1000), nodes: NODES },
    },
  ];
  for (const { name, times, ask } of kinds) {
    bench.progress(name);
    const rates: number[] = [];
    const cpuRates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const copy = forked(cluster);
      const { wallMs, cpuMs } = await spentOn(() => {
        for (let turn = 0; turn < times; turn++) ask(copy, turn);
      });
      rates.push((times / wallMs) * 1000);
      cpuRates.push((times / cpuMs) * 1000);
    }
    measurements.push({
      name: `api-${name}`,
      value: rounded(median(rates)),
      unit: 'per second',
      statistic: 'median',
      samples: ROUNDS,
      detail: { perCpuSecond: rounded(median(cpuRates)), requests: times, pods: PODS },
    });
  }
  return measurements;
}

export const apiRequests: Figure = {
  name: 'api',
  about: 'API requests a second of one client while 1,000 pods run, JSON to JSON.',
  run,
};

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** Reads a watch until it has told so many events; time passes as it must. */
function readEvents(
  cluster: SimulatedCluster,
  stream: { read(): Uint8Array | undefined },
  wanted: number,
): number {
  let seen = 0;
  let idle = 0;
  while (seen < wanted && idle < 100) {
    const data = stream.read();
    if (data === undefined) throw new Error(`the watch ended after ${seen} events`);
    for (const byte of data) if (byte === NEWLINE) seen++;
    idle = data.length === 0 ? idle + 1 : 0;
    cluster.run({ untilMs: cluster.nowMs() + 1, maxEvents: 1_000_000 });
  }
  return seen;
}
const NEWLINE = 10;

async function runWatch(bench: Bench): Promise<readonly Measurement[]> {
  const cluster = bootedCluster();
  bench.progress(`creating ${WATCHED} ConfigMaps`);
  for (let number = 0; number < WATCHED; number++)
    request(cluster, 'POST', CONFIG_MAPS, {
      body: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `c-${number}` },
        data: { number: String(number) },
      },
    });
  const first: number[] = [];
  const cpu: number[] = [];
  const changes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bench.progress(`round ${round + 1} of ${ROUNDS}`);
    const copy = forked(cluster);
    let stream: ReturnType<SimulatedCluster['api']['handle']>['stream'];
    const spent = await spentOn(() => {
      stream = request(copy, 'GET', CONFIG_MAPS, undefined, [
        ['watch', 'true'],
        ['resourceVersion', '0'],
      ]).stream;
      if (stream === undefined) throw new Error('that is no watch');
      const seen = readEvents(copy, stream, WATCHED);
      if (seen < WATCHED) throw new Error(`the watch told ${seen} of ${WATCHED} objects`);
    });
    first.push((WATCHED / spent.wallMs) * 1000);
    cpu.push((WATCHED / spent.cpuMs) * 1000);
    let told = 0;
    const changed = await spentOn(() => {
      for (let number = 0; number < CHANGED; number++) {
        request(copy, 'PATCH', `${CONFIG_MAPS}/c-${number}`, {
          type: 'application/merge-patch+json',
          body: { data: { number: 'new' } },
        });
        if (number % CHANGES_AT_ONCE === CHANGES_AT_ONCE - 1 && stream !== undefined)
          told += readEvents(copy, stream, CHANGES_AT_ONCE);
      }
    });
    if (told < CHANGED) throw new Error(`the watch told ${told} of ${CHANGED} changes`);
    changes.push((CHANGED / changed.wallMs) * 1000);
    stream?.close();
  }
  return [
    {
      name: 'watch-10000-objects',
      value: rounded(median(first)),
      unit: 'per second',
      statistic: 'median',
      samples: ROUNDS,
      detail: { perCpuSecond: rounded(median(cpu)), allMs: rounded((WATCHED / median(first)) * 1000) },
    },
    {
      name: 'watch-10000-changes',
      value: rounded(median(changes)),
      unit: 'per second',
      statistic: 'median',
      samples: ROUNDS,
      detail: { about: 'patched and told, one watch open' },
    },
  ];
}
const CHANGED = 2_000;
const CHANGES_AT_ONCE = 100;

export const watchOfMany: Figure = {
  name: 'watch',
  about: 'A watch of 10,000 ConfigMaps: told from the start, and their changes.',
  run: runWatch,
};
