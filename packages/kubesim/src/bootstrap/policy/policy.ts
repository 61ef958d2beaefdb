import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from 'kubernetes-types/rbac/v1';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from './cluster-roles.ts';
import { CONTROLLER_ROLES } from './controller-roles.ts';
import {
  KUBEADM_CLUSTER_ROLE_BINDINGS,
  KUBEADM_CLUSTER_ROLES,
  KUBEADM_ROLE_BINDINGS,
  KUBEADM_ROLES,
} from './kubeadm-roles.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './tables.ts';

const CONTROLLER = 'system:controller:';

/** API15: what a fresh cluster allows to whom. */
export interface BootstrapPolicy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

function load(): BootstrapPolicy {
  const ofControllers = clusterRoles(CONTROLLER_ROLES, 'apiserver', CONTROLLER);
  const controllerBindings = ofControllers
    .map(({ metadata }) => metadata?.name ?? '')
    .map((name) => `${name} sa:kube-system/${name.slice(CONTROLLER.length)}`)
    .join('\n');
  return {
    clusterRoles: [
      ...clusterRoles(CLUSTER_ROLES, 'apiserver'),
      ...ofControllers,
      ...clusterRoles(KUBEADM_CLUSTER_ROLES, 'kubeadm'),
    ],
    clusterRoleBindings: [
      ...clusterRoleBindings(CLUSTER_ROLE_BINDINGS, 'apiserver'),
      ...clusterRoleBindings(controllerBindings, 'apiserver'),
      ...clusterRoleBindings(KUBEADM_CLUSTER_ROLE_BINDINGS, 'kubeadm'),
    ],
    roles: [...roles(ROLES, 'apiserver'), ...roles(KUBEADM_ROLES, 'kubeadm')],
    roleBindings: [
      ...roleBindings(ROLE_BINDINGS, 'apiserver'),
      ...roleBindings(KUBEADM_ROLE_BINDINGS, 'kubeadm'),
    ],
  };
}

let policy: BootstrapPolicy | undefined;

/** Read once: the tables never change. */
export function bootstrapPolicy(): BootstrapPolicy {
  policy ??= load();
  return policy;
}
