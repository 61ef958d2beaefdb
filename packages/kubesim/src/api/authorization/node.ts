import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import type { UserInfo } from '../http.ts';

const rule = (apiGroups: string[], resources: string[], ...verbs: string[]): PolicyRule => ({
  apiGroups,
  resources,
  verbs,
});
const READ = ['get', 'list', 'watch'];

/** What a kubelet may do, by the Node authorizer and not by a binding (bootstrappolicy.NodeRules). */
const NODE_RULES: readonly PolicyRule[] = [
  rule(['authentication.k8s.io'], ['tokenreviews'], 'create'),
  rule(['authorization.k8s.io'], ['localsubjectaccessreviews', 'subjectaccessreviews'], 'create'),
  rule([''], ['services', 'pods', 'configmaps', 'secrets'], ...READ),
  rule([''], ['nodes'], 'create', 'update', 'patch', ...READ),
  rule([''], ['nodes/status', 'pods/status'], 'update', 'patch'),
  rule([''], ['events'], 'create', 'update', 'patch'),
  rule([''], ['pods'], 'create', 'delete'),
  rule([''], ['pods/eviction', 'serviceaccounts/token'], 'create'),
  rule([''], ['persistentvolumeclaims', 'persistentvolumes', 'endpoints', 'serviceaccounts'], 'get'),
  rule([''], ['persistentvolumeclaims/status'], 'get', 'update', 'patch'),
  rule(['certificates.k8s.io'], ['certificatesigningrequests'], 'create', ...READ),
  rule(['coordination.k8s.io'], ['leases'], 'get', 'create', 'update', 'patch', 'delete'),
  rule(['storage.k8s.io'], ['volumeattachments'], 'get'),
  rule(['storage.k8s.io'], ['csidrivers'], ...READ),
  rule(['storage.k8s.io'], ['csinodes'], 'get', 'create', 'update', 'patch', 'delete'),
  rule(['node.k8s.io'], ['runtimeclasses'], ...READ),
];

/** A kubelet is known by its name and its group, as its certificate states them. */
export function nodeRules(user: UserInfo): readonly PolicyRule[] {
  return user.name.startsWith('system:node:') && user.groups.includes('system:nodes') ? NODE_RULES : [];
}
