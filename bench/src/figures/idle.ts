import type { Bench, Figure, Measurement } from '../figure.ts';
import { spentOn } from '../simulated/measuring.ts';
import { bootedCluster, forked, pass } from '../simulated/simulated-cluster.ts';
import { median, rounded } from '../statistics.ts';

const ROUNDS = 9;
const MINUTE_MS = 60_000;

async function run(_bench: Bench): Promise<readonly Measurement[]> {
  const base = bootedCluster();
  pass(base, MINUTE_MS);
  const cpu: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cluster = forked(base);
    cpu.push((await spentOn(() => pass(cluster, MINUTE_MS))).cpuMs);
  }
  return [
    {
      name: 'idle-minute-run',
      value: rounded(median(cpu)),
      unit: 'ms',
      statistic: 'median',
      samples: ROUNDS,
      detail: {
        about: 'processor time of one virtual minute of probes, leases and checks that is really run',
      },
    },
  ];
}

export const idle: Figure = {
  name: 'idle',
  about: 'Processor time of clusters in which nothing happens.',
  run,
};
