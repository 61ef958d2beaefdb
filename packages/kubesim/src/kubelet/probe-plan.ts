import { schedule } from './context.ts';
import type { KubeletContext } from './context.ts';
import { closeExchange } from './exchange.ts';
import { containerSpec, probeSpec } from './records.ts';
import type { ContainerRecord, PodRecord, ProbeRecord } from './state.ts';

/** The first look comes right after the start, once the process had a moment to listen, ms. */
const FIRST_PROBE_MS = 20;

/** Plans the first probes of a container that runs: startup alone at first, the others once it has started. */
export function armProbes(context: KubeletContext, record: PodRecord, known: ContainerRecord): void {
  const container = containerSpec(record.pod, known.name);
  if (container === undefined || known.state.kind !== 'running' || known.postStartUntilMs !== undefined)
    return;
  const sinceMs = context.simulation.nowMs - known.state.startedMs;
  for (const [kind, probe] of known.probes) {
    if ((kind === 'startup') === known.started) continue;
    if (probe.nextAtMs > 0) continue;
    const initialMs = (probeSpec(container, kind)?.initialDelaySeconds ?? 0) * 1000;
    planProbe(context, record, known, probe, Math.max(FIRST_PROBE_MS, initialMs - sinceMs));
  }
}

export function planProbe(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  probe: ProbeRecord,
  delayMs: number,
): void {
  probe.nextAtMs = context.simulation.nowMs + delayMs;
  schedule(context, delayMs, {
    kind: 'probe',
    uid: record.uid,
    container: known.name,
    attempt: known.attempts,
    probe: probe.kind,
  });
}

/** The container ended: attempts under way count for nothing. */
export function cancelProbes(context: KubeletContext, record: PodRecord, known: ContainerRecord): void {
  for (const [owner, open] of context.state.openProbes) {
    if (open.podUid !== record.uid || open.container !== known.name) continue;
    context.state.openProbes.delete(owner);
    if (open.exchange !== undefined) closeExchange(context, open.exchange);
  }
}
