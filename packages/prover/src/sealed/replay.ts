import { collectionPath, pathOf } from '../learner-objects.ts';
import { isMap } from '../manifest.ts';
import type { ProvingCluster } from '../proving-ground.ts';
import type { SealedSubmission, SubmittedObject } from './submission.ts';

const CONFLICT = 409;
const NOT_FOUND = 404;
/** What others refer to comes first. */
const ORDER: readonly string[] = [
  'Namespace',
  'CustomResourceDefinition',
  'ServiceAccount',
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'Service',
];

/** Makes of a fresh cluster what the learner made of theirs. @returns what the API refused, in its words. */
export async function replay(
  cluster: ProvingCluster,
  { made, deleted, files }: SealedSubmission,
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const { path, text } of files) await cluster.putFile(path, text);
  for (const { collection, object } of deleted) {
    const { status, body } = await cluster.request('DELETE', pathOf(collection, object));
    if (status >= 300 && status !== NOT_FOUND) refused.push(refusal(object.kind, object.metadata.name, body));
  }
  if (deleted.length > 0) await cluster.settle();
  const rank = ({ object }: SubmittedObject): number => {
    const at = ORDER.indexOf(object.kind);
    return at < 0 ? ORDER.length : at;
  };
  for (const each of [...made].sort((left, right) => rank(left) - rank(right))) {
    const message = await put(cluster, each);
    if (message !== undefined) refused.push(message);
    // Pods are refused until their namespace has its ServiceAccount.
    if (each.object.kind === 'Namespace') await cluster.settle();
  }
  await cluster.settle();
  return refused;
}

async function put(
  cluster: ProvingCluster,
  { object, collection }: SubmittedObject,
): Promise<string | undefined> {
  const created = await cluster.request('POST', collectionPath(collection, object), object);
  if (created.status < 300) return undefined;
  if (created.status !== CONFLICT) return refusal(object.kind, object.metadata.name, created.body);
  const path = pathOf(collection, object);
  const updated = await cluster.request('PUT', path, object);
  if (updated.status < 300) return undefined;
  // Fields that can't be changed: as `kubectl replace --force` does it.
  await cluster.request('DELETE', `${path}?gracePeriodSeconds=0`);
  await cluster.settle();
  const again = await cluster.request('POST', collectionPath(collection, object), object);
  return again.status < 300 ? undefined : refusal(object.kind, object.metadata.name, again.body);
}

function refusal(kind: string, name: string, body: unknown): string {
  const message = isMap(body) && typeof body['message'] === 'string' ? body['message'] : 'it was refused';
  return `${kind} ${name}: ${message}`;
}
