import type { KubernetesObject } from '../objects.ts';
import { AllowTable } from './allow-table.ts';
import type { Class } from './allow-table.ts';
import { outsideEnds, podEnds } from './ends.ts';
import type { End } from './ends.ts';
import { Meanings } from './meanings.ts';
import type { Meant } from './meanings.ts';
import { PortSets } from './port-sets.ts';
import { PortSpace } from './ports.ts';
import { nodeAddresses, viewPods, viewPolicy } from './view.ts';
import type { PolicyScene, PolicyView, Protocol } from './view.ts';

/** A connection that one set of policies allows and the other does not. */
export interface PolicyDifference {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  /** Absent for ICMP. */
  readonly port?: number;
  /** By the first set. The second says the opposite. */
  readonly allowed: boolean;
  /** What in the first set decided. */
  readonly because: string;
}

/**
 * Whether two sets of policies mean the same for every pair of pods, every other address, and every port.
 * Ends that no selector and no block tells apart are one class, and so are ports between two cuts, so each
 * class is decided once. @returns the first connection on which they disagree, or undefined.
 */
export function comparePolicies(
  scene: PolicyScene,
  first: readonly KubernetesObject[],
  second: readonly KubernetesObject[],
): PolicyDifference | undefined {
  const [left, right] = [first.map(viewPolicy), second.map(viewPolicy)];
  const pods = viewPods(scene);
  const both = [...left, ...right];
  const space = new PortSpace(both, pods);
  const ends = [...podEnds(pods), ...outsideEnds(both, pods, nodeAddresses(scene))];
  const meanings = new Meanings(ends);
  const classes = space.intervals.length === 0 ? [] : classify(ends, both, meanings);
  const sets = new PortSets(space);
  const [leftTable, rightTable] = [
    new AllowTable(left, classes, meanings, sets),
    new AllowTable(right, classes, meanings, sets),
  ];
  for (const from of classes.keys()) {
    for (const to of classes.keys()) {
      const [byLeft, byRight] = [leftTable.allowed(from, to), rightTable.allowed(from, to)];
      // Equal sets have one number, and nearly every pair agrees.
      if (byLeft === byRight) continue;
      const pair = pairOf(classes[from]?.members ?? [], classes[to]?.members ?? []);
      if (pair === undefined) continue;
      const difference = space.firstDifference(sets.set(byLeft), sets.set(byRight));
      if (difference === undefined) continue;
      const { source, destination } = pair;
      const { protocol, inLeft } = difference;
      const port = Math.max(1, difference.first);
      return {
        source: source.label,
        destination: destination.label,
        protocol,
        ...(protocol === 'ICMP' ? {} : { port }),
        allowed: inLeft,
        because: inLeft
          ? leftTable.whyAllowed(from, to, destination)
          : leftTable.whyDenied(from, to, source, destination),
      };
    }
  }
  return undefined;
}

/** Bits of a signature's character. */
const CHARACTER_BITS = 15;

/** Two of a class are enough to pair it with itself; on two nodes, where there are two (NP24). */
function classify(
  ends: readonly End[],
  policies: readonly PolicyView[],
  meanings: Meanings,
): readonly Class[] {
  const told = new Set<Meant>();
  for (const policy of policies) {
    told.add(meanings.subject(policy));
    for (const rule of [...(policy.rules.ingress ?? []), ...(policy.rules.egress ?? [])])
      for (const peer of rule.peers ?? []) told.add(meanings.peer(peer, policy.namespace));
  }
  const names = [...new Set(policies.flatMap(namedPortsOf))];
  const found = new Map<string, { readonly members: End[]; readonly index: number }>();
  for (const [index, end] of ends.entries()) {
    const signature = [
      end.pod === undefined ? `out/${end.node ?? ''}` : 'pod',
      end.address?.family ?? 0,
      bitsAt(told, index),
      names.map((name) => end.pod?.namedPorts.get(name) ?? '').join(','),
    ].join(' ');
    const known = found.get(signature);
    if (known === undefined) found.set(signature, { members: [end], index });
    else known.members.push(end);
  }
  return [...found.values()];
}

function bitsAt(told: ReadonlySet<Meant>, index: number): string {
  let [text, bits, count] = ['', 0, 0];
  for (const meant of told) {
    bits = bits * 2 + (meant[index] ?? 0);
    if (++count % CHARACTER_BITS > 0) continue;
    text += String.fromCharCode(bits);
    bits = 0;
  }
  return text + String.fromCharCode(bits);
}

function namedPortsOf({ rules }: PolicyView): readonly string[] {
  return [...(rules.ingress ?? []), ...(rules.egress ?? [])].flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ protocol, port }) =>
      port.kind === 'named' ? [`${protocol}/${port.name}`] : [],
    ),
  );
}

interface Pair {
  readonly source: End;
  readonly destination: End;
}

/** A pair of two different ends, at least one a pod, of one address family, and not exempt; undefined when there is none. */
function pairOf(sources: readonly End[], destinations: readonly End[]): Pair | undefined {
  for (const source of sources) {
    for (const destination of destinations) {
      if (source.pod === undefined && destination.pod === undefined) return undefined;
      const families = [source.address?.family, destination.address?.family];
      if (families[0] !== undefined && families[1] !== undefined && families[0] !== families[1])
        return undefined;
      // NP26: a pod always reaches itself.
      if (source.pod !== undefined && source.pod === destination.pod) continue;
      // NP24: so do a pod and its own node each other; both sets agree on that.
      if (source.node !== undefined && source.node === destination.pod?.node) continue;
      if (destination.node !== undefined && destination.node === source.pod?.node) continue;
      return { source, destination };
    }
  }
  return undefined;
}
