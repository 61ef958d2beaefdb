import type { PortRange, TransportProtocol } from '@podwire/netsim';
import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1';

/** A port that a container of a pod gives a name. */
export interface NamedPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: TransportProtocol;
}

/** One entry of a rule's `ports`, defaults filled in. */
export interface PortRule {
  readonly field: string;
  readonly protocol: TransportProtocol;
  /** Every port of the protocol (NP20), a range (NP21), or a name that each destination pod resolves (NP17, NP18). */
  readonly port:
    | { readonly kind: 'every' }
    | { readonly kind: 'range'; readonly range: PortRange }
    | { readonly kind: 'named'; readonly name: string };
}

export function parsePorts(ruleField: string, ports: readonly NetworkPolicyPort[]): readonly PortRule[] {
  return ports.map((entry, index) => ({
    field: `${ruleField}.ports[${index}]`,
    // NP19: TCP unless said otherwise.
    protocol: entry.protocol === 'UDP' ? 'udp' : entry.protocol === 'SCTP' ? 'sctp' : 'tcp',
    port: parsePort(entry),
  }));
}

function parsePort({ port, endPort }: NetworkPolicyPort): PortRule['port'] {
  if (port === undefined) return { kind: 'every' };
  if (typeof port === 'string') return { kind: 'named', name: port };
  return { kind: 'range', range: { from: port, to: endPort ?? port } };
}

/** The number that a pod gives this name, for this protocol; the first container that has it decides. */
export function resolveNamedPort(
  ports: readonly NamedPort[],
  name: string,
  protocol: TransportProtocol,
): number | undefined {
  return ports.find((port) => port.name === name && port.protocol === protocol)?.number;
}

/** What of a connection port rules look at. ICMP has no port. */
export interface PortQuery {
  readonly protocol: TransportProtocol | 'icmp';
  readonly port?: number;
  /** Named ports of the destination, when it is a pod; also on egress (NP18). */
  readonly destinationPorts: readonly NamedPort[] | undefined;
}

/** undefined when the rule covers the connection, otherwise why it does not. */
export function portMiss(rule: PortRule, query: PortQuery): string | undefined {
  // NP23: ICMP has no ports, so no entry of `ports` can cover it.
  if (query.protocol === 'icmp') return 'it lists ports, and ICMP has none';
  if (rule.protocol !== query.protocol)
    return `it is for ${rule.protocol.toUpperCase()}, and the connection is ${query.protocol.toUpperCase()}`;
  switch (rule.port.kind) {
    case 'every':
      return undefined;
    case 'range': {
      const { from, to } = rule.port.range;
      if (query.port !== undefined && query.port >= from && query.port <= to) return undefined;
      return `it allows ${from === to ? `port ${from}` : `ports ${from}-${to}`}, and the connection is to port ${query.port ?? 'none'}`;
    }
    case 'named': {
      const { name } = rule.port;
      if (query.destinationPorts === undefined)
        return `it names port "${name}", and the destination is no pod that could resolve it`;
      const number = resolveNamedPort(query.destinationPorts, name, rule.protocol);
      if (number === undefined)
        return `it names port "${name}", and no container of the destination pod has a ${rule.protocol.toUpperCase()} port of that name`;
      if (number === query.port) return undefined;
      return `port "${name}" of the destination pod is ${number}, and the connection is to port ${query.port ?? 'none'}`;
    }
  }
}
