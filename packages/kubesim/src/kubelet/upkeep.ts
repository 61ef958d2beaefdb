import type { Upkeep } from '@podwire/sim';
import type { KubeletContext } from './context.ts';
import { containerSpec, probeSpec } from './records.ts';
import type { KubeletEvent } from './state.ts';

const DEFAULT_PERIOD_SECONDS = 10;

/**
 * What a kubelet does only to keep things as they are: heartbeats, and probes that pass as they did before. A probe
 * that fails, or has not told yet, is work: it will change something.
 */
export function kubeletUpkeep({ state }: KubeletContext, event: KubeletEvent): Upkeep | undefined {
  if (event.kind === 'heartbeat') return { kind: 'at-once' };
  if (event.kind !== 'probe') return undefined;
  const record = state.pods.get(event.uid);
  const known = record?.containers.get(event.container);
  const probe = known?.probes.get(event.probe);
  const container = record === undefined ? undefined : containerSpec(record.pod, event.container);
  const spec = container === undefined ? undefined : probeSpec(container, event.probe);
  const steady = probe?.result === 'success' && probe.failures === 0 && probe.attempt === undefined;
  if (!steady || spec === undefined || event.probe === 'startup') return undefined;
  return { kind: 'in-step', everyMs: (spec.periodSeconds ?? DEFAULT_PERIOD_SECONDS) * 1000 };
}
