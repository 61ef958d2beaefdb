import type { Endpoint } from '@podwire/lab';
import type { PlaceView, ProbeRequestView } from '@podwire/protocol';
import type { GradingCluster } from './cluster.ts';
import { isMap, valueAt } from './match.ts';
import { nameOf, readObjects } from './objects.ts';
import type { KubernetesObject } from './objects.ts';

/** How long a client waits before a silent drop counts as a timeout: three SYNs fit in (at 0, 1 and 3 s). */
export const PROBE_TIMEOUT_MS = 4_000;

/** Where a probe starts; undefined when there is no such place. */
export async function resolvePlace(
  endpoint: Endpoint,
  cluster: GradingCluster,
): Promise<PlaceView | undefined> {
  switch (endpoint.kind) {
    case 'pods': {
      const name = await firstReadyPod(endpoint, cluster);
      return name === undefined ? undefined : { kind: 'pod', namespace: endpoint.namespace, name };
    }
    case 'service':
    case 'host':
      return undefined;
    default:
      return endpoint;
  }
}

export async function resolveTarget(
  endpoint: Endpoint,
  cluster: GradingCluster,
): Promise<ProbeRequestView['to'] | undefined> {
  switch (endpoint.kind) {
    case 'pod':
    case 'service':
    case 'host':
      return endpoint;
    case 'pods': {
      const name = await firstReadyPod(endpoint, cluster);
      return name === undefined ? undefined : { kind: 'pod', namespace: endpoint.namespace, name };
    }
    case 'outside':
      return { kind: 'host', host: endpoint.address };
    case 'node': {
      const [address] = await addressesOfNode(endpoint.name, cluster);
      return address === undefined ? undefined : { kind: 'host', host: address };
    }
    case 'toolbox':
      return undefined;
  }
}

async function firstReadyPod(
  endpoint: Extract<Endpoint, { kind: 'pods' }>,
  cluster: GradingCluster,
): Promise<string | undefined> {
  const [ready] = await readyPods(endpoint, cluster);
  return ready === undefined ? undefined : nameOf(ready);
}

export async function readyPods(
  endpoint: Extract<Endpoint, { kind: 'pods' }>,
  cluster: GradingCluster,
): Promise<readonly KubernetesObject[]> {
  const found = await readObjects(cluster, {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: endpoint.namespace,
    labelSelector: endpoint.labelSelector,
  });
  return found.kind === 'found' ? found.objects.filter(isReady) : [];
}

function isReady(pod: KubernetesObject): boolean {
  const conditions = valueAt(pod, 'status.conditions');
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (condition: unknown) =>
        valueAt(condition, 'type') === 'Ready' && valueAt(condition, 'status') === 'True',
    )
  );
}

/** Of a pod, both families where it has both. */
export function podIps(pod: KubernetesObject | undefined): readonly string[] {
  const ips = valueAt(pod, 'status.podIPs');
  const listed = Array.isArray(ips) ? ips.map((each: unknown) => valueAt(each, 'ip')) : [];
  return [...listed, valueAt(pod, 'status.podIP')].filter((ip) => typeof ip === 'string');
}

export async function addressesOfPlace(
  place: PlaceView,
  cluster: GradingCluster,
): Promise<readonly string[]> {
  switch (place.kind) {
    case 'pod': {
      const { namespace, name } = place;
      const found = await readObjects(cluster, { apiVersion: 'v1', kind: 'Pod', namespace, name });
      return found.kind === 'found' ? podIps(found.objects[0]) : [];
    }
    case 'node':
      return addressesOfNode(place.name, cluster);
    case 'outside':
      return [place.address];
    case 'toolbox':
      return [];
  }
}

export async function addressesOfNode(
  name: string | undefined,
  cluster: GradingCluster,
): Promise<readonly string[]> {
  return (await nodesOf(name, cluster)).flatMap((node) =>
    entriesOf(node, 'status.addresses')
      .filter(isMap)
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address)
      .filter((address) => typeof address === 'string'),
  );
}

/** Where pods have their addresses from: what lies there and is no pod's is a node's own, its bridge's for one. */
export async function blocksOfPods(cluster: GradingCluster): Promise<readonly string[]> {
  return (await nodesOf(undefined, cluster)).flatMap((node) =>
    [valueAt(node, 'spec.podCIDR'), ...entriesOf(node, 'spec.podCIDRs')].filter(
      (block) => typeof block === 'string',
    ),
  );
}

async function nodesOf(
  name: string | undefined,
  cluster: GradingCluster,
): Promise<readonly KubernetesObject[]> {
  const found = await readObjects(cluster, {
    apiVersion: 'v1',
    kind: 'Node',
    ...(name === undefined ? {} : { name }),
  });
  return found.kind === 'found' ? found.objects : [];
}

function entriesOf(object: KubernetesObject, path: string): readonly unknown[] {
  const value = valueAt(object, path);
  return Array.isArray(value) ? value : [];
}

export async function addressesOfPods(cluster: GradingCluster): Promise<readonly string[]> {
  const { status, body } = await cluster.request('GET', '/api/v1/pods');
  const items = status === 200 ? valueAt(body, 'items') : undefined;
  return (Array.isArray(items) ? items.filter(isMap) : []).flatMap(podIps);
}
