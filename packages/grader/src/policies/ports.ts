import type { PodView, PolicyView, PortView, Protocol, RuleView } from './view.ts';
import { PROTOCOLS } from './view.ts';

const MAX_PORT = 65_535;
const WORD_BITS = 32;

/** Ports that no rule tells apart, of one protocol. */
interface Interval {
  readonly protocol: Protocol;
  readonly first: number;
  readonly last: number;
}

/** A set of intervals, a bit for each. */
export type PortSet = Int32Array;

/**
 * Every protocol's ports, cut wherever some rule begins or ends. Between two cuts all ports have one fate, so
 * a handful of intervals stands for all 65,536 ports of three protocols, and one more for ICMP.
 */
export class PortSpace {
  readonly intervals: readonly Interval[];
  readonly #words: number;
  readonly #all: PortSet;

  constructor(policies: readonly PolicyView[], pods: readonly PodView[]) {
    const cuts = new Map<Protocol, Set<number>>(PROTOCOLS.map((each) => [each, new Set([0])]));
    const cut = (protocol: Protocol, first: number, last: number): void => {
      if (first > 0 && first <= MAX_PORT) cuts.get(protocol)?.add(first);
      if (last >= 0 && last < MAX_PORT) cuts.get(protocol)?.add(last + 1);
    };
    const names = new Set<string>();
    for (const { protocol, port } of policies.flatMap(portsOf)) {
      if (port.kind === 'range') cut(protocol, port.first, port.last);
      if (port.kind === 'named') names.add(`${protocol}/${port.name}`);
    }
    for (const { namedPorts } of pods) {
      for (const [key, number] of namedPorts) {
        const protocol = PROTOCOLS.find((each) => key.startsWith(`${each}/`));
        if (names.has(key) && protocol !== undefined) cut(protocol, number, number);
      }
    }
    this.intervals = PROTOCOLS.flatMap((protocol): readonly Interval[] => {
      // NP23: ICMP has no ports.
      if (protocol === 'ICMP') return [{ protocol, first: 0, last: 0 }];
      const starts = [...(cuts.get(protocol) ?? [])].sort((left, right) => left - right);
      return starts.map((first, at) => ({ protocol, first, last: (starts[at + 1] ?? MAX_PORT + 1) - 1 }));
    });
    this.#words = Math.ceil(this.intervals.length / WORD_BITS);
    this.#all = this.#setOf(() => true);
  }

  none(): PortSet {
    return new Int32Array(this.#words);
  }

  all(): PortSet {
    return this.#all;
  }

  /** What a rule lets through to this destination; undefined: one that is no pod, which resolves no name (NP18). */
  ofRule({ ports }: RuleView, destination: PodView | undefined): PortSet {
    if (ports === undefined) return this.#all;
    return this.#setOf((interval) => ports.some((port) => covers(port, interval, destination)));
  }

  #setOf(holds: (interval: Interval) => boolean): PortSet {
    const set = this.none();
    for (const [at, interval] of this.intervals.entries()) {
      const word = Math.floor(at / WORD_BITS);
      if (holds(interval)) set[word] = (set[word] ?? 0) | (1 << (at % WORD_BITS));
    }
    return set;
  }

  /** The first interval that one set has and the other has not. */
  firstDifference(left: PortSet, right: PortSet): (Interval & { readonly inLeft: boolean }) | undefined {
    // Nearly every pair agrees: told by whole words.
    if (left.every((word, at) => word === right[at])) return undefined;
    for (const [at, interval] of this.intervals.entries()) {
      const [inLeft, inRight] = [has(left, at), has(right, at)];
      if (inLeft !== inRight) return { ...interval, inLeft };
    }
    return undefined;
  }
}

function has(set: PortSet, at: number): boolean {
  return ((set[Math.floor(at / WORD_BITS)] ?? 0) & (1 << (at % WORD_BITS))) !== 0;
}

function portsOf({ rules }: PolicyView): readonly PortView[] {
  return [...(rules.ingress ?? []), ...(rules.egress ?? [])].flatMap(({ ports }) => ports ?? []);
}

function covers({ protocol, port }: PortView, interval: Interval, destination: PodView | undefined): boolean {
  if (protocol !== interval.protocol || protocol === 'ICMP') return false;
  switch (port.kind) {
    case 'every':
      return true;
    case 'range':
      return interval.first >= port.first && interval.last <= port.last;
    case 'named': {
      const number = destination?.namedPorts.get(`${protocol}/${port.name}`);
      return number !== undefined && interval.first === number && interval.last === number;
    }
  }
}
