import type { NetnsId } from '@podwire/netsim';

/** What the kubelet's runtime tells the network plugins of one pod sandbox (CNI specification 1.1, section 2). */
export interface SandboxRequest {
  readonly containerId: string;
  readonly netns: NetnsId;
  readonly nodeName: string;
  readonly interfaceName: 'eth0';
  readonly podNamespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly portMappings: readonly {
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: 'tcp' | 'udp' | 'sctp';
    readonly hostIp?: string;
  }[];
}

export type CniAddResult =
  | { readonly ok: true; readonly ips: readonly string[]; readonly gateway?: string }
  /** Message as it stands in the pod's FailedCreatePodSandBox event. */
  | { readonly ok: false; readonly message: string };

/** A node's container network: the plugin list of its configuration, run in order (CNI1, CNI2). */
export interface NodeCni {
  /** Why the node's network is not ready (CNI4), or undefined when it is. */
  notReadyReason(): string | undefined;
  add(request: SandboxRequest): CniAddResult;
  del(request: SandboxRequest): void;
}
