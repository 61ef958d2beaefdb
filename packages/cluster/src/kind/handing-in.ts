import { randomBytes } from 'node:crypto';
import { answerLooks } from '@podwire/grader';
import type { GradingCluster } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import { nodeAddressesOf, submissionBetween } from '@podwire/prover';
import { ClusterError } from '../cluster-error.ts';
import type {
  Cluster,
  ClusterOrigin,
  ClusterProvider,
  GradeOutcome,
  GradeRequest,
  TaskSealing,
} from '../port.ts';
import { unheard } from '../unheard.ts';
import type { KubeApi } from './kube-api.ts';
import type { StartObjects } from './start-objects.ts';
import type { ToolboxFiles } from './toolbox-files.ts';

/** The graders are where simulated clusters are, and asked through one: the smallest, and always the same, so that it is there at once. */
const ASKED: ClusterOrigin = {
  labId: 'handing-in',
  labDigest: '',
  seed: 1,
  startMs: 0,
  needs: { nodes: 1, cni: 'bridge', networkPolicies: false, outsideHosts: [] },
  setup: [],
  files: [],
};

/** A learner's cluster is read in a second; one that takes longer answers slowly on purpose, or not at all. */
const READ_WITHIN_MS = 60_000;

/** Where a learner's work is read. */
export interface HandedInFrom {
  /** The id under which the cluster lies on this host. */
  readonly member: string;
  readonly api: KubeApi;
  readonly starts: StartObjects;
  readonly files: ToolboxFiles;
  readonly grading: GradingCluster;
}

/**
 * Grades for credit what was made in a real cluster: the learner is root there, on its nodes too, so nothing that it
 * says of itself counts. What they made is read by its API, and replayed in a simulated cluster.
 */
export class HandingIn {
  readonly #simulated: ClusterProvider;

  constructor(simulated: ClusterProvider) {
    this.#simulated = simulated;
  }

  /** Which tasks can be handed in. None, where the lab has no simulated cluster. */
  async tasks(lab: Lab, signal?: AbortSignal): Promise<readonly TaskSealing[]> {
    if (this.#refusal(lab) !== undefined) return [];
    return this.#through(async (cluster) => (await cluster.sealableTasks?.(lab, signal)) ?? [], signal);
  }

  async grade(from: HandedInFrom, request: GradeRequest, signal?: AbortSignal): Promise<GradeOutcome> {
    const { sealed, task, answers } = request;
    if (sealed === undefined) throw new Error('nothing was handed in');
    const refusal = this.#refusal(sealed.lab);
    if (refusal !== undefined) throw new ClusterError('not-supported', refusal, 'Check your work in place.');
    const startedMs = performance.now();
    const limit = AbortSignal.timeout(READ_WITHIN_MS);
    const reading = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    const atStart = await from.starts.lists(from.member);
    const now = {
      request: (method: string, path: string) => from.api.request(method, path, undefined, reading),
    };
    const submission = await submissionBetween(
      { request: (_method, path) => Promise.resolve(atStart(path)) },
      now,
      await from.files.home(),
    );
    const handedIn = {
      submission,
      nodes: 'unreadable' in submission ? new Map() : await nodeAddressesOf(now),
      answerLooks: await answerLooks(task, answers, from.grading),
    };
    const outcome = await this.#through(
      (cluster) => cluster.grade({ ...request, sealed: { ...sealed, handedIn } }, signal),
      signal,
    );
    return { ...outcome, clusterTimeMs: Date.now(), durationMs: Math.round(performance.now() - startedMs) };
  }

  #refusal({ backends, cluster }: Lab): string | undefined {
    if (!backends.includes('simulated'))
      return 'What is handed in is graded in a simulated cluster, and this lab has none.';
    return this.#simulated.refusal(cluster);
  }

  async #through<Value>(
    deed: (cluster: Cluster) => Promise<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Value> {
    const cluster = await this.#simulated.create(
      `h${randomBytes(8).toString('hex')}`,
      ASKED,
      unheard,
      signal === undefined ? {} : { signal },
    );
    try {
      return await deed(cluster);
    } finally {
      await cluster.destroy();
    }
  }
}
