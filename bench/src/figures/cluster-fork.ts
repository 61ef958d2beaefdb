import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { originOf, SimulatedProvider, unheard } from '@podwire/cluster';
import type { ClusterOrigin } from '@podwire/cluster';
import { simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { orchestratorBundle } from '../orchestrator-process.ts';
import { rounded, summary } from '../statistics.ts';

const FORKS = 200;
const BOOTS = 12;
const GOAL_P50_MS = 5;
const START_MS = Date.UTC(2026, 0, 1);

function origins(seed: number): readonly ClusterOrigin[] {
  return simulatedLabs().map((lab) => originOf(lab, seed, START_MS));
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const folder = await orchestratorBundle(bench);
  const provider = new SimulatedProvider({
    workers: 1,
    maxClusters: FORKS + BOOTS,
    workerUrl: pathToFileURL(path.join(folder, 'worker.js')),
  });
  bench.atEnd(() => provider.close());
  const timed = async (id: string, origin: ClusterOrigin | undefined): Promise<number> => {
    if (origin === undefined) throw new Error('the course has no labs');
    const begunMs = performance.now();
    const cluster = await provider.create(id, origin, unheard);
    const tookMs = performance.now() - begunMs;
    await cluster.destroy();
    return tookMs;
  };
  const warm = origins(1);
  await provider.prewarm(warm);
  const forks: number[] = [];
  for (let fork = 0; fork < FORKS; fork++) forks.push(await timed(`fork-${fork}`, warm[fork % warm.length]));
  const boots: number[] = [];
  for (let boot = 0; boot < BOOTS; boot++) {
    // A seed that nobody has booted.
    const cold = origins(1_000 + boot);
    boots.push(await timed(`boot-${boot}`, cold[boot % cold.length]));
  }
  const forked = summary(forks);
  const booted = summary(boots);
  const base = { unit: 'ms', samples: FORKS, detail: forked } as const;
  return [
    { ...base, name: 'cluster-fork-p50', value: forked.p50, statistic: 'p50', goal: { atMost: GOAL_P50_MS } },
    { ...base, name: 'cluster-fork-p99', value: forked.p99, statistic: 'p99' },
    {
      name: 'cluster-boot-p50',
      value: booted.p50,
      unit: 'ms',
      statistic: 'p50',
      samples: BOOTS,
      detail: booted,
    },
    {
      name: 'cluster-boot-to-fork',
      value: rounded(booted.p50 / forked.p50),
      unit: 'ratio',
      statistic: 'p50',
      samples: BOOTS,
    },
  ];
}

export const clusterFork: Figure = {
  name: 'cluster-fork',
  about:
    'From asking a worker for a simulated cluster until it is ready: forked from a booted lab, and booted.',
  run,
};
