import { isObject, objectAt, objectsAt, textAt, valueAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';

/** One object on its way through the layers of a kustomization. */
export interface KustomizedResource {
  readonly object: JsonObject;
  /** The names it has had, oldest first: by these others refer to it. */
  readonly names: Set<string>;
  /** The namespaces it has had; empty text for none. */
  readonly namespaces: Set<string>;
  /** Its content's hash becomes part of its name. */
  readonly needsHash: boolean;
}

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'ClusterRole',
  'ClusterRoleBinding',
  'IngressClass',
  'StorageClass',
  'PriorityClass',
  'CustomResourceDefinition',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
]);

export function isClusterScoped(object: JsonObject): boolean {
  return CLUSTER_SCOPED.has(textAt(object, 'kind'));
}

/** Where each kind keeps the labels that must agree: selectors. */
const SELECTORS: Readonly<Record<string, readonly string[]>> = {
  Service: ['spec', 'selector'],
  ReplicationController: ['spec', 'selector'],
  Deployment: ['spec', 'selector', 'matchLabels'],
  ReplicaSet: ['spec', 'selector', 'matchLabels'],
  DaemonSet: ['spec', 'selector', 'matchLabels'],
  StatefulSet: ['spec', 'selector', 'matchLabels'],
  PodDisruptionBudget: ['spec', 'selector', 'matchLabels'],
  NetworkPolicy: ['spec', 'podSelector', 'matchLabels'],
};
/** Selectors that are only widened where they are there already. */
const OPTIONAL_SELECTORS = new Set(['PodDisruptionBudget', 'NetworkPolicy', 'Job']);

const TEMPLATED = new Set([
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'ReplicationController',
]);

/** The metadata of every pod template in the object. */
export function templatesOf(object: JsonObject): readonly (readonly string[])[] {
  const kind = textAt(object, 'kind');
  if (TEMPLATED.has(kind)) return [['spec', 'template']];
  if (kind === 'CronJob')
    return [
      ['spec', 'jobTemplate'],
      ['spec', 'jobTemplate', 'spec', 'template'],
    ];
  return [];
}

export function selectorPathOf(object: JsonObject): readonly string[] | undefined {
  const kind = textAt(object, 'kind');
  const path = SELECTORS[kind];
  if (path === undefined) return undefined;
  return OPTIONAL_SELECTORS.has(kind) && valueAt(object, ...path) === undefined ? undefined : path;
}

/** The spec of the pods that the object makes, or is. */
export function podSpecIn(object: JsonObject): JsonObject | undefined {
  const kind = textAt(object, 'kind');
  if (kind === 'Pod') return objectAt(object, 'spec');
  if (kind === 'CronJob') return objectAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
  return TEMPLATED.has(kind) ? objectAt(object, 'spec', 'template', 'spec') : undefined;
}

export function containersIn(spec: JsonObject | undefined): readonly JsonObject[] {
  return ['containers', 'initContainers'].flatMap((kind) => objectsAt(spec, kind));
}

interface Reference {
  /** The kind that is referred to. */
  readonly kind: string;
  readonly holder: JsonObject;
  readonly field: string;
}

/** Every place in the object where the name of another stands. */
export function* referencesIn(object: JsonObject): Generator<Reference> {
  const kind = textAt(object, 'kind');
  const at = (target: string, holder: JsonValue | undefined, field = 'name'): readonly Reference[] =>
    isObject(holder) && typeof holder[field] === 'string' ? [{ kind: target, holder, field }] : [];
  const spec = podSpecIn(object);
  if (spec !== undefined) yield* podReferences(spec, at);
  if (kind === 'StatefulSet') yield* at('Service', object['spec'], 'serviceName');
  if (kind === 'Ingress') {
    yield* at('Service', valueAt(object, 'spec', 'defaultBackend', 'service'));
    for (const rule of objectsAt(object, 'spec', 'rules'))
      for (const path of objectsAt(rule, 'http', 'paths'))
        yield* at('Service', valueAt(path, 'backend', 'service'));
    for (const tls of objectsAt(object, 'spec', 'tls')) yield* at('Secret', tls, 'secretName');
  }
  if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
    yield* at(textAt(object, 'roleRef', 'kind'), object['roleRef']);
    for (const subject of objectsAt(object, 'subjects'))
      if (textAt(subject, 'kind') === 'ServiceAccount') yield* at('ServiceAccount', subject);
  }
}

function* podReferences(
  spec: JsonObject,
  at: (target: string, holder: JsonValue | undefined, field?: string) => readonly Reference[],
): Generator<Reference> {
  yield* at('ServiceAccount', spec, 'serviceAccountName');
  for (const secret of objectsAt(spec, 'imagePullSecrets')) yield* at('Secret', secret);
  for (const container of containersIn(spec)) {
    for (const variable of objectsAt(container, 'env')) {
      yield* at('ConfigMap', valueAt(variable, 'valueFrom', 'configMapKeyRef'));
      yield* at('Secret', valueAt(variable, 'valueFrom', 'secretKeyRef'));
    }
    for (const source of objectsAt(container, 'envFrom')) {
      yield* at('ConfigMap', source['configMapRef']);
      yield* at('Secret', source['secretRef']);
    }
  }
  for (const volume of objectsAt(spec, 'volumes')) {
    yield* at('ConfigMap', volume['configMap']);
    yield* at('Secret', volume['secret'], 'secretName');
    yield* at('PersistentVolumeClaim', volume['persistentVolumeClaim'], 'claimName');
    for (const source of objectsAt(volume, 'projected', 'sources')) {
      yield* at('ConfigMap', source['configMap']);
      yield* at('Secret', source['secret']);
    }
  }
}
