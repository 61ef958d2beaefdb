import { keyOf } from '../manifest.ts';
import type { Manifest } from '../manifest.ts';
import { isCovered, powersOf } from './powers.ts';
import type { SealedSubmission } from './submission.ts';

/**
 * What a submission may carry into the cluster where it is graded: what the author's own solutions make and
 * change. Everything else is the cluster's, the lab's or the grader's, and stays as it was.
 */
export interface SealedScope {
  /** `family/namespace` of what solutions create. */
  readonly creates: ReadonlySet<string>;
  /** Keys of the setup's objects that solutions change, replace or delete. */
  readonly changes: ReadonlySet<string>;
  /** What the objects of solutions reach beside themselves. */
  readonly powers: ReadonlySet<string>;
}

/** Kinds that stand for one another: whoever is asked for pods may bring them by a Deployment. */
const WORKLOADS: ReadonlySet<string> = new Set([
  'Pod',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
]);
/** What workloads are commonly made with; none of these does anything by itself. */
const BESIDE_WORKLOADS: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'ServiceAccount']);
const SYSTEM_NAMESPACE = /^kube-/u;

function placeOf({ kind, metadata }: Manifest): string {
  return `${WORKLOADS.has(kind) ? 'workload' : kind}/${metadata.namespace ?? ''}`;
}

/** The union of what the solutions of a lab do. */
export function scopeOf(solutions: readonly SealedSubmission[]): SealedScope {
  const creates = new Set<string>();
  const changes = new Set<string>();
  for (const { made, deleted } of solutions) {
    for (const { object, changed } of made) {
      if (changed) changes.add(keyOf(object));
      else creates.add(placeOf(object));
    }
    for (const { key } of deleted) changes.add(key);
  }
  const powers = new Set(solutions.flatMap(({ made }) => made.flatMap(({ object }) => powersOf(object))));
  return { creates, changes, powers };
}

export interface ScopedSubmission {
  readonly taken: SealedSubmission;
  /** What is left behind, in words for the learner. */
  readonly left: readonly string[];
}

export function withinScope(submission: SealedSubmission, scope: SealedScope): ScopedSubmission {
  const left: string[] = [];
  const made = submission.made.filter(({ object, changed }) => {
    const taken = changed ? scope.changes.has(keyOf(object)) : mayCreate(object, scope);
    if (!taken)
      left.push(`${nameOf(object)} (${changed ? 'the lab’s own, and not to be changed' : 'not asked for'})`);
    const more = taken ? powersOf(object).filter((power) => !isCovered(power, scope.powers)) : [];
    if (more.length > 0)
      left.push(`${nameOf(object)} (it uses ${more.join(', ')}, which nothing here asks for)`);
    return taken && more.length === 0;
  });
  const deleted = submission.deleted.filter(({ key, object }) => {
    const taken = scope.changes.has(key);
    if (!taken) left.push(`${nameOf(object)} (the lab’s own, and not to be deleted)`);
    return taken;
  });
  return { taken: { ...submission, made, deleted }, left };
}

function mayCreate(object: Manifest, { creates }: SealedScope): boolean {
  if (creates.has(placeOf(object))) return true;
  const namespace = object.metadata.namespace ?? '';
  if (SYSTEM_NAMESPACE.test(namespace)) return false;
  return BESIDE_WORKLOADS.has(object.kind) && creates.has(`workload/${namespace}`);
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
