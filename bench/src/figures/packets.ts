import type { SimulatedCluster } from '@podwire/kubesim';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { spentOn } from '../simulated/measuring.ts';
import { bootedCluster, forked, pass, request } from '../simulated/simulated-cluster.ts';
import { median, rounded, summary } from '../statistics.ts';
import { askNodePort, DEPLOYMENT, SERVICE } from './deployment.ts';

const ROUNDS = 7;
const PAGES_A_ROUND = 300;
const ROLLOUT_MS = 30_000;

/** Every packet has a number of its own, given in order, whether or not its trace is still kept. */
function packetsSent(cluster: SimulatedCluster): number {
  const last = cluster.recentPackets().at(-1);
  if (last === undefined) throw new Error('no packet was sent');
  return last.packetId;
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const base = bootedCluster();
  request(base, 'POST', '/apis/apps/v1/namespaces/default/deployments', { body: DEPLOYMENT });
  request(base, 'POST', '/api/v1/namespaces/default/services', { body: SERVICE });
  pass(base, ROLLOUT_MS);
  const rates: number[] = [];
  const cpuRates: number[] = [];
  let packets = 0;
  for (let round = 0; round < ROUNDS; round++) {
    bench.progress(`round ${round + 1} of ${ROUNDS}`);
    const cluster = forked(base);
    const before = packetsSent(cluster);
    const { wallMs, cpuMs } = await spentOn(() => {
      for (let page = 0; page < PAGES_A_ROUND; page++)
        if (askNodePort(cluster) === undefined) throw new Error('a page did not come');
    });
    packets = packetsSent(cluster) - before;
    rates.push((packets / wallMs) * 1000);
    cpuRates.push((packets / cpuMs) * 1000);
  }
  return [
    {
      name: 'packets',
      value: rounded(median(rates)),
      unit: 'per second',
      statistic: 'median',
      samples: ROUNDS,
      detail: { ...summary(rates), perCpuSecond: rounded(median(cpuRates)), packetsARound: packets },
    },
  ];
}

export const packets: Figure = {
  name: 'packets',
  about:
    'Packets a second from the toolbox through a node port, its NAT and the pod network and back, each with its trace.',
  run,
};
