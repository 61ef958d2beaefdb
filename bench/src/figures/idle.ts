import type { SimulatedCluster } from '@podwire/kubesim';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { spentOn } from '../simulated/measuring.ts';
import { bootedCluster, forked, pass } from '../simulated/simulated-cluster.ts';
import { median, rounded } from '../statistics.ts';

const ROUNDS = 9;
const MINUTE_MS = 60_000;
const CLUSTERS = 500;
const STEP_MS = 100;
const STEPS = 200;

/** Lets a minute pass as whoever hosts the cluster does: what rests is skipped. @returns how often it had a turn. */
function hostedMinute(cluster: SimulatedCluster): number {
  const endMs = cluster.nowMs() + MINUTE_MS;
  let turns = 0;
  while (cluster.nowMs() < endMs && turns < STEPS) {
    const restsUntilMs = cluster.restsUntilMs() ?? 0;
    if (restsUntilMs > cluster.nowMs() + STEP_MS) cluster.skipTo(Math.min(restsUntilMs, endMs));
    else {
      turns += 1;
      pass(cluster, STEP_MS);
    }
  }
  return turns;
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const base = bootedCluster();
  pass(base, MINUTE_MS);
  const cpu: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cluster = forked(base);
    cpu.push((await spentOn(() => pass(cluster, MINUTE_MS))).cpuMs);
  }
  bench.progress(`${CLUSTERS} clusters at rest`);
  const clusters = Array.from({ length: CLUSTERS }, () => forked(base));
  // What was under way when they were forked comes to its end first.
  for (const cluster of clusters) hostedMinute(cluster);
  let turns = 0;
  const rest = await spentOn(() => {
    for (const cluster of clusters) turns += hostedMinute(cluster);
  });
  return [
    {
      name: 'idle-minute-run',
      value: rounded(median(cpu)),
      unit: 'ms',
      statistic: 'median',
      samples: ROUNDS,
      detail: { about: 'processor time of one virtual minute whose upkeep is really run' },
    },
    {
      name: 'idle-minute-rested',
      value: rounded(rest.cpuMs / CLUSTERS),
      unit: 'ms',
      statistic: 'single',
      samples: CLUSTERS,
      detail: { all500CpuMs: rounded(rest.cpuMs), turnsAMinute: rounded(turns / CLUSTERS) },
    },
  ];
}

export const idle: Figure = {
  name: 'idle',
  about:
    'Processor time of clusters in which nothing happens, a virtual minute: run, and rested as they are hosted.',
  run,
};
