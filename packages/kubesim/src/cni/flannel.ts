import { formatCidr, parseCidr } from '../nodes/address.ts';
import { bridgePlugin } from './bridge.ts';
import type { CniPlugin, PluginConfig, PluginContext, PluginOutcome } from './plugin.ts';
import { isRecord } from './plugin.ts';

export const SUBNET_FILE = '/run/flannel/subnet.env';

/** The meta-plugin `flannel`: reads what the agent wrote about this node's subnet, and delegates to `bridge`. */
export const flannelPlugin: CniPlugin = {
  add(context, config, previous): PluginOutcome {
    const delegate = delegateOf(context, config);
    if (delegate === undefined)
      return {
        ok: false,
        message: `loadFlannelSubnetEnv failed: open ${SUBNET_FILE}: no such file or directory`,
      };
    return bridgePlugin.add(context, delegate, previous);
  },

  del(context, config): void {
    bridgePlugin.del(context, config);
  },
};

function delegateOf(context: PluginContext, config: PluginConfig): PluginConfig | undefined {
  const text = context.readFile(SUBNET_FILE);
  if (text === undefined) return undefined;
  const values = new Map(
    text.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const equals = line.indexOf('=');
      return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
    }),
  );
  // It names the gateway, `10.244.1.1/24`; the range is the block around it.
  const block = parseCidr(values.get('FLANNEL_SUBNET') ?? '');
  if (block === undefined) return undefined;
  const delegate = config['delegate'];
  return {
    ...(isRecord(delegate) ? delegate : {}),
    type: 'bridge',
    name: config.name,
    cniVersion: config.cniVersion,
    bridge: 'cni0',
    mtu: Number(values.get('FLANNEL_MTU') ?? '1450'),
    ipam: { type: 'host-local', ranges: [[{ subnet: formatCidr(block) }]] },
  };
}
