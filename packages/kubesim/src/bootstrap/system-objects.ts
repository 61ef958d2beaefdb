import type { ConfigMap, Namespace, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { Endpoints } from 'kubernetes-types/core/v1';
import type { DaemonSet, Deployment } from 'kubernetes-types/apps/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { ClusterConfig } from '../config.ts';
import { addressAt, parseCidr } from '../nodes/address.ts';
import { defaultCorefile } from '../dns/corefile-default.ts';

/** Images that a node made by kubeadm has before anything is pulled. */
export const COREDNS_IMAGE = 'registry.k8s.io/coredns/coredns:v1.12.1';
export const ETCD_IMAGE = 'registry.k8s.io/etcd:3.6.4-0';
export const KUBE_VERSION = 'v1.34.4';
export const KUBE_PROXY_IMAGE = `registry.k8s.io/kube-proxy:${KUBE_VERSION}`;

/** ClusterIPs that kubeadm takes: the first of the range for the API server, the tenth for DNS. */
const API_OFFSET = 1n;
const DNS_OFFSET = 10n;
export const API_SERVER_PORT = 6443;

function serviceAddress(config: ClusterConfig, offset: bigint): string {
  const range = parseCidr(config.serviceCidrs[0] ?? '');
  if (range === undefined) throw new RangeError(`"${config.serviceCidrs[0] ?? ''}" is no CIDR`);
  return addressAt(range, offset);
}

export function apiServiceAddress(config: ClusterConfig): string {
  return serviceAddress(config, API_OFFSET);
}

export function dnsServiceAddress(config: ClusterConfig): string {
  return serviceAddress(config, DNS_OFFSET);
}

export function systemNamespaces(): readonly Namespace[] {
  return ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
}

export function systemServiceAccounts(): readonly ServiceAccount[] {
  return ['coredns', 'kube-proxy'].map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'kube-system' },
  }));
}

export function systemServices(config: ClusterConfig): readonly Service[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { component: 'apiserver', provider: 'kubernetes' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: apiServiceAddress(config),
        ipFamilyPolicy: 'SingleStack',
        ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: API_SERVER_PORT }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
        labels: {
          'k8s-app': 'kube-dns',
          'kubernetes.io/cluster-service': 'true',
          'kubernetes.io/name': 'CoreDNS',
        },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: dnsServiceAddress(config),
        selector: { 'k8s-app': 'kube-dns' },
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
          { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53 },
          { name: 'metrics', protocol: 'TCP', port: 9153, targetPort: 9153 },
        ],
      },
    },
  ];
}

/** What the API server itself keeps of its own Service: its addresses, by no selector. */
export function apiServerEndpoints(addresses: readonly string[]): {
  readonly endpoints: Endpoints;
  readonly slice: EndpointSlice;
} {
  return {
    endpoints: {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
      },
      subsets: [
        {
          addresses: addresses.map((ip) => ({ ip })),
          ports: [{ name: 'https', port: API_SERVER_PORT, protocol: 'TCP' }],
        },
      ],
    },
    slice: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { 'kubernetes.io/service-name': 'kubernetes' },
      },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports: [{ name: 'https', port: API_SERVER_PORT, protocol: 'TCP' }],
    },
  };
}

export function systemConfigMaps(config: ClusterConfig): readonly ConfigMap[] {
  const map = (name: string, data: Record<string, string>, labels?: Record<string, string>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'kube-system', ...(labels === undefined ? {} : { labels }) },
    data,
  });
  return [
    map('coredns', { Corefile: defaultCorefile(config.clusterDomain) }),
    map('kube-proxy', { 'config.conf': kubeProxyConfig(config) }, { app: 'kube-proxy' }),
    map('kubeadm-config', { ClusterConfiguration: clusterConfiguration(config) }),
  ];
}

function kubeProxyConfig(config: ClusterConfig): string {
  return `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: ${config.podCidrs.join(',')}\nmode: ${config.proxyMode}\n`;
}

function clusterConfiguration(config: ClusterConfig): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: ${config.name}\nkind: ClusterConfiguration\nkubernetesVersion: ${KUBE_VERSION}\nnetworking:\n  dnsDomain: ${config.clusterDomain}\n  podSubnet: ${config.podCidrs.join(',')}\n  serviceSubnet: ${config.serviceCidrs.join(',')}\n`;
}

/** As kubeadm makes it. */
export function corednsDeployment(): Deployment {
  const labels = { 'k8s-app': 'kube-dns' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-cluster-critical',
          serviceAccountName: 'coredns',
          dnsPolicy: 'Default',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: {
                      matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }],
                    },
                    topologyKey: 'kubernetes.io/hostname',
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: 'coredns',
              image: COREDNS_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              args: ['-conf', '/etc/coredns/Corefile'],
              resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
              volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
              ports: [
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
                { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
                { name: 'liveness-probe', containerPort: 8080, protocol: 'TCP' },
                { name: 'readiness-probe', containerPort: 8181, protocol: 'TCP' },
              ],
              livenessProbe: {
                httpGet: { path: '/health', port: 'liveness-probe', scheme: 'HTTP' },
                initialDelaySeconds: 60,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 5,
              },
              readinessProbe: { httpGet: { path: '/ready', port: 'readiness-probe', scheme: 'HTTP' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
          volumes: [
            {
              name: 'config-volume',
              configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] },
            },
          ],
        },
      },
    },
  };
}

/** As kubeadm makes it. The rules themselves are the work of the component `kube-proxy/<node>`. */
export function kubeProxyDaemonSet(): DaemonSet {
  const labels = { 'k8s-app': 'kube-proxy' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-node-critical',
          serviceAccountName: 'kube-proxy',
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'kube-proxy',
              image: KUBE_PROXY_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              command: [
                '/usr/local/bin/kube-proxy',
                '--config=/var/lib/kube-proxy/config.conf',
                '--hostname-override=$(NODE_NAME)',
                '--v=2',
              ],
              env: [
                {
                  name: 'NODE_NAME',
                  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } },
                },
              ],
              securityContext: { privileged: true },
              volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
            },
          ],
          volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
        },
      },
    },
  };
}

/** The two that every API server makes for itself (scheduling.SystemPriorityClasses). */
export function systemPriorityClasses(): readonly object[] {
  const make = (name: string, value: number, description: string): object => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
  });
  return [
    make(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    make(
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ),
  ];
}
