import type { Pod } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type { ApiResponse } from '../http.ts';
import { readObject } from '../http/body.ts';
import { failureResponse, statusResponse } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import { isObject } from '../json.ts';
import type { DeleteOptions } from '../registry/options.ts';
import { fromLabelSelector, matchesSelector } from '../selectors.ts';
import { badRequest, failure } from '../status.ts';
import type { Failure } from '../status.ts';

/** POST pods/NAME/eviction: a deletion that asks the disruption budgets first, as `kubectl drain` does. */
export function handleEviction(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, name, namespace = '' } = scope;
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const metadata = isObject(read.value['metadata']) ? read.value['metadata'] : {};
  if (typeof metadata['name'] === 'string' && metadata['name'] !== name)
    return failureResponse(request, badRequest('name in URL does not match name in Eviction object'));
  const found = parts.registry.get(scope.resource, namespace, name);
  if (!found.ok) return failureResponse(request, found);
  const pod = found.value as unknown as Pod;
  const refused = isDone(pod) ? undefined : budgetRefusal(parts, pod, namespace);
  if (refused !== undefined) return failureResponse(request, refused);
  const asked = isObject(read.value['deleteOptions']) ? read.value['deleteOptions'] : {};
  const seconds = asked['gracePeriodSeconds'];
  const options: DeleteOptions = {
    user: request.user,
    dryRun:
      scope.query.get('dryRun') === 'All' || (Array.isArray(asked['dryRun']) && asked['dryRun'].length > 0),
    ...(typeof seconds === 'number' ? { gracePeriodSeconds: seconds } : {}),
  };
  const deleted = parts.registry.delete(scope.resource, namespace, name, options);
  if (!deleted.ok) return failureResponse(request, deleted);
  return statusResponse(request, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
}

function isDone(pod: Pod): boolean {
  return (
    pod.status?.phase === 'Succeeded' ||
    pod.status?.phase === 'Failed' ||
    pod.status?.phase === 'Pending' ||
    pod.metadata?.deletionTimestamp !== undefined
  );
}

/** Counts what the disruption controller would: healthy pods of the budget, and how many it wants. */
function budgetRefusal(parts: ServerParts, pod: Pod, namespace: string): Failure | undefined {
  const budgets = (
    parts.store.list('policy/poddisruptionbudgets', `${namespace}/`)
      .objects as unknown as readonly PodDisruptionBudget[]
  ).filter((budget) => selects(budget, pod));
  if (budgets.length > 1)
    return failure(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const [budget] = budgets;
  if (budget === undefined) return undefined;
  const pods = (parts.store.list('pods', `${namespace}/`).objects as unknown as readonly Pod[]).filter(
    (other) => selects(budget, other) && other.metadata?.deletionTimestamp === undefined,
  );
  const healthy = pods.filter(isReady).length;
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const desired =
    maxUnavailable === undefined
      ? share(minAvailable ?? 0, pods.length)
      : Math.max(0, pods.length - share(maxUnavailable, pods.length));
  if (healthy > desired || !isReady(pod)) return undefined;
  const name = budget.metadata?.name ?? '';
  return failure(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`,
        },
      ],
    },
  );
}

function selects(budget: PodDisruptionBudget, pod: Pod): boolean {
  const selector = fromLabelSelector(budget.spec?.selector);
  return selector !== undefined && matchesSelector(selector, pod.metadata?.labels);
}

function isReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ===
    true
  );
}

/** Percentages round up (policy/v1). */
function share(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number(value.replace('%', '')) * total) / 100);
}
