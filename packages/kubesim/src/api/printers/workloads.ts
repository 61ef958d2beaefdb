import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from 'kubernetes-types/apps/v1';
import type { CronJob, Job } from 'kubernetes-types/batch/v1';
import type { PodTemplate, ReplicationController } from 'kubernetes-types/core/v1';
import type { Printer } from '../resources/resource.ts';
import { humanDuration, parseTime } from '../time.ts';
import { age, columns, containerCells, labelSelectorText, labelsText, nameOf, since } from './columns.ts';

export const deploymentPrinter: Printer<Deployment> = {
  columns: columns('Name, Ready, Up-to-date, Available, Age, Containers*, Images*, Selector*'),
  cells: (object, nowMs) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, nowMs),
    ...containerCells(object.spec?.template.spec?.containers),
    labelSelectorText(object.spec?.selector),
  ],
};

export const replicaSetPrinter: Printer<ReplicaSet> = {
  columns: columns(
    'Name, Desired:integer, Current:integer, Ready:integer, Age, Containers*, Images*, Selector*',
  ),
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, nowMs),
    ...containerCells(object.spec?.template?.spec?.containers),
    labelSelectorText(object.spec?.selector),
  ],
};

export const statefulSetPrinter: Printer<StatefulSet> = {
  columns: columns('Name, Ready, Age, Containers*, Images*'),
  cells: (object, nowMs) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    age(object, nowMs),
    ...containerCells(object.spec?.template.spec?.containers),
  ],
};

export const daemonSetPrinter: Printer<DaemonSet> = {
  columns: columns(
    'Name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers*, Images*, Selector*',
  ),
  cells: (object, nowMs) => [
    nameOf(object),
    object.status?.desiredNumberScheduled ?? 0,
    object.status?.currentNumberScheduled ?? 0,
    object.status?.numberReady ?? 0,
    object.status?.updatedNumberScheduled ?? 0,
    object.status?.numberAvailable ?? 0,
    labelsText(object.spec?.template.spec?.nodeSelector),
    age(object, nowMs),
    ...containerCells(object.spec?.template.spec?.containers),
    labelSelectorText(object.spec?.selector),
  ],
};

export const controllerRevisionPrinter: Printer<ControllerRevision> = {
  columns: columns('Name, Controller, Revision, Age'),
  cells: (object, nowMs) => {
    const owner = object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
    const group = owner?.apiVersion.includes('/') === true ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
    const controller = owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    return [nameOf(object), controller, object.revision, age(object, nowMs)];
  },
};

export const jobPrinter: Printer<Job> = {
  columns: columns('Name, Status, Completions, Duration, Age, Containers*, Images*, Selector*'),
  cells: (object, nowMs) => [
    nameOf(object),
    jobStatus(object),
    jobCompletions(object),
    jobDuration(object, nowMs),
    age(object, nowMs),
    ...containerCells(object.spec?.template.spec?.containers),
    labelSelectorText(object.spec?.selector),
  ],
};

function jobStatus(job: Job): string {
  const holds = (type: string): boolean =>
    job.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ===
    true;
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata?.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
}

function jobCompletions(job: Job): string {
  const succeeded = job.status?.succeeded ?? 0;
  if (job.spec?.completions !== undefined) return `${succeeded}/${job.spec.completions}`;
  const parallelism = job.spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: Job, nowMs: number): string {
  const started = parseTime(job.status?.startTime ?? '');
  if (started === undefined) return '';
  return humanDuration((parseTime(job.status?.completionTime ?? '') ?? nowMs) - started);
}

export const cronJobPrinter: Printer<CronJob> = {
  columns: columns(
    'Name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers*, Images*, Selector*',
  ),
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.schedule ?? '',
    object.spec?.timeZone ?? '<none>',
    object.spec?.suspend === true ? 'True' : 'False',
    (object.status?.active ?? []).length,
    object.status?.lastScheduleTime === undefined ? '<none>' : since(object.status.lastScheduleTime, nowMs),
    age(object, nowMs),
    ...containerCells(object.spec?.jobTemplate.spec?.template.spec?.containers),
    labelSelectorText(object.spec?.jobTemplate.spec?.selector),
  ],
};

export const replicationControllerPrinter: Printer<ReplicationController> = {
  columns: replicaSetPrinter.columns,
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, nowMs),
    ...containerCells(object.spec?.template?.spec?.containers),
    labelsText(object.spec?.selector),
  ],
};

export const podTemplatePrinter: Printer<PodTemplate> = {
  columns: columns('Name, Containers, Images, Pod Labels'),
  cells: (object) => [
    nameOf(object),
    ...containerCells(object.template?.spec?.containers),
    labelsText(object.template?.metadata?.labels),
  ],
};
