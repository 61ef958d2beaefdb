/** The settings one simulated cluster is made with. The same settings and seed make the same cluster, byte for byte. */
export interface ClusterConfig {
  readonly seed: number;
  /** Virtual time at which the cluster boots, ms since the epoch. */
  readonly startMs: number;
  readonly name: string;
  readonly nodes: readonly NodeConfig[];
  /** `bridge`: a bridge a node and routes between nodes. `ptp`: a route a pod. `vxlan`: a bridge a node and an overlay. `none`: no CNI configuration at all (CNI4). */
  readonly cni: 'bridge' | 'ptp' | 'vxlan' | 'none';
  /** Whether the CNI enforces NetworkPolicy (NP31). */
  readonly networkPolicies: boolean;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly clusterDomain: string;
  readonly proxyMode: 'nftables' | 'iptables';
  readonly mtuBytes: number;
  /** Hosts beyond the nodes' network, reached through its gateway, and the TCP ports on which they answer. */
  readonly outsideHosts?: readonly OutsideHostConfig[];
  /** Gives Services of type LoadBalancer an address of this range. Without it they stay pending (SVC26). */
  readonly loadBalancer?: { readonly range: string };
  /** An NGINX-compatible ingress controller, under an IngressClass of this name. Without it Ingresses do nothing (ING11). */
  readonly ingress?: { readonly className: string };
  /** The Gateway API's standard channel, and a controller for a GatewayClass of this name (GW1). */
  readonly gateway?: { readonly className: string };
  /** PEM of the authority that signed the API server's certificate, where an adapter serves it over TLS; it stands in every kube-root-ca.crt. */
  readonly certificateAuthority?: string;
  /** PEM of that authority's key: the API server's own port, inside the cluster, gets a certificate of it. Without both the seed makes an authority. */
  readonly certificateAuthorityKey?: string;
}

/** Whether pods have IPv6 addresses, and the nodes' network with them. */
export function carriesIpv6(config: ClusterConfig): boolean {
  return config.podCidrs.some((cidr) => cidr.includes(':'));
}

export interface OutsideHostConfig {
  readonly address: string;
  readonly tcpPorts: readonly number[];
}

export interface NodeConfig {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly controlPlane: boolean;
  /** Whether ordinary pods may run there although it is a control plane. */
  readonly schedulable: boolean;
}

/** Two nodes on which pods may run, as the labs expect unless they say otherwise. */
export function defaultConfig(options: { readonly seed: number; readonly startMs: number }): ClusterConfig {
  return {
    ...options,
    name: 'podwire',
    nodes: [
      { name: 'podwire-control-plane', labels: {}, controlPlane: true, schedulable: true },
      { name: 'podwire-worker', labels: {}, controlPlane: false, schedulable: true },
    ],
    cni: 'bridge',
    networkPolicies: true,
    podCidrs: ['10.244.0.0/16'],
    serviceCidrs: ['10.96.0.0/16'],
    clusterDomain: 'cluster.local',
    proxyMode: 'nftables',
    mtuBytes: 1500,
  };
}
