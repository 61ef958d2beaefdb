import type { Deployment, ReplicaSet } from 'kubernetes-types/apps/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  canonicalJson,
  controllerReference,
  fnv32a,
  isControlledBy,
  nameOf,
  namespaceOf,
  parseTimestamp,
  safeEncode,
  sameValue,
} from '../runtime/objects.ts';
import type { ControllerContext } from './contract.ts';
import { maxSurgeOf } from './deployment-rolling.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const HASH_LABEL = 'pod-template-hash';
/** Annotations of a Deployment that its ReplicaSets don't take over. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  'deployment.kubernetes.io/revision-history',
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);
/** How often a taken ReplicaSet name is passed over before giving up for this look. */
const MAX_COLLISIONS = 5;

/** A 64-bit number, as the controller counts: an adopted set may bring a large one. */
function revisionOf(set: ReplicaSet): bigint {
  const text = set.metadata?.annotations?.[REVISION] ?? '';
  return /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
}

function highestRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map(revisionOf).reduce((highest, revision) => (revision > highest ? revision : highest), 0n);
}

/** Oldest first. */
export function ownedByRevision(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return [...sets].sort(
    (left, right) =>
      Number(revisionOf(left) - revisionOf(right)) ||
      parseTimestamp(left.metadata?.creationTimestamp) - parseTimestamp(right.metadata?.creationTimestamp) ||
      (nameOf(left) < nameOf(right) ? -1 : 1),
  );
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const labels = Object.fromEntries(
    Object.entries(template?.metadata?.labels ?? {}).filter(([key]) => key !== HASH_LABEL),
  );
  return { ...template, metadata: { ...template?.metadata, labels } };
}

/** The set whose template is the Deployment's, hash label aside; the oldest when there are several. */
export function findNewReplicaSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const wanted = withoutHash(deployment.spec?.template);
  return sets.find((set) => sameValue(withoutHash(set.spec?.template), wanted));
}

/** Names the template: equal templates get equal hashes. Upstream hashes Go's dump of the template; ours is over sorted JSON, so the letters differ. */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const salt = collisionCount === undefined ? '' : String(collisionCount);
  return safeEncode(String(fnv32a(`${canonicalJson(template)}${salt}`)));
}

type Creation =
  | { readonly ok: true; readonly set: ReplicaSet; readonly deployment: Deployment }
  | { readonly ok: false; readonly message: string };

export function createNewReplicaSet(
  context: ControllerContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  replicas: number,
): Creation {
  let current = deployment;
  for (let attempt = 0; attempt < MAX_COLLISIONS; attempt++) {
    const template = current.spec?.template ?? {};
    const hash = templateHash(template, current.status?.collisionCount);
    const revision = highestRevision(sets) + 1n;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const result = context.client.create('ReplicaSet', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${nameOf(current)}-${hash}`,
        namespace: namespaceOf(current),
        labels,
        annotations: annotationsFor(current, String(revision)),
        ownerReferences: [controllerReference('apps/v1', 'Deployment', current)],
      },
      spec: {
        replicas,
        ...(current.spec?.minReadySeconds === undefined
          ? {}
          : { minReadySeconds: current.spec.minReadySeconds }),
        selector: {
          ...current.spec?.selector,
          matchLabels: { ...current.spec?.selector.matchLabels, [HASH_LABEL]: hash },
        },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    });
    if (result.ok) {
      const marked = markRevision(context, current, String(revision));
      return marked === undefined
        ? { ok: false, message: 'the Deployment changed' }
        : { ok: true, set: result.object, deployment: marked };
    }
    if (result.status.reason !== 'AlreadyExists') return { ok: false, message: result.status.message ?? '' };
    const taken = context.client.get('ReplicaSet', namespaceOf(current), `${nameOf(current)}-${hash}`);
    if (taken !== undefined && isControlledBy(taken, current))
      return { ok: true, set: taken, deployment: current };
    const counted = context.client.updateStatus('Deployment', {
      ...current,
      status: { ...current.status, collisionCount: (current.status?.collisionCount ?? 0) + 1 },
    });
    if (!counted.ok) return { ok: false, message: counted.status.message ?? '' };
    current = counted.object;
  }
  return { ok: false, message: 'no free name for a ReplicaSet' };
}

function annotationsFor(deployment: Deployment, revision: string): Record<string, string> {
  const copied = Object.entries(deployment.metadata?.annotations ?? {}).filter(
    ([key]) => !NOT_COPIED.has(key),
  );
  const replicas = deployment.spec?.replicas ?? 1;
  return {
    ...Object.fromEntries(copied),
    [REVISION]: revision,
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + maxSurgeOf(deployment)),
  };
}

function markRevision(
  context: ControllerContext,
  deployment: Deployment,
  revision: string,
): Deployment | undefined {
  if (deployment.metadata?.annotations?.[REVISION] === revision) return deployment;
  const result = context.client.update('Deployment', {
    ...deployment,
    metadata: {
      ...deployment.metadata,
      annotations: { ...deployment.metadata?.annotations, [REVISION]: revision },
    },
  });
  return result.ok ? result.object : undefined;
}

type Synced =
  { readonly ok: true; readonly set: ReplicaSet; readonly deployment: Deployment } | { readonly ok: false };

/** Gives the new set the highest revision (a rollback makes an old set the new one) and the Deployment's own annotations. */
export function syncAnnotations(
  context: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
  sets: readonly ReplicaSet[],
): Synced {
  const others = highestRevision(sets.filter((other) => other !== set));
  const revision = String(revisionOf(set) > others ? revisionOf(set) : others + 1n);
  const wanted = { ...set.metadata?.annotations, ...annotationsFor(deployment, revision) };
  // How many replicas were wanted when the set was last scaled is for scaling to say.
  for (const key of [DESIRED_REPLICAS, MAX_REPLICAS]) {
    const present = set.metadata?.annotations?.[key];
    if (present !== undefined) wanted[key] = present;
  }
  const minReadySeconds = deployment.spec?.minReadySeconds;
  let current = set;
  if (
    !sameValue(wanted, set.metadata?.annotations ?? {}) ||
    (minReadySeconds ?? 0) !== (set.spec?.minReadySeconds ?? 0)
  ) {
    const result = context.client.update('ReplicaSet', {
      ...set,
      metadata: { ...set.metadata, annotations: wanted },
      spec: {
        ...set.spec,
        selector: set.spec?.selector ?? {},
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      },
    });
    if (!result.ok) return { ok: false };
    current = result.object;
  }
  const marked = markRevision(context, deployment, revision);
  return marked === undefined ? { ok: false } : { ok: true, set: current, deployment: marked };
}
