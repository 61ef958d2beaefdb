import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode } from '@podwire/sim';

/** What a line typed into a simulated cluster came to. */
export interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

const TOOLBOX: Place = { kind: 'toolbox' };
/** Virtual time that a line may take, ms, and events, so that a test ends. */
const LIMIT_MS = 60_000;
const MAX_EVENTS = 2_000_000;

/** Runs a script to its end where a learner would type it. */
export function sh(cluster: SimulatedCluster, script: string, place: Place = TOOLBOX): Ran {
  const started = cluster.exec(place, ['sh', '-c', script]);
  if (!started.ok) throw new Error(started.reason);
  const ran = { code: undefined as number | undefined, out: '', err: '' };
  started.handle.onStdout((data) => (ran.out += utf8Decode(data)));
  started.handle.onStderr((data) => (ran.err += utf8Decode(data)));
  started.handle.onExit((code) => (ran.code = code));
  started.handle.closeStdin();
  cluster.run({
    untilMs: cluster.nowMs() + LIMIT_MS,
    maxEvents: MAX_EVENTS,
    condition: () => ran.code !== undefined,
  });
  return ran;
}

/** Applies a manifest as its administrator, and lets the cluster settle. */
export function apply(cluster: SimulatedCluster, manifest: string): void {
  const ran = sh(cluster, `kubectl apply -f - <<'END'\n${manifest}\nEND`);
  if (ran.code !== 0) throw new Error(ran.err);
  cluster.settle(60_000);
}
