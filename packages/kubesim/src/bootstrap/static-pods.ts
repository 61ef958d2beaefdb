import { deepFreeze } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import type { ClusterConfig } from '../config.ts';
import { fnv32a } from '../runtime/objects.ts';
import { API_SERVER_PORT, ETCD_IMAGE, KUBE_VERSION } from './system-objects.ts';

/** Parts of a control plane that run from manifests in /etc/kubernetes/manifests. */
export const STATIC_COMPONENTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const;
/** kubeadm gives none; here a log is to tell what its component does. */
const VERBOSITY = '--v=3';
export type StaticComponent = (typeof STATIC_COMPONENTS)[number];

/** The hash that names a static pod to its kubelet. */
export function staticPodUid(component: StaticComponent, nodeName: string): string {
  let hex = '';
  for (let lane = 0; lane < 4; lane++)
    hex += fnv32a(`${lane}/${component}/${nodeName}`).toString(16).padStart(8, '0');
  return hex;
}

export function staticPod(
  component: StaticComponent,
  nodeName: string,
  nodeAddress: string,
  config: ClusterConfig,
): Pod {
  return deepFreeze<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${component}-${nodeName}`,
      namespace: 'kube-system',
      uid: staticPodUid(component, nodeName),
      labels: { component, tier: 'control-plane' },
      ...(component === 'kube-apiserver'
        ? {
            annotations: {
              'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${nodeAddress}:${API_SERVER_PORT}`,
            },
          }
        : {}),
    },
    spec: {
      containers: [
        {
          name: component,
          image: component === 'etcd' ? ETCD_IMAGE : `registry.k8s.io/${component}:${KUBE_VERSION}`,
          imagePullPolicy: 'IfNotPresent',
          command: commandOf(component, nodeName, nodeAddress, config),
          resources: {
            requests: {
              cpu:
                component === 'kube-controller-manager'
                  ? '200m'
                  : component === 'kube-apiserver'
                    ? '250m'
                    : '100m',
            },
          },
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      hostNetwork: true,
      nodeName,
      priority: 2_000_001_000,
      priorityClassName: 'system-node-critical',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 30,
      tolerations: [{ effect: 'NoExecute', operator: 'Exists' }],
    },
  });
}

function commandOf(
  component: StaticComponent,
  nodeName: string,
  nodeAddress: string,
  config: ClusterConfig,
): string[] {
  switch (component) {
    case 'etcd':
      return [
        'etcd',
        `--advertise-client-urls=https://${nodeAddress}:2379`,
        `--listen-client-urls=https://127.0.0.1:2379,https://${nodeAddress}:2379`,
        `--name=${nodeName}`,
      ];
    case 'kube-apiserver':
      return [
        'kube-apiserver',
        `--advertise-address=${nodeAddress}`,
        '--authorization-mode=Node,RBAC',
        '--etcd-servers=https://127.0.0.1:2379',
        `--secure-port=${API_SERVER_PORT}`,
        `--service-cluster-ip-range=${config.serviceCidrs.join(',')}`,
      ];
    case 'kube-controller-manager':
      return [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        `--cluster-cidr=${config.podCidrs.join(',')}`,
        `--cluster-name=${config.name}`,
        '--leader-elect=true',
        `--service-cluster-ip-range=${config.serviceCidrs.join(',')}`,
        VERBOSITY,
      ];
    case 'kube-scheduler':
      return ['kube-scheduler', '--bind-address=127.0.0.1', '--leader-elect=true', VERBOSITY];
  }
}
