import type { Kernel } from '../kernel.ts';
import type { Hook } from '../ruleset.ts';
import { MAX_CONNECTIONS, confirm, track } from './conntrack.ts';
import { evaluateChain } from './evaluate.ts';
import { setSource, translate } from './nat.ts';
import type { HookVerdict, Passage } from './passage.ts';
import { ACCEPT, DROP } from './passage.ts';
import type { BaseChain } from './program.ts';

/** Takes a packet through one hook: stations and chains in the order that `program.ts` shows. */
export function runHook(kernel: Kernel, hook: Hook, passage: Passage): HookVerdict {
  const program = kernel.views.hook(passage.netns, hook);
  if (program === undefined) return ACCEPT;
  for (const step of program) {
    switch (step.kind) {
      case 'track':
        trackOnce(kernel, passage);
        break;
      case 'filter': {
        const verdict = evaluateChain(kernel, passage, hook, step.base);
        if (verdict.kind === 'drop' || verdict.kind === 'reject') return verdict;
        break;
      }
      case 'nat-destination':
      case 'nat-source': {
        const verdict = nat(
          kernel,
          hook,
          passage,
          step.kind === 'nat-destination' ? 'destination' : 'source',
          step.chains,
        );
        if (verdict.kind !== 'accept') return verdict;
        break;
      }
      case 'confirm': {
        const failure = confirm(passage, kernel.simulation.nowMs);
        if (failure === undefined) break;
        kernel.trace.step(passage.packet, passage.netns.label, 'conntrack', 'drop', failure, {
          x: MAX_CONNECTIONS,
        });
        return DROP;
      }
    }
  }
  return ACCEPT;
}

/** A packet that was looped back, or that answers for another, keeps the connection it has. */
function trackOnce(kernel: Kernel, passage: Passage): void {
  if (passage.tracked) return;
  passage.tracked = true;
  track(passage, kernel.simulation.nowMs);
  if (passage.track === 'invalid')
    kernel.trace.step(passage.packet, passage.netns.label, 'conntrack', 'pass', 'conntrack-invalid');
}

/** The rules are asked once per connection; what they decided holds for all its packets (nf_nat_inet_fn). */
function nat(
  kernel: Kernel,
  hook: Hook,
  passage: Passage,
  side: 'destination' | 'source',
  chains: readonly BaseChain[],
): HookVerdict {
  const { connection } = passage;
  if (connection === undefined) return ACCEPT;
  const decided = side === 'destination' ? connection.destinationDecided : connection.sourceDecided;
  if (passage.track === 'new' && !connection.confirmed && !decided)
    return askRules(kernel, hook, passage, side, chains);
  const after = translate(passage, side);
  if (after !== passage.packet) {
    const saying = side === 'destination' ? 'nat-remembered-destination' : 'nat-remembered-source';
    kernel.trace.step(
      passage.packet,
      passage.netns.label,
      hook,
      side === 'destination' ? 'dnat' : 'snat',
      saying,
      { after },
    );
    passage.packet = after;
  }
  return ACCEPT;
}

function askRules(
  kernel: Kernel,
  hook: Hook,
  passage: Passage,
  side: 'destination' | 'source',
  chains: readonly BaseChain[],
): HookVerdict {
  const { connection } = passage;
  if (connection === undefined) return ACCEPT;
  if (side === 'destination') connection.destinationDecided = true;
  else connection.sourceDecided = true;
  let translated = false;
  for (const base of chains) {
    const end = evaluateChain(kernel, passage, hook, base);
    if (end.kind === 'translated') {
      translated = true;
      break;
    }
    if (end.kind !== 'accept') return end;
  }
  if (side === 'destination') return ACCEPT;
  const before = passage.packet;
  // Without a rule the source stays, unless another connection's answers could then not be told apart.
  if (!translated && !setSource(kernel, passage, connection, connection.original.source)) {
    kernel.trace.step(before, passage.netns.label, 'conntrack', 'drop', 'conntrack-clash');
    return DROP;
  }
  passage.packet = translate(passage, 'source');
  if (!translated && passage.packet !== before) {
    kernel.trace.step(before, passage.netns.label, hook, 'snat', 'source-port-taken', {
      after: passage.packet,
    });
  }
  return ACCEPT;
}
