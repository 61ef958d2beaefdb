import { celProgram } from '@podwire/cel';
import type { CelOutcome } from '@podwire/cel';
import type { ObjectExpectation, ObjectReference } from '@podwire/lab';
import { stringify } from 'yaml';
import { firstDifference, isMap, similarity } from './match.ts';
import type { Difference } from './match.ts';
import { nameOf } from './objects.ts';
import type { KubernetesObject } from './objects.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';

/** Objects kept as evidence, and the most text of each. */
const MAX_EVIDENCE_OBJECTS = 5;
const MAX_EVIDENCE_CHARS = 16_384;
/** Names listed in an explanation. */
const MAX_NAMES = 5;

/** An object that lacks something that its own fields do not show. */
export interface Requirement {
  readonly object: KubernetesObject;
  readonly because: string;
}

/** Whether so many objects fit, and if not, what the nearest one lacks. */
export async function judgeObjects(
  check: ObjectExpectation & { readonly title: string },
  objects: readonly KubernetesObject[],
  unmet: readonly Requirement[],
  absence: () => Promise<string>,
): Promise<CheckOutcome> {
  const what = describeReference(check.object);
  const matching = objects.filter(
    (object) => check.match === undefined || firstDifference(check.match, object) === undefined,
  );
  const holds = check.cel === undefined ? undefined : celProgram(check.cel);
  const held = holds === undefined ? matching : matching.filter((object) => holds(object).kind === 'holds');
  const fitting = held.filter((object) => !unmet.some((each) => each.object === object));
  const min = check.count?.min ?? (check.count?.max === undefined ? 1 : 0);
  const max = check.count?.max ?? Infinity;
  const shown = fitting.length > 0 ? fitting : objects;
  const evidence = {
    objects: shown
      .slice(0, MAX_EVIDENCE_OBJECTS)
      .map((object) => evidenceOf(`${check.object.kind} ${nameOf(object)}`, object)),
  };
  if (fitting.length >= min && fitting.length <= max) return passed(evidence);
  if (fitting.length > max)
    return failed(
      max === 0 ? `no ${what}` : `at most ${max} of ${what}`,
      `${fitting.length}: ${fitting.slice(0, MAX_NAMES).map(nameOf).join(', ')}`,
      'There are more than there may be.',
      evidence,
    );
  const [nearest] = [...objects].sort(
    (left, right) => similarity(check.match, right) - similarity(check.match, left),
  );
  if (nearest === undefined) return failed(what, 'nothing', await absence(), evidence);
  const lacking = unmet.find(({ object }) => held.includes(object));
  if (lacking !== undefined)
    return failed(
      check.title,
      `${check.object.kind} ${nameOf(lacking.object)} is not so`,
      lacking.because,
      evidence,
    );
  const [unheld] = matching.filter((object) => !held.includes(object));
  if (holds !== undefined && unheld !== undefined)
    return failed(
      check.title,
      `${check.object.kind} ${nameOf(unheld)} is not so`,
      unheldBecause(holds(unheld)),
      evidence,
    );
  const difference = firstDifference(check.match, nearest);
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

/** Written out when it is read: where nobody keeps evidence, that would be a tenth of what grading costs. */
function evidenceOf(reference: string, object: KubernetesObject) {
  let text: string | undefined;
  return {
    reference,
    get yaml(): string {
      return (text ??= toEvidence(object));
    },
  };
}

function toEvidence(object: KubernetesObject): string {
  const { metadata, ...rest } = object;
  const trimmed = isMap(metadata)
    ? Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'managedFields'))
    : metadata;
  const text = stringify({ ...rest, metadata: trimmed }, { aliasDuplicateObjects: false });
  return text.length > MAX_EVIDENCE_CHARS ? `${text.slice(0, MAX_EVIDENCE_CHARS)}\n# cut here` : text;
}
