import { randomBytes } from 'node:crypto';
import type { Lab } from '@podwire/lab';
import type { ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import type { Cluster, ClusterProvider } from '../port.ts';
import { MAX_SETUP_OBJECTS } from '../setup-manifests.ts';
import { unheard } from '../unheard.ts';
import type { KubeApi } from './kube-api.ts';

const OK = 200;
/** An explanation that takes longer than this is done without. */
const WITHIN_MS = 20_000;
/** What decides about connections, in the order in which it can be made. */
const COLLECTIONS = [
  ['v1', 'Namespace', '/api/v1/namespaces'],
  ['v1', 'Service', '/api/v1/services'],
  ['networking.k8s.io/v1', 'NetworkPolicy', '/apis/networking.k8s.io/v1/networkpolicies'],
  ['v1', 'Pod', '/api/v1/pods'],
] as const;
/** The simulated cluster has its own. */
const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);
/** What the cluster itself wrote. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'ownerReferences',
  'selfLink',
]);

interface Stored {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly phase?: string };
}

/**
 * Explains what a real cluster's kernel did and does not tell: the cluster's objects are put into a simulated one,
 * and the same connection is tried there. Where both answer alike, the simulation's reason is the likely one; it is
 * marked as inferred, and where they differ it is said so.
 */
export class Inference {
  readonly #simulated: ClusterProvider;

  constructor(simulated: ClusterProvider) {
    this.#simulated = simulated;
  }

  /** The results, each with the reason that was inferred; unchanged where none could be had. */
  async explain(
    api: KubeApi,
    needs: Lab['cluster'],
    probes: readonly { readonly request: ProbeRequestView; readonly result: ProbeResultView }[],
  ): Promise<readonly ProbeResultView[]> {
    const unchanged = probes.map(({ result }) => result);
    const signal = AbortSignal.timeout(WITHIN_MS);
    try {
      const cluster = await this.#replay(api, needs, signal);
      if (cluster === undefined) return unchanged;
      try {
        return await Promise.all(
          probes.map(async ({ request, result }) => {
            const seen = await cluster.probe(request, signal).catch(() => undefined);
            return seen === undefined ? result : inferred(result, seen);
          }),
        );
      } finally {
        await cluster.destroy();
      }
    } catch {
      // No room for a simulated cluster, or no API to read from: the verdict stands without a reason.
      return unchanged;
    }
  }

  async #replay(api: KubeApi, needs: Lab['cluster'], signal: AbortSignal): Promise<Cluster | undefined> {
    const objects = await objectsOf(api);
    if (objects === undefined) return undefined;
    return this.#simulated.create(
      `x${randomBytes(8).toString('hex')}`,
      {
        labId: 'inference',
        labDigest: '',
        seed: 1,
        startMs: Date.now(),
        needs,
        setup: [
          { path: 'objects.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) },
        ],
        files: [],
      },
      unheard,
      { signal },
    );
  }
}

/** Undefined when there are too many, or the API does not answer. */
async function objectsOf(api: KubeApi): Promise<readonly object[] | undefined> {
  const objects: object[] = [];
  for (const [apiVersion, kind, path] of COLLECTIONS) {
    const { status, body } = await api.request('GET', `${path}?limit=${MAX_SETUP_OBJECTS}`);
    if (status !== OK) return undefined;
    for (const item of (body as { readonly items?: readonly Stored[] }).items ?? [])
      if (isReplayed(kind, item)) objects.push({ apiVersion, kind, ...withoutServersOwn(kind, item) });
    if (objects.length > MAX_SETUP_OBJECTS) return undefined;
  }
  return objects;
}

function isReplayed(kind: string, { metadata, status }: Stored): boolean {
  const namespace = kind === 'Namespace' ? metadata.name : (metadata.namespace ?? '');
  if (SYSTEM_NAMESPACES.has(namespace)) return false;
  if (kind === 'Namespace') return metadata.name !== 'default';
  if (kind === 'Service') return !(metadata.name === 'kubernetes' && namespace === 'default');
  // A pod that has ended, or is about to, takes no packets.
  return kind !== 'Pod' || (metadata.deletionTimestamp === undefined && status?.phase === 'Running');
}

function withoutServersOwn(kind: string, { metadata, spec }: Stored): object {
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_METADATA.has(key)));
  return {
    metadata: kept,
    ...(spec === undefined || kind === 'Namespace' ? {} : { spec: specOf(kind, spec) }),
  };
}

/** Pods without the token that the API server mounted into them: the simulated one mounts its own. */
function specOf(kind: string, spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (kind !== 'Pod') return spec;
  const isToken = ({ name }: { readonly name: string }): boolean => name.startsWith('kube-api-access-');
  const volumes = (spec['volumes'] ?? []) as readonly { readonly name: string }[];
  const containers = (list: unknown): unknown =>
    ((list ?? []) as readonly { readonly volumeMounts?: readonly { readonly name: string }[] }[]).map(
      (container) => ({
        ...container,
        volumeMounts: (container.volumeMounts ?? []).filter((mount) => !isToken(mount)),
      }),
    );
  return {
    ...spec,
    volumes: volumes.filter((volume) => !isToken(volume)),
    containers: containers(spec['containers']),
    initContainers: containers(spec['initContainers']),
  };
}

function inferred(real: ProbeResultView, simulated: ProbeResultView): ProbeResultView {
  if (real.verdict !== simulated.verdict)
    return {
      ...real,
      because: `${real.because} Why can’t be inferred from the cluster’s objects: with the same objects, a simulated cluster answers otherwise (${simulated.verdict}).`,
    };
  return {
    ...real,
    inferred: true,
    packets: simulated.packets,
    because: `${simulated.because} (Inferred: your cluster’s objects were replayed in a simulated cluster.)`,
  };
}
