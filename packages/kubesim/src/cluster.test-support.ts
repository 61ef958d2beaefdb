import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1';
import type { Endpoint } from 'kubernetes-types/discovery/v1';
import type { KindMap } from './api/client.ts';
import { createCluster } from './cluster.ts';
import type { Place, ProbeRequest, ProbeResult, SimulatedCluster } from './cluster-contract.ts';
import { defaultConfig } from './config.ts';
import type { ClusterConfig } from './config.ts';

export const START_MS = Date.UTC(2026, 0, 1);
const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

/** An object as the API server answers it: what a test reads is there, or the test fails. */
export type Whole<T> = T extends readonly (infer Item)[]
  ? readonly Whole<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Whole<NonNullable<T[Key]>> }
    : T;

const COLLECTIONS = {
  Pod: '/api/v1/namespaces/*/pods',
  Event: '/api/v1/namespaces/*/events',
  ConfigMap: '/api/v1/namespaces/*/configmaps',
  ServiceAccount: '/api/v1/namespaces/*/serviceaccounts',
  Endpoints: '/api/v1/namespaces/*/endpoints',
  Service: '/api/v1/namespaces/*/services',
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  EndpointSlice: '/apis/discovery.k8s.io/v1/namespaces/*/endpointslices',
  Deployment: '/apis/apps/v1/namespaces/*/deployments',
  ReplicaSet: '/apis/apps/v1/namespaces/*/replicasets',
  StatefulSet: '/apis/apps/v1/namespaces/*/statefulsets',
  DaemonSet: '/apis/apps/v1/namespaces/*/daemonsets',
  Job: '/apis/batch/v1/namespaces/*/jobs',
  CronJob: '/apis/batch/v1/namespaces/*/cronjobs',
} as const;

function collectionPath(kind: keyof typeof COLLECTIONS, namespace: string): string {
  return COLLECTIONS[kind].replace('*', namespace);
}

/** A cluster with the hands of a person who uses its API. */
export class TestCluster {
  readonly cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
  }

  static boot(options: Partial<ClusterConfig> = {}): TestCluster {
    const config = { ...defaultConfig({ seed: 7, startMs: START_MS }), ...options };
    const booted = new TestCluster(createCluster({ config, programs: new Map() }));
    booted.settle();
    return booted;
  }

  fork(): TestCluster {
    const fork = this.cluster.fork();
    if (fork === undefined) throw new Error('the cluster cannot fork now');
    return new TestCluster(fork);
  }

  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): { readonly status: number; readonly json: unknown } {
    const response = this.cluster.api.handle({
      method,
      path,
      query: [],
      headers: { accept: 'application/json', 'content-type': contentType },
      ...(body === undefined ? {} : { body: utf8Encode(JSON.stringify(body)) }),
      user: ADMIN,
    });
    return {
      status: response.status,
      json: response.body === undefined ? undefined : (JSON.parse(utf8Decode(response.body)) as unknown),
    };
  }

  /** Creates an object, which must succeed. */
  create(collection: string, object: object): unknown {
    const { status, json } = this.request('POST', collection, object);
    if (status >= 300) throw new Error(`POST ${collection}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  /** An object that must be there. */
  object<K extends keyof typeof COLLECTIONS>(
    kind: K,
    name: string,
    namespace = 'default',
  ): Whole<KindMap[K]> {
    const path = `${collectionPath(kind, namespace)}/${name}`;
    const { status, json } = this.request('GET', path);
    if (status >= 300) throw new Error(`GET ${path}: ${status} ${JSON.stringify(json)}`);
    return json as Whole<KindMap[K]>;
  }

  objects<K extends keyof typeof COLLECTIONS>(kind: K, namespace = 'default'): readonly Whole<KindMap[K]>[] {
    const { json } = this.request('GET', collectionPath(kind, namespace));
    return (json as { readonly items: readonly Whole<KindMap[K]>[] }).items;
  }

  exists(kind: keyof typeof COLLECTIONS, name: string, namespace = 'default'): boolean {
    return this.request('GET', `${collectionPath(kind, namespace)}/${name}`).status === 200;
  }

  /** The conditions of an object's status as `Type=Status Reason`. */
  conditions(kind: 'Node' | 'Deployment' | 'Job' | 'Pod', name: string): readonly string[] {
    const { conditions } = this.object(kind, name).status;
    return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  }

  /** The endpoints of a Service's slices. */
  endpoints(service: string): readonly Whole<Endpoint>[] {
    const slices = this.objects('EndpointSlice').filter(
      (slice) => slice.metadata.labels['kubernetes.io/service-name'] === service,
    );
    return slices.flatMap((slice) => (slice.endpoints as typeof slice.endpoints | null) ?? []);
  }

  /** All there is to see of the cluster, in lines: every object, and the packets of late. */
  everything(): readonly string[] {
    const paths = [
      '/api/v1/nodes',
      ...Object.values(COLLECTIONS).map((path) => path.replace('/namespaces/*', '')),
    ];
    const objects = paths.flatMap(
      (path) => (this.request('GET', path).json as { readonly items: readonly unknown[] }).items,
    );
    return [this.cluster.nowMs(), ...objects, ...this.cluster.recentPackets()].map((item) =>
      JSON.stringify(item),
    );
  }

  patch(path: string, patch: object): unknown {
    const { status, json } = this.request('PATCH', path, patch, 'application/strategic-merge-patch+json');
    if (status >= 300) throw new Error(`PATCH ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  delete(path: string, body?: object): void {
    const { status, json } = this.request('DELETE', path, body);
    if (status >= 300) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(json)}`);
  }

  settle(limitMs = 60_000): void {
    if (!this.cluster.settle(limitMs)) throw new Error(`not settled within ${limitMs} ms`);
  }

  run(ms: number): void {
    this.cluster.run({ untilMs: this.cluster.nowMs() + ms, maxEvents: 1_000_000 });
  }

  pods(namespace = 'default', prefix = ''): readonly Whole<Pod>[] {
    return this.objects('Pod', namespace).filter((pod) => pod.metadata.name.startsWith(prefix));
  }

  pod(name: string): Whole<Pod> {
    return this.object('Pod', name);
  }

  /** The status of a pod's only container. */
  container(pod: string): Whole<ContainerStatus> {
    const [status] = this.pod(pod).status.containerStatuses;
    if (status === undefined) throw new Error(`pod ${pod} has no container statuses`);
    return status;
  }

  /** `reason: message` of the Events about an object. */
  events(name: string, namespace = 'default'): readonly string[] {
    return this.objects('Event', namespace)
      .filter((event) => event.involvedObject.name === name)
      .map((event) => `${event.reason}: ${event.message}`);
  }

  createPod(name: string, spec: object = {}, metadata: object = {}): void {
    this.create('/api/v1/namespaces/default/pods', {
      metadata: { name, labels: { app: name }, ...metadata },
      spec: { containers: [{ name: 'main', image: AGNHOST, args: ['netexec'] }], ...spec },
    });
  }

  createDeployment(name: string, replicas: number, container: object = {}): void {
    this.create('/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name: 'main', image: AGNHOST, args: ['netexec'], ...container }] },
        },
      },
    });
  }

  createService(name: string, spec: object): unknown {
    return this.create('/api/v1/namespaces/default/services', { metadata: { name }, spec });
  }

  probe(
    from: Place,
    to: ProbeRequest['to'],
    port: number,
    protocol: ProbeRequest['protocol'] = 'tcp',
    timeoutMs = 2000,
    http?: ProbeRequest['http'],
  ): ProbeResult {
    const page = http === undefined ? {} : { http };
    const probe = this.cluster.startProbe({ from, to, port, protocol, timeoutMs, ...page });
    this.cluster.run({
      untilMs: this.cluster.nowMs() + timeoutMs + 1000,
      maxEvents: 1_000_000,
      condition: () => probe.result() !== undefined,
    });
    const result = probe.result();
    if (result === undefined) throw new Error('the probe has no result');
    return result;
  }
}

export const fromPod = (name: string, namespace = 'default'): Place => ({ kind: 'pod', namespace, name });
export const toService = (name: string, namespace = 'default'): ProbeRequest['to'] => ({
  kind: 'service',
  namespace,
  name,
});
export const toPod = (name: string, namespace = 'default'): ProbeRequest['to'] => ({
  kind: 'pod',
  namespace,
  name,
});
export const toHost = (host: string): ProbeRequest['to'] => ({ kind: 'host', host });

/** The first line in which two clusters differ, as both have it. */
export function firstDifference(
  left: TestCluster,
  right: TestCluster,
): readonly (string | undefined)[] | undefined {
  const [ours, theirs] = [left.everything(), right.everything()];
  const index = ours.findIndex((line, at) => line !== theirs[at]);
  if (index < 0 && ours.length === theirs.length) return undefined;
  return [ours[index], theirs[index]];
}
