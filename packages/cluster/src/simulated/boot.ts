import type { ClusterOptions, SimulatedCluster } from '@podwire/kubesim';
import type { ProgramRegistry } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import { clusterConfig } from '../cluster-config.ts';
import type { ClusterOrigin } from '../port.ts';
import { failureText, requestJson } from './api-request.ts';
import { applyManifests } from './setup.ts';

/** How simulated clusters are made: the real ones in a worker, small fakes in tests. */
export interface ClusterFactory {
  create(options: ClusterOptions): SimulatedCluster;
  readonly programs: ProgramRegistry;
  /** The learner's home folder on the toolbox. */
  readonly homeDirectory: string;
}

/**
 * Virtual time a booting control plane, and then the lab's pods, may take. A lab whose point is a pod that
 * never runs takes all of it; it is virtual, so that costs some milliseconds.
 */
const BOOT_LIMIT_MS = 120_000;
const SETUP_LIMIT_MS = 60_000;

export type BootOutcome =
  | { readonly ok: true; readonly cluster: SimulatedCluster }
  | { readonly ok: false; readonly message: string };

/** Looks at a booting cluster this often, as `SimulatedCluster.settle` does, and holds it to be settled after so much quiet. */
const SETTLE_STEP_MS = 25;
const SETTLE_QUIET_MS = 100;

/** `settle`, cut into pieces of some milliseconds' work each. */
function* settleSteps(cluster: SimulatedCluster, limitMs: number): Generator<undefined, undefined> {
  const deadlineMs = cluster.nowMs() + limitMs;
  let quietSinceMs: number | undefined;
  while (cluster.nowMs() < deadlineMs) {
    const beforeMs = cluster.nowMs();
    const quiet = cluster.settle(Math.min(SETTLE_STEP_MS, deadlineMs - beforeMs));
    yield undefined;
    // It does not get past this instant: not to be waited for.
    if (cluster.nowMs() === beforeMs) return undefined;
    if (!quiet) quietSinceMs = undefined;
    else {
      quietSinceMs ??= cluster.nowMs();
      if (cluster.nowMs() - quietSinceMs >= SETTLE_QUIET_MS) return undefined;
    }
  }
  return undefined;
}

/** Boots a cluster and prepares it for the lab, a piece at a time. Same origin, same cluster. */
export function* bootSteps(
  origin: ClusterOrigin,
  factory: ClusterFactory,
): Generator<undefined, BootOutcome> {
  const cluster = factory.create({ config: clusterConfig(origin), programs: factory.programs });
  yield undefined;
  yield* settleSteps(cluster, BOOT_LIMIT_MS);
  const ready = requestJson(cluster.api, 'GET', '/readyz');
  if (ready.status !== 200)
    return { ok: false, message: `The API server is not ready: ${failureText(ready)}` };
  const setup = yield* applyManifests(cluster.api, origin.setup, () => settleSteps(cluster, SETUP_LIMIT_MS));
  if (!setup.ok) return setup;
  const files = cluster.toolboxFiles();
  for (const file of origin.files) {
    const path = `${factory.homeDirectory}/${file.path}`;
    files.mkdir(path.slice(0, path.lastIndexOf('/')), { parents: true });
    const written = files.writeFile(path, utf8Encode(file.text));
    if (!written.ok)
      return { ok: false, message: `${file.path} can't be put into the home folder: ${written.errno}` };
  }
  yield* settleSteps(cluster, SETUP_LIMIT_MS);
  return { ok: true, cluster };
}

/** Boots a cluster in one go. */
export function bootCluster(origin: ClusterOrigin, factory: ClusterFactory): BootOutcome {
  const steps = bootSteps(origin, factory);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
