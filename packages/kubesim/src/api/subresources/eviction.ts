import type { Pod } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { disruptionAllowedCondition, disruptionTarget } from '../../runtime/disruption.ts';
import type { StoredObject } from '../../store/store.ts';
import type { ApiResponse } from '../http.ts';
import { readObject } from '../http/body.ts';
import { failureResponse, statusResponse } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import { writeOptions } from '../http/write.ts';
import { cloneJson, isObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { DeleteOptions, WriteOptions } from '../registry/options.ts';
import { findResource } from '../resources/catalog.ts';
import { fromLabelSelector, matchesSelector } from '../selectors.ts';
import { badRequest, failure, forbidden, success } from '../status.ts';
import type { Failure, Outcome } from '../status.ts';
import { formatTime } from '../time.ts';

/** Evictions that the disruption controller has not confirmed; more are refused (eviction.MaxDisruptedPodSize). */
const MAX_DISRUPTED_PODS = 2000;
const RETRY_AFTER_SECONDS = 10;

/** API16: POST pods/NAME/eviction: a deletion that asks the pod's disruption budget first, as `kubectl drain` does. */
export function handleEviction(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, name, namespace = '' } = scope;
  const write = writeOptions(scope);
  if (!write.ok) return failureResponse(request, write);
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const metadata = isObject(read.value['metadata']) ? read.value['metadata'] : {};
  if (metadata['name'] !== undefined && metadata['name'] !== name)
    return failureResponse(request, badRequest('name in URL does not match name in Eviction object'));
  const asked = isObject(read.value['deleteOptions']) ? read.value['deleteOptions'] : {};
  const dryRun = write.value.dryRun || (Array.isArray(asked['dryRun']) && asked['dryRun'].length > 0);
  const options: WriteOptions = { ...write.value, dryRun, component: true };
  const found = parts.registry.get(scope.resource, namespace, name);
  if (!found.ok) return failureResponse(request, found);
  const pod = found.value as unknown as Pod;
  if (!needsNoBudget(pod)) {
    const budgets = budgetsOf(parts, pod, namespace);
    const [budget] = budgets;
    if (budgets.length > 1)
      return statusResponse(request, 201, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message:
          'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
        code: 500,
      });
    if (budget !== undefined && !mayGoAnyway(pod, budget)) {
      const taken = takeOne(parts, budget, name, options);
      if (!taken.ok) return failureResponse(request, taken);
    }
  }
  const deleted = markAndDelete(scope, parts, options, deleteOptions(asked, options));
  if (!deleted.ok) return failureResponse(request, deleted);
  return statusResponse(request, 201, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  });
}

function deleteOptions(asked: JsonObject, { user, dryRun }: WriteOptions): DeleteOptions {
  const { gracePeriodSeconds: seconds, propagationPolicy } = asked;
  const preconditions = isObject(asked['preconditions']) ? asked['preconditions'] : {};
  const { uid, resourceVersion } = preconditions;
  return {
    user,
    dryRun,
    ...(typeof seconds === 'number' ? { gracePeriodSeconds: seconds } : {}),
    ...(typeof propagationPolicy === 'string' ? { propagationPolicy } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}

/** Says in the pod's conditions why it goes, and deletes it. */
function markAndDelete(
  { resource, namespace, name }: Scope,
  parts: ServerParts,
  write: WriteOptions,
  options: DeleteOptions,
): Outcome<unknown> {
  if (write.dryRun) return parts.registry.delete(resource, namespace, name, options);
  let before: string | undefined;
  const marked = parts.registry.update(
    resource,
    namespace,
    name,
    (current) => {
      const pod = cloneJson(current) as unknown as Pod;
      before = current.metadata.resourceVersion;
      const conditions = disruptionTarget(
        pod,
        'EvictionByEvictionAPI',
        'Eviction API: evicting',
        parts.simulation.nowMs,
      );
      return success({ ...pod, status: { ...pod.status, conditions } } as unknown as StoredObject);
    },
    { ...write, fieldManager: 'kube-apiserver', subresource: 'status' },
  );
  if (!marked.ok) return marked;
  // The condition is a version of its own: who asked for the one before it meant this pod.
  const { resourceVersion, ...rest } = options;
  const version = resourceVersion === before ? marked.value.metadata.resourceVersion : resourceVersion;
  return parts.registry.delete(resource, namespace, name, {
    ...rest,
    ...(version === undefined ? {} : { resourceVersion: version }),
  });
}

function needsNoBudget(pod: Pod): boolean {
  const phase = pod.status?.phase ?? '';
  return ['Succeeded', 'Failed', 'Pending'].includes(phase) || pod.metadata?.deletionTimestamp !== undefined;
}

function budgetsOf(parts: ServerParts, pod: Pod, namespace: string): readonly PodDisruptionBudget[] {
  const all = parts.store.list('policy/poddisruptionbudgets', `${namespace}/`)
    .objects as unknown as readonly PodDisruptionBudget[];
  return all.filter((budget) => {
    const selector = fromLabelSelector(budget.spec?.selector);
    return selector !== undefined && matchesSelector(selector, pod.metadata?.labels);
  });
}

/** An unready pod does not serve: it goes when the budget says so, or while enough others are healthy. */
function mayGoAnyway(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  const ready = pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
  if (ready === true) return false;
  const policy = spec?.unhealthyPodEvictionPolicy;
  if (policy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** Takes one disruption from the budget, if it has any left. */
function takeOne(
  parts: ServerParts,
  budget: PodDisruptionBudget,
  pod: string,
  options: WriteOptions,
): Outcome<unknown> {
  const resource = findResource('policy', 'poddisruptionbudgets');
  if (resource === undefined) throw new Error('PodDisruptionBudgets are not served');
  const { metadata, status } = budget;
  const name = metadata?.name ?? '';
  const refused = (why: string): Failure =>
    forbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, why);
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return tooMany(
      `The disruption budget ${name} is still being processed by the server.`,
      RETRY_AFTER_SECONDS,
    );
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) return refused('pdb disruptions allowed is negative');
  if (Object.keys(status?.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS)
    return refused('DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (allowed === 0)
    return tooMany(
      `The disruption budget ${name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
      0,
    );
  if (options.dryRun) return success(undefined);
  const { nowMs } = parts.simulation;
  return parts.registry.update(
    resource,
    metadata?.namespace,
    name,
    (current) => {
      const draft = cloneJson(current) as unknown as PodDisruptionBudget;
      Object.assign(draft, {
        status: {
          ...draft.status,
          ...(allowed === 1 ? { conditions: disruptionAllowedCondition(draft, 0, nowMs) } : {}),
          disruptedPods: { ...draft.status?.disruptedPods, [pod]: formatTime(nowMs) },
          disruptionsAllowed: allowed - 1,
        },
      });
      return success(draft as unknown as StoredObject);
    },
    { ...options, fieldManager: 'kube-apiserver', subresource: 'status' },
  );
}

function tooMany(message: string, retryAfterSeconds: number): Failure {
  return failure(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    },
  );
}
