import { ClusterError } from '../cluster-error.ts';
import type { KubeApi } from './kube-api.ts';

const READY_WITHIN_MS = 180_000;
const ASKED_EVERY_MS = 250;
const OK = 200;
/** What changes while a lab's setup takes effect. When none of these moves any more, it has. */
const WATCHED_FOR_REST = [
  '/api/v1/pods',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/statefulsets',
  '/apis/apps/v1/daemonsets',
  '/apis/discovery.k8s.io/v1/endpointslices',
] as const;
const SYSTEM_PODS = '/api/v1/namespaces/kube-system/pods';
/** Reasons to wait of containers that lack nothing. */
const BEING_MADE: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);
/** In a message: one that lacks its image does so on each node. */
const MAX_STUCK = 3;
const INGRESSES = '/apis/networking.k8s.io/v1/ingresses';
const REST_MS = 2_000;
/** An ingress controller writes its address down every so often (ours every 5 s); into another's Ingress it never does. */
const ADDRESS_REST_MS = 7_000;
/** A container that is being made tells nothing meanwhile, on a busy host for long; one that lacks something never does. */
const MAKING_REST_MS = 20_000;
/** Endpoints and rules follow a pod that became ready within this. */
const SERVING_REST_MS = 300;
const REST_ASKED_EVERY_MS = 100;
const REST_WITHIN_MS = 90_000;

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
  const stuck = await stuckContainers(api).catch(() => []);
  throw new ClusterError(
    'start-failed',
    `The cluster did not become ready: ${[missing, ...stuck].join('; ')}.`,
    'Try again.',
  );
}

/** What the cluster's own pods lack, as whoever runs the site must know: an addon's image that is nowhere, above all. */
async function stuckContainers(api: KubeApi): Promise<readonly string[]> {
  const { body } = await api.request('GET', SYSTEM_PODS);
  const pods = (body as { readonly items?: readonly SystemPod[] }).items ?? [];
  const stuck = pods.flatMap(({ metadata, status = {} }) =>
    [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].flatMap(
      ({ name, image, state }) => {
        const reason = state?.waiting?.reason;
        return reason === undefined || BEING_MADE.has(reason)
          ? []
          : [`container ${name} of ${metadata.name} waits (${reason}), with the image ${image}`];
      },
    ),
  );
  return stuck.slice(0, MAX_STUCK);
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

/**
 * Lets controllers, the scheduler and kubelets act: resolves when everything that was set up serves and stays so for a
 * moment, or when nothing has changed for two seconds. @returns false when it did not come to rest, as pods that
 * restart for ever do not.
 */
export async function untilAtRest(api: KubeApi, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + REST_WITHIN_MS;
  let before = '';
  let sinceMs = performance.now();
  while (performance.now() < deadline) {
    if (signal?.aborted === true)
      throw new ClusterError('aborted', 'The start was withdrawn.', 'Start the lab again.');
    const now = await restingState(api).catch(() => undefined);
    const versions = now?.versions ?? 'the API does not answer';
    if (versions !== before) {
      before = versions;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs >= restMs(now)) return true;
    await new Promise((resolve) => setTimeout(resolve, REST_ASKED_EVERY_MS));
  }
  return false;
}

interface RestingState {
  readonly versions: string;
  readonly serves: boolean;
  /** A container is being made. */
  readonly makes: boolean;
  /** An Ingress has no address. */
  readonly awaitsAddress: boolean;
}

function restMs(now: RestingState | undefined): number {
  if (now?.serves === true) return SERVING_REST_MS;
  if (now?.makes === true) return MAKING_REST_MS;
  return now?.awaitsAddress === true ? ADDRESS_REST_MS : REST_MS;
}

async function restingState(api: KubeApi): Promise<RestingState> {
  const [ingresses, ...lists] = await Promise.all(
    [INGRESSES, ...WATCHED_FOR_REST].map((path) => listOf(api, path)),
  );
  const items = lists.flat();
  const awaitsAddress = (ingresses ?? []).some(
    ({ status }) => (status?.loadBalancer?.ingress ?? []).length === 0,
  );
  return {
    versions: [...(ingresses ?? []), ...items]
      .map(({ metadata }) => `${metadata.uid}:${metadata.resourceVersion}`)
      .join(),
    serves: !awaitsAddress && items.every(serves),
    makes: items.some(isMade),
    awaitsAddress,
  };
}

async function listOf(api: KubeApi, path: string): Promise<readonly Watched[]> {
  const { body } = await api.request('GET', path);
  return (body as { readonly items?: readonly Watched[] }).items ?? [];
}

/** A pod that has its node, and a container of which is neither running nor refused yet. */
function isMade({ spec, status = {} }: Watched): boolean {
  if (spec?.nodeName === undefined || status.phase !== 'Pending') return false;
  return (status.containerStatuses ?? [{}]).some(
    ({ state }) => state === undefined || BEING_MADE.has(state.waiting?.reason ?? ''),
  );
}

/** A pod that is ready or done; a workload whose controller has seen it and whose pods are all ready. */
function serves({ metadata, spec, status = {} }: Watched): boolean {
  // An EndpointSlice: it follows the pods, and may rightly be empty.
  if (spec === undefined) return true;
  if (status.phase !== undefined || spec.containers !== undefined) {
    const ready = (status.conditions ?? []).some((each) => each.type === 'Ready' && each.status === 'True');
    return ready || status.phase === 'Succeeded';
  }
  const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 0;
  const have = status.numberReady ?? status.readyReplicas ?? 0;
  return status.observedGeneration === metadata.generation && have === wanted;
}

interface Watched {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
  };
  readonly spec?: { readonly replicas?: number; readonly containers?: unknown; readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string } };
    }[];
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
    readonly loadBalancer?: { readonly ingress?: readonly unknown[] };
  };
}

interface SystemPod {
  readonly metadata: { readonly name: string };
  readonly status?: Readonly<
    Partial<Record<'initContainerStatuses' | 'containerStatuses', readonly SystemContainer[]>>
  >;
}

interface SystemContainer {
  readonly name: string;
  readonly image: string;
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}
