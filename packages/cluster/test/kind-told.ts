import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type {
  Addons,
  ClusterEnd,
  ClusterListener,
  ClusterOrigin,
  JournalRecord,
  KindProviderOptions,
} from '../src/index.ts';
import type { KindCluster } from '../src/kind/kind-cluster.ts';

export const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

/** What a test's provider runs with: images by the environment, everything else of its own. */
export function kindTestOptions(installation: string, addons: Addons = {}): KindProviderOptions {
  return {
    installation,
    nodeImage: process.env['KIND_NODE_IMAGE'] ?? 'kindest/node:v1.34.0',
    toolboxImage: process.env['PODWIRE_TOOLBOX_IMAGE'] ?? 'podwire/toolbox:test',
    abilities: { networkPolicies: true, addons },
    maxClusters: 2,
    stateDirectory: mkdtempSync(path.join(tmpdir(), 'podwire-kind-test-')),
  };
}

/** What kubectl prints in a learner's toolbox. @throws with its words where it fails. */
export async function kubectlIn(cluster: KindCluster, words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cluster.inToolbox(['kubectl', ...words]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** One node and one pod: the least that has a toolbox, a node and a pod. */
export const smallOrigin: ClusterOrigin = {
  labId: 'toy',
  labDigest: 'sha256-0',
  seed: 1,
  startMs: 0,
  needs: { nodes: 1, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [
    {
      path: 'setup/pod.yaml',
      text: `apiVersion: v1
kind: Pod
metadata: {name: asker, namespace: default}
spec: {containers: [{name: asker, image: ${AGNHOST}, args: [netexec, --http-port=8080]}]}
`,
    },
  ],
  files: [],
};

/** Remembers what a cluster tells, and wakes those who wait for it. */
export class Told implements ClusterListener {
  /** By terminal. */
  readonly outputs = new Map<string, string>();
  readonly exits = new Map<string, number>();
  readonly inputs: number[] = [];
  readonly records: JournalRecord[] = [];
  clockMs = 0;
  readonly ends: ClusterEnd[] = [];
  readonly progress: Parameters<NonNullable<ClusterListener['onProgress']>>[0][] = [];
  objects = 0;
  changes = 0;
  readonly #waiting: (() => void)[] = [];

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  output(terminalId: string): string {
    return this.outputs.get(terminalId) ?? '';
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  onJournal(records: Parameters<ClusterListener['onJournal']>[0]): void {
    this.records.push(...records);
    for (const { entry } of records)
      if (entry.kind === 'terminal-input') this.inputs.push(entry.inputSequence);
    this.#wake();
  }

  onClock(clusterTimeMs: number): void {
    this.clockMs = clusterTimeMs;
    this.#wake();
  }

  onTerminalOutput(terminalId: string, offset: number, data: string): void {
    const before = this.output(terminalId);
    // What was told already may be told again after a return; a gap never.
    if (offset > before.length) throw new Error(`a gap of ${offset - before.length} characters`);
    this.outputs.set(terminalId, before.slice(0, offset) + data);
    this.#wake();
  }

  onTerminalExit(terminalId: string, code: number): void {
    this.exits.set(terminalId, code);
    this.#wake();
  }

  onTopologySnapshot(snapshot: Parameters<ClusterListener['onTopologySnapshot']>[0]): void {
    this.objects = snapshot.objects.length;
    this.#wake();
  }

  onTopologyChanges(): void {
    this.changes++;
    this.#wake();
  }

  onPackets(): void {
    this.#wake();
  }

  onProgress(progress: Parameters<NonNullable<ClusterListener['onProgress']>>[0]): void {
    this.progress.push(progress);
    this.#wake();
  }

  onEnd(end: ClusterEnd): void {
    this.ends.push(end);
    this.#wake();
  }
}
