import type { Container, Pod, ResourceQuota } from 'kubernetes-types/core/v1';
import type { StoredObject } from '../../store/store.ts';
import type { AdmissionPlugin } from '../admission/admission-plugin.ts';
import { parseQuantity } from '../quantity.ts';
import type { Resource, ResourceContext } from '../resources/resource.ts';
import { forbidden } from '../status.ts';
import type { Failure } from '../status.ts';
import { amountText, covers, usageOfNamespace, usageOfObject } from './usage.ts';

/**
 * ResourceQuota: the last of the plugins, since it counts what the others made of the object. What a
 * quota allows is what its controller has put into its status; what is used is counted afresh, so two
 * writes at one instant cannot both take the last place.
 */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  create: (resource, object, context) => check(resource, object, undefined, context),
  update: (resource, object, previous, context) => check(resource, object, previous, context),
};

function check(
  resource: Resource,
  object: StoredObject,
  previous: StoredObject | undefined,
  context: ResourceContext,
): Failure | undefined {
  const { namespace = '', name = '' } = object.metadata;
  if (!resource.namespaced || resource.table === 'events') return undefined;
  const quotas = context.list('resourcequotas', `${namespace}/`) as unknown as readonly ResourceQuota[];
  if (quotas.length === 0) return undefined;
  const usage = usageOfObject(resource.table, object, context.nowMs);
  const before = previous === undefined ? undefined : usageOfObject(resource.table, previous, context.nowMs);
  for (const quota of quotas) {
    if (!covers(quota, resource.table, object)) continue;
    const hard = quota.status?.hard ?? {};
    const quotaName = quota.metadata?.name ?? '';
    const missing =
      previous === undefined && resource.table === 'pods' ? unstated(hard, object as unknown as Pod) : '';
    if (missing !== '')
      return forbidden(resource, name, `failed quota: ${quotaName}: must specify ${missing}`);
    const counted = before !== undefined && previous !== undefined && covers(quota, resource.table, previous);
    const exceeded = exceedance(quota, usage, counted ? before : undefined, namespace, context);
    if (exceeded !== undefined) return forbidden(resource, name, `exceeded quota: ${quotaName}, ${exceeded}`);
  }
  return undefined;
}

/** Compute resources that a quota limits have to be stated by every container (validationSet). */
const STATED = /^(?:requests\.|limits\.)?(?:cpu|memory)$/;

function unstated(hard: Readonly<Record<string, unknown>>, pod: Pod): string {
  const containers: readonly Container[] = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []),
  ];
  return Object.keys(hard)
    .filter((name) => STATED.test(name))
    .sort()
    .flatMap((name) => {
      const limit = name.startsWith('limits.');
      const resource = name.replace(/^(?:requests|limits)\./, '');
      const silent = containers
        .filter(
          ({ resources }) => (limit ? resources?.limits : resources?.requests)?.[resource] === undefined,
        )
        .map((container) => container.name)
        .sort();
      return silent.length === 0 ? [] : [`${name} for: ${silent.join(',')}`];
    })
    .join('; ');
}

function exceedance(
  quota: ResourceQuota,
  usage: ReadonlyMap<string, bigint>,
  before: ReadonlyMap<string, bigint> | undefined,
  namespace: string,
  context: ResourceContext,
): string | undefined {
  const hard = (quota.status?.hard ?? {}) as Readonly<Record<string, string>>;
  const wanted = Object.keys(hard)
    .sort()
    .map((name) => ({ name, amount: (usage.get(name) ?? 0n) - (before?.get(name) ?? 0n) }))
    .filter(({ amount }) => amount > 0n);
  if (wanted.length === 0) return undefined;
  const names = wanted.map(({ name }) => name);
  const list = (table: string, prefix: string): readonly StoredObject[] => context.list(table, prefix);
  const used = usageOfNamespace(quota, namespace, names, list, context.nowMs);
  const over = wanted.filter(
    ({ name, amount }) => (used.get(name) ?? 0n) + amount > (parseQuantity(hard[name] ?? '0')?.nanos ?? 0n),
  );
  if (over.length === 0) return undefined;
  const told = (amountOf: (name: string, amount: bigint) => string): string =>
    over.map(({ name, amount }) => `${name}=${amountOf(name, amount)}`).join(',');
  const requested = told((name, amount) => amountText(amount, name));
  const inUse = told((name) => amountText(used.get(name) ?? 0n, name));
  return `requested: ${requested}, used: ${inUse}, limited: ${told((name) => hard[name] ?? '0')}`;
}
