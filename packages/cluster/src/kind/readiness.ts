import { ClusterError } from '../cluster-error.ts';
import type { KubeApi } from './kube-api.ts';

const READY_WITHIN_MS = 180_000;
const ASKED_EVERY_MS = 250;
const OK = 200;

interface Conditioned {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly readyReplicas?: number;
    readonly replicas?: number;
  };
}

/**
 * Resolves when the cluster can be used: its API answers; with a CNI, every node is Ready and the cluster's DNS
 * serves. @throws ClusterError `start-failed` after three minutes, `aborted` by the signal.
 */
export async function untilReady(
  api: KubeApi,
  wanted: { readonly nodes: number; readonly hasCni: boolean },
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  let missing = 'the API does not answer';
  while (performance.now() < deadline) {
    if (signal?.aborted === true)
      throw new ClusterError('aborted', 'The start was withdrawn.', 'Start the lab again.');
    const found = await missingPart(api, wanted).catch(() => 'the API does not answer');
    if (found === undefined) return;
    missing = found;
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  }
  throw new ClusterError('start-failed', `The cluster did not become ready: ${missing}.`, 'Try again.');
}

async function missingPart(
  api: KubeApi,
  wanted: { readonly nodes: number; readonly hasCni: boolean },
): Promise<string | undefined> {
  const nodes = await api.request('GET', '/api/v1/nodes');
  if (nodes.status !== OK) return 'the API does not answer';
  const items = (nodes.body as { readonly items: readonly Conditioned[] }).items;
  if (items.length < wanted.nodes) return `${items.length} of ${wanted.nodes} nodes have joined`;
  if (!wanted.hasCni) return undefined;
  const ready = items.filter((node) =>
    (node.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True'),
  ).length;
  if (ready < items.length) return `${ready} of ${items.length} nodes are ready`;
  const dns = await api.request('GET', '/apis/apps/v1/namespaces/kube-system/deployments/coredns');
  const status = (dns.body as Conditioned).status;
  return (status?.readyReplicas ?? 0) > 0 ? undefined : 'the cluster’s DNS does not serve yet';
}
