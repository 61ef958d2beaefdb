import type { Job } from 'kubernetes-types/batch/v1';
import type { Container, Pod } from 'kubernetes-types/core/v1';
import { controllerOf, controllerReference, nameOf, namespaceOf } from '../../runtime/objects.ts';
import type { ControllerContext } from '../contract.ts';
import { about, podFromTemplate, withoutFinalizer } from '../pod-control.ts';
import { INDEX_ANNOTATION, indexOf } from './indexes.ts';
import { judgeFailure } from './policies.ts';

/** Keeps a pod until the job has counted it (KEP-2307). */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';
/** Names are cut so that the suffix of generateName fits. */
const MAX_GENERATED_PREFIX = 58;

export function isTracked(pod: Pod): boolean {
  return pod.metadata?.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

function countIn(pod: Pod, annotation: string): number {
  const text = pod.metadata?.annotations?.[annotation] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** Failures of its index before this pod, as it was told at its making. */
export function failuresBefore(pod: Pod): number {
  return countIn(pod, FAILURE_COUNT);
}

export function allFailuresBefore(pod: Pod): number {
  return countIn(pod, FAILURE_COUNT) + countIn(pod, IGNORED_COUNT);
}

/** What the pod that follows `replaced` within an index is told of the failures so far. */
function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  const counts = replaced !== undefined && judgeFailure(job, replaced).counts;
  const failed = replaced === undefined ? 0 : countIn(replaced, FAILURE_COUNT) + (counts ? 1 : 0);
  const ignored = replaced === undefined ? 0 : countIn(replaced, IGNORED_COUNT) + (counts ? 0 : 1);
  return {
    [FAILURE_COUNT]: String(failed),
    ...(ignored > 0 ? { [IGNORED_COUNT]: String(ignored) } : {}),
  };
}

/** Makes one pod; undefined when that was refused. */
export function createPod(
  context: ControllerContext,
  job: Job,
  index: number | undefined,
  replaced: Pod | undefined,
): Pod | undefined {
  const suffix = index === undefined ? '-' : `-${index}-`;
  const generateName = `${nameOf(job).slice(0, MAX_GENERATED_PREFIX - suffix.length)}${suffix}`;
  const owner = controllerReference('batch/v1', 'Job', job);
  const template = job.spec?.template ?? {};
  const finalizers = [...new Set([...(template.metadata?.finalizers ?? []), TRACKING_FINALIZER])];
  const pod = podFromTemplate(template, { generateName }, namespaceOf(job), owner, { finalizers });
  if (index !== undefined) {
    const perIndex = job.spec?.backoffLimitPerIndex !== undefined;
    const value = String(index);
    pod.metadata = {
      ...pod.metadata,
      annotations: {
        ...pod.metadata?.annotations,
        [INDEX_ANNOTATION]: value,
        ...(perIndex ? failureAnnotations(job, replaced) : {}),
      },
      labels: { ...pod.metadata?.labels, [INDEX_ANNOTATION]: value },
    };
    const { initContainers } = pod.spec ?? {};
    pod.spec = {
      ...pod.spec,
      hostname: `${nameOf(job)}-${index}`,
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndexVariable) }),
      containers: (pod.spec?.containers ?? []).map(withIndexVariable),
    };
  }
  const result = context.client.create('Pod', pod);
  const subject = about('Job', 'batch/v1', job);
  if (!result.ok) {
    context.event(subject, 'Warning', 'FailedCreate', `Error creating: ${result.status.message ?? ''}`);
    return undefined;
  }
  context.event(subject, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(result.object)}`);
  return result.object;
}

function withIndexVariable(container: Container): Container {
  const name = 'JOB_COMPLETION_INDEX';
  const env = container.env ?? [];
  if (env.some((each) => each.name === name)) return container;
  const fieldPath = `metadata.labels['${INDEX_ANNOTATION}']`;
  return { ...container, env: [...env, { name, valueFrom: { fieldRef: { fieldPath } } }] };
}

/** Whether the pod was there to be deleted, or is gone anyway. */
export function deletePod(context: ControllerContext, job: Job, pod: Pod): boolean {
  const result = context.client.delete('Pod', namespaceOf(pod), nameOf(pod));
  const subject = about('Job', 'batch/v1', job);
  if (result.ok) context.event(subject, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
  return result.ok || result.status.code === 404;
}

/** Lets go of a pod that has been counted. */
export function release({ client }: ControllerContext, pod: Pod): boolean {
  const current = client.get('Pod', namespaceOf(pod), nameOf(pod));
  if (current === undefined || current.metadata?.uid !== pod.metadata?.uid || !isTracked(current))
    return true;
  const metadata = withoutFinalizer(current.metadata ?? {}, TRACKING_FINALIZER);
  const result = client.update('Pod', { ...current, metadata });
  return result.ok || result.status.code === 404;
}

/** In the order of their completion indexes. */
export function byIndex(left: Pod, right: Pod): number {
  return (indexOf(left) ?? -1) - (indexOf(right) ?? -1);
}

export function isOfJob(pod: Pod): boolean {
  const owner = controllerOf(pod);
  return owner?.kind === 'Job' && owner.apiVersion === 'batch/v1';
}
