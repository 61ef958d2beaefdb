import type { Chain, NetnsId, Network, Rule, Table } from '@podwire/netsim';
import { PRIORITY } from '@podwire/netsim';
import { canonicalAddress, hostCidr, sameFamily } from '../nodes/address.ts';
import { diffTables } from '../nodes/ruleset-diff.ts';
import type { CniPlugin, HostPort, PluginOutcome, PluginState } from './plugin.ts';

const HOST_PORT_TABLE = 'cni_hostport';
const LOOPBACK = '127.0.0.0/8';

/** The chained plugin `portmap`: a `hostPort` becomes DNAT on the node. It makes no interface and passes on what it was given. */
export const portmapPlugin: CniPlugin = {
  add(context, _config, previous): PluginOutcome {
    if (previous === undefined) return { ok: false, message: 'must be called as chained plugin' };
    const { portMappings, podNamespace, podName, containerId } = context.request;
    const ips = previous.ips.map(({ address }) => address.slice(0, address.indexOf('/')));
    const entries = portMappings.flatMap(
      ({ hostPort, containerPort, protocol, hostIp }): readonly HostPort[] => {
        const bound = canonicalAddress(hostIp ?? '');
        const everywhere = bound === undefined || bound === '0.0.0.0' || bound === '::';
        return ips
          .filter((ip) => bound === undefined || sameFamily(ip, bound))
          .map((containerIp) => ({
            podNamespace,
            podName,
            protocol,
            hostPort,
            containerIp,
            containerPort,
            ...(everywhere ? {} : { hostIp: bound }),
          }));
      },
    );
    if (entries.length > 0) {
      context.state.hostPorts.set(containerId, entries);
      applyHostPorts(context.network, context.host, context.state);
    }
    return { ok: true, result: previous };
  },

  del(context): void {
    if (context.state.hostPorts.delete(context.request.containerId))
      applyHostPorts(context.network, context.host, context.state);
  },
};

function applyHostPorts(network: Network, host: NetnsId, state: PluginState): void {
  const changes = diffTables(network.tables(host).get(HOST_PORT_TABLE), hostPortTable(state));
  if (changes.length > 0) network.changeRuleset(host, changes);
}

function hostPortTable({ hostPorts }: PluginState): Table {
  const entries = [...hostPorts.values()].flat();
  const toHostPorts: Rule = {
    // The plugin sets route_localnet, so that 127.0.0.1 has host ports too; IPv6 knows no such setting.
    match: { destinationIsLocal: true, destination: { cidrs: ['::1/128'], not: true } },
    action: { kind: 'jump', chain: 'hostports' },
  };
  const chains: readonly Chain[] = [
    { name: 'hostports', rules: entries.map(dnatRule) },
    { name: 'prerouting', hook: 'prerouting', priority: PRIORITY.dstnat, type: 'nat', rules: [toHostPorts] },
    { name: 'output', hook: 'output', priority: PRIORITY.dstnat, type: 'nat', rules: [toHostPorts] },
    {
      name: 'masquerading',
      hook: 'postrouting',
      priority: PRIORITY.srcnat,
      type: 'nat',
      rules: entries.flatMap(masqueradeRules),
    },
  ];
  return {
    name: HOST_PORT_TABLE,
    chains: new Map(chains.map((chain) => [chain.name, chain])),
    sets: new Map(),
    maps: new Map(),
  };
}

function dnatRule(entry: HostPort): Rule {
  const { hostIp, hostPort, protocol, containerIp, containerPort, podNamespace, podName } = entry;
  return {
    match: {
      ...(hostIp === undefined ? {} : { destination: { cidrs: [hostCidr(hostIp)] } }),
      protocol,
      destinationPorts: [{ from: hostPort, to: hostPort }],
    },
    action: {
      kind: 'dnat',
      targets: [{ address: containerIp, port: containerPort, label: `pod ${podNamespace}/${podName}` }],
    },
    origin: {
      kind: 'Pod',
      namespace: podNamespace,
      name: podName,
      field: 'spec.containers[].ports[].hostPort',
      reason: `The pod asks for port ${hostPort} of its node.`,
    },
  };
}

/** Who would answer past the node otherwise: the pod that asks for its own host port, and the node's loopback. */
function masqueradeRules({ containerIp, podNamespace, podName }: HostPort): readonly Rule[] {
  const pod = { cidrs: [hostCidr(containerIp)] };
  const masquerade = (from: string, reason: string): Rule => ({
    match: { source: { cidrs: [from] }, destination: pod, dnated: true },
    action: { kind: 'masquerade' },
    origin: {
      kind: 'Pod',
      namespace: podNamespace,
      name: podName,
      field: 'spec.containers[].ports[].hostPort',
      reason,
    },
  });
  const own = masquerade(
    hostCidr(containerIp),
    'The pod reached itself through its node, and would answer itself past it.',
  );
  if (containerIp.includes(':')) return [own];
  return [own, masquerade(LOOPBACK, 'The pod could not answer the loopback of its node.')];
}
