import type { Job, PodFailurePolicyOnExitCodesRequirement } from 'kubernetes-types/batch/v1';
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1';
import { isTerminating, nameOf, namespaceOf } from '../../runtime/objects.ts';
import { countCommon, countIndexes, parseIndexes } from './indexes.ts';
import type { Indexes } from './indexes.ts';

/** What a job's podFailurePolicy makes of a failed pod (API19, KEP-3329). */
export interface FailureVerdict {
  readonly counts: boolean;
  readonly failsIndex: boolean;
  /** Set when the whole job fails for it. */
  readonly jobMessage?: string;
}

const COUNTED: FailureVerdict = { counts: true, failsIndex: false };

/** The first rule that matches decides. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [at, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchOf(rule.onExitCodes, rule.onPodConditions ?? [], pod);
    if (why === undefined) continue;
    switch (rule.action) {
      case 'Ignore':
        return { counts: false, failsIndex: false };
      case 'FailIndex':
        return { counts: true, failsIndex: true };
      case 'FailJob':
        return { ...COUNTED, jobMessage: `${why} matching FailJob rule at index ${at}` };
      default:
        return COUNTED;
    }
  }
  return COUNTED;
}

function matchOf(
  onExitCodes: PodFailurePolicyOnExitCodesRequirement | undefined,
  onPodConditions: readonly { readonly type: string; readonly status: string }[],
  pod: Pod,
): string | undefined {
  const podName = `${namespaceOf(pod)}/${nameOf(pod)}`;
  if (onExitCodes !== undefined) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    const failed = [...containerStatuses, ...initContainerStatuses].find((status) =>
      matchesExit(status, onExitCodes),
    );
    return failed === undefined
      ? undefined
      : `Container ${failed.name} for pod ${podName} failed with exit code ${failed.state?.terminated?.exitCode ?? 0}`;
  }
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    onPodConditions.some((pattern) => pattern.type === type && pattern.status === status),
  );
  return condition === undefined ? undefined : `Pod ${podName} has condition ${condition.type}`;
}

function matchesExit(
  { name, state }: ContainerStatus,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): boolean {
  const code = state?.terminated?.exitCode ?? 0;
  if (code === 0 || (containerName !== undefined && containerName !== name)) return false;
  return values.includes(code) === (operator === 'In');
}

/** The message of the first rule of the job's successPolicy that is met (KEP-3998). */
export function successOf(job: Job, succeeded: Indexes): string | undefined {
  if (succeeded.length === 0) return undefined;
  const completions = job.spec?.completions ?? 0;
  const at = (job.spec?.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined)
      return succeededCount !== undefined && countIndexes(succeeded) >= succeededCount;
    const wanted = parseIndexes(succeededIndexes, completions);
    const common = countCommon(wanted, succeeded);
    return (
      wanted.length > 0 &&
      (common === countIndexes(wanted) || (succeededCount !== undefined && common >= succeededCount))
    );
  });
  return at < 0 ? undefined : `Matched rules at index ${at}`;
}

/** podReplacementPolicy Failed: a pod that is going is replaced once it is gone. */
export function onlyReplacesFailed(job: Job): boolean {
  return job.spec?.podReplacementPolicy === 'Failed';
}

export function isPodFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !onlyReplacesFailed(job) && isTerminating(pod) && pod.status?.phase !== 'Succeeded';
}
