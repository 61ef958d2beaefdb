import { mkdtempSync, rmSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { KindProvider, originOf, SimulatedProvider, unheard } from '@podwire/cluster';
import type { Cluster, ClusterOrigin, ClusterProvider } from '@podwire/cluster';
import { simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { median } from '../statistics.ts';
import { run } from '../kind/docker.ts';
import { kindYaml, untilUsable } from '../kind/bare.ts';

const LAB = 'a-service-in-front';
const INSTALLATION = 'bench';
const BARE = 'podwire-bench-bare';
const GIBIBYTE = 2 ** 30;
const MEBIBYTE = 2 ** 20;
/** The machine that the product's documentation speaks of, and what stays free on it for the host. */
const MACHINE_BYTES = 24 * GIBIBYTE;
const HOST_BYTES = GIBIBYTE;
/** Of each of the two that are compared. */
const COLD_STARTS = 3;
const SIMULATED_STARTS = 9;
const IDLE_SAMPLES = 10;
const IDLE_EVERY_MS = 2_000;
const WARM_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 250;

/** Real clusters beside bare kind and beside simulated ones, of one shape and in one run. */
export const kind: Figure = {
  name: 'kind',
  about: 'a real cluster for a learner: start, pool, pause, memory, beside bare kind and a simulated one',
  async run(bench) {
    const origin = labOrigin();
    const cold = await coldStart(bench, origin);
    const rest = await fromThePool(bench, origin);
    return [...cold.measurements, ...rest, ...(await simulatedBeside(bench, origin, cold.ms))];
  },
};

function labOrigin(): ClusterOrigin {
  const lab = simulatedLabs().find(({ id }) => id === LAB);
  if (lab === undefined) throw new Error(`there is no lab ${LAB}`);
  return originOf(lab, 1, Date.now());
}

async function provider(
  bench: Bench,
  warmClusters: number,
  freeBytes: () => number = freemem,
): Promise<KindProvider> {
  const folder = mkdtempSync(path.join(tmpdir(), 'podwire-bench-kind-'));
  const opened = await KindProvider.open({
    installation: INSTALLATION,
    nodeImage: process.env['KIND_NODE_IMAGE'] ?? 'kindest/node:v1.34.0',
    toolboxImage: process.env['PODWIRE_TOOLBOX_IMAGE'] ?? 'podwire/toolbox:latest',
    abilities: { networkPolicies: true },
    maxClusters: 2,
    warmClusters,
    stateDirectory: folder,
    freeBytes,
    egress: 'none',
    onFault: (message) => bench.progress(message),
  });
  bench.atEnd(async () => {
    await opened.close();
    for (const member of await opened.owned()) await opened.remove(member);
    rmSync(folder, { recursive: true, force: true });
  });
  return opened;
}

/**
 * Our start, the lab's objects left out, over kind's own until the same cluster can be used as much. The two take turns,
 * so that a machine that grows busy slows both.
 */
async function coldStart(
  bench: Bench,
  origin: ClusterOrigin,
): Promise<{ readonly ms: number; readonly measurements: readonly Measurement[] }> {
  const ours = await provider(bench, 0);
  const taken: { readonly bareMs: number; readonly podwireMs: number }[] = [];
  for (let turn = 1; turn <= COLD_STARTS; turn++) {
    bench.progress(`cold start ${turn} of ${COLD_STARTS}: bare kind, then Podwire`);
    const bareMs = await bareStart(bench, origin.needs.nodes);
    let cluster: Cluster | undefined;
    const podwireMs = await timed(async () => {
      cluster = await ours.create(`cold${turn}`, { ...origin, setup: [], files: [] }, unheard);
    });
    await cluster?.destroy();
    taken.push({ bareMs, podwireMs });
  }
  await ours.close();
  const podwireMs = median(taken.map((turn) => turn.podwireMs));
  return {
    ms: podwireMs,
    measurements: [
      {
        name: 'kind: cold start over bare kind',
        value: ratio(podwireMs, median(taken.map(({ bareMs }) => bareMs))),
        unit: 'ratio',
        statistic: 'median',
        samples: COLD_STARTS,
        goal: { atMost: 1.05 },
        detail: {
          podwireMs: Math.round(podwireMs),
          bareMs: Math.round(median(taken.map(({ bareMs }) => bareMs))),
          nodes: origin.needs.nodes,
        },
      },
    ],
  };
}

async function bareStart(bench: Bench, nodes: number): Promise<number> {
  bench.atEnd(() => run('kind', ['delete', 'cluster', `--name=${BARE}`]).then(() => undefined));
  const image = process.env['KIND_NODE_IMAGE'] ?? 'kindest/node:v1.34.0';
  const ms = await timed(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'podwire-bench-bare-'));
    const config = path.join(folder, 'kubeconfig');
    await run(
      'kind',
      ['create', 'cluster', `--name=${BARE}`, `--image=${image}`, `--kubeconfig=${config}`, '--config=-'],
      kindYaml(nodes),
    );
    await untilUsable(config, nodes);
    rmSync(folder, { recursive: true, force: true });
  });
  await run('kind', ['delete', 'cluster', `--name=${BARE}`]);
  return ms;
}

async function fromThePool(bench: Bench, origin: ClusterOrigin): Promise<readonly Measurement[]> {
  bench.progress('filling the pool: a cluster of the lab’s shape, and one with the lab in it');
  // While something is measured, nothing else is to be made: the pool then sees no room, and no shortage either.
  let measuring = false;
  const ours = await provider(bench, 2, () => (measuring ? 1.5 * HOST_BYTES : freemem()));
  await ours.prewarm([origin]);
  await untilWarm(ours, origin);
  measuring = true;
  bench.progress('another lab from a cluster of its shape');
  let other: Cluster | undefined;
  // Another author's file makes it another lab: it fits none but the one of its shape.
  const files = [...origin.files, { path: 'another-lab.txt', text: '' }];
  const shapeMs = await timed(async () => {
    other = await ours.create('shape', { ...origin, files }, unheard);
  });
  await other?.destroy();
  bench.progress('the lab that stands ready');
  let cluster: Cluster | undefined;
  const warmMs = await timed(async () => {
    cluster = await ours.create('pool', origin, unheard);
  });
  bench.progress('a learner’s cluster at rest');
  const idle = await atRest();
  bench.progress('pause, resume, removal');
  const pauseMs = await timed(async () => cluster?.suspend());
  measuring = false;
  const resumeMs = await timed(async () => {
    const history = { records: [], clusterTimeMs: Date.now() };
    cluster = await ours.create('pool', origin, unheard, { history });
  });
  measuring = true;
  const removalMs = await timed(async () => cluster?.destroy());
  const single = { statistic: 'single', samples: 1 } as const;
  return [
    {
      name: 'kind: lab ready from the pool',
      value: Math.round(warmMs),
      unit: 'ms',
      ...single,
      goal: { atMost: 2_000 },
    },
    {
      name: 'kind: lab ready from a cluster of its shape',
      value: Math.round(shapeMs),
      unit: 'ms',
      ...single,
    },
    { name: 'kind: pause', value: Math.round(pauseMs), unit: 'ms', ...single },
    { name: 'kind: resume', value: Math.round(resumeMs), unit: 'ms', ...single },
    { name: 'kind: removal', value: Math.round(removalMs), unit: 'ms', ...single },
    {
      name: 'kind: memory of an idle cluster',
      value: Math.round(idle.bytes / MEBIBYTE),
      unit: 'MiB',
      statistic: 'median',
      samples: IDLE_SAMPLES,
      detail: {
        processors: Math.round(idle.processors * 100) / 100,
        fitOn24GiB: Math.floor((MACHINE_BYTES - HOST_BYTES) / idle.bytes),
        nodes: origin.needs.nodes,
      },
    },
  ];
}

async function simulatedBeside(
  bench: Bench,
  origin: ClusterOrigin,
  coldMs: number,
): Promise<readonly Measurement[]> {
  bench.progress('the same lab on a simulated cluster');
  const simulated: ClusterProvider = new SimulatedProvider({ workers: 1, maxClusters: 4 });
  bench.atEnd(() => simulated.close());
  // The worker's own start is not the cluster's.
  await (await simulated.create('first', { ...origin, seed: 9 }, unheard)).destroy();
  const boots: number[] = [];
  const forks: number[] = [];
  for (let seed = 2; seed < 2 + SIMULATED_STARTS; seed++)
    // The first of a seed is booted, the second is a copy of what it booted.
    for (const times of [boots, forks]) {
      let cluster: Cluster | undefined;
      times.push(
        await timed(async () => {
          cluster = await simulated.create(`s${seed}`, { ...origin, seed }, unheard);
        }),
      );
      await cluster?.destroy();
    }
  const [bootMs, forkMs] = [median(boots), median(forks)];
  return [
    {
      name: 'kind: cold start over a simulated cluster’s',
      value: ratio(coldMs, bootMs),
      unit: 'ratio',
      statistic: 'median',
      samples: SIMULATED_STARTS,
      detail: {
        kindMs: Math.round(coldMs),
        bootMs: Math.round(bootMs),
        forkMs: Math.round(forkMs * 10) / 10,
        overFork: Math.round(coldMs / forkMs),
      },
    },
  ];
}

async function untilWarm(from: KindProvider, origin: ClusterOrigin): Promise<void> {
  const deadline = performance.now() + WARM_WITHIN_MS;
  while (from.expectation(origin).readyMs !== 0) {
    if (performance.now() > deadline) throw new Error('the pool was not filled in five minutes');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Every container of the only cluster that there is. */
async function atRest(): Promise<{ readonly bytes: number; readonly processors: number }> {
  const totals: { readonly bytes: number; readonly processors: number }[] = [];
  for (let sample = 0; sample < IDLE_SAMPLES; sample++) {
    await new Promise((resolve) => setTimeout(resolve, IDLE_EVERY_MS));
    const names = (await run('docker', ['ps', '-q', '--filter', `name=podwire-${INSTALLATION}-`]))
      .trim()
      .split('\n');
    const lines = (
      await run('docker', ['stats', '--no-stream', '--format', '{{.MemUsage}};{{.CPUPerc}}', ...names])
    )
      .trim()
      .split('\n');
    totals.push({
      bytes: lines.reduce((sum, line) => sum + bytesOf(line), 0),
      processors: lines.reduce((sum, line) => sum + Number.parseFloat(line.split(';')[1] ?? '0') / 100, 0),
    });
  }
  return {
    bytes: median(totals.map(({ bytes }) => bytes)),
    processors: median(totals.map(({ processors }) => processors)),
  };
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: MEBIBYTE, GiB: GIBIBYTE };

function bytesOf(line: string): number {
  const [, number = '0', unit = 'B'] = /^([\d.]+)([KMG]?i?B)/u.exec(line) ?? [];
  return Number(number) * (UNITS[unit] ?? 1);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

function ratio(a: number, b: number): number {
  return Math.round((a / b) * 100) / 100;
}
