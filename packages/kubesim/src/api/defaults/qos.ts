import type { Pod } from 'kubernetes-types/core/v1';
import { compareQuantities } from '../quantity.ts';

const COUNTED = ['cpu', 'memory'];

/** Guaranteed, Burstable or BestEffort, from the requests and limits of all containers. */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let any = false;
  let guaranteed = true;
  for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    for (const resource of COUNTED) {
      const request = requests[resource];
      const limit = limits[resource];
      if (request !== undefined || limit !== undefined) any = true;
      if (limit === undefined || (request !== undefined && compareQuantities(request, limit) !== 0))
        guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
