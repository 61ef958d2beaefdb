import type { SimulatedCluster } from '@podwire/kubesim';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { spentOn } from '../simulated/measuring.ts';
import type { Spent } from '../simulated/measuring.ts';
import { bootedCluster, forked, pass, request } from '../simulated/simulated-cluster.ts';
import { deployOnWebernetes, webernetesCluster } from '../simulated/webernetes.ts';
import { median, rounded, summary } from '../statistics.ts';

const ROUNDS = 40;
/** It takes a second each, most of which it waits. */
const WEBERNETES_ROUNDS = 7;
const GOAL_MS = 50;
const NODE_ADDRESS = '172.18.0.2';
const NODE_PORT = 30_080;
/** The node port is asked this often, as an impatient learner would, ms of virtual time. */
const ASK_EVERY_MS = 50;
const ASK_AT_MOST = 400;

export const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
            args: ['netexec', '--http-port=8080'],
            ports: [{ containerPort: 8080 }],
          },
        ],
      },
    },
  },
};
export const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: {
    type: 'NodePort',
    selector: { app: 'web' },
    ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }],
  },
};

/** @returns what the page said, from the learner's machine through the node port. */
export function askNodePort(cluster: SimulatedCluster): string | undefined {
  const probe = cluster.startProbe({
    from: { kind: 'toolbox' },
    to: { kind: 'host', host: NODE_ADDRESS },
    port: NODE_PORT,
    protocol: 'tcp',
    timeoutMs: 1_000,
    http: { path: '/hostname', host: NODE_ADDRESS },
  });
  while (probe.result() === undefined) pass(cluster, 1);
  const page = probe.result()?.http;
  return page?.status === 200 ? page.body : undefined;
}

function deploy(cluster: SimulatedCluster): void {
  request(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments', { body: DEPLOYMENT });
  request(cluster, 'POST', '/api/v1/namespaces/default/services', { body: SERVICE });
  for (let asked = 0; asked < ASK_AT_MOST; asked++) {
    if (askNodePort(cluster)?.startsWith('web-') === true) return;
    pass(cluster, ASK_EVERY_MS);
  }
  throw new Error('the Service never answered');
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const base = bootedCluster();
  const ours: Spent[] = [];
  const theirs: Spent[] = [];
  let virtualMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const cluster = forked(base);
    ours.push(await spentOn(() => deploy(cluster)));
    virtualMs = cluster.nowMs() - base.nowMs();
  }
  bench.progress('the same on @ngrok/webernetes');
  for (let round = 0; round < WEBERNETES_ROUNDS; round++) {
    const cluster = await webernetesCluster();
    theirs.push(await spentOn(() => deployOnWebernetes(cluster)));
    await cluster.close();
  }
  const wall = summary(ours.map(({ wallMs }) => wallMs));
  const otherWall = summary(theirs.map(({ wallMs }) => wallMs));
  return [
    {
      name: 'deployment-to-answer',
      value: wall.p50,
      unit: 'ms',
      statistic: 'p50',
      samples: ROUNDS,
      goal: { atMost: GOAL_MS },
      detail: {
        ...wall,
        cpuMs: rounded(median(ours.map(({ cpuMs }) => cpuMs))),
        virtualMs: rounded(virtualMs),
      },
    },
    {
      name: 'deployment-to-answer-webernetes',
      value: otherWall.p50,
      unit: 'ms',
      statistic: 'p50',
      samples: WEBERNETES_ROUNDS,
      detail: { ...otherWall, cpuMs: rounded(median(theirs.map(({ cpuMs }) => cpuMs))) },
    },
    {
      name: 'deployment-to-answer-compared',
      value: rounded(otherWall.p50 / wall.p50),
      unit: 'ratio',
      statistic: 'p50',
      samples: WEBERNETES_ROUNDS,
    },
  ];
}

export const deployment: Figure = {
  name: 'deployment',
  about:
    'From applying a Deployment of three and its NodePort Service until the node port answers, beside @ngrok/webernetes 0.3.5.',
  run,
};
