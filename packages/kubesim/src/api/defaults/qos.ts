import type { Pod } from 'kubernetes-types/core/v1';
import { compareQuantities, parseQuantity } from '../quantity.ts';

const COUNTED = ['cpu', 'memory'];

/** Guaranteed, Burstable or BestEffort, from the requests and limits of all containers. */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let any = false;
  let guaranteed = true;
  for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    for (const resource of COUNTED) {
      const request = stated(requests[resource]);
      const limit = stated(limits[resource]);
      if (request !== undefined || limit !== undefined) any = true;
      if (limit === undefined || (request !== undefined && compareQuantities(request, limit) !== 0))
        guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** Nothing asked for is as good as not asked (qos.go, GetPodQOS). */
function stated(amount: string | undefined): string | undefined {
  return amount !== undefined && (parseQuantity(amount)?.nanos ?? 0n) > 0n ? amount : undefined;
}
