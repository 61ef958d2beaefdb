import type { Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { describe, expect, it } from 'vitest';
import { answerFromObjects } from './kubernetes-zone.ts';
import type { KubernetesZoneOptions, ZoneAnswer } from './kubernetes-zone.ts';
import type { DnsObjects } from './objects.ts';
import type { ResourceRecord } from './records.ts';

const ZONE = 'cluster.local.';

function service(name: string, spec: NonNullable<Service['spec']>): Service {
  return { metadata: { namespace: 'default', name }, spec };
}

const services: readonly Service[] = [
  service('web', {
    clusterIP: '10.96.0.80',
    clusterIPs: ['10.96.0.80', 'fd00::80'],
    ports: [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  }),
  service('plain', { clusterIP: '10.96.0.81', clusterIPs: ['10.96.0.81'], ports: [{ port: 8080 }] }),
  service('db', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432 }] }),
  service('empty', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ port: 1 }] }),
  service('portless', {
    clusterIP: 'None',
    clusterIPs: ['None'],
    ports: [{ name: 'web', port: 80, targetPort: 'none-such' }],
  }),
  service('mixed', {
    clusterIP: 'None',
    clusterIPs: ['None'],
    ports: [{ name: 'web', port: 80, targetPort: 'web' }],
  }),
  service('out', { type: 'ExternalName', externalName: 'example.org' }),
  service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
  service('circle', { type: 'ExternalName', externalName: 'circle.default.svc.cluster.local' }),
];

const slicesWithPorts: readonly EndpointSlice[] = [
  {
    metadata: { namespace: 'default', name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.244.0.5'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.244.1.6'], conditions: { ready: true } },
      { addresses: ['10.244.1.7'], hostname: 'db-2', conditions: { ready: false } },
    ],
  },
  {
    metadata: { namespace: 'default', name: 'empty-1', labels: { 'kubernetes.io/service-name': 'empty' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.9'], conditions: { ready: false } }],
  },
];

/** As the API gives it back where no pod has the named port. */
const portless = (name: string): EndpointSlice =>
  ({
    metadata: {
      namespace: 'default',
      name: `${name}-1`,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    ports: null,
    endpoints: [{ addresses: ['10.244.0.8'], conditions: { ready: true } }],
  }) as unknown as EndpointSlice;

const slices: readonly EndpointSlice[] = [
  ...slicesWithPorts,
  portless('portless'),
  portless('mixed'),
  {
    metadata: { namespace: 'default', name: 'mixed-2', labels: { 'kubernetes.io/service-name': 'mixed' } },
    addressType: 'IPv4',
    ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: ['10.244.1.8'], conditions: { ready: true } }],
  },
];

const objects: DnsObjects = {
  hasNamespace: (name) => name === 'default' || name === 'kube-system',
  service: (namespace, name) =>
    services.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name),
  services: () => services,
  slicesOf: (_namespace, name) =>
    slices.filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === name),
  slices: () => slices,
  hasPod: (namespace, address) => namespace === 'default' && address === '10.244.0.5',
};

const options: KubernetesZoneOptions = {
  zones: [ZONE, 'in-addr.arpa.', 'ip6.arpa.'],
  ttlSeconds: 30,
  pods: 'insecure',
  serial: 1,
  nameServers: ['10.96.0.10'],
};

function ask(name: string, type: string, more: Partial<KubernetesZoneOptions> = {}): ZoneAnswer {
  const zone = name.endsWith('in-addr.arpa.') ? 'in-addr.arpa.' : ZONE;
  return answerFromObjects({ name, type, class: 1 }, zone, objects, { ...options, ...more });
}

function text({ data }: ResourceRecord): string {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return data.address;
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${data.target}`;
    case 'TXT':
      return data.texts.join('');
    case 'SOA':
      return data.primary;
    case 'opaque':
      return '';
    default:
      return data.target;
  }
}

/** `NXDOMAIN`, `NODATA`, or what the records say. */
function said(answer: ZoneAnswer): string | readonly string[] {
  switch (answer.kind) {
    case 'records':
      return answer.answers.map(text);
    case 'no-data':
      return 'NODATA';
    case 'no-name':
      return 'NXDOMAIN';
    case 'refused':
      return 'REFUSED';
  }
}

describe('the server’s own name', () => {
  it('DNS1 NS is the Service that the server is behind, with its address', () => {
    const answer = ask('cluster.local.', 'NS', { nameServers: ['10.96.0.80'] });
    expect(said(answer)).toEqual(['web.default.svc.cluster.local.']);
    expect(answer.kind === 'records' ? answer.additionals.map(({ name }) => name) : []).toEqual([
      'web.default.svc.cluster.local.',
    ]);
  });
});

describe('names of the cluster', () => {
  it.each([
    ['DNS1 wrong type on an existing name', 'web.default.svc.cluster.local.', 'MX', 'NODATA'],
    ['DNS1 a missing Service', 'nope.default.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS1 a missing namespace', 'web.nope.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS1 a namespace alone', 'default.svc.cluster.local.', 'A', 'NODATA'],
    ['DNS1 svc alone', 'svc.cluster.local.', 'A', 'NODATA'],
    ['DNS1 the zone itself', 'cluster.local.', 'A', 'NODATA'],
    ['DNS1 something else below the zone', 'web.default.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS1 AAAA of an IPv4 Service', 'plain.default.svc.cluster.local.', 'AAAA', 'NODATA'],
    ['DNS2 headless without ready endpoints', 'empty.default.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS3 ClusterIP', 'web.default.svc.cluster.local.', 'A', ['10.96.0.80']],
    ['DNS3 ClusterIP, AAAA', 'web.default.svc.cluster.local.', 'AAAA', ['fd00::80']],
    [
      'DNS3 headless: one a ready endpoint',
      'db.default.svc.cluster.local.',
      'A',
      ['10.244.0.5', '10.244.1.6'],
    ],
    [
      'DNS4 SRV of a named port',
      '_http._tcp.web.default.svc.cluster.local.',
      'SRV',
      ['0 50 80 web.default.svc.cluster.local.'],
    ],
    ['DNS4 with the wrong protocol', '_http._udp.web.default.svc.cluster.local.', 'SRV', 'NXDOMAIN'],
    ['DNS4 of an unnamed port', '_8080._tcp.plain.default.svc.cluster.local.', 'SRV', 'NXDOMAIN'],
    [
      'DNS4 headless: endpoints times ports',
      '_sql._tcp.db.default.svc.cluster.local.',
      'SRV',
      ['0 50 5432 db-0.db.default.svc.cluster.local.', '0 50 5432 10-244-1-6.db.default.svc.cluster.local.'],
    ],
    ['DNS5 PTR of a ClusterIP', '80.0.96.10.in-addr.arpa.', 'PTR', ['web.default.svc.cluster.local.']],
    [
      'DNS5 PTR of a headless endpoint with a hostname',
      '5.0.244.10.in-addr.arpa.',
      'PTR',
      ['db-0.db.default.svc.cluster.local.'],
    ],
    [
      'DNS5 PTR of an endpoint without a hostname: its address with dashes',
      '6.1.244.10.in-addr.arpa.',
      'PTR',
      ['10-244-1-6.db.default.svc.cluster.local.'],
    ],
    ['DNS5 PTR of anything else', '6.9.244.10.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['DNS1 the zone’s name server without a Service', 'cluster.local.', 'NS', ['ns.dns.cluster.local.']],
    ['DNS4 no SRV for endpoints without ports', 'portless.default.svc.cluster.local.', 'SRV', 'NODATA'],
    [
      'DNS4 endpoints without ports have their share of the weight',
      'mixed.default.svc.cluster.local.',
      'SRV',
      ['0 50 8080 10-244-1-8.mixed.default.svc.cluster.local.'],
    ],
    ['DNS3 headless endpoints without ports', 'portless.default.svc.cluster.local.', 'A', ['10.244.0.8']],
    ['DNS6 schema version', 'dns-version.cluster.local.', 'TXT', ['1.1.0']],
    ['DNS6 names have no case', 'WEB.Default.SVC.cluster.local.', 'A', ['10.96.0.80']],
    ['DNS7 ExternalName is an alias', 'out.default.svc.cluster.local.', 'A', ['example.org.']],
    ['DNS7 and nothing below it', 'x.out.default.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS7 nor a port of it', '_http._tcp.out.default.svc.cluster.local.', 'SRV', 'NXDOMAIN'],
    [
      'DNS7 an alias into the zone is followed',
      'alias.default.svc.cluster.local.',
      'A',
      ['web.default.svc.cluster.local.', '10.96.0.80'],
    ],
    ['an alias to itself ends', 'circle.default.svc.cluster.local.', 'A', 'NODATA'],
    ['DNS8 by hostname', 'db-0.db.default.svc.cluster.local.', 'A', ['10.244.0.5']],
    ['DNS8 not of an endpoint that is not ready', 'db-2.db.default.svc.cluster.local.', 'A', 'NXDOMAIN'],
    [
      'DNS8 by address where there is no hostname',
      '10-244-1-6.db.default.svc.cluster.local.',
      'A',
      ['10.244.1.6'],
    ],
    ['DNS8 not by address where there is one', '10-244-0-5.db.default.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS9 pod addresses', '1-2-3-4.default.pod.cluster.local.', 'A', ['1.2.3.4']],
    ['DNS9 IPv6', 'fd00--5.default.pod.cluster.local.', 'AAAA', ['fd00::5']],
    ['DNS9 what is no address', 'web.default.pod.cluster.local.', 'A', 'NXDOMAIN'],
    ['DNS9 of a missing namespace', '1-2-3-4.nope.pod.cluster.local.', 'A', 'NXDOMAIN'],
    ['a name too long to mean anything', 'a._http._tcp.web.default.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['SOA of the zone', 'cluster.local.', 'SOA', ['ns.dns.cluster.local.']],
    ['the server’s own name', 'ns.dns.cluster.local.', 'A', ['10.96.0.10']],
    ['zone transfers', 'cluster.local.', 'AXFR', 'REFUSED'],
  ] as const)('%s', (_rule, name, type, expected) => {
    expect(said(ask(name, type))).toEqual(expected);
  });

  it('DNS1 misses carry the zone’s SOA', () => {
    expect(ask('nope.default.svc.cluster.local.', 'A')).toMatchObject({
      soa: {
        name: ZONE,
        ttlSeconds: 30,
        data: { type: 'SOA', mailbox: 'hostmaster.cluster.local.', minimumSeconds: 30 },
      },
    });
  });

  it('DNS4 the targets’ addresses come along', () => {
    const answer = ask('_http._tcp.web.default.svc.cluster.local.', 'SRV');
    expect(answer.kind === 'records' ? answer.additionals.map(text) : []).toEqual(['10.96.0.80', 'fd00::80']);
  });

  it('DNS9 pods verified or disabled', () => {
    expect(said(ask('10-244-0-5.default.pod.cluster.local.', 'A', { pods: 'verified' }))).toEqual([
      '10.244.0.5',
    ]);
    expect(said(ask('1-2-3-4.default.pod.cluster.local.', 'A', { pods: 'verified' }))).toBe('NXDOMAIN');
    expect(said(ask('10-244-0-5.default.pod.cluster.local.', 'A', { pods: 'disabled' }))).toBe('NXDOMAIN');
  });
});
