import fc from 'fast-check';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { describe, expect, it } from 'vitest';
import {
  ClusterNetwork,
  namespaceObject,
  policyObject,
  serviceObject,
  sliceObject,
} from '../nodes/cluster-network.test-support.ts';
import type { Attempt, PodHandle } from '../nodes/cluster-network.test-support.ts';
import { TOOLBOX_ADDRESS, TOOLBOX_NETNS } from '../nodes/underlay.ts';
import { evaluatePolicies } from './evaluate.ts';

const PORTS = [80, 8080] as const;
const NAMED = [{ name: 'http', containerPort: 8080 }] as const;
const web = { matchLabels: { app: 'web' } };

class Scene {
  readonly cluster = new ClusterNetwork();
  readonly web = this.#pod('web', 0);
  readonly near = this.#pod('near', 0);
  readonly far = this.#pod('far', 1);

  #pod(name: string, node: number): PodHandle {
    const pod = this.cluster.addPod(name, { node, labels: { app: name }, ports: NAMED });
    for (const port of PORTS) this.cluster.listen(pod.netns, port);
    return pod;
  }

  apply(name: string, spec: NetworkPolicySpec): this {
    this.cluster.store.put('NetworkPolicy', policyObject(name, spec));
    this.cluster.sync();
    return this;
  }

  try(from: PodHandle | string, to: string, port = 80): Attempt {
    return this.cluster.connect(typeof from === 'string' ? from : from.netns, to, port);
  }
}

function drops(attempt: Attempt): readonly unknown[] {
  return attempt.traces.flatMap(({ steps }) => steps.filter(({ decision }) => decision === 'drop'));
}

describe('enforcement', () => {
  it('drops at the destination’s node, naming policy, field and reason', () => {
    const scene = new Scene().apply('deny', { podSelector: web, policyTypes: ['Ingress'] });
    for (const client of [scene.near, scene.far]) {
      const attempt = scene.try(client, scene.web.ip);
      expect(attempt.outcome).toBe('timed out');
      expect(drops(attempt)[0]).toMatchObject({
        where: `node ${scene.cluster.sites[0]!.name}`,
        stage: 'forward',
        origin: {
          kind: 'NetworkPolicy',
          namespace: 'default',
          name: 'deny',
          field: 'spec.ingress',
          reason:
            'Pod default/web is isolated for ingress by NetworkPolicy deny, and none of its rules allows this connection.',
        },
      });
    }
    expect(scene.try(scene.web, scene.near.ip).outcome).toBe('connected');
  });

  it('drops egress at the source’s node', () => {
    const scene = new Scene().apply('deny', {
      podSelector: { matchLabels: { app: 'near' } },
      policyTypes: ['Egress'],
    });
    const [own] = scene.cluster.sites;
    expect(drops(scene.try(scene.near, scene.far.ip))[0]).toMatchObject({
      where: `node ${own!.name}`,
      stage: 'forward',
    });
  });

  it('NP24 an isolated pod reaches its own node, and no other', () => {
    const scene = new Scene().apply('deny', { podSelector: {}, policyTypes: ['Egress'] });
    const [own, other] = scene.cluster.sites;
    for (const site of [own!, other!]) scene.cluster.listen(site.netns, 10250);
    expect(scene.try(scene.near, own!.address, 10250).outcome).toBe('connected');
    expect(scene.try(scene.near, other!.address, 10250).outcome).toBe('timed out');
    expect(scene.try(scene.far, other!.address, 10250).outcome).toBe('connected');
  });

  it('names the rule that allowed', () => {
    const scene = new Scene().apply('some', {
      podSelector: web,
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'far' } } }] }],
    });
    const attempt = scene.try(scene.far, scene.web.ip);
    expect(attempt.outcome).toBe('connected');
    const steps = attempt.traces[0]?.steps ?? [];
    expect(steps.find(({ origin }) => origin?.kind === 'NetworkPolicy')?.origin?.field).toBe(
      'spec.ingress[0].from[0].podSelector',
    );
  });

  it('NP15 judges what comes through a NodePort by the address before masquerade', () => {
    const scene = new Scene().apply('toolbox', {
      podSelector: web,
      ingress: [{ from: [{ ipBlock: { cidr: `${TOOLBOX_ADDRESS}/32` } }] }],
    });
    const { cluster } = scene;
    cluster.store.put(
      'Service',
      serviceObject('web', {
        type: 'NodePort',
        clusterIP: '10.96.0.8',
        ports: [{ port: 80, nodePort: 30080 }],
      }),
    );
    cluster.store.put('EndpointSlice', sliceObject('web', { port: 80 }, [scene.web]));
    cluster.sync();
    const [own, other] = cluster.sites;
    expect(scene.try(TOOLBOX_NETNS, own!.address, 30080).outcome).toBe('connected');
    // Through another node it has been masqueraded on the way.
    expect(scene.try(TOOLBOX_NETNS, other!.address, 30080).outcome).toBe('timed out');
  });

  it('NP16 egress to a Service is judged on the endpoint’s address and port', () => {
    const scene = new Scene();
    scene.cluster.store.put(
      'Service',
      serviceObject('web', { clusterIP: '10.96.0.8', ports: [{ port: 9000 }] }),
    );
    scene.cluster.store.put('EndpointSlice', sliceObject('web', { port: 8080 }, [scene.web]));
    const near = { podSelector: { matchLabels: { app: 'near' } }, policyTypes: ['Egress'] };
    scene.apply('out', {
      ...near,
      egress: [{ to: [{ ipBlock: { cidr: '10.96.0.8/32' } }], ports: [{ port: 9000 }] }],
    });
    expect(scene.try(scene.near, '10.96.0.8', 9000).outcome).toBe('timed out');
    scene.apply('out', { ...near, egress: [{ to: [{ podSelector: web }], ports: [{ port: 8080 }] }] });
    expect(scene.try(scene.near, '10.96.0.8', 9000)).toMatchObject({
      outcome: 'connected',
      server: scene.web.netns,
    });
  });

  it('NP24 the own node reaches an isolated pod, another node does not', () => {
    const scene = new Scene().apply('deny', { podSelector: {}, policyTypes: ['Ingress'] });
    const [own, other] = scene.cluster.sites;
    expect(scene.try(own!.netns, scene.web.ip).outcome).toBe('connected');
    expect(scene.try(other!.netns, scene.web.ip).outcome).toBe('timed out');
  });

  it('NP26 an isolated pod reaches itself, by its address and through a Service', () => {
    const scene = new Scene().apply('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    scene.cluster.store.put(
      'Service',
      serviceObject('web', { clusterIP: '10.96.0.8', ports: [{ port: 80 }] }),
    );
    scene.cluster.store.put('EndpointSlice', sliceObject('web', { port: 80 }, [scene.web]));
    scene.cluster.sync();
    for (const address of ['127.0.0.1', scene.web.ip, '10.96.0.8'])
      expect(scene.try(scene.web, address).outcome).toBe('connected');
  });

  it('NP27 replies pass although the other direction is denied', () => {
    const scene = new Scene().apply('one-way', {
      podSelector: web,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{}],
    });
    expect(scene.try(scene.near, scene.web.ip).outcome).toBe('connected');
    expect(scene.try(scene.web, scene.near.ip).outcome).toBe('timed out');
  });

  it('NP28 an established connection lives on, a new one obeys at once', () => {
    const scene = new Scene();
    const { network } = scene.cluster;
    const socket = network.connectTcp(scene.far.netns, 'old', { address: scene.web.ip, port: 80 });
    if (!socket.ok) throw new Error(socket.errno);
    scene.cluster.run(50);
    scene.apply('deny', { podSelector: web, policyTypes: ['Ingress'] });
    network.traceOwner('old');
    network.send(socket.value, new Uint8Array([1, 2, 3]));
    scene.cluster.run(50);
    expect(network.takeTraces('old').map(({ fate }) => fate)).not.toContain('dropped');
    expect(scene.try(scene.far, scene.web.ip).outcome).toBe('timed out');
  });

  it('NP29 relabelling takes effect', () => {
    const scene = new Scene().apply('some', {
      podSelector: web,
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'trusted' } } }] }],
    });
    expect(scene.try(scene.far, scene.web.ip).outcome).toBe('timed out');
    const pod = scene.cluster.store.client().get('Pod', 'default', 'far')!;
    scene.cluster.store.put('Pod', { ...pod, metadata: { ...pod.metadata, labels: { app: 'trusted' } } });
    scene.cluster.sync();
    expect(scene.try(scene.far, scene.web.ip).outcome).toBe('connected');
  });

  it('NP30 a new pod is isolated as soon as its sandbox stands', () => {
    const scene = new Scene().apply('deny', { podSelector: {}, policyTypes: ['Egress'] });
    // No sync after this: the plugin itself saw to it.
    const late = scene.cluster.addPod('late', { node: 1 });
    expect(scene.try(late, scene.web.ip).outcome).toBe('timed out');
  });

  it('NP31 a CNI without policies ignores them', () => {
    const cluster = new ClusterNetwork({ networkPolicies: false });
    const server = cluster.addPod('web', { node: 0 });
    const client = cluster.addPod('client', { node: 1 });
    cluster.listen(server.netns, 80);
    cluster.store.put(
      'NetworkPolicy',
      policyObject('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    );
    cluster.sync();
    expect(cluster.connect(client.netns, server.ip, 80).outcome).toBe('connected');
  });

  it('removes its rules with the policy', () => {
    const scene = new Scene().apply('deny', { podSelector: {}, policyTypes: ['Ingress'] });
    scene.cluster.store.remove('NetworkPolicy', 'default', 'deny');
    scene.cluster.sync();
    expect(scene.try(scene.far, scene.web.ip).outcome).toBe('connected');
    const table = scene.cluster.network.tables(scene.cluster.sites[0]!.netns).get('network-policy')!;
    expect([...table.chains.keys()]).toEqual(['forward-egress', 'forward-ingress']);
  });
});

describe('rules and evaluator', () => {
  const value = fc.constantFrom('a', 'b');
  const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
    fc.constant({}),
    value.map((app) => ({ matchLabels: { app } })),
    value.map((app) => ({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: [app] }] })),
  );
  const namespaceSelector: fc.Arbitrary<LabelSelector> = fc.oneof(
    fc.constant({}),
    fc
      .constantFrom('default', 'other')
      .map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
  );
  const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
    selector.map((podSelector) => ({ podSelector })),
    namespaceSelector.map((each) => ({ namespaceSelector: each })),
    fc
      .tuple(selector, namespaceSelector)
      .map(([podSelector, each]) => ({ podSelector, namespaceSelector: each })),
    fc
      .constantFrom<NonNullable<NetworkPolicyPeer['ipBlock']>>(
        { cidr: '10.244.0.0/16' },
        { cidr: '10.244.0.0/16', except: ['10.244.0.2/31'] },
        { cidr: '10.244.1.0/24' },
        { cidr: '172.18.0.0/16' },
      )
      .map((ipBlock) => ({ ipBlock })),
  );
  const port: fc.Arbitrary<NetworkPolicyPort> = fc.constantFrom(
    { port: 80 },
    { port: 8080 },
    { port: 'http' },
    { port: 79, endPort: 90 },
    { protocol: 'UDP', port: 80 },
    { protocol: 'TCP' },
  );
  const peers = fc.array(peer, { maxLength: 2 });
  const ports = fc.array(port, { maxLength: 2 });
  const policy: fc.Arbitrary<NetworkPolicySpec> = fc.record(
    {
      podSelector: selector,
      policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
      ingress: fc.array(fc.record({ from: peers, ports }), { maxLength: 2 }),
      egress: fc.array(fc.record({ to: peers, ports }), { maxLength: 2 }),
    },
    { requiredKeys: ['podSelector', 'ingress', 'egress'] },
  );

  it('agree on every pair of pods in random small worlds', () => {
    const cluster = new ClusterNetwork();
    cluster.store.put('Namespace', namespaceObject('other'));
    const specs = [
      { name: 'p1', namespace: 'default', node: 0, labels: { app: 'a' }, ports: NAMED },
      { name: 'p2', namespace: 'default', node: 1, labels: { app: 'b' }, ports: [] },
      {
        name: 'p3',
        namespace: 'other',
        node: 0,
        labels: { app: 'a' },
        ports: [{ name: 'http', containerPort: 80 }],
      },
      { name: 'p4', namespace: 'other', node: 1, labels: {}, ports: [] },
    ] as const;
    const pods = specs.map(({ name, ...options }) => cluster.addPod(name, options));
    for (const pod of pods) for (const each of PORTS) cluster.listen(pod.netns, each);
    const ends = [
      ...pods.map(({ netns, ip }) => ({ netns, address: ip, isPod: true })),
      { netns: TOOLBOX_NETNS, address: TOOLBOX_ADDRESS, isPod: false },
    ];
    for (const each of PORTS) cluster.listen(TOOLBOX_NETNS, each);
    // The toolbox has no way to pod addresses of its own.
    for (const { address, index } of cluster.sites)
      cluster.network.addRoute(TOOLBOX_NETNS, {
        destination: `10.244.${index}.0/24`,
        via: address,
        interfaceName: 'eth0',
      });
    const client = cluster.store.client();

    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('default', 'other'), policy), { maxLength: 3 }),
        (policies) => {
          for (const { metadata } of client.list('NetworkPolicy'))
            cluster.store.remove('NetworkPolicy', metadata?.namespace, metadata?.name ?? '');
          for (const [index, [namespace, spec]] of policies.entries())
            cluster.store.put('NetworkPolicy', policyObject(`p${index}`, spec, namespace));
          cluster.sync();
          const objects = {
            policies: client.list('NetworkPolicy'),
            pods: client.list('Pod'),
            namespaces: client.list('Namespace'),
            nodes: client.list('Node'),
          };
          for (const source of ends) {
            for (const destination of ends) {
              if (source === destination || !(source.isPod || destination.isPod)) continue;
              for (const each of PORTS) {
                const verdict = evaluatePolicies(objects, {
                  source,
                  destination,
                  protocol: 'tcp',
                  port: each,
                });
                const { outcome } = cluster.connect(source.netns, destination.address, each);
                expect(`${source.netns} → ${destination.netns}:${each} ${outcome}`).toBe(
                  `${source.netns} → ${destination.netns}:${each} ${verdict.allowed ? 'connected' : 'timed out'}`,
                );
              }
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
