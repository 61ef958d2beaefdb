import { CidrIndex } from '../address/cidr-index.ts';
import type { TopologyView } from '../ip/views.ts';
import type { IpAddress } from '../packet.ts';
import type { AddressMatch, AddressSet, Match, PortRange, Rule } from '../ruleset.ts';
import type { TableState } from '../state.ts';
import type { Passage } from './passage.ts';

export interface MatchContext {
  readonly passage: Passage;
  readonly topology: TopologyView;
  readonly table: TableState;
}

type Test = (context: MatchContext) => boolean;

export interface CompiledRule {
  readonly rule: Rule;
  readonly tests: readonly Test[];
}

/** Rules and sets are immutable, so what is derived from them is kept as long as they live. */
const compiledChains = new WeakMap<readonly Rule[], readonly CompiledRule[]>();
const setIndexes = new WeakMap<AddressSet, CidrIndex<true>>();

export function compileRules(rules: readonly Rule[]): readonly CompiledRule[] {
  let compiled = compiledChains.get(rules);
  if (compiled === undefined) {
    compiled = rules.map((rule) => ({ rule, tests: compileMatch(rule.match) }));
    compiledChains.set(rules, compiled);
  }
  return compiled;
}

export function holds(rule: CompiledRule, context: MatchContext): boolean {
  for (const test of rule.tests) if (!test(context)) return false;
  return true;
}

function indexOfSet(set: AddressSet): CidrIndex<true> {
  let index = setIndexes.get(set);
  if (index === undefined) {
    index = indexOf(set.elements);
    setIndexes.set(set, index);
  }
  return index;
}

function indexOf(cidrs: Iterable<string>): CidrIndex<true> {
  const index = new CidrIndex<true>();
  for (const cidr of cidrs) index.add(cidr, true);
  return index;
}

function compileMatch(match: Match): readonly Test[] {
  const tests: Test[] = [];
  const {
    protocol,
    inInterface,
    outInterface,
    mark,
    connectionState,
    destinationIsLocal,
    sourceIsLocal,
    dnated,
  } = match;
  if (protocol !== undefined) tests.push(({ passage }) => passage.packet.transport.kind === protocol);
  if (inInterface !== undefined) tests.push(interfaceTest((passage) => passage.inInterface, inInterface));
  if (outInterface !== undefined) tests.push(interfaceTest((passage) => passage.outInterface, outInterface));
  if (mark !== undefined)
    tests.push(({ passage }) => (passage.packet.mark & mark.mask) >>> 0 === mark.value >>> 0);
  if (match.destinationPorts !== undefined) {
    const accepts = portTest(match.destinationPorts);
    tests.push(
      ({ passage: { packet } }) =>
        packet.transport.kind !== 'icmp' && accepts(packet.transport.destinationPort),
    );
  }
  if (match.sourcePorts !== undefined) {
    const accepts = portTest(match.sourcePorts);
    tests.push(
      ({ passage: { packet } }) => packet.transport.kind !== 'icmp' && accepts(packet.transport.sourcePort),
    );
  }
  if (connectionState !== undefined) {
    const states = new Set<string>(connectionState);
    tests.push(({ passage }) => states.has(passage.track));
  }
  if (dnated !== undefined)
    tests.push(({ passage }) => (passage.connection?.destinationNat === true) === dnated);
  if (match.source !== undefined) tests.push(addressTest(match.source, (passage) => passage.packet.source));
  if (match.destination !== undefined)
    tests.push(addressTest(match.destination, (passage) => passage.packet.destination));
  if (destinationIsLocal !== undefined)
    tests.push(
      ({ passage, topology }) => topology.isLocal(passage.packet.destination) === destinationIsLocal,
    );
  if (sourceIsLocal !== undefined)
    tests.push(({ passage, topology }) => topology.isLocal(passage.packet.source) === sourceIsLocal);
  return tests;
}

function interfaceTest(read: (passage: Passage) => string | undefined, pattern: string): Test {
  if (!pattern.endsWith('*')) return ({ passage }) => read(passage) === pattern;
  const prefix = pattern.slice(0, -1);
  return ({ passage }) => read(passage)?.startsWith(prefix) === true;
}

function portTest(ranges: readonly PortRange[]): (port: number) => boolean {
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) return (port) => port >= only.from && port <= only.to;
  return (port) => ranges.some((range) => port >= range.from && port <= range.to);
}

function addressTest(match: AddressMatch, read: (passage: Passage) => IpAddress): Test {
  const wanted = match.not !== true;
  const literal = match.cidrs === undefined ? undefined : indexOf(match.cidrs);
  const name = match.set;
  return ({ passage, table }) => {
    const address = read(passage);
    if (literal?.find(address) === true) return wanted;
    if (name === undefined) return !wanted;
    const set = table.sets.get(name);
    return (set !== undefined && indexOfSet(set).find(address) === true) === wanted;
  };
}
