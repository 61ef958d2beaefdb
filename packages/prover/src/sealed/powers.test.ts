import { describe, expect, it } from 'vitest';
import type { Manifest } from '../manifest.ts';
import { isCovered, powersOf } from './powers.ts';

const of = (kind: string, spec: unknown, annotations: Record<string, string> = {}): Manifest => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', annotations },
  spec,
});
const CONTAINER = { name: 'c', image: 'i' };
const POD = { hostNetwork: true, containers: [{ ...CONTAINER, securityContext: { privileged: true } }] };

describe('what an object reaches beside itself', () => {
  it.each<[string, Manifest, readonly string[]]>([
    ['a plain pod', of('Pod', { containers: [CONTAINER] }), []],
    ['a pod', of('Pod', POD), ['hostNetwork', 'privileged']],
    ['a Deployment', of('Deployment', { template: { spec: POD } }), ['hostNetwork', 'privileged']],
    [
      'a CronJob',
      of('CronJob', { jobTemplate: { spec: { template: { spec: POD } } } }),
      ['hostNetwork', 'privileged'],
    ],
    [
      'a folder of the node, however written',
      of('Pod', { volumes: [{ name: 'v', hostPath: { path: '/srv//ledger/../x/./' } }], containers: [] }),
      ['hostPath /srv/x'],
    ],
    [
      'capabilities and ports of an init container',
      of('Pod', {
        initContainers: [
          {
            ...CONTAINER,
            securityContext: { capabilities: { add: ['CAP_NET_ADMIN', 'NET_RAW'] } },
            ports: [{ containerPort: 1, hostPort: 1 }],
          },
        ],
        containers: [],
      }),
      ['capability NET_ADMIN', 'capability NET_RAW', 'hostPort'],
    ],
    [
      'other names',
      of('Pod', {
        hostname: 'a',
        hostAliases: [{}],
        dnsConfig: { nameservers: ['1.2.3.4'] },
        containers: [],
      }),
      ['hostname', 'hostAliases', 'dnsConfig'],
    ],
    ['names that are empty', of('Pod', { hostname: '', hostAliases: [], dnsConfig: {}, containers: [] }), []],
    ['a Service', of('Service', { type: 'NodePort', ports: [{}] }), []],
    ['a Service with others’ addresses', of('Service', { externalIPs: ['10.0.0.1'] }), ['externalIPs']],
    [
      'a Service that is a name',
      of('Service', { type: 'ExternalName', externalName: 'x' }),
      ['ExternalName'],
    ],
    [
      'an Ingress with configuration of its own',
      of('Ingress', {}, { 'nginx.ingress.kubernetes.io/server-snippet': 'return 200;', other: 'x' }),
      ['server-snippet'],
    ],
    ['what can’t be read', of('Deployment', 7), []],
    ['lists that are none', of('Pod', { containers: 'x', volumes: 3 }), []],
  ])('%s', (_what, manifest, powers) => {
    expect(powersOf(manifest)).toEqual(powers);
  });

  it('covers a folder by the one that it is in, and by no other that begins alike', () => {
    const granted = new Set(['hostPath /srv/ledger', 'privileged']);
    expect(
      [
        'hostPath /srv/ledger',
        'hostPath /srv/ledger/2026',
        'hostPath /srv',
        'hostPath /srv/ledgers',
        'privileged',
      ].map((power) => isCovered(power, granted)),
    ).toEqual([true, true, false, false, true]);
  });
});
