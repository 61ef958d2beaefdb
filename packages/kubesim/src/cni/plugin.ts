import type { Cidr, IpAddress, MacAddress, NetnsId, Network } from '@podwire/netsim';
import type { SandboxRequest } from './contract.ts';
import type { HostLocalRange } from './host-local.ts';

/** One hostPort of one container, as portmap remembers it until DEL. */
export interface HostPort {
  readonly podNamespace: string;
  readonly podName: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly hostPort: number;
  readonly hostIp?: IpAddress;
  readonly containerIp: IpAddress;
  readonly containerPort: number;
}

/** What plugins keep on the node between calls. Plain data. */
export interface PluginState {
  readonly ranges: Map<Cidr, HostLocalRange>;
  /** Container → its host ports. */
  readonly hostPorts: Map<string, readonly HostPort[]>;
}

/** A plugin's part of the configuration list, after CNI3: `name` and `cniVersion` are the list's. */
export interface PluginConfig {
  readonly type: string;
  readonly name: string;
  readonly cniVersion: string;
  readonly [key: string]: unknown;
}

/** A plugin's result (CNI specification 1.1, section 5). */
export interface PluginResult {
  readonly cniVersion: string;
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac?: MacAddress;
    readonly sandbox?: NetnsId;
  }[];
  readonly ips: readonly {
    readonly address: string;
    readonly gateway: IpAddress;
    readonly interface: number;
  }[];
  readonly routes: readonly { readonly dst: Cidr; readonly gw?: IpAddress }[];
}

export type PluginOutcome =
  { readonly ok: true; readonly result: PluginResult } | { readonly ok: false; readonly message: string };

export interface PluginContext {
  readonly network: Network;
  /** The node's own network namespace. */
  readonly host: NetnsId;
  readonly state: PluginState;
  readonly request: SandboxRequest;
  /** A file of the node, as plugins read it. */
  readonly readFile: (path: string) => string | undefined;
}

export interface CniPlugin {
  add(context: PluginContext, config: PluginConfig, previous: PluginResult | undefined): PluginOutcome;
  /** Must succeed also when ADD failed halfway, or never ran (CNI2). */
  del(context: PluginContext, config: PluginConfig): void;
}

/** The plugin that a configuration names is not on the node. */
export function notInstalled(type: string): string {
  return `failed to find plugin "${type}" in path [/opt/cni/bin]`;
}

export function textOf(config: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = config[key];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(config: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = config[key];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
