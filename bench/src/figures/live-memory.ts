import type { SimulatedCluster } from '@podwire/kubesim';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { liveBytes } from '../simulated/measuring.ts';
import { bootedCluster, forked, pass, request } from '../simulated/simulated-cluster.ts';
import { webernetesCluster } from '../simulated/webernetes.ts';
import { rounded } from '../statistics.ts';
import { DEPLOYMENT, SERVICE } from './deployment.ts';

const FORKS = 1_000;
const WEBERNETES_CLUSTERS = 20;
const MEBIBYTE = 1_048_576;
const GOAL_MIB = 1;
/** A forked cluster is alive: its kubelets, probes and leases have gone round, ms of virtual time. */
const LIVED_MS = 15_000;
/** Of those that work, one in so many of the whole; each takes a second's share of the run. */
const WORKING = 200;

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const base = bootedCluster();
  // What only the first cluster ever makes is not of each.
  pass(forked(base), LIVED_MS);
  const bare = liveBytes();
  const forks: SimulatedCluster[] = [];
  for (let each = 0; each < FORKS; each++) forks.push(forked(base));
  const forkedBytes = liveBytes();
  bench.progress(`${FORKS} clusters live for ${LIVED_MS / 1000} s of their time`);
  for (const cluster of forks) pass(cluster, LIVED_MS);
  const livedBytes = liveBytes();
  for (const cluster of forks.slice(0, WORKING)) {
    request(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments', { body: DEPLOYMENT });
    request(cluster, 'POST', '/api/v1/namespaces/default/services', { body: SERVICE });
    pass(cluster, LIVED_MS);
  }
  const workedBytes = liveBytes();
  const each = (bytes: number, count: number): number => rounded(bytes / count / MEBIBYTE);
  const measurements: Measurement[] = [
    {
      name: 'memory-a-live-cluster',
      value: each(livedBytes - bare, FORKS),
      unit: 'MiB',
      statistic: 'difference',
      samples: FORKS,
      goal: { atMost: GOAL_MIB },
      detail: {
        justForkedMiB: each(forkedBytes - bare, FORKS),
        deploymentAndServiceMoreMiB: each(workedBytes - livedBytes, WORKING),
      },
    },
  ];
  forks.length = 0;
  bench.progress('the same on @ngrok/webernetes');
  const first = await webernetesCluster();
  const otherBare = liveBytes();
  const others = [];
  for (let count = 0; count < WEBERNETES_CLUSTERS; count++) others.push(await webernetesCluster());
  await new Promise((resolve) => setTimeout(resolve, LIVED_MS));
  const otherBytes = liveBytes();
  measurements.push({
    name: 'memory-a-live-cluster-webernetes',
    value: each(otherBytes - otherBare, WEBERNETES_CLUSTERS),
    unit: 'MiB',
    statistic: 'difference',
    samples: WEBERNETES_CLUSTERS,
  });
  for (const cluster of [first, ...others]) await cluster.close();
  return measurements;
}

export const liveMemory: Figure = {
  name: 'live-memory',
  about:
    'What each of 1,000 forks of one booted cluster takes once it has lived, beside @ngrok/webernetes 0.3.5.',
  run,
};
