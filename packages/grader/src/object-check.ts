import type { Check, ObjectReference } from '@podwire/lab';
import { stringify } from 'yaml';
import { celProgram } from '@podwire/cel';
import type { CelOutcome } from '@podwire/cel';
import type { GradingCluster } from './cluster.ts';
import { firstDifference, isMap, similarity } from './match.ts';
import type { Difference } from './match.ts';
import { nameOf, namesOf, readObjects } from './objects.ts';
import type { KubernetesObject } from './objects.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';

/** Objects kept as evidence, and the most text of each. */
const MAX_EVIDENCE_OBJECTS = 5;
const MAX_EVIDENCE_CHARS = 16_384;
/** Names listed in an explanation. */
const MAX_NAMES = 5;

export async function checkObject(
  check: Extract<Check, { kind: 'object' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const found = await readObjects(cluster, check.object);
  const what = describeReference(check.object);
  if (found.kind === 'no-such-kind')
    return failed(
      what,
      `a cluster without the kind ${check.object.kind}`,
      `The API of this cluster does not serve ${check.object.apiVersion} ${check.object.kind}.`,
      {},
    );
  const matching = found.objects.filter(
    (object) => check.match === undefined || firstDifference(check.match, object) === undefined,
  );
  const holds = check.cel === undefined ? undefined : celProgram(check.cel);
  const fitting =
    holds === undefined ? matching : matching.filter((object) => holds(object).kind === 'holds');
  const min = check.count?.min ?? (check.count?.max === undefined ? 1 : 0);
  const max = check.count?.max ?? Infinity;
  const shown = fitting.length > 0 ? fitting : found.objects;
  const evidence = {
    objects: shown
      .slice(0, MAX_EVIDENCE_OBJECTS)
      .map((object) => ({ reference: `${check.object.kind} ${nameOf(object)}`, yaml: toEvidence(object) })),
  };
  if (fitting.length >= min && fitting.length <= max) return passed(evidence);
  if (fitting.length > max)
    return failed(
      max === 0 ? `no ${what}` : `at most ${max} of ${what}`,
      `${fitting.length}: ${fitting.slice(0, MAX_NAMES).map(nameOf).join(', ')}`,
      'There are more than there may be.',
      evidence,
    );
  const [nearest] = [...found.objects].sort(
    (left, right) => similarity(check.match, right) - similarity(check.match, left),
  );
  if (nearest === undefined)
    return failed(what, 'nothing', await explainAbsence(check.object, cluster), evidence);
  const difference = firstDifference(check.match, nearest);
  const [unheld] = matching.filter((object) => !fitting.includes(object));
  if (holds !== undefined && unheld !== undefined)
    return failed(
      check.title,
      `${check.object.kind} ${nameOf(unheld)} is not so`,
      unheldBecause(holds(unheld)),
      evidence,
    );
  if (difference === undefined)
    return failed(
      `at least ${min} of ${what}`,
      String(fitting.length),
      `${fitting.length} of ${min} are there.`,
      evidence,
    );
  return failed(
    `${difference.path} ${expectation(difference)}`,
    observation(difference),
    `${check.object.kind} ${nameOf(nearest)} ${explain(difference)}`,
    evidence,
  );
}

function describeReference({ kind, name, namespace, labelSelector }: ObjectReference): string {
  const named = name === undefined ? `a ${kind}` : `${kind} ${name}`;
  const selected = labelSelector === undefined ? '' : ` labelled ${labelSelector}`;
  return `${named}${selected}${namespace === undefined ? '' : ` in the namespace ${namespace}`}`;
}

/** The expression itself may be the solution: what it could not find may be told, what it asks for is the author's to tell. */
function unheldBecause(outcome: CelOutcome): string {
  return outcome.kind === 'error'
    ? `What the check looks at can't be read from it: ${outcome.message}.`
    : 'It is there, and not as it should be.';
}

async function explainAbsence(reference: ObjectReference, cluster: GradingCluster): Promise<string> {
  const where = reference.namespace === undefined ? '' : ` in the namespace ${reference.namespace}`;
  const names = await namesOf(cluster, reference);
  if (names.length === 0) return `There is no ${reference.kind}${where} at all.`;
  const listed = names.slice(0, MAX_NAMES).join(', ');
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `Of kind ${reference.kind} there is${where}: ${listed}${more}.`;
}

function expectation(difference: Difference): string {
  if (difference.reason === 'length')
    return `has ${String(difference.expected)} ${difference.expected === 1 ? 'entry' : 'entries'}`;
  return `is ${show(difference.expected)}`;
}

function observation(difference: Difference): string {
  if (difference.reason === 'missing') return `${difference.path} is not set`;
  if (difference.reason === 'length')
    return `${difference.path} has ${String(difference.saw)} ${difference.saw === 1 ? 'entry' : 'entries'}`;
  return `${difference.path} is ${show(difference.saw)}`;
}

function explain(difference: Difference): string {
  if (difference.reason === 'missing') return `has no ${difference.path}.`;
  return `differs at ${difference.path}.`;
}

function show(value: unknown): string {
  return isMap(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function toEvidence(object: KubernetesObject): string {
  const { metadata, ...rest } = object;
  const trimmed = isMap(metadata)
    ? Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'managedFields'))
    : metadata;
  const text = stringify({ ...rest, metadata: trimmed }, { aliasDuplicateObjects: false });
  return text.length > MAX_EVIDENCE_CHARS ? `${text.slice(0, MAX_EVIDENCE_CHARS)}\n# cut here` : text;
}
