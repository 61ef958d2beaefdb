import { createNetwork, newNetworkState } from '@podwire/netsim';
import type {
  NetErrno,
  Network,
  NetnsId,
  PacketTrace,
  SocketEvent,
  SocketEventHandler,
  SocketId,
} from '@podwire/netsim';
import { newSimulationState, Simulation, utf8Decode, utf8Encode } from '@podwire/sim';
import type { Namespace, Node, Pod, Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Kind, KubeClient, ListOptions, ObjectOf } from '../api/client.ts';
import { createNodeCni, newNodeCniState } from '../cni/node-cni.ts';
import type { NodeNetworking } from '../cni/node-cni.ts';
import { podCidrsForNode } from '../cni/pod-cidrs.ts';
import type { Component, ComponentContext } from '../component.ts';
import { carriesIpv6, defaultConfig } from '../config.ts';
import type { ClusterConfig } from '../config.ts';
import { createKubeProxy, newKubeProxyState } from '../proxy/kube-proxy.ts';
import type { KubeProxy } from '../proxy/kube-proxy.ts';
import { podRoutes } from '../cni/pod-cidrs.ts';
import { addNode, addOutsideHost, addToolbox, setUpUnderlay, siteAddresses } from './underlay.ts';
import type { NodeSite } from './underlay.ts';

const SEED = 7;
const START_MS = Date.UTC(2026, 0, 1);
const PROBE_LIMIT_MS = 2_000;
const MAX_EVENTS = 200_000;

/** Objects by kind and key, with no validation: what the components under test are given. */
export class ObjectStore {
  readonly #objects = new Map<Kind, Map<string, ObjectOf<Kind>>>();

  put<K extends Kind>(kind: K, object: ObjectOf<K>): void {
    const ofKind = this.#objects.get(kind) ?? new Map<string, ObjectOf<Kind>>();
    this.#objects.set(kind, ofKind);
    ofKind.set(`${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`, object);
  }

  remove(kind: Kind, namespace: string | undefined, name: string): void {
    this.#objects.get(kind)?.delete(`${namespace ?? ''}/${name}`);
  }

  client(): KubeClient {
    const refuse = (): never => {
      throw new Error('this test client only reads and updates');
    };
    return {
      get: <K extends Kind>(kind: K, namespace: string | undefined, name: string) =>
        this.#objects.get(kind)?.get(`${namespace ?? ''}/${name}`) as ObjectOf<K> | undefined,
      list: <K extends Kind>(kind: K, options?: ListOptions) =>
        [...(this.#objects.get(kind)?.values() ?? [])].filter((object) => {
          const [key = '', value] = options?.labelSelector?.split('=') ?? [];
          return (
            (options?.namespace === undefined || object.metadata?.namespace === options.namespace) &&
            (value === undefined || object.metadata?.labels?.[key] === value)
          );
        }) as unknown as readonly ObjectOf<K>[],
      update: <K extends Kind>(kind: K, object: ObjectOf<K>) => {
        this.put(kind, object);
        return { ok: true, object };
      },
      create: refuse,
      updateStatus: refuse,
      custom: refuse,
      bind: refuse,
      delete: refuse,
    };
  }
}

export type Outcome = 'connected' | NetErrno | 'timed out';

export interface Attempt {
  readonly outcome: Outcome;
  /** Client address as the server saw it. */
  readonly sourceSeen?: string;
  /** Pod or host that took the connection. */
  readonly server?: NetnsId;
  readonly traces: readonly PacketTrace[];
}

/** Nodes with container networking and kube-proxy over a simulated network, without a control plane. */
export class ClusterNetwork {
  readonly simulation = new Simulation(newSimulationState({ seed: SEED, startMs: START_MS }));
  readonly network: Network;
  readonly store = new ObjectStore();
  /** What the components keep: the state of a cluster. */
  readonly states: object[] = [];
  /** Hears of sockets too, for tests that bring programs of their own. */
  onSocketEvent: SocketEventHandler | undefined;
  readonly config: ClusterConfig;
  readonly sites: readonly NodeSite[];
  readonly nodes: readonly NodeNetworking[];
  readonly #components: readonly Component[];
  readonly #proxies: ReadonlyMap<string, KubeProxy>;
  readonly #listeners = new Map<SocketId, NetnsId>();
  readonly #outcomes = new Map<SocketId, Outcome>();
  #accepted: { readonly netns: NetnsId; readonly from: string } | undefined;
  #nextId = 1;

  constructor(options: Partial<ClusterConfig> = {}) {
    this.config = { ...defaultConfig({ seed: SEED, startMs: START_MS }), ...options };
    this.network = createNetwork(newNetworkState(), {
      simulation: this.simulation,
      onSocketEvent: (socket, owner, event) => {
        this.#onSocketEvent(socket, event);
        this.#proxies.get(owner)?.onSocketEvent(socket, event);
        this.onSocketEvent?.(socket, owner, event);
      },
    });
    const { mtuBytes } = this.config;
    const ipv6 = carriesIpv6(this.config);
    setUpUnderlay(this.network, { mtuBytes, ipv6 });
    addToolbox(this.network, { mtuBytes });
    this.store.put('Namespace', namespaceObject('default'));
    this.sites = this.config.nodes.map((node, index) =>
      addNode(this.network, node, index, { mtuBytes, ipv6 }),
    );
    for (const site of this.sites) this.store.put('Node', nodeObject(this.config, site));
    const context: ComponentContext = {
      simulation: this.simulation,
      client: this.store.client(),
      event: () => undefined,
    };
    const shared = { network: this.network, config: this.config, context };
    this.nodes = this.sites.map((site) =>
      createNodeCni({ ...shared, site, state: this.#remembered(newNodeCniState()) }),
    );
    const proxies = this.sites.map((site) =>
      createKubeProxy({ ...shared, site, state: this.#remembered(newKubeProxyState()) }),
    );
    this.#proxies = new Map(proxies.map((proxy) => [proxy.name, proxy]));
    this.#components = [...this.nodes.map(({ agent }) => agent), ...proxies];
    this.sync();
    // VXLAN devices become known to the others by annotations of their Nodes.
    this.sync();
  }

  #remembered<State extends object>(state: State): State {
    this.states.push(state);
    return state;
  }

  /** Every component looks at everything again. */
  sync(): void {
    for (const component of this.#components) component.resync();
  }

  /** Lets time pass. */
  run(ms: number): void {
    this.simulation.run({ untilMs: this.simulation.nowMs + ms, maxEvents: MAX_EVENTS });
  }

  outsideHost(address: string): NetnsId {
    return addOutsideHost(this.network, address, {
      mtuBytes: this.config.mtuBytes,
      podRoutes: podRoutes(this.config),
    });
  }

  /** A running pod with an address from its node's CNI. */
  addPod(
    name: string,
    options: {
      readonly namespace?: string;
      readonly node?: number;
      readonly labels?: Record<string, string>;
      readonly ports?: readonly {
        readonly name: string;
        readonly containerPort: number;
        readonly protocol?: string;
      }[];
      readonly hostPort?: { readonly hostPort: number; readonly containerPort: number };
    } = {},
  ): PodHandle {
    const { namespace = 'default', node = 0, labels = {}, ports = [], hostPort } = options;
    const netns = `pod/${namespace}-${name}`;
    const nodeName = this.sites[node]?.name ?? '';
    const base: Pod = {
      metadata: { namespace, name, uid: `uid-${namespace}-${name}`, labels },
      spec: { nodeName, containers: [{ name: 'main', ports: [...ports] }] },
    };
    this.store.put('Pod', base);
    this.network.addNetns(netns, { label: `pod ${namespace}/${name}` });
    const result = this.nodes[node]?.cni.add({
      containerId: `container-${this.#nextId++}`,
      netns,
      nodeName,
      interfaceName: 'eth0',
      podNamespace: namespace,
      podName: name,
      podUid: `uid-${namespace}-${name}`,
      portMappings: hostPort === undefined ? [] : [{ ...hostPort, protocol: 'tcp' }],
    });
    if (result?.ok !== true) throw new Error(result?.message ?? `no node ${node}`);
    const ip = result.ips[0] ?? '';
    this.store.put('Pod', {
      ...base,
      status: { phase: 'Running', podIP: ip, podIPs: result.ips.map((each) => ({ ip: each })) },
    });
    return { namespace, name, netns, ip, ips: result.ips, nodeName };
  }

  /** A server that takes TCP connections on every address of the namespace. */
  listen(netns: NetnsId, port: number, address = '0.0.0.0'): void {
    const listener = this.network.listenTcp(netns, 'server', { address, port });
    if (!listener.ok) throw new Error(listener.errno);
    this.#listeners.set(listener.value, netns);
  }

  /** Tries a TCP handshake and says how it went. */
  connect(from: NetnsId, address: string, port: number): Attempt {
    const owner = `probe-${this.#nextId++}`;
    this.network.traceOwner(owner);
    this.#accepted = undefined;
    const socket = this.network.connectTcp(from, owner, { address, port });
    if (!socket.ok) return { outcome: socket.errno, traces: [] };
    this.simulation.run({
      untilMs: this.simulation.nowMs + PROBE_LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => this.#outcomes.has(socket.value),
    });
    this.run(5);
    const outcome = this.#outcomes.get(socket.value) ?? 'timed out';
    const taken = this.#taken();
    const traces = this.network.takeTraces(owner);
    this.network.abort(socket.value);
    this.run(5);
    return {
      outcome,
      traces,
      ...(outcome === 'connected' && taken !== undefined
        ? { sourceSeen: taken.from, server: taken.netns }
        : {}),
    };
  }

  /** All that a server answers to one GET. */
  http(from: NetnsId, address: string, port: number, path: string): string {
    const socket = this.network.connectTcp(from, 'http', { address, port });
    if (!socket.ok) return socket.errno;
    this.run(20);
    this.network.send(socket.value, utf8Encode(`GET ${path} HTTP/1.1\r\nHost: ${address}\r\n\r\n`));
    this.run(20);
    const received = this.network.receive(socket.value);
    this.network.close(socket.value);
    return received.ok ? utf8Decode(received.value ?? new Uint8Array()) : received.errno;
  }

  #taken(): { readonly netns: NetnsId; readonly from: string } | undefined {
    return this.#accepted;
  }

  #onSocketEvent(socket: SocketId, event: SocketEvent): void {
    const netns = this.#listeners.get(socket);
    if (netns !== undefined && event.kind === 'incoming') {
      const accepted = this.network.accept(socket);
      if (accepted.ok)
        this.#accepted = { netns, from: this.network.socketInfo(accepted.value)?.remote?.address ?? '' };
      return;
    }
    if (event.kind === 'connected') this.#outcomes.set(socket, 'connected');
    if (event.kind === 'failed') this.#outcomes.set(socket, event.errno);
  }
}

export interface PodHandle {
  readonly namespace: string;
  readonly name: string;
  readonly netns: NetnsId;
  readonly ip: string;
  /** One a family. */
  readonly ips: readonly string[];
  readonly nodeName: string;
}

function nodeObject(config: ClusterConfig, site: NodeSite): Node {
  const podCIDRs = [...podCidrsForNode(config, site.index)];
  return {
    metadata: { name: site.name, labels: {} },
    spec: { podCIDRs, ...(podCIDRs[0] === undefined ? {} : { podCIDR: podCIDRs[0] }) },
    status: { addresses: siteAddresses(site).map((address) => ({ type: 'InternalIP', address })) },
  };
}

export function namespaceObject(name: string, labels: Record<string, string> = {}): Namespace {
  return { metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } } };
}

export function policyObject(
  name: string,
  spec: NetworkPolicy['spec'],
  namespace = 'default',
): NetworkPolicy {
  return { metadata: { namespace, name }, ...(spec === undefined ? {} : { spec }) };
}

export function serviceObject(name: string, spec: Service['spec'], status?: Service['status']): Service {
  return {
    metadata: { namespace: 'default', name },
    spec: {
      type: 'ClusterIP',
      ...spec,
      ...(spec?.clusterIP === undefined ? {} : { clusterIPs: [spec.clusterIP] }),
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** An EndpointSlice whose one port leads to these pods. */
export function sliceObject(
  service: string,
  port: { readonly name?: string; readonly port: number; readonly protocol?: string },
  pods: readonly (PodHandle & { readonly conditions?: EndpointSlice['endpoints'][number]['conditions'] })[],
): EndpointSlice {
  return {
    metadata: {
      namespace: 'default',
      name: `${service}-abcde`,
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', ...port }],
    endpoints: pods.map(({ namespace, name, ip, nodeName, conditions }) => ({
      addresses: [ip],
      nodeName,
      targetRef: { kind: 'Pod', namespace, name },
      conditions: { ready: true, serving: true, terminating: false, ...conditions },
    })),
  };
}
