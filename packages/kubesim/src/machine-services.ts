import type { Machines } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { Pod, ServiceAccountTokenProjection } from 'kubernetes-types/core/v1';
import type { UserInfo } from './api/http.ts';
import type { ApiServer } from './api/server.ts';
import { apiServerAddresses } from './bootstrap/bootstrap.ts';
import { apiServerCertificate } from './bootstrap/pki.ts';
import { staticPodUid } from './bootstrap/static-pods.ts';
import { API_SERVER_PORT, apiServiceAddress } from './bootstrap/system-objects.ts';
import type { ClusterConfig } from './config.ts';
import { KUBERNETES_CLIENT_SERVICE } from './dns/program.ts';
import { CONTROLLERS_SERVICE } from './images/servers/component-logs.ts';
import { API_SERVER_SERVICE } from './images/servers/kube-apiserver.ts';
import type { ServedApi } from './images/servers/kube-apiserver.ts';
import { GATEWAY_SERVICE } from './gateway/proxy.ts';
import type { GatewayView } from './gateway/proxy.ts';
import { GATEWAY_NAME_LABEL } from './gateway/objects.ts';
import { gatewaySnapshot } from './gateway/snapshot.ts';
import { TOOLBOX_MACHINE } from './host-machines.ts';
import { CONTAINER_RUNTIME_SERVICE } from './nodes/container-runtime.ts';
import type { ContainerRuntime } from './nodes/container-runtime.ts';
import { SYSTEMD_SERVICE } from './nodes/systemd.ts';
import type { Systemd } from './nodes/systemd.ts';
import { IPTABLES_SAVE_SERVICE, renderIptablesSave } from './proxy/iptables-save.ts';
import type { IptablesSave } from './proxy/iptables-save.ts';
import { tableName } from './proxy/table.ts';

export interface ServiceParts {
  readonly config: ClusterConfig;
  readonly api: ApiServer;
  readonly machines: Machines;
  readonly podOf: (machineId: string) => Pod | undefined;
  /** undefined where the machine is no node. */
  readonly systemdOf: (machineId: string) => Systemd | undefined;
  /** undefined where the machine is no node. */
  readonly runtimeOf: (machineId: string) => ContainerRuntime | undefined;
  /** The controllers of kube-controller-manager, by upstream's names. */
  readonly controllers: () => readonly string[];
}

const ADMIN: UserInfo = {
  name: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};

const iptablesSave: IptablesSave = (tables) => {
  const table = tables.get(tableName('IPv4'));
  return table === undefined ? '' : renderIptablesSave(table);
};

/** What a program on a machine can ask of the world outside it (`MachineView.service`). */
export function machineService(parts: ServiceParts, machineId: string, name: string): unknown {
  if (name === 'kubernetes') {
    const announce = (key: string): void => parts.machines.announce(key);
    if (machineId === TOOLBOX_MACHINE) {
      const address = apiServerAddresses(parts.config)[0] ?? '';
      return { transport: parts.api, user: ADMIN, server: `https://${address}:${API_SERVER_PORT}`, announce };
    }
    const user = accountOf(parts.podOf(machineId));
    return user === undefined
      ? undefined
      : { transport: parts.api, user, server: `https://${apiServiceAddress(parts.config)}:443`, announce };
  }
  if (name === CONTROLLERS_SERVICE) return parts.controllers();
  if (name === CONTAINER_RUNTIME_SERVICE) return parts.runtimeOf(machineId);
  if (name === SYSTEMD_SERVICE) return parts.systemdOf(machineId);
  if (name === API_SERVER_SERVICE) return servedApi(parts, parts.podOf(machineId));
  if (name === GATEWAY_SERVICE) return gatewayView(parts, parts.podOf(machineId));
  if (name === IPTABLES_SAVE_SERVICE) return parts.config.proxyMode === 'iptables' ? iptablesSave : undefined;
  if (name === KUBERNETES_CLIENT_SERVICE) {
    const user = accountOf(parts.podOf(machineId));
    return user === undefined ? undefined : parts.api.clientFor(user);
  }
  return undefined;
}

/** What the controller tells the pods of a Gateway; a pod that names none is told nothing. */
function gatewayView({ api, config }: ServiceParts, pod: Pod | undefined): GatewayView | undefined {
  const gateway = pod?.metadata?.labels?.[GATEWAY_NAME_LABEL];
  if (gateway === undefined || config.gateway === undefined) return undefined;
  const namespace = pod?.metadata?.namespace;
  const { bound, around } = gatewaySnapshot(api);
  const mine = bound.find(
    ({ gateway: { metadata } }) => metadata.name === gateway && metadata.namespace === namespace,
  );
  return { client: api.clientFor(ADMIN), around, listeners: () => mine?.listeners ?? [] };
}

/** Only the static pod of an API server serves the API. */
function servedApi({ api, config }: ServiceParts, pod: Pod | undefined): ServedApi | undefined {
  const uid = pod?.metadata?.uid;
  if (uid === undefined || uid !== staticPodUid('kube-apiserver', pod?.spec?.nodeName ?? ''))
    return undefined;
  return {
    transport: api,
    userOfToken: (token) => api.userOfToken(token),
    chain: () => [apiServerCertificate(config).certificate.der],
  };
}

/** A pod speaks to the API as its ServiceAccount, when its token is mounted. */
function accountOf(pod: Pod | undefined): UserInfo | undefined {
  const name = pod?.spec?.serviceAccountName;
  const namespace = pod?.metadata?.namespace;
  const mounted =
    pod?.spec?.volumes?.some((volume) =>
      volume.projected?.sources?.some((source) => source.serviceAccountToken !== undefined),
    ) ?? false;
  if (name === undefined || namespace === undefined || !mounted) return undefined;
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

/** The token that the kubelet asks the API server for on behalf of a pod (API7). Empty while the API server does not answer. */
export function mintToken(api: ApiServer, pod: Pod, projection: ServiceAccountTokenProjection): string {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      ...(projection.audience === undefined ? {} : { audiences: [projection.audience] }),
      expirationSeconds: projection.expirationSeconds ?? 3600,
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
    },
  };
  const response = api.handle({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec?.serviceAccountName ?? 'default'}/token`,
    query: [],
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: utf8Encode(JSON.stringify(request)),
    user: {
      name: `system:node:${pod.spec?.nodeName ?? ''}`,
      groups: ['system:nodes', 'system:authenticated'],
    },
  });
  if (response.status >= 300 || response.body === undefined) return '';
  const answer = JSON.parse(utf8Decode(response.body)) as { readonly status?: { readonly token?: string } };
  return answer.status?.token ?? '';
}
