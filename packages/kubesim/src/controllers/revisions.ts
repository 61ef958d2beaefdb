import type { ControllerRevision, DaemonSet, StatefulSet } from 'kubernetes-types/apps/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  canonicalJson,
  controllerReference,
  fnv32a,
  isControlledBy,
  nameOf,
  namespaceOf,
  safeEncode,
  sameValue,
} from '../runtime/objects.ts';
import type { ControllerContext } from './contract.ts';

/** Revisions kept beside those in use, when the set does not say (apps/v1 defaults). */
const REVISIONS_KEPT = 10;

interface Owner {
  readonly kind: 'DaemonSet' | 'StatefulSet';
  readonly set: DaemonSet | StatefulSet;
  /** Where a revision carries its hash. */
  readonly hashLabel: string;
}

/** API21: the templates that a set had, oldest first, and the one that it has now. */
export interface History {
  readonly revisions: readonly ControllerRevision[];
  readonly current: ControllerRevision;
}

export function hashOfRevision(revision: ControllerRevision, hashLabel: string): string {
  return revision.metadata?.labels?.[hashLabel] ?? '';
}

/** The pod template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data: { readonly spec?: { readonly template?: PodTemplateSpec } } | undefined = revision.data;
  const { $patch: _directive, ...template } = (data?.spec?.template ?? {}) as PodTemplateSpec & {
    $patch?: string;
  };
  return template;
}

/** Names in order, as Go writes them: clients compare the bytes of a revision with those of a template (update.go, Match). */
function dataOf(set: DaemonSet | StatefulSet): object {
  const data = { spec: { template: { ...set.spec?.template, $patch: 'replace' } } };
  return JSON.parse(canonicalJson(data)) as object;
}

export function revisionsOf(
  { client }: ControllerContext,
  { set }: Pick<Owner, 'set'>,
): ControllerRevision[] {
  return client
    .list('ControllerRevision', { namespace: namespaceOf(set) })
    .filter((revision) => isControlledBy(revision, set))
    .sort((left, right) => left.revision - right.revision || (nameOf(left) < nameOf(right) ? -1 : 1));
}

/**
 * Notes the template of a set as a revision. One that the set had before is numbered anew, as after a
 * rollback; undefined when a write was refused.
 */
export function noteRevision(context: ControllerContext, owner: Owner): History | undefined {
  const { kind, set, hashLabel } = owner;
  const { client } = context;
  const revisions = revisionsOf(context, owner);
  const data = dataOf(set);
  const newest = revisions.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const known = revisions.filter((revision) => sameValue(revision.data, data)).at(-1);
  if (known !== undefined && known === newest) return { revisions, current: known };
  if (known !== undefined) {
    const renumbered = client.update('ControllerRevision', { ...known, revision: next });
    return renumbered.ok
      ? {
          revisions: [...revisions.filter((each) => each !== known), renumbered.object],
          current: renumbered.object,
        }
      : undefined;
  }
  const hash = safeEncode(String(fnv32a(canonicalJson(set.spec?.template))));
  const annotations = set.metadata?.annotations;
  const made = client.create('ControllerRevision', {
    metadata: {
      name: `${nameOf(set)}-${hash}`,
      namespace: namespaceOf(set),
      labels: { ...set.spec?.template.metadata?.labels, [hashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference('apps/v1', kind, set)],
    },
    data,
    revision: next,
  });
  return made.ok ? { revisions: [...revisions, made.object], current: made.object } : undefined;
}

/** Deletes the oldest revisions beyond the set's limit that nothing uses. */
export function truncateHistory(
  context: ControllerContext,
  set: DaemonSet | StatefulSet,
  { revisions }: History,
  isInUse: (revision: ControllerRevision) => boolean,
): void {
  const unused = revisions.filter((revision) => !isInUse(revision));
  const surplus = unused.length - (set.spec?.revisionHistoryLimit ?? REVISIONS_KEPT);
  for (const revision of unused.slice(0, Math.max(0, surplus)))
    context.client.delete('ControllerRevision', namespaceOf(revision), nameOf(revision));
}
