import type { Pod, PodCondition } from 'kubernetes-types/core/v1';
import type { Condition } from 'kubernetes-types/meta/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { timestamp } from './objects.ts';

/** The budget's conditions, with DisruptionAllowed as the number of disruptions has it. */
export function disruptionAllowedCondition(
  budget: PodDisruptionBudget,
  allowed: number,
  nowMs: number,
  failed?: { readonly reason: string; readonly message: string },
): Condition[] {
  const type = 'DisruptionAllowed';
  const before = budget.status?.conditions?.find((condition) => condition.type === type);
  const others = (budget.status?.conditions ?? []).filter((condition) => condition !== before);
  const status = failed === undefined && allowed > 0 ? 'True' : 'False';
  return [
    ...others,
    {
      type,
      status,
      observedGeneration: budget.metadata?.generation ?? 0,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(nowMs),
      reason: failed?.reason ?? (allowed > 0 ? 'SufficientPods' : 'InsufficientPods'),
      message: failed?.message ?? '',
    },
  ];
}

/** The pod's conditions with DisruptionTarget: why it is about to be ended from outside (KEP-3329). */
export function disruptionTarget(pod: Pod, reason: string, message: string, nowMs: number): PodCondition[] {
  const type = 'DisruptionTarget';
  const before = pod.status?.conditions?.find((condition) => condition.type === type);
  const condition: PodCondition = {
    ...(pod.metadata?.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    type,
    status: 'True',
    lastTransitionTime:
      before?.status === 'True' && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(nowMs),
    reason,
    message,
  };
  return [...(pod.status?.conditions ?? []).filter((each) => each !== before), condition];
}
