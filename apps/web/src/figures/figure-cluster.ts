import { configForNeeds, createCluster } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { defaultParameters, instantiate } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { ProbeRequestView, ProbeResultView, ServerEvent } from '@podwire/protocol';
import { programs } from '@podwire/shell';
import { parseAllDocuments } from 'yaml';
import { placeOfKey } from '../topology/topology-path.ts';

/** Figures are the same in every build. */
const SEED = 1;
const START_MS = Date.UTC(2026, 0, 1, 9);
/** The cluster's own time that it may take to come to rest. */
const BOOT_LIMIT_MS = 120_000;
/** Of a command's own time. */
const COMMAND_LIMIT_MS = 120_000;
const PROBE_LIMIT_MS = 40_000;
const EVENTS_PER_STEP = 200_000;
/** Clusters kept to be forked: one for each lab that a page draws from. */
const MAX_KEPT = 64;
const CONFLICT = 409;
const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const LISTS = [
  ['Node', '/api/v1/nodes'],
  ['Pod', '/api/v1/pods'],
  ['Service', '/api/v1/services'],
  ['EndpointSlice', '/apis/discovery.k8s.io/v1/endpointslices'],
  ['NetworkPolicy', '/apis/networking.k8s.io/v1/networkpolicies'],
] as const;
const NO_LAB_NEEDS: Lab['cluster'] = { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] };

/** What a figure is drawn from: a lab's setup, and manifests of the figure's own after it. */
interface FigureSource {
  readonly lab: Lab | undefined;
  readonly manifests: readonly string[];
}

const kept = new Map<string, SimulatedCluster>();

/** @throws when the API refuses a manifest, with its words: the build stops rather than show what is not so. */
export function figureCluster({ lab, manifests }: FigureSource): SimulatedCluster {
  const key = lab === undefined ? '' : `${lab.id} ${lab.digest}`;
  const base = kept.get(key) ?? boot(lab);
  if (kept.size < MAX_KEPT) kept.set(key, base);
  const cluster = base.fork();
  if (cluster === undefined) throw new Error('a cluster at rest can be forked');
  for (const text of manifests) applyAll(cluster, text, 'a manifest of this figure');
  if (manifests.length > 0) cluster.settle(BOOT_LIMIT_MS);
  return cluster;
}

function boot(lab: Lab | undefined): SimulatedCluster {
  const cluster = createCluster({
    config: configForNeeds(lab?.cluster ?? NO_LAB_NEEDS, { seed: SEED, startMs: START_MS }),
    programs,
  });
  cluster.settle(BOOT_LIMIT_MS);
  const setup = lab === undefined ? [] : instantiate(lab, defaultParameters(lab)).setup;
  for (const file of setup) applyAll(cluster, file.text, file.path);
  cluster.settle(BOOT_LIMIT_MS);
  return cluster;
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function applyAll(cluster: SimulatedCluster, text: string, where: string): void {
  for (const document of parseAllDocuments(text)) {
    if (!('toJS' in document)) continue;
    const value = document.toJS({ maxAliasCount: 50 }) as Manifest | null;
    if (value === null) continue;
    apply(cluster, value, where);
    // Pods are refused until the namespace has its ServiceAccount.
    if (value.kind === 'Namespace') cluster.settle(BOOT_LIMIT_MS);
  }
}

function apply(cluster: SimulatedCluster, manifest: Manifest, where: string): void {
  const { apiVersion, kind, metadata } = manifest;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources = [] } = ask(cluster, 'GET', root).body as {
    resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
  };
  const type = resources.find((each) => each.kind === kind && !each.name.includes('/'));
  if (type === undefined)
    throw new Error(`${where}: no matches for kind "${kind}" in version "${apiVersion}"`);
  const collection = type.namespaced
    ? `${root}/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}/${type.name}`
    : `${root}/${type.name}`;
  let answer = ask(cluster, 'POST', collection, manifest);
  if (answer.status === CONFLICT) answer = ask(cluster, 'PUT', `${collection}/${metadata.name}`, manifest);
  if (answer.status >= 400)
    throw new Error(
      `${where}: ${kind} "${metadata.name}": ${(answer.body as { message?: string }).message ?? answer.status}`,
    );
}

function ask(
  cluster: SimulatedCluster,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: unknown,
): { readonly status: number; readonly body: unknown } {
  const answer = cluster.api.handle({
    method,
    path,
    query: [],
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    user: ADMIN,
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
  });
  const text = answer.body === undefined ? '{}' : new TextDecoder().decode(answer.body);
  return { status: answer.status, body: JSON.parse(text) as unknown };
}

/** @throws what the API refuses, with its words. */
export function applyManifest(cluster: SimulatedCluster, text: string): void {
  applyAll(cluster, text, 'a manifest of this page');
  cluster.settle(BOOT_LIMIT_MS);
}

/** What a command prints when it is typed at a place, with its errors among it as a terminal shows them. */
export function printedBy(cluster: SimulatedCluster, command: string, place = 'toolbox'): string {
  const at = placeOfKey(place);
  if (at === undefined) throw new Error(`"${place}" is no place`);
  const { kind } = at;
  const started = cluster.exec(kind === 'pod' ? { kind, namespace: at.namespace, name: at.name } : at, [
    'bash',
    '-c',
    command,
  ]);
  if (!started.ok) throw new Error(`nothing can be run at ${place}: ${JSON.stringify(started.reason)}`);
  let [printed, ended] = ['', false];
  const hear = (data: Uint8Array): void => {
    printed += new TextDecoder().decode(data);
  };
  started.handle.onStdout(hear);
  started.handle.onStderr(hear);
  started.handle.onExit(() => (ended = true));
  started.handle.closeStdin();
  cluster.run({
    untilMs: cluster.nowMs() + COMMAND_LIMIT_MS,
    maxEvents: EVENTS_PER_STEP,
    condition: () => ended,
  });
  if (!ended) throw new Error('it does not end');
  return printed.replace(/\n$/, '');
}

type ObjectViews = ServerEvent<'topology:snapshot'>['objects'];

/** What the topology is drawn from. */
export function objectsOf(cluster: SimulatedCluster): ObjectViews {
  return LISTS.flatMap(([kind, path]) => {
    const { items = [] } = ask(cluster, 'GET', path).body as {
      items?: readonly {
        readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string };
      }[];
    };
    return items.map((object): ObjectViews[number] => {
      const { name, namespace, uid } = object.metadata;
      return { kind, name, uid, object: { ...object }, ...(namespace === undefined ? {} : { namespace }) };
    });
  });
}

/** Tries a connection, and waits for its end in the cluster's own time. */
export function probe(cluster: SimulatedCluster, request: ProbeRequestView): ProbeResultView {
  const { from, to, port, protocol, timeoutMs } = request;
  const place = from.kind === 'pod' ? { kind: from.kind, namespace: from.namespace, name: from.name } : from;
  const running = cluster.startProbe({ from: place, to, port, protocol, timeoutMs });
  cluster.run({
    untilMs: cluster.nowMs() + PROBE_LIMIT_MS,
    maxEvents: EVENTS_PER_STEP,
    condition: () => running.result() !== undefined,
  });
  const result = running.result();
  if (result === undefined) throw new Error('the probe came to no end');
  // Frozen and shared in the cluster; the page only reads it.
  return result as unknown as ProbeResultView;
}
