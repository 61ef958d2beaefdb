import type { ObjectReference } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { firstDifference, isMap, valueAt } from './match.ts';
import { nameOf, readObjects } from './objects.ts';
import type { KubernetesObject } from './objects.ts';

/** Written by the cluster: they say nothing about what anyone changed. */
const SERVER_METADATA: readonly string[] = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
];
const SERVER_ANNOTATIONS: readonly string[] = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
];

/** Where an object differs from what the lab set up, in words; undefined when it does not. */
export async function differsFromStart(
  reference: ObjectReference,
  object: KubernetesObject,
  fields: true | readonly string[],
  cluster: GradingCluster,
): Promise<string | undefined> {
  const { labelSelector: _labelSelector, ...rest } = reference;
  const found = await readObjects(
    { request: (_method, path) => cluster.requestAtStart(path) },
    { ...rest, name: nameOf(object) },
  );
  const before = found.kind === 'found' ? found.objects[0] : undefined;
  if (before === undefined) return 'it was not there';
  if (fields === true) return changedPath(comparable(before), comparable(object));
  for (const path of fields) {
    if (changedPath(valueAt(before, path), valueAt(object, path)) !== undefined) return `${path} was changed`;
  }
  return undefined;
}

/** Each is a pattern of the other when they are equal, whatever the order of keys. */
function changedPath(before: unknown, after: unknown): string | undefined {
  const difference = firstDifference(before, after) ?? firstDifference(after, before);
  return difference === undefined ? undefined : `${difference.path || 'it'} was changed`;
}

function comparable(object: KubernetesObject): unknown {
  const { status: _status, metadata, apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  if (!isMap(metadata)) return rest;
  const kept = Object.entries(metadata).filter(([key]) => !SERVER_METADATA.includes(key));
  const fields = Object.fromEntries(kept);
  const annotations = isMap(fields['annotations'])
    ? Object.entries(fields['annotations']).filter(([key]) => !SERVER_ANNOTATIONS.includes(key))
    : [];
  delete fields['annotations'];
  return {
    ...rest,
    metadata: {
      ...fields,
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
  };
}
