import type { Kernel } from '../kernel.ts';
import { withDestination } from '../packet/endpoints.ts';
import type { IpPacket } from '../packet.ts';
import type { Action, Hook, MapKeyPart, Rule } from '../ruleset.ts';
import type { TraceStage } from '../trace.ts';
import { pickTarget } from './affinity.ts';
import { compileRules, holds } from './matching.ts';
import type { CompiledRule, MatchContext } from './matching.ts';
import { setDestination, setSource } from './nat.ts';
import type { HookVerdict, Passage, RejectWith } from './passage.ts';
import { ACCEPT, DROP } from './passage.ts';
import type { BaseChain } from './program.ts';

/** NFT_JUMP_STACK_SIZE: chains one packet can be inside of at a time. */
const MAX_JUMP_DEPTH = 16;
/** Rules one packet may meet in one base chain, jumps included: far above any real rule set, far below a hang. */
const MAX_RULES_MET = 100_000;

interface Frame {
  readonly chain: string;
  readonly rules: readonly CompiledRule[];
  next: number;
}

export type ChainEnd = HookVerdict | { readonly kind: 'translated' };

const TRANSLATED: ChainEnd = Object.freeze({ kind: 'translated' });

/** Runs one base chain. `translated` means that a NAT rule has decided. */
export function evaluateChain(kernel: Kernel, passage: Passage, hook: Hook, base: BaseChain): ChainEnd {
  const { table, chain } = base;
  if (chain.rules.length === 0 && chain.policy !== 'drop') return ACCEPT;
  const context: MatchContext = { passage, topology: kernel.views.topology(passage.netns), table };
  const stack: Frame[] = [{ chain: chain.name, rules: compileRules(chain.rules), next: 0 }];
  for (let met = 0; ; met++) {
    const frame = stack[stack.length - 1];
    if (frame === undefined) return policyOf(kernel, passage, hook, base);
    const compiled = frame.rules[frame.next++];
    if (compiled === undefined) {
      stack.pop();
      continue;
    }
    if (met >= MAX_RULES_MET) return limitDrop(kernel, passage, hook, 'evaluation-limit', chain.name);
    if (!holds(compiled, context)) continue;
    const end = act(kernel, context, hook, frame, stack, compiled.rule);
    if (end !== undefined) return end;
  }
}

function policyOf(kernel: Kernel, passage: Passage, hook: Hook, base: BaseChain): HookVerdict {
  if (base.chain.policy !== 'drop') return ACCEPT;
  return limitDrop(kernel, passage, hook, 'policy-drop', base.chain.name);
}

function limitDrop(
  kernel: Kernel,
  passage: Passage,
  hook: TraceStage,
  saying: 'policy-drop' | 'evaluation-limit' | 'missing-chain',
  chain: string,
): HookVerdict {
  kernel.trace.step(passage.packet, passage.netns.label, hook, 'drop', saying, { x: chain });
  return DROP;
}

function act(
  kernel: Kernel,
  context: MatchContext,
  hook: Hook,
  frame: Frame,
  stack: Frame[],
  rule: Rule,
): ChainEnd | undefined {
  const { passage } = context;
  const { action } = rule;
  const note = (
    decision: 'accept' | 'drop' | 'reject' | 'pass',
    saying: 'rule-accept' | 'rule-drop' | 'rule-reject' | 'rule-note',
    x?: string,
  ): void => {
    kernel.trace.step(passage.packet, passage.netns.label, hook, decision, saying, {
      rule: { table: context.table.name, chain: frame.chain, rule },
      x,
    });
  };
  switch (action.kind) {
    case 'accept':
      note('accept', 'rule-accept');
      return ACCEPT;
    case 'drop':
      note('drop', 'rule-drop');
      return DROP;
    case 'reject': {
      const how = rejectWith(action.with, passage.packet);
      note(
        'reject',
        'rule-reject',
        how === 'tcp-reset'
          ? 'a TCP RST'
          : how === 'port-unreachable'
            ? 'ICMP port unreachable'
            : 'ICMP administratively prohibited',
      );
      return { kind: 'reject', with: how };
    }
    case 'note':
      note('pass', 'rule-note');
      return undefined;
    case 'return':
      stack.pop();
      return undefined;
    case 'mark':
      passage.packet = Object.freeze({ ...passage.packet, mark: action.set >>> 0 });
      return undefined;
    case 'jump':
    case 'goto':
      return enter(kernel, context, hook, stack, action.chain, action.kind);
    case 'vmap': {
      const chain = lookUp(context, action.map);
      return chain === undefined ? undefined : enter(kernel, context, hook, stack, chain, 'jump');
    }
    case 'dnat':
      return destinationNat(kernel, context, hook, frame.chain, rule, action);
    case 'snat':
    case 'masquerade':
      return sourceNat(kernel, context, hook, frame.chain, rule, action);
  }
}

function rejectWith(asked: RejectWith | undefined, packet: IpPacket): RejectWith {
  if (packet.transport.kind === 'tcp') return asked ?? 'tcp-reset';
  return asked === undefined || asked === 'tcp-reset' ? 'port-unreachable' : asked;
}

function enter(
  kernel: Kernel,
  context: MatchContext,
  hook: Hook,
  stack: Frame[],
  name: string,
  how: 'jump' | 'goto',
): HookVerdict | undefined {
  const chain = context.table.chains.get(name);
  if (chain === undefined) return limitDrop(kernel, context.passage, hook, 'missing-chain', name);
  if (how === 'goto') stack.pop();
  if (stack.length >= MAX_JUMP_DEPTH)
    return limitDrop(kernel, context.passage, hook, 'evaluation-limit', name);
  stack.push({ chain: name, rules: compileRules(chain.rules), next: 0 });
  return undefined;
}

function lookUp(context: MatchContext, mapName: string): string | undefined {
  const map = context.table.maps.get(mapName);
  if (map === undefined) return undefined;
  let key = '';
  for (const part of map.key) {
    const value = keyPart(part, context.passage.packet);
    if (value === undefined) return undefined;
    key = key === '' ? value : `${key} . ${value}`;
  }
  return map.entries.get(key);
}

function keyPart(part: MapKeyPart, packet: IpPacket): string | undefined {
  switch (part) {
    case 'source':
      return packet.source;
    case 'destination':
      return packet.destination;
    case 'protocol':
      return packet.transport.kind;
    case 'destinationPort':
      return packet.transport.kind === 'icmp' ? undefined : String(packet.transport.destinationPort);
  }
}

function destinationNat(
  kernel: Kernel,
  context: MatchContext,
  hook: Hook,
  chain: string,
  rule: Rule,
  action: Extract<Action, { kind: 'dnat' }>,
): ChainEnd | undefined {
  const { passage, table } = context;
  const { connection, packet, netns } = passage;
  if (connection === undefined) return undefined;
  const picked = pickTarget(kernel, netns, packet.source, packet.version, action);
  if (picked === undefined) return undefined;
  const { target, remembered } = picked;
  const port =
    packet.transport.kind === 'icmp'
      ? connection.original.destinationPort
      : (target.port ?? packet.transport.destinationPort);
  setDestination(connection, target.address, port);
  connection.targetLabel = target.label;
  passage.packet = withDestination(packet, target.address, port);
  kernel.trace.step(packet, netns.label, hook, 'dnat', remembered ? 'dnat-affinity' : 'dnat-rule', {
    rule: { table: table.name, chain, rule },
    after: passage.packet,
    x: target.label,
    y: action.targets.length > 1 ? action.targets.length : undefined,
  });
  return TRANSLATED;
}

function sourceNat(
  kernel: Kernel,
  context: MatchContext,
  hook: Hook,
  chain: string,
  rule: Rule,
  action: Extract<Action, { kind: 'snat' | 'masquerade' }>,
): ChainEnd | undefined {
  const { passage, table, topology } = context;
  const { connection, packet, netns } = passage;
  if (connection === undefined) return undefined;
  let address = action.kind === 'snat' ? action.address : undefined;
  if (action.kind === 'masquerade') {
    const link = passage.outInterface === undefined ? undefined : netns.interfaces.get(passage.outInterface);
    address = link === undefined ? undefined : topology.addressOf(link, packet.version, packet.destination);
    if (address === undefined) {
      kernel.trace.step(packet, netns.label, hook, 'drop', 'no-source-address', { x: passage.outInterface });
      return DROP;
    }
  }
  if (address === undefined || address.includes(':') !== (packet.version === 6)) return undefined;
  if (!setSource(kernel, passage, connection, address)) {
    kernel.trace.step(packet, netns.label, hook, 'drop', 'conntrack-clash');
    return DROP;
  }
  const { reply } = connection;
  const after =
    packet.transport.kind === 'icmp'
      ? { ...packet, source: address }
      : { ...packet, source: address, transport: { ...packet.transport, sourcePort: reply.destinationPort } };
  kernel.trace.step(
    packet,
    netns.label,
    hook,
    action.kind,
    action.kind === 'snat' ? 'snat-rule' : 'masquerade-rule',
    { rule: { table: table.name, chain, rule }, after, x: passage.outInterface },
  );
  return TRANSLATED;
}
