import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from 'kubernetes-types/apps/v1';
import type { CronJob, Job } from 'kubernetes-types/batch/v1';
import {
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultReplicaSet,
  defaultStatefulSet,
  selectOwnPods,
} from '../defaults/workloads.ts';
import { jsonEqual } from '../json.ts';
import {
  controllerRevisionPrinter,
  cronJobPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  replicaSetPrinter,
  statefulSetPrinter,
} from '../printers/workloads.ts';
import { podSpecWarnings } from '../validation/pod-warnings.ts';
import { validateCronJob, validateJob, validateJobUpdate } from '../validation/jobs.ts';
import { dnsLabel, dnsSubdomain } from '../validation/names.ts';
import {
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
  validateSelectorUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from '../validation/workloads.ts';
import { defineResource, setStatus } from './resource.ts';
import type { Resource } from './resource.ts';

const apps = { group: 'apps', namespaced: true, nameFormat: dnsSubdomain } as const;
const batch = { group: 'batch', namespaced: true, nameFormat: dnsSubdomain } as const;

const deployments = defineResource<Deployment>({
  ...apps,
  resource: 'deployments',
  kind: 'Deployment',
  schema: 'apps.Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  statusKeeps: ['labels'],
  generation: true,
  // Annotations too: the deployment controller copies them to its ReplicaSets.
  generationAlso: (object, previous) =>
    !jsonEqual(object.metadata?.annotations, previous.metadata?.annotations),
  scale: true,
  applyDefaults: defaultDeployment,
  prepareCreate: (object) => setStatus(object, {}),
  validate: validateDeployment,
  warnings: ({ spec }) =>
    spec?.template.spec === undefined ? [] : podSpecWarnings(spec.template.spec, 'spec.template.spec'),
  validateUpdate: validateSelectorUpdate,
  printer: deploymentPrinter,
});

const replicaSets = defineResource<ReplicaSet>({
  ...apps,
  resource: 'replicasets',
  kind: 'ReplicaSet',
  schema: 'apps.ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  generation: true,
  scale: true,
  applyDefaults: defaultReplicaSet,
  prepareCreate: (object) => setStatus(object, { replicas: 0 }),
  validate: validateReplicaSet,
  warnings: ({ spec }) =>
    spec?.template?.spec === undefined ? [] : podSpecWarnings(spec.template.spec, 'spec.template.spec'),
  validateUpdate: validateSelectorUpdate,
  printer: replicaSetPrinter,
});

const statefulSets = defineResource<StatefulSet>({
  ...apps,
  resource: 'statefulsets',
  kind: 'StatefulSet',
  schema: 'apps.StatefulSet',
  // Its pods take their names from it, and are hosts.
  nameFormat: dnsLabel,
  shortNames: ['sts'],
  categories: ['all'],
  status: true,
  generation: true,
  scale: true,
  applyDefaults: defaultStatefulSet,
  prepareCreate: (object) => setStatus(object, { replicas: 0, availableReplicas: 0 }),
  validate: validateStatefulSet,
  warnings: ({ spec }) =>
    spec?.template.spec === undefined ? [] : podSpecWarnings(spec.template.spec, 'spec.template.spec'),
  validateUpdate: validateStatefulSetUpdate,
  printer: statefulSetPrinter,
});

/** The count of template changes that `kubectl rollout` and old clients read (deprecated, still written upstream). */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function setTemplateGeneration(daemonSet: DaemonSet, generation: number): void {
  daemonSet.metadata = {
    ...daemonSet.metadata,
    annotations: { ...daemonSet.metadata?.annotations, [TEMPLATE_GENERATION]: String(generation) },
  };
}

const daemonSets = defineResource<DaemonSet>({
  ...apps,
  resource: 'daemonsets',
  kind: 'DaemonSet',
  schema: 'apps.DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  generation: true,
  applyDefaults: (object) => {
    defaultDaemonSet(object);
    if (object.metadata?.annotations?.[TEMPLATE_GENERATION] === undefined) setTemplateGeneration(object, 0);
  },
  prepareCreate: (object) => {
    setTemplateGeneration(object, 1);
    return setStatus(object, {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    });
  },
  prepareUpdate: (object, previous) => {
    const before = Number(previous.metadata?.annotations?.[TEMPLATE_GENERATION] ?? '1');
    const changed =
      !jsonEqual(object.spec?.template, previous.spec?.template) ||
      !jsonEqual(object.spec?.updateStrategy, previous.spec?.updateStrategy);
    setTemplateGeneration(object, changed ? before + 1 : before);
    return undefined;
  },
  validate: validateDaemonSet,
  warnings: ({ spec }) =>
    spec?.template.spec === undefined ? [] : podSpecWarnings(spec.template.spec, 'spec.template.spec'),
  validateUpdate: validateSelectorUpdate,
  printer: daemonSetPrinter,
});

const controllerRevisions = defineResource<ControllerRevision>({
  ...apps,
  resource: 'controllerrevisions',
  kind: 'ControllerRevision',
  schema: 'apps.ControllerRevision',
  validate: (object, errors) => {
    if (object.revision < 0)
      errors.invalid('revision', object.revision, 'must be greater than or equal to 0');
  },
  validateUpdate: (object, previous, errors) => {
    if (!jsonEqual(object.data, previous.data)) errors.invalid('data', object.data, 'field is immutable');
  },
  printer: controllerRevisionPrinter,
});

const jobs = defineResource<Job>({
  ...batch,
  resource: 'jobs',
  kind: 'Job',
  schema: 'batch.Job',
  categories: ['all'],
  status: true,
  generation: true,
  applyDefaults: defaultJob,
  prepareCreate: (job) => {
    selectOwnPods(job);
    return setStatus(job, {});
  },
  validate: validateJob,
  warnings: ({ spec }) =>
    spec?.template.spec === undefined ? [] : podSpecWarnings(spec.template.spec, 'spec.template.spec'),
  validateUpdate: validateJobUpdate,
  printer: jobPrinter,
  selectableFields: { 'status.successful': (job) => String(job.status?.succeeded ?? 0) },
});

const cronJobs = defineResource<CronJob>({
  ...batch,
  resource: 'cronjobs',
  kind: 'CronJob',
  schema: 'batch.CronJob',
  shortNames: ['cj'],
  categories: ['all'],
  status: true,
  generation: true,
  applyDefaults: defaultCronJob,
  prepareCreate: (object) => setStatus(object, {}),
  validate: validateCronJob,
  warnings: ({ spec }) => {
    const template = spec?.jobTemplate.spec?.template.spec;
    return template === undefined ? [] : podSpecWarnings(template, 'spec.jobTemplate.spec.template.spec');
  },
  printer: cronJobPrinter,
});

export const appsResources: readonly Resource[] = [
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
];
export const batchResources: readonly Resource[] = [cronJobs, jobs];
