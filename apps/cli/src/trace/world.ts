import { createCluster, defaultConfig, GATEWAY_CONTROLLER, LOAD_BALANCER_RANGE } from '@podwire/kubesim';
import type { ClusterConfig, SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import { askApi, createObject } from '../cluster/create-object.ts';
import type { KubernetesObject } from './read-manifests.ts';
import { imagesOf, withStandIns } from './stand-ins.ts';

/** Traces of the same manifests are the same, whenever they are made. */
const START_MS = Date.UTC(2026, 0, 1);
const SETTLE_LIMIT_MS = 120_000;
const MAX_NODES = 20;
const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** What the cluster makes by itself, and what dumps of real clusters are full of. */
const LEFT_OUT: readonly string[] = [
  'Node',
  'Event',
  'EndpointSlice',
  'Endpoints',
  'Lease',
  'ComponentStatus',
  'GatewayClass',
];
/** Namespaces first, and pods after all that they may need or be bound by. */
const ORDER: readonly string[] = [
  'Namespace',
  'ServiceAccount',
  'ConfigMap',
  'Secret',
  'Service',
  'NetworkPolicy',
  'IngressClass',
  'Ingress',
  'GatewayClass',
  'Gateway',
  'HTTPRoute',
];
const SERVER_METADATA = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
];

export type WorldConfig = Pick<ClusterConfig, 'cni' | 'networkPolicies' | 'seed'> & {
  readonly nodes: number;
};

export interface World {
  readonly cluster: SimulatedCluster;
  /** What was assumed or left out, in words. */
  readonly notes: readonly string[];
}

/** A cluster in which the manifests have come to rest. */
export function worldOf(given: readonly KubernetesObject[], wanted: WorldConfig): World {
  const notes: string[] = [];
  const objects = given.flatMap((object) => cleaned(object, given, notes));
  const config = configFor(objects, wanted);
  const base = createCluster({ config, programs });
  base.settle(SETTLE_LIMIT_MS);
  const standing = withStandIns(objects, unknownImages(base, objects));
  notes.push(...standing.notes);
  const cluster = base.fork() ?? base;
  const ordered = [...implied(standing.objects), ...standing.objects].sort(
    (left, right) => rankOf(left) - rankOf(right),
  );
  let settledNamespaces = false;
  for (const object of ordered) {
    if (object.kind !== 'Namespace' && !settledNamespaces) {
      // Pods are refused until the controller manager has given their namespace its ServiceAccount.
      cluster.settle(SETTLE_LIMIT_MS);
      settledNamespaces = true;
    }
    const created = createObject(cluster.api, object);
    if (!created.ok && created.status !== 409)
      notes.push(`${nameOf(object)} is left out: ${created.message}`);
  }
  cluster.settle(SETTLE_LIMIT_MS);
  notes.push(...notRunning(cluster));
  return { cluster, notes };
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

function rankOf({ kind }: KubernetesObject): number {
  const rank = ORDER.indexOf(kind);
  return rank < 0 ? ORDER.length : rank;
}

/** Without what a real cluster wrote into the object. Pods whose owner is here too are made by it. */
function cleaned(
  object: KubernetesObject,
  all: readonly KubernetesObject[],
  notes: string[],
): readonly KubernetesObject[] {
  if (LEFT_OUT.includes(object.kind)) return [];
  const owners = object.metadata['ownerReferences'];
  const namespace = object.metadata.namespace ?? 'default';
  if (Array.isArray(owners) && owners.length > 0) {
    const owner = owners[0] as { readonly kind?: unknown; readonly name?: unknown };
    if (all.some(({ kind, metadata }) => kind === owner.kind && metadata.name === owner.name)) return [];
  }
  if (namespace === 'kube-system') {
    notes.push(`${nameOf(object)} is left out: the simulated cluster has its own kube-system.`);
    return [];
  }
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(
      ([key]) => key !== 'ownerReferences' && !SERVER_METADATA.includes(key),
    ),
  );
  const { status: _status, ...rest } = object;
  return [{ ...rest, metadata: { ...metadata, name: object.metadata.name }, ...specOf(object) }];
}

/** Addresses of another cluster's Services may not be of this one's range. */
function specOf({ kind, spec }: KubernetesObject): { readonly spec?: Readonly<Record<string, unknown>> } {
  if (spec === undefined) return {};
  if (kind !== 'Service' || spec['clusterIP'] === 'None') return { spec };
  const given = ['clusterIP', 'clusterIPs', 'ipFamilies'];
  return { spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !given.includes(key))) };
}

/** Nodes that the manifests name are there under their own names. */
function configFor(objects: readonly KubernetesObject[], wanted: WorldConfig): ClusterConfig {
  const base = defaultConfig({ seed: wanted.seed, startMs: START_MS });
  const named = new Set(
    objects.flatMap(({ kind, spec }) => {
      const name = kind === 'Pod' ? spec?.['nodeName'] : undefined;
      return typeof name === 'string' ? [name] : [];
    }),
  );
  const names = [...named].sort();
  for (let index = 0; names.length < wanted.nodes; index++) {
    const name = index === 0 ? 'podwire-control-plane' : `podwire-worker${index === 1 ? '' : index}`;
    if (!named.has(name)) names.push(name);
  }
  const wantsIngress = objects.some(({ kind }) => kind === 'Ingress');
  const [gatewayClass] = gatewayClassesOf(objects);
  const wantsBalancer =
    gatewayClass !== undefined ||
    objects.some(({ kind, spec }) => kind === 'Service' && spec?.['type'] === 'LoadBalancer');
  return {
    ...base,
    nodes: names.slice(0, MAX_NODES).map((name, index) => ({
      name,
      labels: {},
      controlPlane: index === 0,
      schedulable: true,
    })),
    cni: wanted.cni,
    networkPolicies: wanted.networkPolicies,
    ...(wantsBalancer ? { loadBalancer: { range: LOAD_BALANCER_RANGE } } : {}),
    ...(wantsIngress ? { ingress: { className: ingressClassOf(objects) } } : {}),
    ...(gatewayClass === undefined ? {} : { gateway: { className: gatewayClass } }),
  };
}

/** The classes that Gateways ask for. The cluster has one controller, which stands in for that of each. */
function gatewayClassesOf(objects: readonly KubernetesObject[]): readonly string[] {
  const named = objects.flatMap(({ kind, spec }) => {
    const name = kind === 'Gateway' ? spec?.['gatewayClassName'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return [...new Set(named)];
}

function ingressClassOf(objects: readonly KubernetesObject[]): string {
  const named = objects.find(
    ({ kind, spec }) => kind === 'Ingress' && typeof spec?.['ingressClassName'] === 'string',
  );
  const name = named?.spec?.['ingressClassName'];
  return typeof name === 'string' ? name : 'nginx';
}

/** Namespaces that objects are in and that nobody makes, and the classes of their Gateways. */
function implied(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const made = new Set(
    objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
  );
  const used = new Set(objects.map(({ metadata }) => metadata.namespace ?? 'default'));
  const namespaces = [...used]
    .filter((name) => !made.has(name) && !SYSTEM_NAMESPACES.includes(name))
    .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  // The first class is the controller's own.
  const classes = gatewayClassesOf(objects)
    .slice(1)
    .map((name) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name },
      spec: { controllerName: GATEWAY_CONTROLLER },
    }));
  return [...namespaces, ...classes];
}

/** Asks a cluster of their own which images it can't pull: the kubelet knows best. */
function unknownImages(
  base: SimulatedCluster,
  objects: readonly KubernetesObject[],
): (image: string) => boolean {
  const images = imagesOf(objects);
  const cluster = base.fork();
  if (cluster === undefined || images.length === 0) return () => false;
  for (const [index, image] of images.entries())
    createObject(cluster.api, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `image-${index}` },
      spec: {
        containers: [{ name: 'c', image, command: ['sleep', '3600'] }],
        terminationGracePeriodSeconds: 0,
      },
    });
  cluster.settle(SETTLE_LIMIT_MS);
  const unknown = new Set(
    podsOf(cluster).flatMap((pod) =>
      (pod.status?.containerStatuses ?? []).flatMap(({ image, state }) =>
        /^(ErrImagePull|ImagePullBackOff|InvalidImageName)$/.test(state?.waiting?.reason ?? '')
          ? [image]
          : [],
      ),
    ),
  );
  return (image) => unknown.has(image);
}

interface PodView {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly image: string;
      readonly ready?: boolean;
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}

function podsOf(cluster: SimulatedCluster): readonly PodView[] {
  const { body } = askApi(cluster.api, 'GET', '/api/v1/pods');
  return (body as { readonly items: readonly PodView[] }).items;
}

/** Pods that are not up, and why: a trace that ends in one has its reason there. */
function notRunning(cluster: SimulatedCluster): readonly string[] {
  return podsOf(cluster)
    .filter(({ status }) => status?.phase === 'Pending' || status?.phase === 'Failed')
    .map(({ metadata, status }) => {
      const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting !== undefined)?.state
        ?.waiting;
      const why =
        waiting?.reason ??
        status?.conditions?.find(
          (condition) => condition.status === 'False' && condition.message !== undefined,
        )?.message ??
        status?.phase ??
        'unknown';
      return `Pod ${metadata.namespace}/${metadata.name} does not run: ${why}.`;
    });
}
