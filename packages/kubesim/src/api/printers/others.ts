import type { Lease } from 'kubernetes-types/coordination/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject } from 'kubernetes-types/rbac/v1';
import type { PriorityClass } from 'kubernetes-types/scheduling/v1';
import type { StorageClass } from 'kubernetes-types/storage/v1';
import type { Printer } from '../resources/resource.ts';
import { age, columns, nameOf } from './columns.ts';

export const leasePrinter: Printer<Lease> = {
  columns: columns('Name, Holder, Age'),
  cells: (object, nowMs) => [nameOf(object), object.spec?.holderIdentity ?? '', age(object, nowMs)],
};

export const disruptionBudgetPrinter: Printer<PodDisruptionBudget> = {
  columns: columns('Name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age'),
  cells: (object, nowMs) => [
    nameOf(object),
    String(object.spec?.minAvailable ?? 'N/A'),
    String(object.spec?.maxUnavailable ?? 'N/A'),
    object.status?.disruptionsAllowed ?? 0,
    age(object, nowMs),
  ],
};

/** Roles have no printer of their own upstream: name and the time of creation. */
export const rolePrinter: Printer<Role | ClusterRole> = {
  columns: columns('Name, Created At:date'),
  cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? null],
};

function subjectCells(subjects: readonly Subject[] | undefined): readonly string[] {
  const named = (kind: string): string =>
    (subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map((subject) =>
        kind === 'ServiceAccount' && subject.namespace !== undefined
          ? `${subject.namespace}/${subject.name}`
          : subject.name,
      )
      .join(', ');
  return [named('User'), named('Group'), named('ServiceAccount')];
}

export const roleBindingPrinter: Printer<RoleBinding | ClusterRoleBinding> = {
  columns: columns('Name, Role, Age, Users*, Groups*, ServiceAccounts*'),
  cells: (object, nowMs) => [
    nameOf(object),
    `${object.roleRef.kind}/${object.roleRef.name}`,
    age(object, nowMs),
    ...subjectCells(object.subjects),
  ],
};

export const priorityClassPrinter: Printer<PriorityClass> = {
  columns: columns('Name, Value:integer, Global-Default:boolean, Age, PreemptionPolicy'),
  cells: (object, nowMs) => [
    nameOf(object),
    object.value,
    object.globalDefault ?? false,
    age(object, nowMs),
    object.preemptionPolicy ?? '',
  ],
};

export const storageClassPrinter: Printer<StorageClass> = {
  columns: columns('Name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age'),
  cells: (object, nowMs) => {
    const isDefault =
      object.metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      object.provisioner,
      object.reclaimPolicy ?? 'Delete',
      object.volumeBindingMode ?? 'Immediate',
      object.allowVolumeExpansion ?? false,
      age(object, nowMs),
    ];
  },
};
