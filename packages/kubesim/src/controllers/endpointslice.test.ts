import fc from 'fast-check';
import type { Pod, Service } from 'kubernetes-types/core/v1';
import { describe, expect, test } from 'vitest';
import { MAX_ENDPOINTS_PER_SLICE, wantedSlices } from './endpointslice.ts';
import { endpointSubsets } from './endpoints.ts';
import { mirroredSlices } from './endpointslice-mirroring.ts';

const ZONES = new Map<string, string | undefined>([
  ['n1', 'z1'],
  ['n2', 'z2'],
]);

function service(spec: Service['spec'] = {}): Service {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}

interface PodOptions {
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly phase?: string;
  readonly ip?: string | undefined;
  readonly node?: string;
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
}

function pod(
  name: string,
  {
    ready = true,
    terminating = false,
    phase = 'Running',
    ip = '10.244.1.9',
    node = 'n1',
    ports = [],
  }: PodOptions = {},
): Pod {
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: node, containers: [{ name: 'main', ports: [...ports] }] },
    status: {
      phase,
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

const conditionsOf = (svc: Service, ...pods: readonly Pod[]): unknown =>
  wantedSlices(svc, pods, ZONES).flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.conditions));

describe('conditions of endpoints', () => {
  test.each([
    ['ready', {}, {}, { ready: true, serving: true, terminating: false }],
    ['not ready', {}, { ready: false }, { ready: false, serving: false, terminating: false }],
    [
      'SVC20: on its way out, still serving',
      {},
      { terminating: true },
      { ready: false, serving: true, terminating: true },
    ],
    [
      'SVC20: on its way out, no longer serving',
      {},
      { terminating: true, ready: false },
      { ready: false, serving: false, terminating: true },
    ],
    [
      'SVC18: published although not ready',
      { publishNotReadyAddresses: true },
      { ready: false },
      { ready: true, serving: false, terminating: false },
    ],
    [
      'SVC18: published although on its way out',
      { publishNotReadyAddresses: true },
      { terminating: true },
      { ready: true, serving: true, terminating: true },
    ],
  ])('%s', (_title, spec, options, expected) => {
    expect(conditionsOf(service(spec), pod('a', options))).toEqual([expected]);
  });

  test.each(['Succeeded', 'Failed'])('SVC20: a pod that %s is no endpoint', (phase) => {
    expect(conditionsOf(service(), pod('a', { phase }))).toEqual([]);
  });
});

describe('ports', () => {
  test('SVC19: a pod without the named port is an endpoint without ports in slices, and none in Endpoints', () => {
    const svc = service({ ports: [{ port: 80, targetPort: 'web' }] });
    const named = pod('a', { ip: '10.244.1.1', ports: [{ name: 'web', containerPort: 8080 }] });
    const other = pod('b', { ip: '10.244.1.2' });
    expect(wantedSlices(svc, [named, other], ZONES).map(({ ports }) => ports.length)).toEqual([1, 0]);
    expect(endpointSubsets(svc, [named, other]).subsets).toMatchObject([
      { addresses: [{ ip: '10.244.1.1' }], ports: [{ port: 8080 }] },
    ]);
  });

  test('SVC19: in Endpoints each port stands with all pods that offer it', () => {
    const svc = service({
      ports: [
        { name: 'first', port: 80, targetPort: 81 },
        { name: 'second', port: 5353, protocol: 'UDP', targetPort: 'dgram' },
      ],
    });
    const both = pod('a', {
      ip: '10.244.1.1',
      ports: [{ name: 'dgram', containerPort: 80, protocol: 'UDP' }],
    });
    expect(endpointSubsets(svc, [both, pod('b', { ip: '10.244.1.2' })]).subsets).toMatchObject([
      { addresses: [{ ip: '10.244.1.1' }, { ip: '10.244.1.2' }], ports: [{ name: 'first', port: 81 }] },
      { addresses: [{ ip: '10.244.1.1' }], ports: [{ name: 'second', port: 80 }] },
    ]);
  });

  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] });

  test("SVC19: a named targetPort is each pod's own, by name and protocol", () => {
    const slices = wantedSlices(
      named,
      [
        pod('a', { ip: '10.244.1.1', ports: [{ name: 'web', containerPort: 8080 }] }),
        pod('b', { ip: '10.244.1.2', ports: [{ name: 'web', containerPort: 9090 }] }),
        pod('c', { ip: '10.244.1.3', ports: [{ name: 'web', containerPort: 7070, protocol: 'UDP' }] }),
      ],
      ZONES,
    );
    expect(
      slices.map((slice) => [
        slice.ports.map((port) => port.port),
        slice.endpoints.map((endpoint) => endpoint.addresses[0]),
      ]),
    ).toEqual([
      [[8080], ['10.244.1.1']],
      [[9090], ['10.244.1.2']],
      [[], ['10.244.1.3']],
    ]);
  });
});

describe('slices', () => {
  test('a Service without pods keeps one empty slice', () => {
    expect(wantedSlices(service(), [], ZONES)).toEqual([{ addressType: 'IPv4', ports: [], endpoints: [] }]);
  });

  test('SVC24: none holds more than 100 endpoints, and none is lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 350 }), (count) => {
        const pods = Array.from({ length: count }, (_, index) =>
          pod(`p${index}`, { ip: `10.244.${index >> 8}.${index & 255}` }),
        );
        const slices = wantedSlices(service(), pods, ZONES);
        expect(Math.max(...slices.map((slice) => slice.endpoints.length))).toBeLessThanOrEqual(
          MAX_ENDPOINTS_PER_SLICE,
        );
        expect(slices).toHaveLength(Math.ceil(count / MAX_ENDPOINTS_PER_SLICE));
        expect(
          new Set(slices.flatMap((slice) => slice.endpoints.flatMap((endpoint) => endpoint.addresses))).size,
        ).toBe(count);
      }),
      { numRuns: 20 },
    );
  });

  test('SVC27: trafficDistribution hints each endpoint at its zone, or node', () => {
    const hints = (distribution: string): unknown =>
      wantedSlices(
        service({ trafficDistribution: distribution }),
        [pod('a'), pod('b', { ip: '10.244.2.1', node: 'n2' })],
        ZONES,
      ).flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.hints));
    expect(hints('PreferSameZone')).toEqual([{ forZones: [{ name: 'z1' }] }, { forZones: [{ name: 'z2' }] }]);
    expect(hints('PreferSameNode')).toEqual([
      { forZones: [{ name: 'z1' }], forNodes: [{ name: 'n1' }] },
      { forZones: [{ name: 'z2' }], forNodes: [{ name: 'n2' }] },
    ]);
  });

  test('SVC23: Endpoints made by hand are mirrored, one slice a subset and family', () => {
    const slices = mirroredSlices({
      metadata: { name: 'db' },
      subsets: [
        {
          addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
          notReadyAddresses: [{ ip: '192.0.2.2' }],
          ports: [{ port: 5432 }],
        },
      ],
    });
    expect(slices).toEqual([
      {
        addressType: 'IPv4',
        ports: [{ name: '', port: 5432, protocol: 'TCP' }],
        endpoints: [
          { addresses: ['192.0.2.1'], conditions: { ready: true } },
          { addresses: ['192.0.2.2'], conditions: { ready: false } },
        ],
      },
      {
        addressType: 'IPv6',
        ports: [{ name: '', port: 5432, protocol: 'TCP' }],
        endpoints: [{ addresses: ['2001:db8::1'], conditions: { ready: true } }],
      },
    ]);
  });
});
