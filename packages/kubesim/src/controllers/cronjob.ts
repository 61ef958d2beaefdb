import type { CronJob, Job } from 'kubernetes-types/batch/v1';
import {
  controllerOf,
  controllerReference,
  isControlledBy,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  parseTimestamp,
  sameValue,
  splitKey,
  timestamp,
  uidOf,
} from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { nextDueMs, parseCron } from './cron-schedule.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { about } from './pod-control.ts';

/** cronjob controller: more missed starts than this are not counted one by one. */
const MAX_MISSED = 100;

export function cronJobController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'cronjob-controller',
    watches: ['CronJob', 'Job'],
    keysOf(change) {
      if (change.kind === 'CronJob') return [keyOf(change.object)];
      const job = changeOf(change, 'Job')?.object;
      const owner = job === undefined ? undefined : controllerOf(job);
      return job !== undefined && owner?.kind === 'CronJob' ? [`${namespaceOf(job)}/${owner.name}`] : [];
    },
    allKeys: () => client.list('CronJob').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const cron = client.get('CronJob', namespace, name);
      return cron === undefined || isTerminating(cron) ? DONE : reconcile(context, cron);
    },
  };
}

function hasFinished(job: Job): boolean {
  return (
    job.status?.conditions?.some(
      (condition) =>
        (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
    ) ?? false
  );
}

function reconcile(context: ControllerContext, cron: CronJob): ReconcileResult {
  const { client } = context;
  const jobs = client
    .list('Job', { namespace: namespaceOf(cron) })
    .filter((job) => isControlledBy(job, cron));
  trimHistory(context, cron, jobs);
  let active = jobs.filter((job) => !hasFinished(job));
  let lastScheduleTime = cron.status?.lastScheduleTime;
  const schedule = parseCron(cron.spec?.schedule ?? '');
  if (schedule === undefined) {
    context.event(
      about('CronJob', 'batch/v1', cron),
      'Warning',
      'UnparseableSchedule',
      `unparseable schedule: "${cron.spec?.schedule ?? ''}"`,
    );
    return DONE;
  }
  const nowMs = context.nowMs();
  const due = cron.spec?.suspend === true ? undefined : latestDueMs(cron, schedule, nowMs);
  if (due !== undefined) {
    const policy = cron.spec?.concurrencyPolicy ?? 'Allow';
    const deadline = cron.spec?.startingDeadlineSeconds;
    const subject = about('CronJob', 'batch/v1', cron);
    if (deadline !== undefined && due + deadline * 1000 < nowMs) {
      context.event(
        subject,
        'Warning',
        'MissSchedule',
        `Missed scheduled time to start a job: ${new Date(due).toUTCString()}`,
      );
    } else if (policy === 'Forbid' && active.length > 0) {
      context.event(
        subject,
        'Normal',
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
    } else {
      if (policy === 'Replace') {
        for (const job of active)
          client.delete('Job', namespaceOf(job), nameOf(job), { propagationPolicy: 'Background' });
        active = [];
      }
      const created = client.create('Job', jobFor(cron, due));
      if (created.ok) {
        context.event(subject, 'Normal', 'SuccessfulCreate', `Created job ${nameOf(created.object)}`);
        active = [...active, created.object];
      } else if (created.status.reason !== 'AlreadyExists') {
        context.event(
          subject,
          'Warning',
          'FailedCreate',
          `Error creating job: ${created.status.message ?? ''}`,
        );
        return RETRY;
      }
      lastScheduleTime = timestamp(due);
    }
  }
  const succeeded = jobs
    .flatMap((job) => (job.status?.completionTime === undefined ? [] : [job.status.completionTime]))
    .sort()
    .at(-1);
  const status = {
    ...(active.length === 0
      ? {}
      : {
          active: active.map((job) => ({
            apiVersion: 'batch/v1',
            kind: 'Job',
            name: nameOf(job),
            namespace: namespaceOf(job),
            uid: uidOf(job),
            resourceVersion: job.metadata?.resourceVersion ?? '',
          })),
        }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(succeeded === undefined
      ? cron.status?.lastSuccessfulTime === undefined
        ? {}
        : { lastSuccessfulTime: cron.status.lastSuccessfulTime }
      : { lastSuccessfulTime: succeeded }),
  };
  if (!sameValue(status, cron.status ?? {})) {
    const result = client.updateStatus('CronJob', { ...cron, status });
    if (!result.ok && result.status.code !== 404) return RETRY;
  }
  const next = nextDueMs(schedule, nowMs);
  return next === undefined || cron.spec?.suspend === true ? DONE : { kind: 'done', afterMs: next - nowMs };
}

function latestDueMs(cron: CronJob, schedule: CronSchedule, nowMs: number): number | undefined {
  let fromMs = parseTimestamp(cron.status?.lastScheduleTime ?? cron.metadata?.creationTimestamp);
  const deadline = cron.spec?.startingDeadlineSeconds;
  if (deadline !== undefined) fromMs = Math.max(fromMs, nowMs - deadline * 1000);
  let latest: number | undefined;
  for (let missed = 0; missed < MAX_MISSED; missed++) {
    const due = nextDueMs(schedule, latest ?? fromMs);
    if (due === undefined || due > nowMs) return latest;
    latest = due;
  }
  return latest;
}

/** Named by its scheduled minute, so that one start never makes two Jobs. */
function jobFor(cron: CronJob, dueMs: number): Job {
  const template = cron.spec?.jobTemplate ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${nameOf(cron)}-${Math.floor(dueMs / 60_000)}`,
      namespace: namespaceOf(cron),
      ...(template.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      annotations: {
        ...template.metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(dueMs),
      },
      ownerReferences: [controllerReference('batch/v1', 'CronJob', cron)],
    },
    ...(template.spec === undefined ? {} : { spec: template.spec }),
  };
}

function trimHistory(context: ControllerContext, cron: CronJob, jobs: readonly Job[]): void {
  const limits = [
    ['Complete', cron.spec?.successfulJobsHistoryLimit ?? 3],
    ['Failed', cron.spec?.failedJobsHistoryLimit ?? 1],
  ] as const;
  for (const [type, limit] of limits) {
    const finished = jobs
      .filter((job) =>
        job.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True'),
      )
      .sort(
        (left, right) => parseTimestamp(left.status?.startTime) - parseTimestamp(right.status?.startTime),
      );
    for (const job of finished.slice(0, Math.max(0, finished.length - limit))) {
      context.client.delete('Job', namespaceOf(job), nameOf(job), { propagationPolicy: 'Background' });
      context.event(
        about('CronJob', 'batch/v1', cron),
        'Normal',
        'SuccessfulDelete',
        `Deleted job ${nameOf(job)}`,
      );
    }
  }
}
