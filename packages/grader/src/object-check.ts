import type { Check, ObjectReference } from '@podwire/lab';
import { ownsChain } from './ownership.ts';
import type { GradingCluster } from './cluster.ts';
import { judgeObjects } from './object-judge.ts';
import type { Requirement } from './object-judge.ts';
import { valueAt } from './match.ts';
import { namesOf, nameOf, readObjects } from './objects.ts';
import type { KubernetesObject } from './objects.ts';
import { failed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';
import { differsFromStart } from './unchanged.ts';

/** Names listed in an explanation. */
const MAX_NAMES = 5;

export async function checkObject(
  check: Extract<Check, { kind: 'object' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const found = await readObjects(cluster, check.object);
  if (found.kind === 'no-such-kind')
    return failed(
      `a ${check.object.kind}`,
      `a cluster without the kind ${check.object.kind}`,
      `The API of this cluster does not serve ${check.object.apiVersion} ${check.object.kind}.`,
      {},
    );
  const requirements: Requirement[] = [];
  for (const object of found.objects) {
    const because = await unmetOf(check, object, cluster);
    if (because !== undefined) requirements.push({ object, because });
  }
  return judgeObjects(check, found.objects, requirements, () => explainAbsence(check.object, cluster));
}

/** What needs a look at more than the object itself. undefined when it holds. */
async function unmetOf(
  check: Extract<Check, { kind: 'object' }>,
  object: KubernetesObject,
  cluster: GradingCluster,
): Promise<string | undefined> {
  const who = `${check.object.kind} ${nameOf(object)}`;
  const { condition, ownedBy, unchanged } = check;
  if (condition !== undefined) {
    const conditions = valueAt(object, 'status.conditions');
    const present: unknown = Array.isArray(conditions)
      ? conditions.find((each: unknown) => valueAt(each, 'type') === condition.type)
      : undefined;
    const status = valueAt(present, 'status');
    if (present === undefined) return `${who} has no condition ${condition.type}.`;
    if (status !== condition.status)
      return `The condition ${condition.type} of ${who} is ${String(status)}.${reasonOf(present)}`;
    if (condition.reason !== undefined && valueAt(present, 'reason') !== condition.reason)
      return `The condition ${condition.type} of ${who} has another reason.${reasonOf(present)}`;
  }
  if (ownedBy !== undefined && !(await ownsChain(object, ownedBy, cluster)))
    return `${who} does not belong to ${ownedBy.name === undefined ? `a ${ownedBy.kind}` : `${ownedBy.kind} ${ownedBy.name}`}.`;
  if (unchanged !== undefined) {
    const path = await differsFromStart(check.object, object, unchanged, cluster);
    if (path !== undefined) return `${who} is not as the lab set it up: ${path}.`;
  }
  return undefined;
}

function reasonOf(condition: unknown): string {
  const message = valueAt(condition, 'message') ?? valueAt(condition, 'reason');
  return typeof message === 'string' && message !== '' ? ` It says: ${message}` : '';
}

async function explainAbsence(reference: ObjectReference, cluster: GradingCluster): Promise<string> {
  const where = reference.namespace === undefined ? '' : ` in the namespace ${reference.namespace}`;
  const names = await namesOf(cluster, reference);
  if (names.length === 0) return `There is no ${reference.kind}${where} at all.`;
  const listed = names.slice(0, MAX_NAMES).join(', ');
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `Of kind ${reference.kind} there is${where}: ${listed}${more}.`;
}
