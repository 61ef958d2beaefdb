import type { Node, NodeCondition, NodeStatus } from 'kubernetes-types/core/v1';
import type { CSINode } from 'kubernetes-types/storage/v1';
import type { ClusterConfig, NodeConfig } from '../config.ts';
import { podCidrsForNode } from '../cni/pod-cidrs.ts';
import { sameValue, timestamp } from '../runtime/objects.ts';
import { siteAddresses } from '../nodes/underlay.ts';
import type { NodeSite } from '../nodes/underlay.ts';
import { networkNotReadyMessage } from './sandbox.ts';

export const KUBELET_VERSION = 'v1.34.4';
const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';

/** Every node of a simulated cluster is a machine of this size. */
const RESOURCES = {
  cpu: '8',
  'ephemeral-storage': '102626232Ki',
  'hugepages-1Gi': '0',
  'hugepages-2Mi': '0',
  memory: '16393244Ki',
  pods: '110',
} as const;

export const EXCLUDED_FROM_LOAD_BALANCERS = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** The Node object as the kubelet registers it, with what kubeadm and the node IPAM controller add. */
export function nodeObject(config: ClusterConfig, node: NodeConfig, site: NodeSite): Node {
  const podCIDRs = [...podCidrsForNode(config, site.index)];
  const taints =
    node.controlPlane && !node.schedulable ? [{ key: CONTROL_PLANE_LABEL, effect: 'NoSchedule' }] : [];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        ...(node.controlPlane ? { [CONTROL_PLANE_LABEL]: '' } : {}),
        // kind takes the label off where there is no other node.
        ...(node.controlPlane && config.nodes.length > 1 ? { [EXCLUDED_FROM_LOAD_BALANCERS]: '' } : {}),
        ...node.labels,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      ...(podCIDRs[0] === undefined ? {} : { podCIDR: podCIDRs[0], podCIDRs }),
      providerID: `kind://podwire/${config.name}/${node.name}`,
      ...(taints.length === 0 ? {} : { taints }),
    },
  };
}

export interface NodeFacts {
  readonly nowMs: number;
  readonly site: NodeSite;
  /** Why the container network is not ready (CNI4). */
  readonly networkNotReady: string | undefined;
  readonly images: ReadonlyMap<string, { readonly name: string; readonly sizeBytes: number }>;
}

export function nodeStatus(before: NodeStatus | undefined, facts: NodeFacts): NodeStatus {
  return {
    addresses: [
      ...siteAddresses(facts.site).map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: facts.site.name },
    ],
    allocatable: { ...extendedResources(before), ...RESOURCES },
    capacity: { ...extendedResources(before), ...RESOURCES },
    conditions: conditions(before, facts),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    images: [...facts.images.values()].map(({ name, sizeBytes }) => ({ names: [name], sizeBytes })),
    nodeInfo: {
      architecture: 'amd64',
      bootID: stableId(`${facts.site.name}/boot`),
      containerRuntimeVersion: 'containerd://2.1.4',
      kernelVersion: '6.8.0-podwire',
      kubeProxyVersion: '',
      kubeletVersion: KUBELET_VERSION,
      machineID: stableId(facts.site.name).replaceAll('-', ''),
      operatingSystem: 'linux',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      systemUUID: stableId(`${facts.site.name}/system`),
    },
  };
}

function stableId(text: string): string {
  let hex = '';
  for (let lane = 0; lane < 4; lane++) {
    let hash = 0x811c9dc5 ^ (lane * 0x9e3779b1);
    for (let index = 0; index < text.length; index++)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hex += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Extended resources that somebody wrote stay, and are all to be had (setters.go, MachineInfo). */
function extendedResources(before: NodeStatus | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries((before?.capacity ?? {}) as Readonly<Record<string, string>>).filter(
      ([name]) => name.includes('/') && !name.includes('kubernetes.io/'),
    ),
  );
}

function conditions(before: NodeStatus | undefined, facts: NodeFacts): NodeCondition[] {
  const pressure: readonly (readonly [string, string, string])[] = [
    ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ];
  const ready: NodeCondition =
    facts.networkNotReady === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: networkNotReadyMessage(facts.networkNotReady),
        };
  const all = [
    ...pressure.map(([type, reason, message]) => ({ type, status: 'False', reason, message })),
    ready,
  ];
  const now = timestamp(facts.nowMs);
  return all.map((condition) => {
    const known = before?.conditions?.find((item) => item.type === condition.type);
    const lastTransitionTime = known?.status === condition.status ? (known.lastTransitionTime ?? now) : now;
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime };
  });
}

/** Whether two reports differ in more than the time they were made at. */
export function sameReport(left: NodeStatus | undefined, right: NodeStatus): boolean {
  return sameValue(withoutHeartbeat(left), withoutHeartbeat(right));
}

function withoutHeartbeat(status: NodeStatus | undefined): unknown {
  return {
    ...status,
    conditions: status?.conditions?.map(({ lastHeartbeatTime: _when, ...condition }) => condition),
  };
}

/** Plugins that are now drivers of their own (nodeinfomanager, 1.34). */
const MIGRATED_PLUGINS = [
  'aws-ebs',
  'azure-disk',
  'azure-file',
  'cinder',
  'gce-pd',
  'portworx-volume',
  'vsphere-volume',
];

/** API20: what a kubelet tells of the drivers of its node: there are none. */
export function csiNodeObject(name: string, uid: string): CSINode {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: {
      name,
      annotations: {
        'storage.alpha.kubernetes.io/migrated-plugins': MIGRATED_PLUGINS.map(
          (plugin) => `kubernetes.io/${plugin}`,
        ).join(','),
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: { drivers: [] },
  };
}
