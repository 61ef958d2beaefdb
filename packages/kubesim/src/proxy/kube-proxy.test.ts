import { forkState } from '@podwire/sim';
import type { Service } from 'kubernetes-types/core/v1';
import { describe, expect, it } from 'vitest';
import { ClusterNetwork, serviceObject, sliceObject } from '../nodes/cluster-network.test-support.ts';
import type { Attempt, PodHandle } from '../nodes/cluster-network.test-support.ts';
import { TOOLBOX_NETNS } from '../nodes/underlay.ts';
import { renderIptablesSave } from './iptables-save.ts';

const CLUSTER_IP = '10.96.0.80';
const NODE_PORT = 30_080;
const TOOLBOX = '172.18.0.100';
type Spec = NonNullable<Service['spec']>;

/** Clients on both nodes, and Service `web` on port 80 whose endpoints listen on 8080. */
class Scene {
  readonly cluster: ClusterNetwork;
  readonly nodes: ClusterNetwork['sites'];
  readonly near: PodHandle;
  readonly far: PodHandle;
  readonly web0: PodHandle;
  readonly web1: PodHandle;

  constructor(options: ConstructorParameters<typeof ClusterNetwork>[0] = {}) {
    this.cluster = new ClusterNetwork(options);
    this.nodes = this.cluster.sites;
    this.near = this.cluster.addPod('near', { node: 0 });
    this.far = this.cluster.addPod('far', { node: 1 });
    this.web0 = this.#server('web0', 0);
    this.web1 = this.#server('web1', 1);
  }

  #server(name: string, node: number): PodHandle {
    const pod = this.cluster.addPod(name, { node, labels: { app: 'web' } });
    this.cluster.listen(pod.netns, 8080);
    return pod;
  }

  serve(spec: Partial<Spec>, endpoints: Parameters<typeof sliceObject>[2], status?: Service['status']): this {
    const ports = [{ port: 80, ...(spec.type === undefined ? {} : { nodePort: NODE_PORT }) }];
    this.cluster.store.put(
      'Service',
      serviceObject('web', { clusterIP: CLUSTER_IP, selector: { app: 'web' }, ports, ...spec }, status),
    );
    this.cluster.store.put('EndpointSlice', sliceObject('web', { port: 8080 }, endpoints));
    this.cluster.sync();
    return this;
  }

  from(pod: PodHandle | string, address: string = CLUSTER_IP, port = 80): Attempt {
    return this.cluster.connect(typeof pod === 'string' ? pod : pod.netns, address, port);
  }
}

function origins(attempt: Attempt): readonly (string | undefined)[] {
  return attempt.traces.flatMap(({ steps }) =>
    steps.flatMap(({ origin }) =>
      origin === undefined ? [] : [`${origin.kind} ${origin.name} ${origin.field ?? ''}`],
    ),
  );
}

describe('ClusterIP', () => {
  it('SVC6 pods keep their address, on either node', () => {
    const scene = new Scene();
    scene.serve({}, [scene.web0]);
    for (const client of [scene.near, scene.far])
      expect(scene.from(client)).toMatchObject({
        outcome: 'connected',
        sourceSeen: client.ip,
        server: scene.web0.netns,
      });
  });

  it('SVC6 a node that asks is masqueraded where its endpoint is elsewhere', () => {
    const scene = new Scene();
    scene.serve({}, [scene.web0]);
    const attempt = scene.from(scene.nodes[1]!.netns);
    expect(attempt).toMatchObject({ outcome: 'connected', sourceSeen: scene.nodes[1]!.address });
    expect(origins(attempt)).toContain('Service web spec.clusterIP');
  });

  it('SVC1 no endpoints: refused at once, naming the Service', () => {
    const scene = new Scene().serve({}, []);
    const attempt = scene.from(scene.near);
    expect(attempt.outcome).toBe('ECONNREFUSED');
    expect(origins(attempt)).toContain('Service web spec.selector');
    expect(scene.from(scene.nodes[0]!.netns).outcome).toBe('ECONNREFUSED');
  });

  it('SVC1 endpoints that are not ready: refused, naming the slice', () => {
    const scene = new Scene();
    const notReady = { ready: false, serving: false };
    const attempt = scene.serve({}, [{ ...scene.web0, conditions: notReady }]).from(scene.near);
    expect(attempt.outcome).toBe('ECONNREFUSED');
    expect(origins(attempt)).toContain('EndpointSlice web-abcde endpoints[0].conditions.ready');
  });

  it('SVC2 internalTrafficPolicy Local: dropped where no endpoint is, kept where one is', () => {
    const scene = new Scene();
    scene.serve({ internalTrafficPolicy: 'Local' }, [scene.web0]);
    expect(scene.from(scene.near)).toMatchObject({ outcome: 'connected', sourceSeen: scene.near.ip });
    const attempt = scene.from(scene.far);
    expect(attempt.outcome).toBe('timed out');
    expect(origins(attempt)).toContain('Service web spec.internalTrafficPolicy');
  });

  it('SVC3 terminating endpoints that serve are the last resort', () => {
    const scene = new Scene();
    const leaving = { ready: false, serving: true, terminating: true };
    scene.serve({}, [{ ...scene.web0, conditions: leaving }, scene.web1]);
    for (let round = 0; round < 8; round++) expect(scene.from(scene.near).server).toBe(scene.web1.netns);
    scene.serve({}, [{ ...scene.web0, conditions: leaving }]);
    expect(scene.from(scene.far)).toMatchObject({ outcome: 'connected', server: scene.web0.netns });
  });

  it('SVC4 a remote terminating endpoint turns the refusal of a Local policy into a drop', () => {
    const scene = new Scene();
    const leaving = { ready: false, serving: true, terminating: true };
    scene.serve({ internalTrafficPolicy: 'Local' }, [{ ...scene.web1, conditions: leaving }]);
    expect(scene.from(scene.near).outcome).toBe('timed out');
    scene.serve({ internalTrafficPolicy: 'Local' }, []);
    expect(scene.from(scene.near).outcome).toBe('ECONNREFUSED');
  });

  it('SVC5 a pod that reaches itself comes from its node', () => {
    const scene = new Scene();
    scene.serve({}, [scene.web0]);
    expect(scene.from(scene.web0)).toMatchObject({
      outcome: 'connected',
      sourceSeen: '10.244.0.1',
      server: scene.web0.netns,
    });
  });

  it('SVC13 an unused port is refused and an unallocated ClusterIP dropped', () => {
    const scene = new Scene();
    scene.serve({}, [scene.web0]);
    for (const client of [scene.near.netns, scene.nodes[0]!.netns]) {
      const unused = scene.from(client, CLUSTER_IP, 81);
      expect(unused.outcome).toBe('ECONNREFUSED');
      expect(origins(unused)).toContain('Service web spec.ports');
      expect(scene.from(client, '10.96.0.99').outcome).toBe('timed out');
    }
  });

  it('a ClusterIP answers no ping', () => {
    const scene = new Scene();
    scene.serve({}, [scene.web0]);
    const { network } = scene.cluster;
    network.traceOwner('ping');
    const socket = network.openPing(scene.near.netns, 'ping');
    network.sendEcho(socket, CLUSTER_IP, { sequence: 1, bytes: 56 });
    scene.cluster.run(100);
    expect(network.receiveEcho(socket)?.outcome).toBe('unreachable');
    const [trace] = network.takeTraces('ping');
    expect(trace?.steps.find(({ decision }) => decision === 'reject')?.origin?.field).toBe('spec.clusterIP');
  });

  it('SVC16 spreads over the endpoints', () => {
    const scene = new Scene();
    scene.serve({}, [scene.web0, scene.web1]);
    const servers = new Set(Array.from({ length: 24 }, () => scene.from(scene.near).server));
    expect(servers).toEqual(new Set([scene.web0.netns, scene.web1.netns]));
  });

  it('SVC17 sessionAffinity keeps a client on its endpoint for three hours', () => {
    const scene = new Scene();
    scene.serve({ sessionAffinity: 'ClientIP' }, [scene.web0, scene.web1]);
    const first = scene.from(scene.near).server;
    for (let round = 0; round < 12; round++) expect(scene.from(scene.near).server).toBe(first);
  });

  it('SVC25 an endpoint that does not listen refuses by itself', () => {
    const scene = new Scene();
    const attempt = scene.serve({}, [scene.far]).from(scene.near);
    expect(attempt.outcome).toBe('ECONNREFUSED');
    expect(attempt.traces[0]?.steps.at(-1)).toMatchObject({
      decision: 'no-listener',
      where: 'pod default/far',
    });
  });
});

describe('NodePort', () => {
  it('SVC7 policy Cluster: every node serves it, and the server sees a node', () => {
    const scene = new Scene();
    scene.serve({ type: 'NodePort' }, [scene.web0]);
    const [first, second] = scene.nodes;
    expect(scene.from(TOOLBOX_NETNS, second!.address, NODE_PORT)).toMatchObject({
      outcome: 'connected',
      sourceSeen: second!.address,
    });
    const viaFirst = scene.from(TOOLBOX_NETNS, first!.address, NODE_PORT);
    expect(viaFirst).toMatchObject({ outcome: 'connected', sourceSeen: '10.244.0.1' });
    expect(origins(viaFirst)).toContain('Service web spec.externalTrafficPolicy');
    expect(scene.from(scene.far, first!.address, NODE_PORT)).toMatchObject({
      outcome: 'connected',
      sourceSeen: '10.244.0.1',
    });
  });

  it('a node reaches its own NodePort', () => {
    const scene = new Scene();
    scene.serve({ type: 'NodePort' }, [scene.web1]);
    const [first] = scene.nodes;
    expect(scene.from(first!.netns, first!.address, NODE_PORT)).toMatchObject({
      outcome: 'connected',
      sourceSeen: first!.address,
    });
  });

  it('SVC8 policy Local: the source stays, and nodes without endpoints drop', () => {
    const scene = new Scene();
    scene.serve({ type: 'NodePort', externalTrafficPolicy: 'Local' }, [scene.web0]);
    const [first, second] = scene.nodes;
    expect(scene.from(TOOLBOX_NETNS, first!.address, NODE_PORT)).toMatchObject({
      outcome: 'connected',
      sourceSeen: TOOLBOX,
    });
    const attempt = scene.from(TOOLBOX_NETNS, second!.address, NODE_PORT);
    expect(attempt.outcome).toBe('timed out');
    expect(origins(attempt)).toContain('Service web spec.externalTrafficPolicy');
  });

  it('SVC9 policy Local from pods: every endpoint, with their own address', () => {
    const scene = new Scene();
    scene.serve({ type: 'NodePort', externalTrafficPolicy: 'Local' }, [scene.web0]);
    expect(scene.from(scene.far, scene.nodes[1]!.address, NODE_PORT)).toMatchObject({
      outcome: 'connected',
      sourceSeen: scene.far.ip,
    });
  });

  it('SVC10 externalTrafficPolicy leaves the ClusterIP alone, internalTrafficPolicy the NodePort', () => {
    const scene = new Scene();
    scene.serve({ type: 'NodePort', externalTrafficPolicy: 'Local' }, [scene.web0]);
    expect(scene.from(scene.far).outcome).toBe('connected');
    scene.serve({ type: 'NodePort', internalTrafficPolicy: 'Local' }, [scene.web0]);
    expect(scene.from(TOOLBOX_NETNS, scene.nodes[1]!.address, NODE_PORT).outcome).toBe('connected');
    expect(scene.from(scene.far).outcome).toBe('timed out');
  });

  it('SVC1 without endpoints it is refused', () => {
    const scene = new Scene().serve({ type: 'NodePort' }, []);
    expect(scene.from(TOOLBOX_NETNS, scene.nodes[0]!.address, NODE_PORT).outcome).toBe('ECONNREFUSED');
  });

  it('SVC14 secondary addresses of a node have no NodePorts', () => {
    const scene = new Scene();
    scene.serve({ type: 'NodePort' }, [scene.web0]);
    scene.cluster.network.addAddress(scene.nodes[0]!.netns, 'eth0', '172.18.7.7/16');
    expect(scene.from(TOOLBOX_NETNS, '172.18.7.7', NODE_PORT).outcome).toBe('ECONNREFUSED');
  });
});

describe('load balancers and external addresses', () => {
  const BALANCER = '198.51.100.10';
  const status: Service['status'] = { loadBalancer: { ingress: [{ ip: BALANCER }] } };

  /** What a load balancer or a router in front of the cluster does. */
  function routeTo(scene: Scene, node: number): void {
    scene.cluster.network.addRoute('underlay', {
      destination: `${BALANCER}/32`,
      via: scene.nodes[node]!.address,
      interfaceName: 'br-underlay',
    });
  }

  it('SVC11 loadBalancerSourceRanges guards the address, also from pods; the NodePort bypasses it', () => {
    const scene = new Scene();
    scene.cluster.outsideHost('203.0.113.5');
    routeTo(scene, 0);
    scene.serve({ type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.0/24'] }, [scene.web0], status);
    expect(scene.from('outside/203.0.113.5', BALANCER).outcome).toBe('connected');
    const refused = scene.from(TOOLBOX_NETNS, BALANCER);
    expect(refused.outcome).toBe('timed out');
    expect(origins(refused)).toContain('Service web spec.loadBalancerSourceRanges');
    expect(scene.from(scene.near, BALANCER).outcome).toBe('timed out');
    expect(scene.from(TOOLBOX_NETNS, scene.nodes[0]!.address, NODE_PORT).outcome).toBe('connected');
  });

  it('SVC21 healthCheckNodePort says 200 where endpoints are and 503 elsewhere', () => {
    const scene = new Scene();
    const ask = (node: number): string =>
      scene.cluster.http(TOOLBOX_NETNS, scene.nodes[node]!.address, 32_000, '/healthz');
    const spec = {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 32_000,
    } as const;
    scene.serve(spec, [scene.web0], status);
    expect(ask(0)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"localEndpoints": 1,/);
    expect(ask(1)).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n[^]*"localEndpoints": 0,/);
    scene.serve({ type: 'NodePort' }, [scene.web0]);
    expect(scene.from(TOOLBOX_NETNS, scene.nodes[0]!.address, 32_000).outcome).toBe('ECONNREFUSED');
  });

  it('SVC8 a load balancer under policy Local keeps the source', () => {
    const scene = new Scene();
    routeTo(scene, 0);
    scene.serve({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, [scene.web0], status);
    expect(scene.from(TOOLBOX_NETNS, BALANCER)).toMatchObject({ outcome: 'connected', sourceSeen: TOOLBOX });
  });

  it('SVC27 externalIPs are served', () => {
    const scene = new Scene();
    routeTo(scene, 1);
    scene.serve({ externalIPs: [BALANCER] }, [scene.web0]);
    expect(scene.from(TOOLBOX_NETNS, BALANCER).outcome).toBe('connected');
    expect(scene.from(scene.near, BALANCER).outcome).toBe('connected');
  });
});

describe('iptables mode', () => {
  it('leaves unused ports and unallocated ClusterIPs to routing', () => {
    const scene = new Scene({ proxyMode: 'iptables' });
    scene.serve({}, [scene.web0]);
    expect(scene.from(scene.near)).toMatchObject({ outcome: 'connected', sourceSeen: scene.near.ip });
    // The underlay's router knows no way to them.
    for (const [address, port] of [
      [CLUSTER_IP, 81],
      ['10.96.0.99', 80],
    ] as const) {
      const attempt = scene.from(scene.near, address, port);
      expect(attempt.outcome).toBe('ENETUNREACH');
      expect(origins(attempt)).not.toContain('Service web spec.ports');
    }
  });

  it('shows as iptables-save would', () => {
    const scene = new Scene({ proxyMode: 'iptables' });
    scene.serve({ type: 'NodePort' }, [scene.web0, scene.web1]);
    const text = renderIptablesSave(scene.cluster.network.tables(scene.nodes[0]!.netns).get('kube-proxy')!);
    const service = /KUBE-SVC-[A-Z2-7]{16}/.exec(text)![0];
    const external = service.replace('SVC', 'EXT');
    expect(text).toContain(
      `-A KUBE-SERVICES -d ${CLUSTER_IP}/32 -p tcp -m tcp --dport 80 -m comment --comment "default/web cluster IP" -j ${service}\n`,
    );
    expect(text).toContain(
      `-A KUBE-NODEPORTS -p tcp -m tcp --dport ${NODE_PORT} -m comment --comment "default/web" -j ${external}\n`,
    );
    expect(text).toContain(`-A ${external} -j KUBE-MARK-MASQ\n-A ${external} -j ${service}\n`);
    expect(text).toContain(
      `-A ${service} ! -s 10.244.0.0/16 -d ${CLUSTER_IP}/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ\n`,
    );
    expect(text).toMatch(/--probability 0\.50000000000 -j KUBE-SEP-/);
    expect(text).toContain(`-j DNAT --to-destination ${scene.web1.ip}:8080\n`);
    // Every chain that a rule jumps to is declared.
    const declared = new Set([...text.matchAll(/^:(\S+)/gm)].map(([, name]) => name));
    for (const [, target] of text.matchAll(/-j (KUBE-\S+)/g)) expect(declared).toContain(target);
  });

  it('serves NodePorts at every address of the node but loopback', () => {
    const scene = new Scene({ proxyMode: 'iptables' });
    scene.serve({ type: 'NodePort' }, [scene.web0]);
    scene.cluster.network.addAddress(scene.nodes[0]!.netns, 'eth0', '172.18.7.7/16');
    expect(scene.from(TOOLBOX_NETNS, '172.18.7.7', NODE_PORT).outcome).toBe('connected');
    expect(scene.from(scene.nodes[0]!.netns, '127.0.0.1', NODE_PORT).outcome).toBe('ECONNREFUSED');
  });
});

describe('the node’s rules', () => {
  it('follow changes one Service at a time, and leave nothing behind', () => {
    const scene = new Scene();
    const tables = (): ReturnType<typeof scene.cluster.network.tables> =>
      scene.cluster.network.tables(scene.nodes[0]!.netns);
    const before = tables().get('kube-proxy')!.chains.size;
    scene.serve({ type: 'NodePort' }, [scene.web0]);
    const served = [...tables().get('kube-proxy')!.chains.keys()];
    expect(served.some((name) => /^service-[A-Z2-7]{8}-default\/web\/tcp\/$/.test(name))).toBe(true);
    scene.cluster.store.remove('Service', 'default', 'web');
    scene.cluster.store.remove('EndpointSlice', 'default', 'web-abcde');
    scene.cluster.sync();
    const after = tables().get('kube-proxy')!;
    expect(after.chains.size).toBe(before);
    for (const map of after.maps.values()) expect(map.entries.size).toBe(0);
  });

  it('are plain data, as all that the nodes remember', () => {
    const scene = new Scene().serve({ type: 'NodePort' }, []);
    for (const state of scene.cluster.states) expect(() => forkState(state)).not.toThrow();
  });

  it('two Services that claim one external address: the other has it when one goes', () => {
    const scene = new Scene();
    const shared = { externalIPs: ['198.51.100.10'], ports: [{ port: 80 }] };
    scene.serve(shared, [scene.web0]);
    scene.cluster.store.put('Service', serviceObject('other', { clusterIP: '10.96.0.81', ...shared }));
    scene.cluster.store.put('EndpointSlice', sliceObject('other', { port: 8080 }, [scene.web1]));
    scene.cluster.sync();
    scene.cluster.store.remove('Service', 'default', 'other');
    scene.cluster.sync();
    expect(scene.from(scene.near, '198.51.100.10')).toMatchObject({
      outcome: 'connected',
      server: scene.web0.netns,
    });
  });
});
