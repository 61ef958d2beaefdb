import type { AddressSet, Chain, Match, Rule, RuleOrigin, Table, VerdictMap } from '@podwire/netsim';
import { PRIORITY } from '@podwire/netsim';
import { selectorMatches } from '../labels/selector.ts';
import { cidrContains, formatCidr, hostCidr, parseAddress, subtractCidrs } from '../nodes/address.ts';
import { podIndex } from './pod-index.ts';
import { resolveNamedPort } from './ports.ts';
import type { PortRule } from './ports.ts';
import type { Direction, PeerRule, PolicyPod, PolicyView, PolicyWorld, TrafficRule } from './world.ts';

export const POLICY_TABLE = 'network-policy';

const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

/**
 * The rules that enforce the policies at one node, for the pods that live there.
 *
 * Each direction has a base chain of its own in the forward hook, after DNAT and before masquerade
 * (NP15, NP16): `accept` ends one direction, and the other still has its say (NP1). A verdict map leads
 * to the chain of an isolated pod; that chain jumps to the chains of its policies, and drops what none
 * of them allowed. What a node itself sends, and what its pods send to it, never meets the forward
 * hook, so it passes (NP24).
 */
export function compilePolicies(world: PolicyWorld, localPods: readonly PolicyPod[]): Table {
  const builder = new TableBuilder(world, localPods);
  for (const direction of DIRECTIONS) builder.addDirection(direction);
  builder.addBaseChain('forward-egress', PRIORITY.filter, 'egress');
  builder.addBaseChain('forward-ingress', PRIORITY.filter + 1, 'ingress');
  return builder.table();
}

class TableBuilder {
  readonly #world: PolicyWorld;
  readonly #localPods: readonly PolicyPod[];
  readonly #chains = new Map<string, Chain>();
  readonly #sets = new Map<string, AddressSet>();
  readonly #maps = new Map<string, VerdictMap>();

  constructor(world: PolicyWorld, localPods: readonly PolicyPod[]) {
    this.#world = world;
    this.#localPods = localPods;
  }

  table(): Table {
    return { name: POLICY_TABLE, chains: this.#chains, sets: this.#sets, maps: this.#maps };
  }

  addBaseChain(name: string, priority: number, direction: Direction): void {
    const rules: Rule[] = [
      {
        // NP27, NP28: replies, and connections that were allowed when they began.
        match: { connectionState: ['established', 'related'] },
        action: { kind: 'accept' },
        comment: 'established connections',
      },
      { match: {}, action: { kind: 'vmap', map: mapName(direction) } },
    ];
    this.#chains.set(name, { name, hook: 'forward', priority, type: 'filter', policy: 'accept', rules });
  }

  addDirection(direction: Direction): void {
    const entries = new Map<string, string>();
    for (const pod of this.#localPods) {
      const policies = podIndex(this.#world).policiesOf(direction, pod);
      if (policies.length === 0) continue;
      const chain = this.#podChain(direction, pod, policies);
      this.#chains.set(chain.name, chain);
      for (const address of pod.addresses) entries.set(address, chain.name);
      for (const policy of policies) this.#ensurePolicyChain(direction, policy);
    }
    const name = mapName(direction);
    this.#maps.set(name, { name, key: [direction === 'egress' ? 'source' : 'destination'], entries });
  }

  #podChain(direction: Direction, pod: PolicyPod, policies: readonly PolicyView[]): Chain {
    const self = pod.addresses.map((address): Rule => ({
      // NP26: reached through a Service, a pod meets its own policies here.
      match: { source: { cidrs: [hostCidr(address)] }, destination: { cidrs: [hostCidr(address)] } },
      action: { kind: 'accept' },
      comment: 'a pod always reaches itself',
    }));
    const jumps = policies.map((policy): Rule => ({
      match: {},
      action: { kind: 'jump', chain: policyChainName(direction, policy) },
    }));
    const drop: Rule = {
      match: {},
      action: { kind: 'drop' },
      origin: isolationOrigin(direction, pod, policies),
      comment: `${pod.namespace}/${pod.name} is isolated for ${direction}`,
    };
    return { name: `pod-${direction}-${pod.namespace}/${pod.name}`, rules: [...self, ...jumps, drop] };
  }

  #ensurePolicyChain(direction: Direction, policy: PolicyView): void {
    const name = policyChainName(direction, policy);
    if (this.#chains.has(name)) return;
    const rules = (policy.rules[direction] ?? []).flatMap((rule) =>
      this.#compileRule(direction, policy, rule),
    );
    this.#chains.set(name, { name, rules });
  }

  #compileRule(direction: Direction, policy: PolicyView, rule: TrafficRule): readonly Rule[] {
    const peers: readonly (PeerRule | undefined)[] = rule.peers ?? [undefined];
    return peers.flatMap((peer) => this.#compilePeer(direction, policy, rule, peer));
  }

  #compilePeer(
    direction: Direction,
    policy: PolicyView,
    rule: TrafficRule,
    peer: PeerRule | undefined,
  ): readonly Rule[] {
    const peerMatch = peer === undefined ? {} : this.#peerMatch(direction, policy, peer);
    const allow = (match: Match, field: string, reason: string): Rule => ({
      match: { ...peerMatch, ...match },
      action: { kind: 'accept' },
      origin: { kind: 'NetworkPolicy', namespace: policy.namespace, name: policy.name, field, reason },
      comment: `${policy.namespace}/${policy.name} ${field}`,
    });
    const field = peer?.field ?? rule.field;
    const whom = describePeer(direction, peer);
    // NP23: only a rule without ports covers ICMP, since it alone says nothing of a protocol.
    if (rule.ports === undefined) return [allow({}, field, `It allows ${whom} on every port.`)];
    const rules = this.#portMatches(direction, policy, rule.ports, peer).map(({ match, port, what }) =>
      allow(match, peer === undefined ? port.field : field, `It allows ${whom} on ${what}.`),
    );
    return rules;
  }

  /** A set of the table holds the addresses that the peer means, so that a relabelled pod changes the set alone. */
  #peerMatch(direction: Direction, policy: PolicyView, peer: PeerRule): Match {
    const set = `${policy.namespace}/${policy.name}:${peer.field}`;
    if (!this.#sets.has(set))
      this.#sets.set(set, { name: set, elements: new Set(this.#peerElements(policy, peer)) });
    return direction === 'ingress' ? { source: { set } } : { destination: { set } };
  }

  #peerElements(policy: PolicyView, peer: PeerRule): readonly string[] {
    if (peer.kind === 'pods')
      return this.#peerPods(policy, peer).flatMap(({ addresses }) => addresses.map(hostCidr));
    const blocks = subtractCidrs(
      peer.cidr,
      peer.except.map(({ cidr }) => cidr),
    );
    return blocks.map(formatCidr);
  }

  #peerPods(policy: PolicyView, peer: Extract<PeerRule, { kind: 'pods' }>): readonly PolicyPod[] {
    const index = podIndex(this.#world);
    return index.podsOf(index.peerPods(peer, policy.namespace));
  }

  #portMatches(
    direction: Direction,
    policy: PolicyView,
    ports: readonly PortRule[],
    peer: PeerRule | undefined,
  ): readonly PortMatch[] {
    return ports.flatMap((port): readonly PortMatch[] => {
      const protocol = port.protocol;
      const transport = protocol.toUpperCase();
      switch (port.port.kind) {
        case 'every':
          return [{ port, match: { protocol }, what: `every ${transport} port` }];
        case 'range': {
          const { range } = port.port;
          const numbers =
            range.from === range.to ? `port ${range.from}` : `ports ${range.from} to ${range.to}`;
          return [{ port, match: { protocol, destinationPorts: [range] }, what: `${transport} ${numbers}` }];
        }
        case 'named':
          return this.#namedPortMatches(direction, policy, port, port.port.name, peer);
      }
    });
  }

  /** NP17, NP18: one rule for each number that destination pods give the name, for those pods alone. */
  #namedPortMatches(
    direction: Direction,
    policy: PolicyView,
    port: PortRule,
    name: string,
    peer: PeerRule | undefined,
  ): readonly PortMatch[] {
    const byNumber = new Map<number, string[]>();
    for (const pod of this.#destinations(direction, policy, peer)) {
      const number = resolveNamedPort(pod.ports, name, port.protocol);
      if (number === undefined) continue;
      const elements = byNumber.get(number) ?? [];
      for (const address of pod.addresses)
        if (inBlock(direction, peer, address)) elements.push(hostCidr(address));
      byNumber.set(number, elements);
    }
    return [...byNumber].map(([number, elements]) => {
      const scope = direction === 'egress' && peer !== undefined ? peer.field : 'all';
      const set = `${policy.namespace}/${policy.name}:${port.field}:${scope}:${number}`;
      this.#sets.set(set, { name: set, elements: new Set(elements) });
      return {
        port,
        match: {
          destination: { set },
          protocol: port.protocol,
          destinationPorts: [{ from: number, to: number }],
        },
        what: `the port named "${name}" (${port.protocol.toUpperCase()} ${number} here)`,
      };
    });
  }

  #destinations(direction: Direction, policy: PolicyView, peer: PeerRule | undefined): readonly PolicyPod[] {
    if (direction === 'ingress')
      return this.#localPods.filter(
        (pod) => pod.namespace === policy.namespace && selectorMatches(policy.podSelector, pod.labels),
      );
    return peer?.kind === 'pods' ? this.#peerPods(policy, peer) : this.#world.pods;
  }
}

interface PortMatch {
  readonly port: PortRule;
  readonly match: Match;
  readonly what: string;
}

function inBlock(direction: Direction, peer: PeerRule | undefined, address: string): boolean {
  if (direction === 'ingress' || peer?.kind !== 'ip-block') return true;
  const parsed = parseAddress(address);
  if (parsed === undefined || !cidrContains(peer.cidr, parsed)) return false;
  return !peer.except.some(({ cidr }) => cidrContains(cidr, parsed));
}

function mapName(direction: Direction): string {
  return `${direction}-isolated-pods`;
}

function policyChainName(direction: Direction, policy: PolicyView): string {
  return `policy-${direction}-${policy.namespace}/${policy.name}`;
}

function describePeer(direction: Direction, peer: PeerRule | undefined): string {
  const preposition = direction === 'ingress' ? 'from' : 'to';
  if (peer === undefined) return `traffic ${preposition} everywhere`;
  if (peer.kind === 'pods') return `traffic ${preposition} the pods that the peer selects`;
  const except = peer.except.length === 0 ? '' : ` except ${peer.except.map(({ text }) => text).join(', ')}`;
  return `traffic ${preposition} ${peer.text}${except}`;
}

function isolationOrigin(direction: Direction, pod: PolicyPod, policies: readonly PolicyView[]): RuleOrigin {
  const names = policies.map(({ name }) => name);
  const which =
    names.length === 1 ? `NetworkPolicy ${names.join('')}` : `NetworkPolicies ${names.join(', ')}`;
  const rules = names.length === 1 ? 'none of its rules' : 'none of their rules';
  const first = policies[0];
  return {
    kind: 'NetworkPolicy',
    namespace: pod.namespace,
    name: first?.name ?? '',
    field: `spec.${direction}`,
    reason: `Pod ${pod.namespace}/${pod.name} is isolated for ${direction} by ${which}, and ${rules} allows this connection.`,
  };
}
