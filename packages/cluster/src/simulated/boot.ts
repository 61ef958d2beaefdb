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
/** A worker keeps this many booted labs to fork from. Each is one idle cluster's memory. */
const MAX_BASES = 6;

export type BootOutcome =
  | { readonly ok: true; readonly cluster: SimulatedCluster }
  | { readonly ok: false; readonly message: string };

/** Boots a cluster and prepares it for the lab. Same origin, same cluster. */
export function bootCluster(origin: ClusterOrigin, factory: ClusterFactory): BootOutcome {
  const cluster = factory.create({ config: clusterConfig(origin), programs: factory.programs });
  cluster.settle(BOOT_LIMIT_MS);
  const ready = requestJson(cluster.api, 'GET', '/readyz');
  if (ready.status !== 200)
    return { ok: false, message: `The API server is not ready: ${failureText(ready)}` };
  const setup = applyManifests(cluster.api, origin.setup, () => cluster.settle(SETUP_LIMIT_MS));
  if (!setup.ok) return setup;
  const files = cluster.toolboxFiles();
  for (const file of origin.files) {
    const path = `${factory.homeDirectory}/${file.path}`;
    files.mkdir(path.slice(0, path.lastIndexOf('/')), { parents: true });
    const written = files.writeFile(path, utf8Encode(file.text));
    if (!written.ok)
      return { ok: false, message: `${file.path} can't be put into the home folder: ${written.errno}` };
  }
  cluster.settle(SETUP_LIMIT_MS);
  return { ok: true, cluster };
}

/** Booted clusters to fork from, the least recently used forgotten first. */
export class BaseClusters {
  readonly #factory: ClusterFactory;
  readonly #bases = new Map<string, SimulatedCluster>();

  constructor(factory: ClusterFactory) {
    this.#factory = factory;
  }

  /** A cluster of its own for the caller, equal to a freshly booted one. */
  take(origin: ClusterOrigin): BootOutcome {
    const key = JSON.stringify(origin);
    const base = this.#bases.get(key);
    if (base !== undefined) {
      this.#bases.delete(key);
      this.#bases.set(key, base);
      const copy = base.fork();
      return copy === undefined ? bootCluster(origin, this.#factory) : { ok: true, cluster: copy };
    }
    const booted = bootCluster(origin, this.#factory);
    if (!booted.ok) return booted;
    const copy = booted.cluster.fork();
    // A cluster in which programs run that can't be copied is booted anew each time.
    if (copy === undefined) return booted;
    this.#bases.set(key, booted.cluster);
    for (const oldest of this.#bases.keys()) {
      if (this.#bases.size <= MAX_BASES) break;
      this.#bases.delete(oldest);
    }
    return { ok: true, cluster: copy };
  }
}
