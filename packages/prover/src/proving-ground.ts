import type { GradingCluster } from '@podwire/grader';
import type { Backend, Lab } from '@podwire/lab';

/** How one backend gives the prover clusters to try a lab on. Adapters are in the cluster package. */
export interface ProvingGround {
  readonly backend: Backend;
  /** A fresh cluster, prepared as a learner would find it. The same lab and seed give the same cluster. */
  boot(lab: Lab, seed: number): Promise<BootOutcome>;
}

export type BootOutcome =
  | { readonly ok: true; readonly cluster: ProvingCluster }
  /** Message for the author: which manifest, and what the API said. */
  | { readonly ok: false; readonly message: string };

export interface ProvingCluster {
  readonly grading: GradingCluster;
  /** Runs a shell script in the learner's toolbox, as if it had been typed. */
  runScript(script: string): Promise<ScriptOutcome>;
  /** A request as the cluster's administrator. `body` is JSON. */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Puts a file into the toolbox's home folder. */
  putFile(path: string, text: string): Promise<void>;
  /** The text files of the toolbox's home folder, bounded. */
  files(): Promise<readonly { readonly path: string; readonly text: string }[]>;
  /** Lets controllers act. false: they did not come to rest within their time. */
  settle(): Promise<boolean>;
  /** An independent copy at this moment, or undefined where that can't be had: what led here is done again then. */
  copy(): Promise<ProvingCluster | undefined>;
}

export type ScriptOutcome =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'hung'; readonly output: string };
