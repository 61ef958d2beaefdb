import { selectorMatches } from '../labels/selector.ts';
import { peerMiss } from './peers.ts';
import type { PeerQuery } from './peers.ts';
import { portMiss } from './ports.ts';
import type { PortQuery } from './ports.ts';
import type { Connection, DirectionVerdict, PolicyVerdict, RuleMiss } from './verdict.ts';
import { viewPolicies } from './world.ts';
import type { Direction, PolicyObjects, PolicyPod, PolicyView, PolicyWorld, TrafficRule } from './world.ts';

/** Weight of a rule's ports against its peers when misses are ranked: a right peer with a wrong port is nearest. */
const PEER_HELD = 4;
const PORTS_HELD = 2;

/** Judges one new connection by the policies alone. Replies and established connections (NP27, NP28) are conntrack's. */
export function evaluatePolicies(objects: PolicyObjects, connection: Connection): PolicyVerdict {
  return evaluateConnection(viewPolicies(objects), connection);
}

/** As `evaluatePolicies`, for many connections over one view of the objects. */
function evaluateConnection(world: PolicyWorld, connection: Connection): PolicyVerdict {
  const source = endOf(world, connection.source);
  const destination = endOf(world, connection.destination);
  // NP26: a pod cannot be cut off from itself, also not through a Service.
  if (source.pod !== undefined && source.pod === destination.pod) {
    const verdict: DirectionVerdict = { kind: 'exempt', reason: 'A pod can always reach itself.' };
    return { allowed: true, egress: verdict, ingress: verdict };
  }
  const ports: PortQuery = {
    protocol: connection.protocol,
    ...(connection.port === undefined ? {} : { port: connection.port }),
    destinationPorts: destination.pod?.ports,
  };
  // NP24: a pod and its own node reach each other always; without it the kubelet's probes would not pass.
  const egress = isOwnNode(source.pod, destination)
    ? ownNode('to', destination)
    : judge(world, 'egress', source.pod, destination, ports);
  const ingress = isOwnNode(destination.pod, source)
    ? ownNode('from', source)
    : judge(world, 'ingress', destination.pod, source, ports);
  return { allowed: egress.kind !== 'denied' && ingress.kind !== 'denied', egress, ingress };
}

interface End extends PeerQuery {
  readonly node?: string;
}

function isOwnNode(pod: PolicyPod | undefined, other: End): boolean {
  return pod !== undefined && other.node === pod.nodeName;
}

function ownNode(way: 'to' | 'from', { node = '' }: End): DirectionVerdict {
  return { kind: 'exempt', reason: `Traffic ${way} the pod's own node, ${node}, is always allowed.` };
}

function endOf(world: PolicyWorld, { address, node }: Connection['source']): End {
  const onNode = node ?? world.nodeByAddress.get(address);
  if (onNode !== undefined) return { address, node: onNode };
  const pod = world.podByAddress.get(address);
  return pod === undefined ? { address } : { address, pod };
}

function judge(
  world: PolicyWorld,
  direction: Direction,
  subject: PolicyPod | undefined,
  other: PeerQuery,
  ports: PortQuery,
): DirectionVerdict {
  if (subject === undefined)
    return {
      kind: 'exempt',
      reason: `The ${direction === 'egress' ? 'source' : 'destination'} is no pod of the cluster network.`,
    };
  const isolating = policiesFor(world, direction, subject);
  if (isolating.length === 0) return { kind: 'not-isolated' };
  const misses: RuleMiss[] = [];
  // NP2: a union of allows. The first rule that allows decides; the others can't take it back.
  for (const policy of isolating) {
    const { namespace, name } = policy;
    const rules = policy.rules[direction] ?? [];
    if (rules.length === 0)
      misses.push({
        policy: { namespace, name },
        field: `spec.${direction}`,
        reason: 'it has no rules',
        nearness: 0,
      });
    for (const rule of rules) {
      const outcome = tryRule(policy, rule, other, ports);
      if (outcome.kind === 'allowed') return outcome;
      misses.push(outcome.miss);
    }
  }
  misses.sort((left, right) => right.nearness - left.nearness);
  return {
    kind: 'denied',
    isolatedBy: isolating.map(({ namespace, name }) => ({ namespace, name })),
    misses,
  };
}

/** The policies that isolate the pod in this direction (NP3, NP7). */
function policiesFor(world: PolicyWorld, direction: Direction, pod: PolicyPod): readonly PolicyView[] {
  return world.policies.filter(
    (policy) =>
      policy.namespace === pod.namespace &&
      policy.rules[direction] !== undefined &&
      selectorMatches(policy.podSelector, pod.labels),
  );
}

type RuleOutcome =
  Extract<DirectionVerdict, { kind: 'allowed' }> | { readonly kind: 'missed'; readonly miss: RuleMiss };

function tryRule(policy: PolicyView, rule: TrafficRule, other: PeerQuery, ports: PortQuery): RuleOutcome {
  const ref = { namespace: policy.namespace, name: policy.name };
  const port = bestPort(rule, ports);
  const peer = bestPeer(policy, rule, other);
  if (peer.holds && port.holds) return { kind: 'allowed', policy: ref, field: peer.field };
  const nearness = (peer.holds ? PEER_HELD : peer.nearness) + (port.holds ? PORTS_HELD : 0);
  const { field, reason } = peer.holds ? port : peer;
  return { kind: 'missed', miss: { policy: ref, field, reason, nearness } };
}

interface Part {
  readonly holds: boolean;
  readonly field: string;
  readonly reason: string;
  readonly nearness: number;
}

function bestPort(rule: TrafficRule, query: PortQuery): Part {
  const held: Part = { holds: true, field: rule.field, reason: '', nearness: 0 };
  let first: Part | undefined;
  for (const port of rule.ports ?? []) {
    const reason = portMiss(port, query);
    if (reason === undefined) return { ...held, field: port.field };
    first ??= { holds: false, field: port.field, reason, nearness: 0 };
  }
  return first ?? held;
}

function bestPeer(policy: PolicyView, rule: TrafficRule, other: PeerQuery): Part {
  if (rule.peers === undefined) return { holds: true, field: rule.field, reason: '', nearness: 0 };
  let best: Part = { holds: false, field: rule.field, reason: 'none of its peers is valid', nearness: -1 };
  for (const peer of rule.peers) {
    const miss = peerMiss(peer, policy.namespace, other);
    if (miss === undefined) return { holds: true, field: peer.field, reason: '', nearness: 0 };
    if (miss.nearness > best.nearness) best = { holds: false, ...miss };
  }
  return best;
}
