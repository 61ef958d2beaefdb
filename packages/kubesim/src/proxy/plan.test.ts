import type { Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { describe, expect, it } from 'vitest';
import { chooseEndpoints } from './endpoints.ts';
import { base32, chainName } from './names.ts';
import { planService } from './plan.ts';
import type { ProxyNode } from './plan.ts';
import { viewEndpoints, viewService } from './service-view.ts';
import type { EndpointView } from './service-view.ts';

const node: ProxyNode = {
  mode: 'nftables',
  nodeName: 'a',
  zone: 'z1',
  address: '172.18.0.2',
  podCidrs: ['10.244.0.0/16'],
};

function service(spec: NonNullable<Service['spec']>): Service {
  return {
    metadata: { namespace: 'ns1', name: 'svc1' },
    spec: { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ name: 'p80', port: 80 }], ...spec },
  };
}

function endpoint(address: string, nodeName: string, more: Partial<EndpointView> = {}): EndpointView {
  return {
    address,
    port: 80,
    nodeName,
    ready: true,
    serving: true,
    terminating: false,
    zoneHints: [],
    nodeHints: [],
    label: address,
    slice: 's',
    field: 'endpoints[0]',
    ...more,
  };
}

describe('names', () => {
  it('are those of kube-proxy’s nftables mode', () => {
    // The name that kube-proxy's own tests show for this port.
    expect(chainName('service', { namespace: 'ns1', name: 'svc1', protocol: 'tcp', portName: 'p80' })).toBe(
      'service-ULMVA6XW-ns1/svc1/tcp/p80',
    );
  });

  it('are those of its iptables mode there', () => {
    const port = { namespace: 'ns1', name: 'svc1', protocol: 'tcp', portName: 'p80' } as const;
    expect(chainName('service', port, 'iptables')).toBe('KUBE-SVC-XPGD46QRK7WJZT7O');
    expect(chainName('no-local-external', port, 'iptables').length).toBeLessThanOrEqual(28);
  });

  it('base32 follows RFC 4648 section 10', () => {
    const vectors = {
      f: 'MY',
      fo: 'MZXQ',
      foo: 'MZXW6',
      foob: 'MZXW6YQ',
      fooba: 'MZXW6YTB',
      foobar: 'MZXW6YTBOI',
    };
    for (const [text, encoded] of Object.entries(vectors))
      expect(base32(new TextEncoder().encode(text))).toBe(encoded);
  });
});

describe('which Services are proxied (SVC15)', () => {
  it.each([
    ['ExternalName', service({ type: 'ExternalName', externalName: 'example.org' })],
    ['headless', service({ clusterIP: 'None', clusterIPs: ['None'] })],
    ['not allocated yet', service({ clusterIP: '', clusterIPs: [] })],
    [
      'given to another proxy',
      {
        ...service({}),
        metadata: {
          namespace: 'ns1',
          name: 'svc1',
          labels: { 'service.kubernetes.io/service-proxy-name': 'x' },
        },
      },
    ],
  ])('%s: not', (_name, object) => {
    expect(viewService(object, 'IPv4')).toEqual([]);
  });

  it('SVC12 one port number on three protocols is three ports', () => {
    const ports = ['TCP', 'UDP', 'SCTP'].map((protocol) => ({
      name: protocol.toLowerCase(),
      port: 53,
      protocol,
    }));
    const views = viewService(service({ ports }), 'IPv4');
    expect(new Set(views.map((view) => chainName('service', view))).size).toBe(3);
    const plan = planService(
      views.map((port) => ({ port, endpoints: [endpoint('10.244.0.2', 'a')] })),
      node,
    );
    const keys = plan.entries.filter(({ map }) => map === 'service-ips').map(({ key }) => key);
    expect(keys).toEqual(['10.96.0.1 . tcp . 53', '10.96.0.1 . udp . 53', '10.96.0.1 . sctp . 53']);
  });

  it('SVC28 each family has its own address', () => {
    const dual = service({ clusterIPs: ['10.96.0.1', 'fd00::1'] });
    expect(viewService(dual, 'IPv6')[0]?.clusterIp).toBe('fd00::1');
    expect(viewService(service({}), 'IPv6')).toEqual([]);
  });

  it('SVC17 holds affinity for three hours unless told otherwise', () => {
    expect(viewService(service({ sessionAffinity: 'ClientIP' }), 'IPv4')[0]?.affinitySeconds).toBe(10_800);
    const config = { clientIP: { timeoutSeconds: 60 } };
    expect(
      viewService(service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: config }), 'IPv4')[0]
        ?.affinitySeconds,
    ).toBe(60);
  });
});

describe('endpoints of slices', () => {
  const port = viewService(service({}), 'IPv4')[0]!;
  const slice = (ports: EndpointSlice['ports'], addresses: string[], more = {}): EndpointSlice => ({
    metadata: { name: 's', namespace: 'ns1' },
    addressType: 'IPv4',
    ...(ports === undefined ? {} : { ports }),
    endpoints: [{ addresses, ...more }],
  });

  it('SVC19 are found by port name and protocol, each slice with its own number', () => {
    const slices = [
      slice([{ name: 'p80', port: 8080, protocol: 'TCP' }], ['10.244.0.2']),
      slice([{ name: 'p80', port: 9090, protocol: 'TCP' }], ['10.244.0.3']),
      slice([{ name: 'p80', port: 53, protocol: 'UDP' }], ['10.244.0.4']),
      slice([{ name: 'other', port: 1, protocol: 'TCP' }], ['10.244.0.5']),
    ];
    expect(viewEndpoints(slices, port, 'IPv4').map((each) => `${each.address}:${each.port}`)).toEqual([
      '10.244.0.2:8080',
      '10.244.0.3:9090',
    ]);
  });

  it('absent conditions mean ready and serving', () => {
    expect(viewEndpoints([slice([{ name: 'p80', port: 1 }], ['10.244.0.2'])], port, 'IPv4')[0]).toMatchObject(
      {
        ready: true,
        serving: true,
        terminating: false,
      },
    );
  });

  it('tolerates what Go clients send for empty lists, and what is no address', () => {
    const odd = { metadata: {}, addressType: 'IPv4', ports: [{ name: 'p80', port: 1 }], endpoints: null };
    expect(viewEndpoints([odd as unknown as EndpointSlice], port, 'IPv4')).toEqual([]);
    expect(viewEndpoints([slice([{ name: 'p80', port: 1 }], ['nonsense'])], port, 'IPv4')).toEqual([]);
  });
});

describe('SVC27 hints', () => {
  const port = viewService(service({}), 'IPv4')[0]!;
  const chosen = (endpoints: readonly EndpointView[], place = node): readonly string[] =>
    chooseEndpoints(endpoints, port, place).cluster.map(({ address }) => address);

  it('for this zone are followed when every endpoint has one', () => {
    const all = [
      endpoint('10.0.0.1', 'a', { zoneHints: ['z1'] }),
      endpoint('10.0.0.2', 'b', { zoneHints: ['z2'] }),
    ];
    expect(chosen(all)).toEqual(['10.0.0.1']);
    expect(chosen([...all, endpoint('10.0.0.3', 'b')])).toHaveLength(3);
    expect(chosen(all, { ...node, zone: '' })).toHaveLength(2);
    expect(chosen(all, { ...node, zone: 'z3' })).toHaveLength(2);
  });

  it('for this node come before those for its zone', () => {
    const all = [
      endpoint('10.0.0.1', 'a', { zoneHints: ['z1'], nodeHints: ['a'] }),
      endpoint('10.0.0.2', 'b', { zoneHints: ['z1'], nodeHints: ['b'] }),
    ];
    expect(chosen(all)).toEqual(['10.0.0.1']);
    expect(chosen(all, { ...node, nodeName: 'c' })).toHaveLength(2);
  });
});
