import type { ObjectReference } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { isMap, valueAt } from './match.ts';

/** Objects asked for at once, and how often: more than all of these is no lab's. */
const MAX_OBJECTS = 500;
const MAX_PAGES = 20;

export type KubernetesObject = Readonly<Record<string, unknown>>;

export type Found =
  | { readonly kind: 'found'; readonly objects: readonly KubernetesObject[] }
  /** The cluster has no such kind. */
  | { readonly kind: 'no-such-kind' };

/** Reads the objects a reference names: one by name, or all that its selector and namespace leave. */
export async function readObjects(
  cluster: Pick<GradingCluster, 'request'>,
  reference: ObjectReference,
): Promise<Found> {
  const resource = await findResource(cluster, reference.apiVersion, reference.kind);
  if (resource === undefined) return { kind: 'no-such-kind' };
  const namespace = resource.namespaced
    ? `/namespaces/${encodeURIComponent(reference.namespace ?? 'default')}`
    : '';
  const collection = `${groupPath(reference.apiVersion)}${namespace}/${resource.plural}`;
  if (reference.name !== undefined) {
    const { status, body } = await cluster.request(
      'GET',
      `${collection}/${encodeURIComponent(reference.name)}`,
    );
    if (status === 404) return { kind: 'found', objects: [] };
    return { kind: 'found', objects: [expectObject(status, body)] };
  }
  const selector =
    reference.labelSelector === undefined
      ? ''
      : `&labelSelector=${encodeURIComponent(reference.labelSelector)}`;
  // Read to the end: what a first page leaves out could be what a check is after.
  const objects: KubernetesObject[] = [];
  let more = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const { status, body } = await cluster.request(
      'GET',
      `${collection}?limit=${MAX_OBJECTS}${selector}${more}`,
    );
    const list = expectObject(status, body);
    if (Array.isArray(list['items'])) objects.push(...list['items'].filter(isMap));
    const next = valueAt(list, 'metadata.continue');
    if (typeof next !== 'string' || next === '') return { kind: 'found', objects };
    more = `&continue=${encodeURIComponent(next)}`;
  }
  throw new Error(`there are more than ${MAX_PAGES * MAX_OBJECTS} objects of kind ${reference.kind}`);
}

/** Names of what there is of a kind in a namespace, for saying what was found instead. */
export async function namesOf(
  cluster: GradingCluster,
  reference: ObjectReference,
): Promise<readonly string[]> {
  const { apiVersion, kind, namespace } = reference;
  const all = await readObjects(cluster, {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
  });
  return all.kind === 'found' ? all.objects.map(nameOf) : [];
}

export function nameOf(object: KubernetesObject): string {
  const name = valueAt(object, 'metadata.name');
  return typeof name === 'string' ? name : '';
}

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Groups that every cluster has, and whose kinds no definition changes. */
const LASTING_GROUPS: readonly string[] = [
  '',
  'apps',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
];
/** What was found of them in each cluster: most checks ask for the same few kinds. */
const found = new WeakMap<object, Map<string, Resource>>();

async function findResource(
  cluster: Pick<GradingCluster, 'request'>,
  apiVersion: string,
  kind: string,
): Promise<Resource | undefined> {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (!LASTING_GROUPS.includes(group)) return discover(cluster, apiVersion, kind);
  const known = found.get(cluster) ?? new Map<string, Resource>();
  found.set(cluster, known);
  const key = `${apiVersion} ${kind}`;
  const resource = known.get(key) ?? (await discover(cluster, apiVersion, kind));
  if (resource !== undefined) known.set(key, resource);
  return resource;
}

async function discover(
  cluster: Pick<GradingCluster, 'request'>,
  apiVersion: string,
  kind: string,
): Promise<Resource | undefined> {
  const { status, body } = await cluster.request('GET', groupPath(apiVersion));
  if (status === 404) return undefined;
  const resources = expectObject(status, body)['resources'];
  if (!Array.isArray(resources)) return undefined;
  for (const resource of resources) {
    if (!isMap(resource)) continue;
    const name = resource['name'];
    if (resource['kind'] === kind && typeof name === 'string' && !name.includes('/'))
      return { plural: name, namespaced: resource['namespaced'] === true };
  }
  return undefined;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function expectObject(status: number, body: unknown): KubernetesObject {
  if (status >= 200 && status < 300 && isMap(body)) return body;
  const message = isMap(body) && typeof body['message'] === 'string' ? `: ${body['message']}` : '';
  throw new Error(`the cluster's API answered ${status}${message}`);
}
