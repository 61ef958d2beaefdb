import { resourcePath } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { fail, messageOf } from '../../failure.ts';
import { outputPrinter, operationFor } from '../../printers/printer.ts';
import { objectOf, typeOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { forEachInfo } from '../../resources/visit.ts';
import { ROLLOUT_UNDO } from '../../surface/workloads.ts';
import { goQuote } from '../../values/go-text.ts';
import { copyOf, flagAt, objectAt, sameJson, setOwn, textMapAt } from '../../values/json.ts';
import type { JsonObject, JsonValue } from '../../values/json.ts';
import { dryRunOf, writeParameters } from '../dry-run.ts';
import type { DryRun } from '../dry-run.ts';
import { LAST_APPLIED } from '../last-applied.ts';
import { templateText } from './history.ts';
import { REVISION, revisionsOf } from './revisions.ts';
import type { Revision } from './revisions.ts';
import { rolloutQuery } from './query.ts';

const HASH_LABEL = 'pod-template-hash';

/** Annotations that belong to the deployment, not to one of its revisions. */
const KEPT_ANNOTATIONS = [
  LAST_APPLIED,
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

function withoutHash(template: JsonObject | undefined): JsonObject {
  const result = copyOf(template ?? {});
  const labels = objectAt(result, 'metadata', 'labels');
  if (labels !== undefined) delete labels[HASH_LABEL];
  return result;
}

const missing = (number: number): never => fail(`unable to find specified revision ${number} in history`);

function targetOf(info: ResourceInfo, revisions: readonly Revision[], number: number): Revision {
  if (number < 0) return missing(number);
  if (number > 0) return revisions.find((revision) => revision.number === number) ?? missing(number);
  const previous = revisions.at(-2);
  if (previous !== undefined) return previous;
  return fail(
    typeOf(info).kind === 'Deployment'
      ? `no rollout history found for deployment ${goQuote(info.name)}`
      : 'no last revision to roll back to',
  );
}

/** The patch that brings a revision back. */
function patchTo(live: JsonObject, target: Revision, isDeployment: boolean): JsonValue {
  if (!isDeployment) return objectAt(target.record, 'data') ?? {};
  const annotations: JsonObject = {};
  for (const [key, value] of textMapAt(live, 'metadata', 'annotations'))
    if (KEPT_ANNOTATIONS.includes(key)) setOwn(annotations, key, value);
  for (const [key, value] of textMapAt(target.record, 'metadata', 'annotations'))
    if (!KEPT_ANNOTATIONS.includes(key)) setOwn(annotations, key, value);
  return [
    { op: 'replace', path: '/spec/template', value: withoutHash(target.template) },
    { op: 'replace', path: '/metadata/annotations', value: annotations },
  ];
}

/** Rolls back, and gives back the word for what happened. */
function rollBack({ flags, session }: Invocation, info: ResourceInfo, dryRun: DryRun): string {
  const number = flags.integer('to-revision');
  const isDeployment = typeOf(info).kind === 'Deployment';
  const { live, revisions } = revisionsOf(session, info, 'no rollbacker');
  const target = targetOf(info, revisions, number);
  if (dryRun === 'client') {
    const text = templateText(session, target.template);
    return isDeployment ? text : `will roll back to ${text}`;
  }
  if (isDeployment && flagAt(live, 'spec', 'paused') === true)
    fail(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  if (sameJson(withoutHash(target.template), withoutHash(objectAt(live, 'spec', 'template'))))
    return `skipped rollback (current template already matches revision ${number})`;
  const reply = session.api().send('PATCH', resourcePath(typeOf(info), info.namespace, info.name), {
    body: patchTo(live, target, isDeployment),
    contentType: isDeployment ? 'application/json-patch+json' : 'application/strategic-merge-patch+json',
    query: writeParameters({ dryRun }),
  });
  return reply.ok ? 'rolled back' : fail(`failed restoring revision ${number}: ${messageOf(reply.problem)}`);
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  yield* forEachInfo(session, rolloutQuery(invocation), function* (info) {
    const operation = operationFor(rollBack(invocation, info, dryRun), dryRun);
    session.out(outputPrinter(session, flags, { operation }).print(objectOf(info)));
    return undefined;
  });
  return undefined;
}

export const undoCommand: Command = {
  ...ROLLOUT_UNDO,
  long: 'Roll back to a previous rollout.',
  examples: [
    ['Back to the one before', 'kubectl rollout undo deployment/web'],
    ['Back to the third', 'kubectl rollout undo daemonset/agent --to-revision=3'],
    ['Only show where it would go', 'kubectl rollout undo --dry-run=server deployment/web'],
  ],
  run,
};
