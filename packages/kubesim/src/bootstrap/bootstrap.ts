import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ClientResult, KubeClient } from '../api/client.ts';
import type { ApiTransport } from '../api/http.ts';
import type { ClusterConfig } from '../config.ts';
import { gatewayDefinitions } from '../gateway/definitions.ts';
import { ingressObjects } from '../ingress/objects.ts';
import { nodeAddress } from '../nodes/underlay.ts';
import { defaultServiceCidr, localApiServices } from './administration-objects.ts';
import { flowSchemas, priorityLevels } from './flow-control.ts';
import { bootstrapPolicy } from './policy/policy.ts';
import {
  apiServerEndpoints,
  corednsDeployment,
  kubeProxyDaemonSet,
  systemConfigMaps,
  systemNamespaces,
  systemPriorityClasses,
  systemServiceAccounts,
  systemServices,
} from './system-objects.ts';

/** Writes what a cluster fresh from kubeadm holds. Nodes and static pods come from their kubelets. */
export function bootstrapObjects(api: ApiTransport, client: KubeClient, config: ClusterConfig): void {
  for (const priorityClass of systemPriorityClasses())
    post(api, '/apis/scheduling.k8s.io/v1/priorityclasses', priorityClass);
  const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1';
  for (const level of priorityLevels()) post(api, `${flowControl}/prioritylevelconfigurations`, level);
  for (const schema of flowSchemas()) post(api, `${flowControl}/flowschemas`, schema);
  for (const namespace of systemNamespaces()) must(client.create('Namespace', namespace));
  for (const account of systemServiceAccounts()) must(client.create('ServiceAccount', account));
  for (const map of systemConfigMaps(config)) must(client.create('ConfigMap', map));
  for (const service of systemServices(config)) must(client.create('Service', service));
  bootstrapRoles(client);
  for (const service of localApiServices(config.startMs)) must(client.create('APIService', service));
  must(client.create('ServiceCIDR', defaultServiceCidr(config, config.startMs)));
  const { endpoints, slice } = apiServerEndpoints(apiServerAddresses(config));
  must(client.create('Endpoints', endpoints));
  must(client.create('EndpointSlice', slice));
  must(client.create('Deployment', corednsDeployment()));
  must(client.create('DaemonSet', kubeProxyDaemonSet()));
  if (config.gateway !== undefined)
    for (const definition of gatewayDefinitions())
      post(api, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  if (config.ingress !== undefined) bootstrapIngress(client, config, config.ingress.className);
}

/** API15: the roles and bindings that the API server and kubeadm begin with. */
export function bootstrapRoles(client: KubeClient): void {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
  for (const role of clusterRoles) must(client.create('ClusterRole', role));
  for (const binding of clusterRoleBindings) must(client.create('ClusterRoleBinding', binding));
  for (const role of roles) must(client.create('Role', role));
  for (const binding of roleBindings) must(client.create('RoleBinding', binding));
}

function bootstrapIngress(client: KubeClient, config: ClusterConfig, className: string): void {
  const { namespace, account, ingressClass, service, deployment } = ingressObjects(config, className);
  must(client.create('Namespace', namespace));
  must(client.create('ServiceAccount', account));
  must(client.create('IngressClass', ingressClass));
  must(client.create('Service', service));
  must(client.create('Deployment', deployment));
}

export function apiServerAddresses(config: ClusterConfig): readonly string[] {
  const addresses = config.nodes.flatMap((node, index) => (node.controlPlane ? [nodeAddress(index)] : []));
  return addresses.length > 0 ? addresses : [nodeAddress(0)];
}

function must(result: ClientResult<unknown>): void {
  if (!result.ok)
    throw new Error(`the API server refused an object of its own: ${result.status.message ?? ''}`);
}

/** For kinds that no component works with, and that the typed client therefore doesn't know. */
function post(api: ApiTransport, path: string, object: unknown): void {
  const response = api.handle({
    method: 'POST',
    path,
    query: [],
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: utf8Encode(JSON.stringify(object)),
    user: { name: 'system:apiserver', groups: ['system:masters'] },
  });
  if (response.status >= 300)
    throw new Error(
      `the API server refused an object of its own at ${path}: ${response.body === undefined ? response.status : utf8Decode(response.body)}`,
    );
}
