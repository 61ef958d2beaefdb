import { describe, expect, it } from 'vitest';
import { ClusterNetwork } from '../nodes/cluster-network.test-support.ts';
import { TOOLBOX_NETNS } from '../nodes/underlay.ts';

const KINDS = ['bridge', 'ptp', 'vxlan'] as const;

function interfacesOnTheWay(cluster: ClusterNetwork, from: string, to: string): readonly string[] {
  const { traces } = cluster.connect(from, to, 80);
  return traces[0]?.steps.flatMap(({ interfaceName }) => interfaceName ?? []) ?? [];
}

describe.each(KINDS)('container networking of kind %s', (cni) => {
  it('CNI6 pods reach each other without NAT, on one node and across nodes', () => {
    const cluster = new ClusterNetwork({ cni });
    const web = cluster.addPod('web', { node: 0 });
    const near = cluster.addPod('near', { node: 0 });
    const far = cluster.addPod('far', { node: 1 });
    cluster.listen(web.netns, 80);
    for (const client of [near, far])
      expect(cluster.connect(client.netns, web.ip, 80)).toMatchObject({
        outcome: 'connected',
        sourceSeen: client.ip,
        server: web.netns,
      });
  });

  it('CNI6 nodes reach pods, and pods reach other nodes behind their node’s address', () => {
    const cluster = new ClusterNetwork({ cni });
    const web = cluster.addPod('web', { node: 0 });
    cluster.listen(web.netns, 80);
    const [near, far] = cluster.sites;
    expect(cluster.connect(near!.netns, web.ip, 80).outcome).toBe('connected');
    expect(cluster.connect(far!.netns, web.ip, 80).outcome).toBe('connected');
    cluster.listen(near!.netns, 9100);
    expect(cluster.connect(web.netns, near!.address, 9100).sourceSeen).toBe(web.ip);
    cluster.listen(far!.netns, 9100);
    expect(cluster.connect(web.netns, far!.address, 9100)).toMatchObject({
      outcome: 'connected',
      sourceSeen: near!.address,
    });
  });

  it('pods leave the cluster behind their node’s address', () => {
    const cluster = new ClusterNetwork({ cni });
    const client = cluster.addPod('client', { node: 1 });
    const outside = cluster.outsideHost('203.0.113.9');
    cluster.listen(outside, 443);
    cluster.listen(TOOLBOX_NETNS, 443);
    for (const address of ['203.0.113.9', '172.18.0.100'])
      expect(cluster.connect(client.netns, address, 443)).toMatchObject({
        outcome: 'connected',
        sourceSeen: cluster.sites[1]!.address,
      });
  });

  it('CNI7 each pod has an address of its node’s CIDR, and DEL takes its link away', () => {
    const cluster = new ClusterNetwork({ cni });
    expect(cluster.addPod('a', { node: 0 }).ip).toBe('10.244.0.2');
    expect(cluster.addPod('b', { node: 1 }).ip).toBe('10.244.1.2');
    const { network } = cluster;
    const veths = (): number =>
      network.interfaces(cluster.sites[0]!.netns).filter(({ name }) => /^veth[0-9a-f]{8}$/.test(name)).length;
    expect(veths()).toBe(1);
    cluster.nodes[0]!.cni.del({
      containerId: 'container-1',
      netns: 'pod/default-a',
      nodeName: cluster.sites[0]!.name,
      interfaceName: 'eth0',
      podNamespace: 'default',
      podName: 'a',
      podUid: 'uid-default-a',
      portMappings: [],
    });
    expect(veths()).toBe(0);
    // No reuse before the range wraps.
    expect(cluster.addPod('c', { node: 0 }).ip).toBe('10.244.0.3');
  });

  it('a hostPort leads to its pod, from outside with the client’s address', () => {
    const cluster = new ClusterNetwork({ cni });
    const web = cluster.addPod('web', { node: 0, hostPort: { hostPort: 8080, containerPort: 80 } });
    cluster.listen(web.netns, 80);
    expect(cluster.connect(TOOLBOX_NETNS, cluster.sites[0]!.address, 8080)).toMatchObject({
      outcome: 'connected',
      sourceSeen: '172.18.0.100',
    });
    expect(cluster.connect(web.netns, cluster.sites[0]!.address, 8080).outcome).toBe('connected');
    expect(cluster.connect(TOOLBOX_NETNS, cluster.sites[1]!.address, 8080).outcome).toBe('ECONNREFUSED');
  });
});

describe('the way of a packet (CNI6)', () => {
  it.each([
    ['bridge', 'cni0', 'eth0'],
    ['vxlan', 'cni0', 'flannel.1'],
  ] as const)('%s: %s on the node, %s between nodes', (cni, bridge, between) => {
    const cluster = new ClusterNetwork({ cni });
    const web = cluster.addPod('web', { node: 0 });
    const far = cluster.addPod('far', { node: 1 });
    cluster.listen(web.netns, 80);
    const way = interfacesOnTheWay(cluster, far.netns, web.ip);
    expect(way).toContain(bridge);
    expect(way).toContain(between);
  });

  it('MTU: vxlan leaves room for its headers (CNI7)', () => {
    const cluster = new ClusterNetwork({ cni: 'vxlan' });
    const pod = cluster.addPod('web');
    expect(cluster.network.interfaces(pod.netns).find(({ name }) => name === 'eth0')?.mtuBytes).toBe(1450);
  });
});

it('an overlay over IPv6 is refused', () => {
  expect(() => new ClusterNetwork({ cni: 'vxlan', podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'] })).toThrow(
    'the vxlan network carries IPv4 only',
  );
});

describe('a node without CNI (CNI4)', () => {
  it('is not initialized, and refuses sandboxes', () => {
    const cluster = new ClusterNetwork({ cni: 'none' });
    expect(cluster.nodes[0]!.cni.notReadyReason()).toBe('cni plugin not initialized');
    expect(cluster.nodes[0]!.files().size).toBe(0);
    expect(() => cluster.addPod('web')).toThrow('cni plugin not initialized');
  });

  it('others are ready once their Node has a pod CIDR, and show the list', () => {
    const cluster = new ClusterNetwork();
    expect(cluster.nodes[0]!.cni.notReadyReason()).toBeUndefined();
    const list = JSON.parse(cluster.nodes[0]!.files().get('/etc/cni/net.d/10-podwire.conflist') ?? '') as {
      plugins: { type: string }[];
    };
    expect(list.plugins.map(({ type }) => type)).toEqual(['bridge', 'portmap']);
  });
});

describe('exhaustion (CNI7)', () => {
  it('says what host-local says, and gives addresses back', () => {
    const cluster = new ClusterNetwork({
      podCidrs: ['10.244.0.0/29'],
      nodes: [{ name: 'only', labels: {}, controlPlane: true, schedulable: true }],
    });
    for (let index = 0; index < 5; index++) cluster.addPod(`p${index}`);
    expect(() => cluster.addPod('one-too-many')).toThrow(
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "container-6": plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.0.1-10.244.0.6',
    );
  });
});
