import type { PluginConfig, PluginContext, PluginOutcome, CniPlugin } from './plugin.ts';
import { numberOf, textOf } from './plugin.ts';
import { anyCidr } from '../nodes/address.ts';
import { assignAddresses, releaseAddresses, resultOf } from './ipam.ts';
import type { Allocation } from './host-local.ts';
import { layLink, removeLink } from './veth.ts';

/** The reference plugin `bridge` with `isGateway` and `hairpinMode`: pods of a node share one switch. */
export const bridgePlugin: CniPlugin = {
  add(context, config): PluginOutcome {
    const assigned = assignAddresses(context, config);
    if (!assigned.ok) return assigned;
    const bridge = textOf(config, 'bridge') ?? 'cni0';
    ensureBridge(context, config, bridge, assigned.allocations);
    const link = layLink(context, numberOf(config, 'mtu'));
    const { network, host, request } = context;
    network.setMaster(host, link, bridge, { hairpin: config['hairpinMode'] === true });
    for (const { cidrWithHost, gateway } of assigned.allocations) {
      network.addAddress(request.netns, request.interfaceName, cidrWithHost);
      network.addRoute(request.netns, {
        destination: anyCidr(gateway),
        via: gateway,
        interfaceName: request.interfaceName,
      });
    }
    return { ok: true, result: resultOf(config, [bridge, link], context, assigned.allocations) };
  },

  del(context): void {
    removeLink(context);
    releaseAddresses(context);
  },
};

/** The bridge comes with the first pod, as with the real plugin, and stays. */
function ensureBridge(
  { network, host }: PluginContext,
  config: PluginConfig,
  bridge: string,
  allocations: readonly Allocation[],
): void {
  const existing = network.interfaces(host).find(({ name }) => name === bridge);
  if (existing === undefined) {
    const mtuBytes = numberOf(config, 'mtu');
    network.addBridge(host, bridge, mtuBytes === undefined ? {} : { mtuBytes });
    network.setUp(host, bridge, true);
  }
  for (const { cidrWithHost, gateway } of allocations) {
    const prefix = cidrWithHost.slice(cidrWithHost.indexOf('/'));
    if (existing?.addresses.includes(`${gateway}${prefix}`) !== true)
      network.addAddress(host, bridge, `${gateway}${prefix}`);
  }
}
