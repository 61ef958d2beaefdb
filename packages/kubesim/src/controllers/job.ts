import type { Job, JobCondition, JobStatus } from 'kubernetes-types/batch/v1';
import type { Pod } from 'kubernetes-types/core/v1';
import {
  controllerReference,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  parseTimestamp,
  sameValue,
  splitKey,
  timestamp,
} from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { about, isPodActive, isPodReady, ownedPods, ownersOfPod, podFromTemplate } from './pod-control.ts';

const BACKOFF_LIMIT = 6;
/** job controller: DefaultJobPodFailureBackOff and its ceiling. */
const FAILURE_BACKOFF_MS = 10_000;
const MAX_FAILURE_BACKOFF_MS = 600_000;
const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

export function jobController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'job-controller',
    watches: ['Job', 'Pod'],
    keysOf(change) {
      if (change.kind === 'Job') return [keyOf(change.object)];
      const pod = changeOf(change, 'Pod');
      return pod === undefined ? [] : ownersOfPod(client, 'Job', pod.object);
    },
    allKeys: () => client.list('Job').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const job = client.get('Job', namespace, name);
      return job === undefined || isTerminating(job) ? DONE : reconcile(context, job);
    },
  };
}

function finishedCondition(job: Job): JobCondition | undefined {
  return job.status?.conditions?.find(
    (condition) =>
      (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  );
}

function reconcile(context: ControllerContext, job: Job): ReconcileResult {
  const done = finishedCondition(job);
  if (done !== undefined) return afterFinish(context, job);
  const pods = ownedPods(context, job, controllerReference('batch/v1', 'Job', job), job.spec?.selector);
  const active = pods.filter(isPodActive);
  const indexed = job.spec?.completionMode === 'Indexed';
  const succeededPods = pods.filter((pod) => pod.status?.phase === 'Succeeded');
  const succeeded = indexed ? new Set(succeededPods.map(indexOf)).size : succeededPods.length;
  const failedPods = pods.filter(
    (pod) => pod.status?.phase === 'Failed' || (isTerminating(pod) && pod.status?.phase !== 'Succeeded'),
  );
  // With restartPolicy OnFailure it is the containers' restarts that count.
  const restarts =
    job.spec?.template.spec?.restartPolicy === 'OnFailure'
      ? pods.reduce((total, pod) => total + restartsOf(pod), 0)
      : 0;
  const failed = failedPods.length;
  const nowMs = context.nowMs();
  const startMs = job.status?.startTime === undefined ? nowMs : parseTimestamp(job.status.startTime);
  const deadline = job.spec?.activeDeadlineSeconds;

  if (job.spec?.suspend === true) {
    for (const pod of active) removePod(context, job, pod);
    return writeStatus(context, job, {
      pods: [],
      succeeded,
      failed,
      startMs: undefined,
      condition: { type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' },
      suspended: true,
    });
  }
  const overLimit = failed + restarts > (job.spec?.backoffLimit ?? BACKOFF_LIMIT);
  const overdue = deadline !== undefined && nowMs >= startMs + deadline * 1000;
  if (overLimit || overdue) {
    for (const pod of active) removePod(context, job, pod);
    const condition = overLimit
      ? {
          type: 'Failed',
          reason: 'BackoffLimitExceeded',
          message: 'Job has reached the specified backoff limit',
        }
      : {
          type: 'Failed',
          reason: 'DeadlineExceeded',
          message: 'Job was active longer than specified deadline',
        };
    context.event(about('Job', 'batch/v1', job), 'Warning', condition.reason, condition.message);
    return writeStatus(context, job, {
      pods: [],
      succeeded,
      failed: failed + active.length,
      startMs,
      condition,
    });
  }
  const completions = job.spec?.completions;
  const complete =
    completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  if (complete) {
    for (const pod of active) removePod(context, job, pod);
    const condition = {
      type: 'Complete',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
    context.event(about('Job', 'batch/v1', job), 'Normal', 'Completed', 'Job completed');
    return writeStatus(context, job, { pods: [], succeeded, failed, startMs, condition });
  }
  const waitMs = failureWaitMs(failedPods, nowMs);
  const parallelism = job.spec?.parallelism ?? 1;
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? active.length
        : parallelism
      : Math.min(parallelism, completions - succeeded);
  let refused = false;
  const created: Pod[] = [];
  if (waitMs === 0) {
    const free = indexed ? freeIndexes(completions ?? 1, [...active, ...succeededPods]) : [];
    for (let made = active.length; made < wanted; made++) {
      const pod = createPod(context, job, indexed ? free.shift() : undefined);
      if (pod === undefined) refused = true;
      else created.push(pod);
      if (refused) break;
    }
  }
  for (const pod of active.slice(wanted)) removePod(context, job, pod);
  const result = writeStatus(context, job, {
    pods: [...active.slice(0, wanted), ...created],
    succeeded,
    failed,
    startMs,
  });
  if (result.kind === 'retry' || refused) return RETRY;
  const waits = [
    waitMs > 0 ? waitMs : Infinity,
    deadline === undefined ? Infinity : startMs + deadline * 1000 - nowMs,
  ];
  const next = Math.min(...waits);
  return Number.isFinite(next) ? { kind: 'done', afterMs: Math.max(1, next) } : DONE;
}

function restartsOf(pod: Pod): number {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].reduce(
    (total, status) => total + status.restartCount,
    0,
  );
}

function indexOf(pod: Pod): string {
  return pod.metadata?.annotations?.[INDEX_ANNOTATION] ?? '';
}

function freeIndexes(completions: number, taken: readonly Pod[]): number[] {
  const used = new Set(taken.map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < completions; index++) if (!used.has(String(index))) free.push(index);
  return free;
}

/** 10 s after a failure, doubling with each, up to 10 minutes. */
function failureWaitMs(failed: readonly Pod[], nowMs: number): number {
  if (failed.length === 0) return 0;
  const lastMs = Math.max(...failed.map(finishedAtMs));
  const backoff = Math.min(MAX_FAILURE_BACKOFF_MS, FAILURE_BACKOFF_MS * 2 ** Math.min(failed.length - 1, 10));
  return Math.max(0, lastMs + backoff - nowMs);
}

function finishedAtMs(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map((status) =>
    parseTimestamp(status.state?.terminated?.finishedAt),
  );
  return Math.max(
    parseTimestamp(pod.metadata?.deletionTimestamp),
    parseTimestamp(pod.metadata?.creationTimestamp),
    ...ends,
  );
}

function createPod(context: ControllerContext, job: Job, index: number | undefined): Pod | undefined {
  const owner = controllerReference('batch/v1', 'Job', job);
  const base = index === undefined ? `${nameOf(job)}-` : `${nameOf(job)}-${index}-`;
  const template = job.spec?.template ?? {};
  const pod = podFromTemplate(template, { generateName: base }, namespaceOf(job), owner);
  if (index !== undefined) {
    const value = String(index);
    pod.metadata = {
      ...pod.metadata,
      annotations: { ...pod.metadata?.annotations, [INDEX_ANNOTATION]: value },
      labels: { ...pod.metadata?.labels, [INDEX_ANNOTATION]: value },
    };
    const env = { name: 'JOB_COMPLETION_INDEX', value };
    pod.spec = {
      ...pod.spec,
      hostname: `${nameOf(job)}-${index}`,
      containers: (pod.spec?.containers ?? []).map((container) => ({
        ...container,
        env: [...(container.env ?? []), env],
      })),
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

function removePod(context: ControllerContext, job: Job, pod: Pod): void {
  const result = context.client.delete('Pod', namespaceOf(pod), nameOf(pod));
  if (result.ok)
    context.event(about('Job', 'batch/v1', job), 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
}

interface StatusInput {
  readonly pods: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly startMs: number | undefined;
  readonly condition?: { readonly type: string; readonly reason: string; readonly message: string };
  readonly suspended?: boolean;
}

function writeStatus(context: ControllerContext, job: Job, input: StatusInput): ReconcileResult {
  const now = timestamp(context.nowMs());
  const present = job.status?.conditions ?? [];
  const known = present.find(
    (condition) => condition.type === input.condition?.type && condition.status === 'True',
  );
  const added: JobCondition[] =
    input.condition === undefined || known !== undefined
      ? []
      : [{ ...input.condition, status: 'True', lastProbeTime: now, lastTransitionTime: now }];
  if (input.condition?.type === 'Complete' && known === undefined)
    added.unshift({
      ...input.condition,
      type: 'SuccessCriteriaMet',
      status: 'True',
      lastProbeTime: now,
      lastTransitionTime: now,
    });
  if (input.condition?.type === 'Failed' && known === undefined)
    added.unshift({
      ...input.condition,
      type: 'FailureTarget',
      status: 'True',
      lastProbeTime: now,
      lastTransitionTime: now,
    });
  const resumed =
    input.suspended === true
      ? present
      : present.map((condition) =>
          condition.type === 'Suspended' && condition.status === 'True'
            ? {
                ...condition,
                status: 'False',
                reason: 'JobResumed',
                message: 'Job resumed',
                lastTransitionTime: now,
              }
            : condition,
        );
  const conditions = [...resumed, ...added];
  const ready = input.pods.filter(isPodReady).length;
  const completed = input.condition?.type === 'Complete';
  const startTime =
    input.startMs === undefined ? undefined : (job.status?.startTime ?? timestamp(input.startMs));
  const status: JobStatus = {
    ...(startTime === undefined ? {} : { startTime }),
    ...(completed ? { completionTime: job.status?.completionTime ?? now } : {}),
    ...(input.pods.length === 0 ? {} : { active: input.pods.length }),
    ...(input.succeeded === 0 ? {} : { succeeded: input.succeeded }),
    ...(input.failed === 0 ? {} : { failed: input.failed }),
    ready,
    ...({ terminating: 0, uncountedTerminatedPods: {} } as JobStatus),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  if (sameValue(status, job.status ?? {})) return DONE;
  const result = context.client.updateStatus('Job', { ...job, status });
  return result.ok || result.status.code === 404 ? DONE : RETRY;
}

/** ttlSecondsAfterFinished (the TTL-after-finished controller). */
function afterFinish(context: ControllerContext, job: Job): ReconcileResult {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined) return DONE;
  const leftMs = parseTimestamp(finishedCondition(job)?.lastTransitionTime) + ttl * 1000 - context.nowMs();
  if (leftMs > 0) return { kind: 'done', afterMs: leftMs };
  context.client.delete('Job', namespaceOf(job), nameOf(job), { propagationPolicy: 'Foreground' });
  return DONE;
}
