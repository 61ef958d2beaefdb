import { humanDuration } from '../values/go-text.ts';
import { canonicalQuantity } from '../values/quantity.ts';
import {
  compareText,
  copyOf,
  flagAt,
  numberAt,
  objectAt,
  objectsAt,
  removeAt,
  sameJson,
  textAt,
  textMapAt,
  textsAt,
  valueAt,
} from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { formatLabels } from '../printers/table.ts';
import { selectorText } from '../resources/pods.ts';
import { describeTemplate } from './pod.ts';
import { controllerOf, formatSelector, plain, time } from './writer.ts';
import type { DescribeWriter } from './writer.ts';

const count = (object: JsonObject, ...path: readonly string[]): number => numberAt(object, ...path) ?? 0;

/** How many of a controller's pods are in which phase. */
export function podStatus(pods: readonly JsonObject[], owner: JsonObject): string {
  const uid = textAt(owner, 'metadata', 'uid');
  const own = pods.filter((pod) =>
    objectsAt(pod, 'metadata', 'ownerReferences').some(
      (reference) => reference['controller'] === true && textAt(reference, 'uid') === uid,
    ),
  );
  const inPhase = (phase: string): number =>
    own.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  return `${inPhase('Running')} Running / ${inPhase('Pending')} Waiting / ${inPhase('Succeeded')} Succeeded / ${inPhase('Failed')} Failed`;
}

function withoutHash(replicaSet: JsonObject): JsonObject {
  const template = copyOf(objectAt(replicaSet, 'spec', 'template') ?? {});
  removeAt(template, ['metadata', 'labels', 'pod-template-hash']);
  return template;
}

function replicaSetList(sets: readonly JsonObject[]): string {
  const texts = sets.map(
    (set) =>
      `${textAt(set, 'metadata', 'name')} (${count(set, 'status', 'replicas')}/${count(set, 'spec', 'replicas')} replicas created)`,
  );
  return texts.length === 0 ? '<none>' : texts.join(', ');
}

export function describeDeployment(
  w: DescribeWriter,
  deployment: JsonObject,
  replicaSets: readonly JsonObject[],
): void {
  const status = (key: string): number => count(deployment, 'status', key);
  w.field('Name', textAt(deployment, 'metadata', 'name'));
  w.field('Namespace', textAt(deployment, 'metadata', 'namespace'));
  w.field('CreationTimestamp', time(textAt(deployment, 'metadata', 'creationTimestamp')));
  w.labels('Labels', textMapAt(deployment, 'metadata', 'labels'));
  w.annotations('Annotations', deployment);
  w.field('Selector', selectorText(objectAt(deployment, 'spec', 'selector')));
  w.field(
    'Replicas',
    `${count(deployment, 'spec', 'replicas')} desired | ${status('updatedReplicas')} updated | ${status('replicas')} total | ${status('availableReplicas')} available | ${status('unavailableReplicas')} unavailable`,
  );
  w.field('StrategyType', textAt(deployment, 'spec', 'strategy', 'type'));
  w.field('MinReadySeconds', count(deployment, 'spec', 'minReadySeconds'));
  const rolling = objectAt(deployment, 'spec', 'strategy', 'rollingUpdate');
  if (rolling !== undefined)
    w.field(
      'RollingUpdateStrategy',
      `${plain(rolling['maxUnavailable'])} max unavailable, ${plain(rolling['maxSurge'])} max surge`,
    );
  describeTemplate(w, objectAt(deployment, 'spec', 'template'));
  w.conditions(deployment);
  const uid = textAt(deployment, 'metadata', 'uid');
  const own = replicaSets
    .filter((set) =>
      objectsAt(set, 'metadata', 'ownerReferences').some(
        (reference) => reference['controller'] === true && textAt(reference, 'uid') === uid,
      ),
    )
    .sort(
      (a, b) =>
        compareText(textAt(a, 'metadata', 'creationTimestamp'), textAt(b, 'metadata', 'creationTimestamp')) ||
        compareText(textAt(a, 'metadata', 'name'), textAt(b, 'metadata', 'name')),
    );
  const template = withoutHash(deployment);
  const newest = own.find((set) => sameJson(withoutHash(set), template));
  if (own.length > 0) {
    w.field('OldReplicaSets', replicaSetList(own.filter((set) => set !== newest)));
    w.field('NewReplicaSet', replicaSetList(newest === undefined ? [] : [newest]));
  }
  w.events();
}

export function describeReplicaSet(w: DescribeWriter, set: JsonObject, pods: readonly JsonObject[]): void {
  w.field('Name', textAt(set, 'metadata', 'name'));
  w.field('Namespace', textAt(set, 'metadata', 'namespace'));
  w.field('Selector', formatSelector(objectAt(set, 'spec', 'selector')));
  w.labels('Labels', textMapAt(set, 'metadata', 'labels'));
  w.annotations('Annotations', set);
  const controller = controllerOf(set);
  if (controller !== '') w.field('Controlled By', controller);
  w.field(
    'Replicas',
    `${count(set, 'status', 'replicas')} current / ${count(set, 'spec', 'replicas')} desired`,
  );
  w.field('Pods Status', podStatus(pods, set));
  describeTemplate(w, objectAt(set, 'spec', 'template'));
  w.conditions(set);
  w.events();
}

export function describeDaemonSet(w: DescribeWriter, set: JsonObject, pods: readonly JsonObject[]): void {
  const status = (key: string): number => count(set, 'status', key);
  w.field('Name', textAt(set, 'metadata', 'name'));
  w.field('Namespace', textAt(set, 'metadata', 'namespace'));
  w.field('Selector', selectorText(objectAt(set, 'spec', 'selector')));
  w.field('Node-Selector', formatLabels(textMapAt(set, 'spec', 'template', 'spec', 'nodeSelector')));
  w.labels('Labels', textMapAt(set, 'metadata', 'labels'));
  w.annotations('Annotations', set);
  w.write(0, `Desired Number of Nodes Scheduled: ${status('desiredNumberScheduled')}\n`);
  w.write(0, `Current Number of Nodes Scheduled: ${status('currentNumberScheduled')}\n`);
  w.write(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status('updatedNumberScheduled')}\n`);
  w.write(0, `Number of Nodes Scheduled with Available Pods: ${status('numberAvailable')}\n`);
  w.write(0, `Number of Nodes Misscheduled: ${status('numberMisscheduled')}\n`);
  w.field('Pods Status', podStatus(pods, set));
  describeTemplate(w, objectAt(set, 'spec', 'template'));
  w.events();
}

export function describeStatefulSet(w: DescribeWriter, set: JsonObject, pods: readonly JsonObject[]): void {
  w.field('Name', textAt(set, 'metadata', 'name'));
  w.field('Namespace', textAt(set, 'metadata', 'namespace'));
  w.field('CreationTimestamp', time(textAt(set, 'metadata', 'creationTimestamp')));
  w.field('Selector', selectorText(objectAt(set, 'spec', 'selector')));
  w.labels('Labels', textMapAt(set, 'metadata', 'labels'));
  w.annotations('Annotations', set);
  w.field(
    'Replicas',
    `${count(set, 'spec', 'replicas')} desired | ${count(set, 'status', 'replicas')} total`,
  );
  w.field('Update Strategy', textAt(set, 'spec', 'updateStrategy', 'type'));
  const partition = numberAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  if (partition !== undefined) {
    w.write(1, `Partition:\t${partition}\n`);
    const most = valueAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable');
    if (most !== undefined) w.write(1, `MaxUnavailable:\t${plain(most)}\n`);
  }
  w.field('Pods Status', podStatus(pods, set));
  describeTemplate(w, objectAt(set, 'spec', 'template'));
  describeClaimTemplates(w, objectsAt(set, 'spec', 'volumeClaimTemplates'));
  w.events();
}

function describeClaimTemplates(w: DescribeWriter, claims: readonly JsonObject[]): void {
  w.write(0, `Volume Claims:${claims.length === 0 ? '\t<none>' : ''}\n`);
  for (const claim of claims) {
    w.write(1, `Name:\t${textAt(claim, 'metadata', 'name')}\n`);
    w.write(1, `StorageClass:\t${textAt(claim, 'spec', 'storageClassName')}\n`);
    w.labels('Labels', textMapAt(claim, 'metadata', 'labels'), '  ');
    w.labels('Annotations', textMapAt(claim, 'metadata', 'annotations'), '  ');
    const capacity = valueAt(claim, 'spec', 'resources', 'requests', 'storage');
    w.write(1, `Capacity:\t${capacity === undefined ? '<default>' : canonicalQuantity(plain(capacity))}\n`);
    w.write(1, `Access Modes:\t[${textsAt(claim, 'spec', 'accessModes').join(' ')}]\n`);
  }
}

export function describeJob(w: DescribeWriter, job: JsonObject): void {
  w.field('Name', textAt(job, 'metadata', 'name'));
  w.field('Namespace', textAt(job, 'metadata', 'namespace'));
  w.field('Selector', selectorText(objectAt(job, 'spec', 'selector')));
  w.labels('Labels', textMapAt(job, 'metadata', 'labels'));
  w.annotations('Annotations', job);
  const controller = controllerOf(job);
  if (controller !== '') w.field('Controlled By', controller);
  const spec = (key: string): string | undefined => {
    const value = valueAt(job, 'spec', key);
    return value === undefined || value === null ? undefined : plain(value);
  };
  const optional = (title: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') w.field(title, value);
  };
  optional('Parallelism', spec('parallelism'));
  w.field('Completions', spec('completions') ?? '<unset>');
  optional('Completion Mode', spec('completionMode'));
  optional('Suspend', spec('suspend'));
  optional('Backoff Limit', spec('backoffLimit'));
  optional('TTL Seconds After Finished', spec('ttlSecondsAfterFinished'));
  const started = textAt(job, 'status', 'startTime');
  const completed = textAt(job, 'status', 'completionTime');
  if (started !== '') w.field('Start Time', time(started));
  if (completed !== '') w.field('Completed At', time(completed));
  if (started !== '' && completed !== '')
    w.field('Duration', humanDuration(Date.parse(completed) - Date.parse(started)));
  const deadline = spec('activeDeadlineSeconds');
  if (deadline !== undefined) w.field('Active Deadline Seconds', `${deadline}s`);
  const ready = numberAt(job, 'status', 'ready');
  w.field(
    'Pods Statuses',
    `${count(job, 'status', 'active')} Active${ready === undefined ? '' : ` (${ready} Ready)`} / ${count(job, 'status', 'succeeded')} Succeeded / ${count(job, 'status', 'failed')} Failed`,
  );
  if (spec('completionMode') === 'Indexed')
    w.field('Completed Indexes', textAt(job, 'status', 'completedIndexes') || '<none>');
  describeTemplate(w, objectAt(job, 'spec', 'template'));
  w.events();
}

export function describeCronJob(w: DescribeWriter, job: JsonObject): void {
  w.head(job);
  const spec = (key: string): string => {
    const value = valueAt(job, 'spec', key);
    return value === undefined || value === null ? '<unset>' : plain(value);
  };
  w.field('Schedule', textAt(job, 'spec', 'schedule'));
  w.field('Concurrency Policy', textAt(job, 'spec', 'concurrencyPolicy'));
  const suspend = flagAt(job, 'spec', 'suspend');
  w.field('Suspend', suspend === undefined ? '<unset>' : suspend ? 'True' : 'False');
  w.field('Successful Job History Limit', spec('successfulJobsHistoryLimit'));
  w.field('Failed Job History Limit', spec('failedJobsHistoryLimit'));
  const deadline = spec('startingDeadlineSeconds');
  w.field('Starting Deadline Seconds', deadline === '<unset>' ? deadline : `${deadline}s`);
  const template = objectAt(job, 'spec', 'jobTemplate', 'spec');
  const selector = objectAt(template, 'selector');
  w.field('Selector', selector === undefined ? '<unset>' : selectorText(selector));
  w.field('Parallelism', numberAt(template, 'parallelism') ?? '<unset>');
  w.field('Completions', numberAt(template, 'completions') ?? '<unset>');
  const active = numberAt(template, 'activeDeadlineSeconds');
  if (active !== undefined) w.field('Active Deadline Seconds', `${active}s`);
  describeTemplate(w, objectAt(template, 'template'));
  const last = textAt(job, 'status', 'lastScheduleTime');
  w.field('Last Schedule Time', last === '' ? '<unset>' : time(last));
  const jobs = objectsAt(job, 'status', 'active').map((reference) => textAt(reference, 'name'));
  w.field('Active Jobs', jobs.length === 0 ? '<none>' : jobs.join(', '));
  w.events();
}
