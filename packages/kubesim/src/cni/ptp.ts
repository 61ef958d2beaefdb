import { anyCidr, formatCidr, hostCidr, parseCidr } from '../nodes/address.ts';
import { assignAddresses, releaseAddresses, resultOf } from './ipam.ts';
import type { CniPlugin, PluginOutcome } from './plugin.ts';
import { numberOf } from './plugin.ts';
import { layLink, removeLink } from './veth.ts';

/**
 * The reference plugin `ptp`: no switch. Each pod has a wire to the node and a host route; even pods of
 * one node reach each other through the node's routing table.
 */
export const ptpPlugin: CniPlugin = {
  add(context, config): PluginOutcome {
    const assigned = assignAddresses(context, config);
    if (!assigned.ok) return assigned;
    const link = layLink(context, numberOf(config, 'mtu'));
    const { network, host, request } = context;
    const pod = request.interfaceName;
    for (const { address, cidrWithHost, gateway } of assigned.allocations) {
      network.addAddress(request.netns, pod, cidrWithHost);
      const subnet = parseCidr(cidrWithHost);
      // The subnet is not on this wire: all but the gateway lies behind the gateway.
      if (subnet !== undefined) {
        network.removeRoute(request.netns, formatCidr(subnet));
        network.addRoute(request.netns, {
          destination: hostCidr(gateway),
          interfaceName: pod,
          scope: 'link',
          source: address,
        });
        network.addRoute(request.netns, {
          destination: formatCidr(subnet),
          via: gateway,
          interfaceName: pod,
          source: address,
        });
      }
      network.addRoute(request.netns, { destination: anyCidr(gateway), via: gateway, interfaceName: pod });
      network.addAddress(host, link, hostCidr(gateway));
      network.addRoute(host, { destination: hostCidr(address), interfaceName: link, scope: 'link' });
    }
    return { ok: true, result: resultOf(config, [link], context, assigned.allocations) };
  },

  del(context): void {
    removeLink(context);
    releaseAddresses(context);
  },
};
