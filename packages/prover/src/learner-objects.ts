import type { Manifest } from './manifest.ts';
import { isManifest, isMap, keyOf, sameJson, wanted } from './manifest.ts';
import type { ProvingCluster } from './proving-ground.ts';

/** Objects of one kind that are looked at; no lab has more. */
const MAX_OBJECTS = 500;
const OK = 200;
const SERVER_ERROR = 500;
/** Kinds that the cluster writes by itself. */
const OF_THE_CLUSTER: ReadonlySet<string> = new Set([
  'APIService',
  'CertificateSigningRequest',
  'ComponentStatus',
  'ControllerRevision',
  'CSINode',
  'Endpoints',
  'Event',
  'FlowSchema',
  'IPAddress',
  'Lease',
  'Node',
  'PriorityLevelConfiguration',
  'ServiceCIDR',
]);

export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  /** Path under which all objects of the kind are listed. */
  readonly path: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The kinds that a learner may write, as the cluster's discovery gives them. */
export async function collectionsOf(
  cluster: Pick<ProvingCluster, 'request'>,
): Promise<readonly Collection[]> {
  const groups = await get(cluster, '/apis');
  const roots: { apiVersion: string; path: string }[] = [{ apiVersion: 'v1', path: '/api/v1' }];
  for (const group of listOf(groups, 'groups')) {
    const preferred = isMap(group) ? group['preferredVersion'] : undefined;
    const version = isMap(preferred) ? preferred['groupVersion'] : undefined;
    if (typeof version === 'string') roots.push({ apiVersion: version, path: `/apis/${version}` });
  }
  const collections: Collection[] = [];
  for (const root of roots) {
    for (const resource of listOf(await get(cluster, root.path), 'resources')) {
      if (!isMap(resource)) continue;
      const { name, kind, namespaced, verbs } = resource;
      const served = Array.isArray(verbs) && verbs.includes('list') && verbs.includes('create');
      if (typeof name !== 'string' || typeof kind !== 'string' || !served || name.includes('/')) continue;
      if (OF_THE_CLUSTER.has(kind)) continue;
      collections.push({
        apiVersion: root.apiVersion,
        kind,
        path: `${root.path}/${name}`,
        plural: name,
        namespaced: namespaced === true,
      });
    }
  }
  return collections;
}

/** Where one object of a collection is. */
export function pathOf(collection: Collection, manifest: Manifest): string {
  return `${collectionPath(collection, manifest)}/${encodeURIComponent(manifest.metadata.name)}`;
}

export function collectionPath({ path, plural, namespaced }: Collection, { metadata }: Manifest): string {
  if (!namespaced) return path;
  const root = path.slice(0, -plural.length - 1);
  return `${root}/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}/${plural}`;
}

export type Snapshot = ReadonlyMap<string, { readonly object: Manifest; readonly collection: Collection }>;

/** What there is, but for what controllers made (it has owners) and what every namespace is born with. */
export async function snapshotOf(
  cluster: Pick<ProvingCluster, 'request'>,
  collections: readonly Collection[],
): Promise<Snapshot> {
  const found = new Map<string, { object: Manifest; collection: Collection }>();
  for (const collection of collections) {
    const list = await get(cluster, `${collection.path}?limit=${MAX_OBJECTS}`);
    for (const item of listOf(list, 'items')) {
      const object: unknown = isMap(item)
        ? { ...item, apiVersion: collection.apiVersion, kind: collection.kind }
        : item;
      if (!isManifest(object) || isBorn(object)) continue;
      if ((object.metadata.ownerReferences ?? []).length > 0) continue;
      found.set(keyOf(object), { object, collection });
    }
  }
  return found;
}

function isBorn({ kind, metadata }: Manifest): boolean {
  if (kind === 'ServiceAccount') return metadata.name === 'default';
  // By which nodes joined; it expires.
  if (kind === 'Secret')
    return metadata.namespace === 'kube-system' && metadata.name.startsWith('bootstrap-token-');
  return kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt';
}

/** One object that a solution made, or changed. */
export interface LearnerObject {
  readonly object: Manifest;
  readonly collection: Collection;
  /** As it was, when it was there before. */
  readonly before?: Manifest;
}

export function learnerObjects(before: Snapshot, after: Snapshot): readonly LearnerObject[] {
  const found: LearnerObject[] = [];
  for (const [key, { object, collection }] of after) {
    const earlier = before.get(key)?.object;
    if (earlier === undefined) found.push({ object, collection });
    else if (!sameJson(wanted(earlier), wanted(object))) found.push({ object, collection, before: earlier });
  }
  return found.sort((left, right) => (keyOf(left.object) < keyOf(right.object) ? -1 : 1));
}

/** The cluster's API server does not answer: why, for the learner, in a clause. */
export class UnreadableCluster extends Error {
  override readonly name = 'UnreadableCluster';
}

/** @returns undefined where the server has nothing under this path. */
async function get(cluster: Pick<ProvingCluster, 'request'>, path: string): Promise<unknown> {
  const answer = await cluster.request('GET', path).catch((error: unknown) => {
    throw new UnreadableCluster('the API server of your cluster does not answer', { cause: error });
  });
  if (answer.status >= SERVER_ERROR)
    throw new UnreadableCluster(`the API server of your cluster answers ${answer.status}`);
  return answer.status === OK ? answer.body : undefined;
}

function listOf(value: unknown, field: string): readonly unknown[] {
  const list = isMap(value) ? value[field] : undefined;
  return Array.isArray(list) ? list : [];
}
