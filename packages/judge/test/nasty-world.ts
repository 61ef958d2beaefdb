import { WATCH_NAMESPACE, WATCHERS } from '../src/world/world.ts';
import type { World, WorldPod } from '../src/world/world.ts';

function pod(
  namespace: string,
  name: string,
  node: 0 | 1,
  labels: Readonly<Record<string, string>>,
  names: readonly [string, string],
): WorldPod {
  return {
    namespace,
    name,
    node,
    labels,
    hostNetwork: false,
    ready: true,
    servers: [
      { port: 80, tcpName: names[0] },
      { port: 81, tcpName: names[1] },
    ],
  };
}

/** One small world in which each rule that can be turned round shows. */
export const NASTY_WORLD: World = {
  name: 'nasty',
  namespaces: [
    { name: 'alpha', labels: { team: 'red' } },
    { name: 'beta', labels: { team: 'blue' } },
    { name: 'gamma', labels: {} },
    { name: WATCH_NAMESPACE, labels: {} },
  ],
  pods: [
    pod('alpha', 'a', 0, { app: 'x' }, ['web', 'api']),
    pod('alpha', 'b', 1, { app: 'y' }, ['api', 'web']),
    pod('beta', 'c', 1, { app: 'x' }, ['web', 'api']),
    pod('gamma', 'd', 0, {}, ['web', 'api']),
    ...WATCHERS,
  ],
  services: [
    {
      namespace: 'alpha',
      name: 'near',
      spec: {
        selector: { app: 'y' },
        ports: [{ port: 80, targetPort: 'web' }],
        internalTrafficPolicy: 'Local',
      },
    },
  ],
  slices: [],
  policies: [
    {
      namespace: 'alpha',
      name: 'all-but-a',
      spec: {
        podSelector: { matchLabels: { app: 'y' } },
        ingress: [
          {
            from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['${ip:alpha/a}/32'] } }],
            ports: [{ port: 'web' }],
          },
        ],
      },
    },
    {
      namespace: 'alpha',
      name: 'own-x',
      spec: {
        podSelector: { matchLabels: { app: 'x' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'x' } } }] }],
      },
    },
    {
      namespace: 'beta',
      name: 'red-x',
      spec: {
        podSelector: {},
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { team: 'red' } },
                podSelector: { matchLabels: { app: 'x' } },
              },
            ],
            ports: [{ port: 80, endPort: 81 }],
          },
        ],
      },
    },
    {
      namespace: 'gamma',
      name: 'sctp-in',
      spec: {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ protocol: 'SCTP' }] }],
      },
    },
    {
      namespace: 'gamma',
      name: 'nothing-out',
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [] },
    },
  ],
};
