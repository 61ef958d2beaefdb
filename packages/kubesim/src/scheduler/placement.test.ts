import type { Node, Pod, PodSpec } from 'kubernetes-types/core/v1';
import { describe, expect, test } from 'vitest';
import type { SchedulingView } from './pod-affinity.ts';
import { place } from './placement.ts';

function node(
  name: string,
  options: {
    readonly labels?: Record<string, string>;
    readonly spec?: Node['spec'];
    readonly cpu?: string;
    readonly pods?: string;
  } = {},
): Node {
  const { labels = {}, spec = {}, cpu = '4', pods = '110' } = options;
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: { allocatable: { cpu, memory: '8Gi', pods } },
  };
}

function pod(
  name: string,
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = { app: 'web' },
): Pod {
  return {
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: 'main' }], ...spec },
  };
}

function view(
  nodes: readonly Node[],
  running: Readonly<Record<string, readonly Pod[]>> = {},
): SchedulingView {
  return {
    nodes,
    podsByNode: new Map(Object.entries(running)),
    namespaces: [{ metadata: { name: 'default', labels: { team: 'a' } } }],
  };
}

const requests = (cpu: string): Partial<PodSpec> => ({
  containers: [{ name: 'main', resources: { requests: { cpu } } }],
});
const message = (subject: SchedulingView, candidate: Pod): string => {
  const placement = place(subject, candidate, undefined);
  return placement.kind === 'node' ? `placed on ${placement.node}` : placement.message;
};

describe('what keeps a pod from a node', () => {
  test.each([
    [
      'resources',
      [node('a'), node('b')],
      pod('p', requests('5')),
      '0/2 nodes are available: 2 Insufficient cpu.',
    ],
    [
      'a selector',
      [node('a'), node('b')],
      pod('p', { nodeSelector: { disk: 'ssd' } }),
      "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      'a taint',
      [
        node('a', { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }),
        node('b', { spec: { unschedulable: true } }),
      ],
      pod('p'),
      '0/2 nodes are available: 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable.',
    ],
  ])('%s', (_title, nodes, candidate, expected) => {
    expect(message(view(nodes), candidate)).toBe(expected);
  });

  test('no nodes at all', () => {
    expect(message(view([]), pod('p'))).toBe('no nodes available to schedule pods');
  });

  test('a host port that is taken', () => {
    const taking = pod('q', { containers: [{ name: 'main', ports: [{ containerPort: 80, hostPort: 80 }] }] });
    expect(
      message(view([node('a'), node('b')], { a: [taking] }), { ...taking, metadata: { name: 'p' } }),
    ).toBe('placed on b');
  });

  test('required anti-affinity, of the pod and of those that run', () => {
    const alone: Partial<PodSpec> = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
          ],
        },
      },
    };
    expect(message(view([node('a'), node('b')], { a: [pod('q')] }), pod('p', alone))).toBe('placed on b');
    expect(message(view([node('a')], { a: [pod('q', alone, { app: 'other' })] }), pod('p'))).toContain(
      "1 node(s) didn't satisfy existing pods anti-affinity rules",
    );
  });

  test('topology spread', () => {
    const spread: Partial<PodSpec> = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    };
    const zones = [node('a', { labels: { zone: 'x' } }), node('b', { labels: { zone: 'y' } }), node('c')];
    expect(message(view(zones, { a: [pod('q')] }), pod('p', spread))).toBe('placed on b');
  });
});

describe('which node is best', () => {
  test('replicas of one owner spread over the nodes', () => {
    const owner = { matchLabels: { app: 'web' } };
    const nodes = [node('a'), node('b')];
    const running: Record<string, Pod[]> = { a: [], b: [] };
    for (let index = 0; index < 6; index++) {
      const placement = place(view(nodes, running), pod(`p${index}`), owner);
      if (placement.kind === 'node') running[placement.node]?.push(pod(`p${index}`));
    }
    expect([running['a']?.length, running['b']?.length]).toEqual([3, 3]);
  });

  test('a preferred affinity outweighs free room', () => {
    const preferred: Partial<PodSpec> = {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
            },
          ],
        },
      },
    };
    const busy = pod('q', requests('3'), { app: 'other' });
    expect(
      message(view([node('a'), node('b', { labels: { disk: 'ssd' } })], { b: [busy] }), pod('p', preferred)),
    ).toBe('placed on b');
  });
});
