import type { Job, JobCondition } from 'kubernetes-types/batch/v1';
import { timestamp } from '../../runtime/objects.ts';

const OWN_NAME = 'kubernetes.io/job-controller';

/** managedBy: some other controller does what this one would (KEP-4368). */
export function isManagedElsewhere(job: Job): boolean {
  return job.spec?.managedBy !== undefined && job.spec.managedBy !== OWN_NAME;
}

export function conditionOf(job: Job, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

export function isFinished(job: Job): boolean {
  return conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined;
}

/** How a job is about to end, and why. */
export interface Ending {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** What the status says before the last pods are counted and gone. */
export function interimOf(ending: Ending): string {
  return ending.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
}

/** The conditions with this one in them; a condition that is not there is not added as False. */
export function ensureCondition(
  conditions: readonly JobCondition[],
  wanted: Pick<JobCondition, 'type' | 'status'> & { readonly reason: string; readonly message: string },
  nowMs: number,
): readonly JobCondition[] {
  const now = timestamp(nowMs);
  const made: JobCondition = { ...wanted, lastProbeTime: now, lastTransitionTime: now };
  const known = conditions.find(({ type }) => type === wanted.type);
  if (known === undefined) return wanted.status === 'False' ? conditions : [...conditions, made];
  if (known.status === wanted.status && known.reason === wanted.reason && known.message === wanted.message)
    return conditions;
  return conditions.map((each) => (each === known ? made : each));
}
