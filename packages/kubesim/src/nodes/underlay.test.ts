import { describe, expect, it } from 'vitest';
import { ClusterNetwork, policyObject } from './cluster-network.test-support.ts';
import { addOutsideHost, nodeAddress, TOOLBOX_ADDRESS, TOOLBOX_NETNS } from './underlay.ts';

describe('the nodes’ network', () => {
  it('joins nodes, toolbox and hosts elsewhere, each with its own address', () => {
    const cluster = new ClusterNetwork();
    const [first, second] = cluster.sites;
    const outside = cluster.outsideHost('203.0.113.9');
    const onLink = cluster.outsideHost('172.18.0.200');
    for (const netns of [first!.netns, outside, onLink, TOOLBOX_NETNS]) cluster.listen(netns, 7000);
    expect(cluster.connect(second!.netns, first!.address, 7000).sourceSeen).toBe(second!.address);
    expect(cluster.connect(outside, first!.address, 7000).sourceSeen).toBe('203.0.113.9');
    expect(cluster.connect(onLink, first!.address, 7000).sourceSeen).toBe('172.18.0.200');
    expect(cluster.connect(outside, '172.18.0.200', 7000).outcome).toBe('connected');
    expect(cluster.connect(first!.netns, TOOLBOX_ADDRESS, 7000).outcome).toBe('connected');
  });

  it('gives one address to one host', () => {
    const cluster = new ClusterNetwork();
    expect(cluster.outsideHost('203.0.113.9')).toBe(cluster.outsideHost('203.0.113.9'));
    expect(() => addOutsideHost(cluster.network, nodeAddress(0), { mtuBytes: 1500, podRoutes: [] })).toThrow(
      'is in use by node/',
    );
    expect(() => nodeAddress(98)).toThrow(RangeError);
  });

  it('knows no way into the cluster’s own addresses', () => {
    const cluster = new ClusterNetwork();
    const pod = cluster.addPod('web');
    expect(cluster.connect(TOOLBOX_NETNS, pod.ip, 80).outcome).toBe('ENETUNREACH');
    expect(cluster.connect(TOOLBOX_NETNS, '10.96.0.1', 443).outcome).toBe('ENETUNREACH');
  });
});

describe.each(['bridge', 'ptp'] as const)('dual-stack over %s (SVC28)', (cni) => {
  const dual = {
    cni,
    podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'],
    serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'],
  };

  it('pods have an address a family and reach each other with both', () => {
    const cluster = new ClusterNetwork(dual);
    const web = cluster.addPod('web', { node: 0 });
    const client = cluster.addPod('client', { node: 1 });
    expect(web.ips).toEqual(['10.244.0.2', 'fd00:10:244::2']);
    cluster.listen(web.netns, 80, '::');
    for (const [index, address] of web.ips.entries())
      expect(cluster.connect(client.netns, address, 80)).toMatchObject({
        outcome: 'connected',
        sourceSeen: client.ips[index],
      });
  });

  it('a Service has a ClusterIP a family, with endpoints of its own', () => {
    const cluster = new ClusterNetwork(dual);
    const web = cluster.addPod('web', { node: 0 });
    const client = cluster.addPod('client', { node: 1 });
    cluster.listen(web.netns, 80, '::');
    cluster.store.put('Service', {
      metadata: { namespace: 'default', name: 'web' },
      spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9', 'fd00:10:96::9'], ports: [{ port: 80 }] },
    });
    cluster.store.put('EndpointSlice', {
      metadata: { namespace: 'default', name: 'web-v6', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv6',
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
      endpoints: [{ addresses: [web.ips[1]!], nodeName: web.nodeName }],
    });
    cluster.sync();
    expect(cluster.connect(client.netns, 'fd00:10:96::9', 80)).toMatchObject({
      outcome: 'connected',
      sourceSeen: client.ips[1],
    });
    // No endpoint of this family.
    expect(cluster.connect(client.netns, '10.96.0.9', 80).outcome).toBe('ECONNREFUSED');
    expect(cluster.connect(client.netns, 'fd00:10:96::77', 80).outcome).toBe('timed out');
  });

  it('policies hold in both', () => {
    const cluster = new ClusterNetwork(dual);
    const web = cluster.addPod('web', { node: 0 });
    const client = cluster.addPod('client', { node: 1 });
    cluster.listen(web.netns, 80, '::');
    cluster.store.put(
      'NetworkPolicy',
      policyObject('v6', {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: 'fd00:10:244::/56' } }] }],
      }),
    );
    cluster.sync();
    expect(web.ips.map((address) => cluster.connect(client.netns, address, 80).outcome)).toEqual([
      'timed out',
      'connected',
    ]);
  });
});
