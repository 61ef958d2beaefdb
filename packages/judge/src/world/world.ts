import type { ServiceSpec } from 'kubernetes-types/core/v1';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';

/**
 * What both clusters are asked to be. Plain data, and the same for each: where an address belongs, a
 * word in braces stands for it (`${ip:alpha/p0}`, `${node:1}`, `${cidr:0}`), which `Names` fills in.
 */
export interface World {
  readonly name: string;
  readonly namespaces: readonly WorldNamespace[];
  readonly pods: readonly WorldPod[];
  readonly services: readonly WorldService[];
  readonly slices: readonly WorldSlice[];
  readonly policies: readonly WorldPolicy[];
}

export interface WorldNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** agnhost's netexec, once for each of its ports. */
export interface WorldPod {
  readonly namespace: string;
  readonly name: string;
  /** 0: the control plane's node, 1: the worker. */
  readonly node: 0 | 1;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  readonly ready: boolean;
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly servers: readonly WorldServer[];
}

/** Listens on this number over TCP and UDP. */
export interface WorldServer {
  readonly port: number;
  readonly tcpName?: string;
  readonly udpName?: string;
}

export interface WorldService {
  readonly namespace: string;
  readonly name: string;
  readonly spec: ServiceSpec;
}

/** Endpoints written by hand, for a Service without a selector. */
export interface WorldSlice {
  readonly namespace: string;
  readonly service: string;
  /** Pods, as `namespace/name`. */
  readonly endpoints: readonly string[];
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol: 'TCP' | 'UDP';
  }[];
}

export interface WorldPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly spec: NetworkPolicySpec;
}

/** Where the judge's own pods are: no policy of a world is made there. */
export const WATCH_NAMESPACE = 'watch';
/** Netexec on each node's own network. */
export const HOST_PORT = 18_080;
/** On each node: whether the node's rules are up to date is asked of it. */
export const CANARY_LABELS = { role: 'canary' } as const;

export function refOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** The judge's own pods, the same in each world. */
export const WATCHERS: readonly WorldPod[] = ([0, 1] as const).flatMap((node): readonly WorldPod[] => [
  {
    namespace: WATCH_NAMESPACE,
    name: `host${node}`,
    node,
    labels: { role: 'host' },
    hostNetwork: true,
    ready: true,
    servers: [{ port: HOST_PORT }],
  },
  {
    namespace: WATCH_NAMESPACE,
    name: `canary${node}`,
    node,
    labels: CANARY_LABELS,
    hostNetwork: false,
    ready: true,
    servers: [{ port: 80 }, { port: 81 }],
  },
]);
