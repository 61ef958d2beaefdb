import type { HoldRequest, HoldResult } from '@podwire/grader';
import type { Place, ProbeRequest, ProbeResult, SimulatedCluster } from '@podwire/kubesim';
import { applyManifests } from './setup.ts';

/** The connection is left alone for so long: the change is applied, and controllers act, meanwhile. */
const PAUSE_MS = 90_000;
/** The handshake is over by then. */
const HANDSHAKE_MS = 1_000;
const SETTLE_LIMIT_MS = 60_000;
const MAX_EVENTS = 5_000_000;

/**
 * Opens a connection in a cluster that is the caller's to change, applies a change, and asks for a page over
 * the old connection. Deterministic, and over at once: all of it is virtual time.
 */
export function holdConnection(
  cluster: SimulatedCluster,
  { from, to, port, timeoutMs, change }: Omit<HoldRequest, 'from'> & { readonly from: Place },
): HoldResult {
  const request: ProbeRequest = { from, to, port, protocol: 'tcp', timeoutMs };
  const before = run(cluster, request);
  if (before.verdict !== 'open') return { opened: false, alive: false, because: before.because };
  const held = cluster.startProbe({
    ...request,
    timeoutMs: PAUSE_MS + timeoutMs,
    pauseMs: PAUSE_MS,
    http: { path: '/', host: 'held' },
  });
  cluster.run({ untilMs: cluster.nowMs() + HANDSHAKE_MS, maxEvents: MAX_EVENTS });
  const settle = function* (): Generator<undefined, undefined> {
    cluster.settle(SETTLE_LIMIT_MS);
    yield undefined;
    return undefined;
  };
  const applying = applyManifests(cluster.api, [{ path: 'the change', text: change }], settle);
  for (let step = applying.next(); ; step = applying.next()) {
    if (step.done !== true) continue;
    if (!step.value.ok) throw new Error(`the change can't be applied: ${step.value.message}`);
    break;
  }
  cluster.settle(SETTLE_LIMIT_MS);
  const after = finish(cluster, held, PAUSE_MS + 2 * timeoutMs);
  if (after.http !== undefined)
    return { opened: true, alive: true, because: 'The server answered over it after the change.' };
  return {
    opened: true,
    alive: false,
    because: after.verdict === 'open' ? 'The server closed it without an answer.' : after.because,
  };
}

function run(cluster: SimulatedCluster, request: ProbeRequest): ProbeResult {
  return finish(cluster, cluster.startProbe(request), 2 * request.timeoutMs + SETTLE_LIMIT_MS);
}

function finish(
  cluster: SimulatedCluster,
  handle: ReturnType<SimulatedCluster['startProbe']>,
  limitMs: number,
): ProbeResult {
  cluster.run({
    untilMs: cluster.nowMs() + limitMs,
    maxEvents: MAX_EVENTS,
    condition: () => handle.result() !== undefined,
  });
  const result = handle.result();
  if (result === undefined) throw new Error('the probe came to no result');
  return result;
}
