import type { StoredObject } from '../../store/store.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { Resource, ResourceContext } from '../resources/resource.ts';
import type { Failure } from '../status.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { namespaceLifecycle, protectNamespaces } from './namespace-lifecycle.ts';
import { notModelledFields } from './not-modelled.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { limitRanger } from '../quota/limit-ranger.ts';
import { resourceQuota } from '../quota/quota-admission.ts';
import { admitByPolicies } from '../policy-admission/plugin.ts';
import { catalog } from '../resources/catalog.ts';
import { priority } from './priority.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { defaultTolerationSeconds } from './toleration-seconds.ts';

/** Policies judge what the plugins made of an object, and before a quota is charged for it. */
const BEFORE_QUOTA = podSecurity;

/**
 * The admission chain, in the order in which it runs. Order matters: a namespace that is missing is
 * told before anything about the object, and what later plugins read is there by then.
 */
const CHAIN: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  notModelledFields,
  limitRanger,
  serviceAccount,
  priority,
  defaultTolerationSeconds,
  runtimeClass,
  defaultIngressClass,
  podSecurity,
  resourceQuota,
];

export function admitCreate(
  resource: Resource,
  object: StoredObject,
  context: ResourceContext,
  options: WriteOptions,
): Failure | undefined {
  for (const plugin of CHAIN) {
    const refused =
      plugin.create?.(resource, object, context, options.warnings) ??
      (plugin === BEFORE_QUOTA
        ? byPolicies('CREATE', resource, object, undefined, context, options)
        : undefined);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

export function admitUpdate(
  resource: Resource,
  object: StoredObject,
  previous: StoredObject,
  context: ResourceContext,
  options: WriteOptions,
): Failure | undefined {
  const { warnings } = options;
  // A debug container is a container.
  const refusedContainer =
    options.subresource === 'ephemeralcontainers'
      ? podSecurity.update?.(resource, object, previous, context, warnings)
      : undefined;
  if (refusedContainer !== undefined) return refusedContainer;
  const whole = options.subresource === undefined || options.subresource === 'scale';
  for (const plugin of whole ? CHAIN : []) {
    if (plugin === resourceQuota) continue;
    const refused = plugin.update?.(resource, object, previous, context, warnings);
    if (refused !== undefined) return refused;
  }
  const refused = byPolicies('UPDATE', resource, object, previous, context, options);
  if (refused !== undefined || !whole) return refused;
  return resourceQuota.update?.(resource, object, previous, context, warnings);
}

export function admitDelete(
  resource: Resource,
  name: string,
  current: StoredObject | undefined,
  context: ResourceContext,
  dryRun: boolean,
): Failure | undefined {
  return (
    protectNamespaces(resource, name) ??
    (current === undefined
      ? undefined
      : byPolicies('DELETE', resource, undefined, current, context, { dryRun, warnings: [] }))
  );
}

function byPolicies(
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  resource: Resource,
  object: StoredObject | undefined,
  old: StoredObject | undefined,
  context: ResourceContext,
  options: Pick<WriteOptions, 'dryRun' | 'warnings' | 'subresource'>,
): Failure | undefined {
  return admitByPolicies({
    resource,
    operation,
    object,
    old,
    subresource: options.subresource ?? '',
    dryRun: options.dryRun,
    context,
    warnings: options.warnings,
    tableOfKind: builtInTable,
  });
}

function builtInTable(group: string, kind: string) {
  return catalog.find((each) => each.group === group && each.kind === kind && each.view === undefined);
}
