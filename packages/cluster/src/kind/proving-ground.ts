import { setTimeout as pause } from 'node:timers/promises';
import { runParts } from '@podwire/prover';
import type { ProvingCluster, ProvingGround, ScriptOutcome } from '@podwire/prover';
import type { Lab } from '@podwire/lab';
import { ClusterError } from '../cluster-error.ts';
import { originOf } from '../origin-of-lab.ts';
import { unheard } from '../unheard.ts';
import type { KindCluster } from './kind-cluster.ts';
import type { KindProvider } from './provider.ts';

/** A script of a lab has this long, as on a simulated cluster. */
const SCRIPT_LIMIT_MS = 120_000;
/** Beyond what the API tells of: rules follow endpoints, and caches of names end. */
const RULES_FOLLOW_MS = 2_000;

/**
 * Real clusters for the prover, one at a time: none can be copied, so each attempt is a cluster of its own, and the one
 * before it is removed. The last stays until the ground is closed.
 */
export class KindProvingGround implements ProvingGround {
  readonly backend = 'kind';
  readonly #provider: KindProvider;
  #count = 0;
  #present: KindCluster | undefined;

  constructor(provider: KindProvider) {
    this.#provider = provider;
  }

  async boot(lab: Lab, seed: number): Promise<Awaited<ReturnType<ProvingGround['boot']>>> {
    await this.close();
    try {
      const cluster = await this.#provider.create(
        `proof${++this.#count}`,
        originOf(lab, seed, Date.now()),
        unheard,
      );
      this.#present = cluster;
      return { ok: true, cluster: provingCluster(cluster) };
    } catch (error) {
      if (!(error instanceof ClusterError) || error.kind !== 'not-supported') throw error;
      return { ok: false, message: error.message };
    }
  }

  async close(): Promise<void> {
    const cluster = this.#present;
    this.#present = undefined;
    await cluster?.destroy();
  }
}

function provingCluster(cluster: KindCluster): ProvingCluster {
  return {
    grading: cluster.grading(),
    runScript: (script) => runScript(cluster, script),
    request: (method, path, body) => cluster.request(method, path, body),
    putFile: async (path, text) => {
      const written = await cluster.writeFile(`/home/learner/${path}`, text);
      if (!written.ok) throw new Error(`${path}: ${written.message}`);
    },
    // For sealed grading alone, which a real cluster does not do.
    files: () => Promise.resolve([]),
    settle: async () => {
      const rests = await cluster.rests();
      await pause(RULES_FOLLOW_MS);
      return rests;
    },
    copy: () => Promise.resolve(undefined),
  };
}

/** In the toolbox as the learner, on a node as root. */
export function runScript(cluster: KindCluster, script: string): Promise<ScriptOutcome> {
  return runParts(script, async (text, node) => {
    const ended = await Promise.race([
      cluster.runAt(node, ['bash', '-l'], `${text}\n`),
      pause(SCRIPT_LIMIT_MS, undefined, { ref: false }),
    ]);
    return ended === undefined
      ? { kind: 'hung', output: '' }
      : { kind: 'ended', exitCode: ended.exitCode, output: ended.stdout + ended.stderr };
  });
}
