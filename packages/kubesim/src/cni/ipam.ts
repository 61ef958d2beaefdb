import type { Cidr } from '@podwire/netsim';
import { anyCidr } from '../nodes/address.ts';
import { allocate, release } from './host-local.ts';
import type { Allocation } from './host-local.ts';
import { isRecord, notInstalled, textOf } from './plugin.ts';
import type { PluginConfig, PluginContext, PluginResult } from './plugin.ts';

export type IpamOutcome =
  | { readonly ok: true; readonly allocations: readonly Allocation[] }
  | { readonly ok: false; readonly message: string };

/** Hands the plugin's `ipam` section to host-local: one address a range set. */
export function assignAddresses(context: PluginContext, config: PluginConfig): IpamOutcome {
  const ipam = config['ipam'];
  if (!isRecord(ipam)) return { ok: false, message: 'no IP ranges specified' };
  const type = textOf(ipam, 'type') ?? '';
  if (type !== 'host-local') return { ok: false, message: notInstalled(type) };
  const subnets = subnetsOf(ipam);
  if (subnets.length === 0) return { ok: false, message: 'no IP ranges specified' };
  const allocations: Allocation[] = [];
  for (const [index, subnet] of subnets.entries()) {
    const outcome = allocate(context.state.ranges, subnet, index, context.request.containerId);
    if (!outcome.ok) return outcome;
    allocations.push(outcome.allocation);
  }
  return { ok: true, allocations };
}

export function releaseAddresses(context: PluginContext): void {
  release(context.state.ranges, context.request.containerId);
}

/** `ranges` is a list of range sets; ours hold one subnet each. */
function subnetsOf(ipam: Readonly<Record<string, unknown>>): readonly Cidr[] {
  const ranges = ipam['ranges'];
  if (!Array.isArray(ranges)) return [];
  return (ranges as readonly unknown[]).flatMap((set) => {
    const first: unknown = Array.isArray(set) ? (set as readonly unknown[])[0] : undefined;
    return isRecord(first) ? (textOf(first, 'subnet') ?? []) : [];
  });
}

/** The result of a plugin that made `eth0` with these addresses and a default route a family. */
export function resultOf(
  config: PluginConfig,
  hostInterfaces: readonly string[],
  context: PluginContext,
  allocations: readonly Allocation[],
): PluginResult {
  return {
    cniVersion: config.cniVersion,
    interfaces: [
      ...hostInterfaces.map((name) => ({ name })),
      { name: context.request.interfaceName, sandbox: context.request.netns },
    ],
    ips: allocations.map(({ cidrWithHost, gateway }) => ({
      address: cidrWithHost,
      gateway,
      interface: hostInterfaces.length,
    })),
    routes: allocations.map(({ gateway }) => ({ dst: anyCidr(gateway), gw: gateway })),
  };
}
