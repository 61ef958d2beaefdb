import { reachability } from '@podwire/kubesim';
import type { PolicyObjects } from '@podwire/kubesim';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { spentOn } from '../simulated/measuring.ts';
import { median, rounded, summary } from '../statistics.ts';

const SIZES = [250, 500, 1_000, 2_000];
const GOAL_SIZE = 1_000;
const GOAL_MS = 1_000;
const ROUNDS = 9;
const NAMESPACES = 20;
const APPS = 40;
const PORTS = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'tcp', port: 8080 },
  { protocol: 'udp', port: 53 },
] as const;

/**
 * A world of so many pods and policies: applications of three tiers in twenty namespaces, each policy its own
 * selectors, with peers of every sort. Sizes differ in nothing else.
 */
function worldOf(size: number): PolicyObjects {
  const numbers = Array.from({ length: size }, (_none, number) => number);
  const namespace = (number: number): string => `team-${number % NAMESPACES}`;
  const tiers = ['web', 'api', 'data'];
  return {
    namespaces: Array.from({ length: NAMESPACES }, (_none, number) => ({
      metadata: { name: namespace(number), labels: { stage: number % 2 === 0 ? 'test' : 'live' } },
    })),
    pods: numbers.map((number) => ({
      metadata: {
        namespace: namespace(number),
        name: `pod-${number}`,
        uid: `pod-${number}`,
        labels: { app: `app-${number % APPS}`, tier: tiers[number % 3] ?? '', instance: String(number) },
      },
      spec: {
        nodeName: `node-${number % 10}`,
        containers: [{ name: 'c', ports: [{ name: 'http', containerPort: number % 2 === 0 ? 80 : 8080 }] }],
      },
      status: { phase: 'Running', podIP: `10.244.${number >> 8}.${number & 255}` },
    })),
    policies: numbers.map((number) => ({
      metadata: { namespace: namespace(number), name: `policy-${number}` },
      spec: {
        podSelector: {
          matchLabels: { tier: tiers[number % 3] ?? '' },
          matchExpressions: [{ key: 'app', operator: 'NotIn', values: [`app-${(number * 7) % APPS}`] }],
        },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { tier: tiers[(number + 1) % 3] ?? '' } } },
              {
                namespaceSelector: { matchLabels: { stage: number % 4 < 2 ? 'test' : 'live' } },
                podSelector: {
                  matchExpressions: [{ key: 'app', operator: 'In', values: [`app-${number % APPS}`] }],
                },
              },
              { ipBlock: { cidr: `10.244.${number % 8}.0/25`, except: [`10.244.${number % 8}.16/28`] } },
            ],
            ports: [{ protocol: 'TCP', port: 'http' }],
          },
        ],
        egress: [
          { ports: [{ protocol: 'UDP', port: 53 }] },
          { to: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: 80, endPort: 8_080 }] },
        ],
      },
    })),
  };
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const size of SIZES) {
    bench.progress(`${size} pods under ${size} policies`);
    const world = worldOf(size);
    const wall: number[] = [];
    const cpu: number[] = [];
    let allowed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const spent = await spentOn(() => {
        allowed = reachability(world, PORTS).ports.reduce((sum, port) => sum + port.allowedPairs(), 0);
      });
      wall.push(spent.wallMs);
      cpu.push(spent.cpuMs);
    }
    measurements.push({
      name: `reachability-${size}`,
      value: rounded(median(wall)),
      unit: 'ms',
      statistic: 'median',
      samples: ROUNDS,
      ...(size === GOAL_SIZE ? { goal: { atMost: GOAL_MS } } : {}),
      detail: {
        ...summary(wall),
        cpuMs: rounded(median(cpu)),
        judgements: size * size * PORTS.length,
        allowed,
      },
    });
  }
  const [smallest, largest] = [measurements.at(0), measurements.at(-1)];
  if (smallest !== undefined && largest !== undefined)
    measurements.push({
      name: 'reachability-growth',
      value: rounded(largest.value / smallest.value),
      unit: 'ratio',
      statistic: 'median',
      samples: ROUNDS,
      detail: {
        pods: `${SIZES.at(0)} to ${SIZES.at(-1)}`,
        pairsGrow: ((SIZES.at(-1) ?? 0) / (SIZES.at(0) ?? 1)) ** 2,
      },
    });
  return measurements;
}

export const reachabilityOfAll: Figure = {
  name: 'reachability',
  about:
    'Who reaches whom on three ports: every pair of so many pods under as many policies, from the objects on.',
  run,
};
