import type { Lease } from 'kubernetes-types/coordination/v1';
import type { Event as CoreEvent } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from 'kubernetes-types/rbac/v1';
import type { PriorityClass } from 'kubernetes-types/scheduling/v1';
import type { StorageClass } from 'kubernetes-types/storage/v1';
import {
  disruptionBudgetPrinter,
  leasePrinter,
  priorityClassPrinter,
  roleBindingPrinter,
  rolePrinter,
  storageClassPrinter,
} from '../printers/others.ts';
import { eventPrinter } from '../printers/core.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { validateImmutable } from '../validation/metadata.ts';
import { dnsSubdomain, pathSegment } from '../validation/names.ts';
import { validateBinding, validateRole } from '../validation/rbac.ts';
import { internal } from '../validation/go-values.ts';
import { validateIntOrPercent } from '../validation/workloads.ts';
import { eventViewFields } from './core.ts';
import { definitionResource } from '../custom/definition.ts';
import { admissionResources } from '../policy-admission/resources.ts';
import { limitResources } from '../quota/resources.ts';
import { eventsView } from './events-view.ts';
import { defineResource, setStatus } from './resource.ts';
import type { Resource } from './resource.ts';

const RBAC = 'rbac.authorization.k8s.io';

function defaultSubjects(object: { roleRef: RoleRef; subjects?: Subject[] }): void {
  // The one field of a reference that a client may leave out.
  if (object.roleRef.apiGroup === '') object.roleRef.apiGroup = RBAC;
  for (const subject of object.subjects ?? [])
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= RBAC;
}

const rbacResources: readonly Resource[] = [
  defineResource<ClusterRoleBinding>({
    group: RBAC,
    resource: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    schema: 'rbac.ClusterRoleBinding',
    namespaced: false,
    nameFormat: pathSegment,
    applyDefaults: defaultSubjects,
    validate: (object, errors) => validateBinding(object, false, errors),
    validateUpdate: (object, previous, errors) => validateRoleRefUpdate(object, previous, errors),
    printer: roleBindingPrinter,
  }),
  defineResource<ClusterRole>({
    group: RBAC,
    resource: 'clusterroles',
    kind: 'ClusterRole',
    schema: 'rbac.ClusterRole',
    namespaced: false,
    nameFormat: pathSegment,
    validate: (object, errors) => validateRole(object.rules, false, errors),
    printer: rolePrinter,
  }),
  defineResource<RoleBinding>({
    group: RBAC,
    resource: 'rolebindings',
    kind: 'RoleBinding',
    schema: 'rbac.RoleBinding',
    namespaced: true,
    nameFormat: pathSegment,
    applyDefaults: defaultSubjects,
    validate: (object, errors) => validateBinding(object, true, errors),
    validateUpdate: (object, previous, errors) => validateRoleRefUpdate(object, previous, errors),
    printer: roleBindingPrinter,
  }),
  defineResource<Role>({
    group: RBAC,
    resource: 'roles',
    kind: 'Role',
    schema: 'rbac.Role',
    namespaced: true,
    nameFormat: pathSegment,
    validate: (object, errors) => validateRole(object.rules, true, errors),
    printer: rolePrinter,
  }),
];

function validateRoleRefUpdate(
  object: { readonly roleRef: RoleRef },
  previous: { readonly roleRef: RoleRef },
  errors: Parameters<NonNullable<Resource['validate']>>[1],
): void {
  if (JSON.stringify(object.roleRef) !== JSON.stringify(previous.roleRef))
    errors.invalid('roleRef', object.roleRef, 'cannot change roleRef');
}

const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  resource: 'leases',
  kind: 'Lease',
  schema: 'coordination.Lease',
  namespaced: true,
  nameFormat: dnsSubdomain,
  validate: ({ spec }, errors) => {
    if (spec?.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0)
      errors.invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0');
  },
  printer: leasePrinter,
});

const events = defineResource<CoreEvent>({
  group: 'events.k8s.io',
  resource: 'events',
  kind: 'Event',
  schema: 'events.Event',
  table: 'events',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['ev'],
  printer: eventPrinter,
  view: eventsView,
  selectableFields: eventViewFields,
});

const disruptionBudgets = defineResource<PodDisruptionBudget>({
  group: 'policy',
  resource: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  schema: 'policy.PodDisruptionBudget',
  namespaced: true,
  nameFormat: () => [],
  shortNames: ['pdb'],
  status: true,
  generation: true,
  prepareCreate: (object) =>
    setStatus(object, { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
  validate: ({ spec }, errors) => {
    if (spec?.minAvailable !== undefined && spec.maxUnavailable !== undefined)
      errors.invalid(
        'spec',
        internal(spec, ['minAvailable', 'selector', 'maxUnavailable', 'unhealthyPodEvictionPolicy']),
        'minAvailable and maxUnavailable cannot be both set',
      );
    validateIntOrPercent(spec?.minAvailable, 'spec.minAvailable', errors);
    validateIntOrPercent(spec?.maxUnavailable, 'spec.maxUnavailable', errors);
    validateLabelSelector(spec?.selector, 'spec.selector', errors);
  },
  printer: disruptionBudgetPrinter,
});

/** A user's class may not rank among those of the system (scheduling HighestUserDefinablePriority). */
const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

const priorityClasses = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  schema: 'scheduling.PriorityClass',
  namespaced: false,
  nameFormat: dnsSubdomain,
  shortNames: ['pc'],
  generation: true,
  applyDefaults: (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate: (object, errors) => {
    const name = object.metadata?.name ?? '';
    if (name.startsWith('system-')) {
      if (SYSTEM_PRIORITIES[name] !== object.value)
        errors.forbidden(
          'metadata.name',
          "priority class names with 'system-' prefix are reserved for system use only. error: " +
            name +
            ' is not a known system priority class',
        );
    } else if (object.value > HIGHEST_USER_PRIORITY)
      errors.forbidden(
        'value',
        `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`,
      );
    if (!['Never', 'PreemptLowerPriority'].includes(object.preemptionPolicy ?? ''))
      errors.notSupported('preemptionPolicy', object.preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  },
  validateUpdate: (object, previous, errors) => {
    if (object.value !== previous.value) errors.forbidden('value', 'may not be changed in an update.');
    validateImmutable(object.preemptionPolicy, previous.preemptionPolicy, 'preemptionPolicy', errors);
  },
  printer: priorityClassPrinter,
});

const storageClasses = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  resource: 'storageclasses',
  kind: 'StorageClass',
  schema: 'storage.StorageClass',
  namespaced: false,
  nameFormat: dnsSubdomain,
  shortNames: ['sc'],
  applyDefaults: (object) => {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  validate: (object, errors) => {
    if (object.provisioner === '') errors.required('provisioner');
    if (!['Delete', 'Retain'].includes(object.reclaimPolicy ?? ''))
      errors.notSupported('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']);
    if (!['Immediate', 'WaitForFirstConsumer'].includes(object.volumeBindingMode ?? ''))
      errors.notSupported('volumeBindingMode', object.volumeBindingMode, [
        'Immediate',
        'WaitForFirstConsumer',
      ]);
  },
  validateUpdate: (object, previous, errors) => {
    for (const field of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const)
      if (JSON.stringify(object[field]) !== JSON.stringify(previous[field]))
        errors.forbidden(field, `updates to ${field} are forbidden.`);
  },
  printer: storageClassPrinter,
});

export const otherResources: readonly Resource[] = [
  ...limitResources,
  ...admissionResources,
  definitionResource,
  leases,
  events,
  disruptionBudgets,
  ...rbacResources,
  priorityClasses,
  storageClasses,
];
