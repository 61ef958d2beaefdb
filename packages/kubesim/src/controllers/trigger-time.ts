import type { Pod, Service } from 'kubernetes-types/core/v1';
import { nameOf } from '../runtime/objects.ts';

/** When the change happened that endpoints were last written for: latencies are measured from it. */
export const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * The Service's own creation at first; later the earliest of those pods' changes of readiness that the
 * endpoints do not show yet. undefined: the change has no time, and the annotation goes.
 */
export function triggerTime(
  service: Service,
  pods: readonly Pod[],
  before: { readonly annotation: string | undefined; readonly pods: ReadonlySet<string> } | undefined,
): string | undefined {
  if (before === undefined) return service.metadata?.creationTimestamp;
  return pods
    .flatMap((pod): readonly string[] => {
      const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
      const time = ready?.lastTransitionTime;
      const shown = before.pods.has(nameOf(pod));
      return time === undefined || (shown && time <= (before.annotation ?? '')) ? [] : [time];
    })
    .sort()[0];
}

/** The annotations with the time in them, or without. */
export function annotatedWith(
  annotations: Readonly<Record<string, string>> | undefined,
  time: string | undefined,
): Record<string, string> | undefined {
  const { [TRIGGER_TIME_ANNOTATION]: _before, ...rest } = annotations ?? {};
  const next = time === undefined ? rest : { ...rest, [TRIGGER_TIME_ANNOTATION]: time };
  return Object.keys(next).length === 0 ? undefined : next;
}
