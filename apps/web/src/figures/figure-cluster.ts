import { configForNeeds, createCluster } from '@podwire/kubesim';
import type { ClusterOptions, SimulatedCluster } from '@podwire/kubesim';
import type { ProbeRequestView, ProbeResultView, ServerEvent } from '@podwire/protocol';
import { placeOfKey } from '../topology/topology-path.ts';
import type { FigureBase, Manifest, Manifests } from './cluster-base.ts';

/**
 * The clusters that figures are drawn from: the same code where the site is built and in a reader's browser, so that
 * a packet that is sent again goes the way that was drawn.
 */

/** Figures are the same in every build. */
const SEED = 1;
const START_MS = Date.UTC(2026, 0, 1, 9);
/** The cluster's own time that it may take to come to rest. */
const BOOT_LIMIT_MS = 120_000;
/** Of a command's own time. */
const COMMAND_LIMIT_MS = 120_000;
const PROBE_LIMIT_MS = 40_000;
const EVENTS_PER_STEP = 200_000;
/** Of the cluster's own time, between two looks at the other clock. */
const SETTLE_SLICE_MS = 1_000;
const PROBE_SLICE_MS = 250;
const CONFLICT = 409;
const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const LISTS = [
  ['Node', '/api/v1/nodes'],
  ['Pod', '/api/v1/pods'],
  ['Service', '/api/v1/services'],
  ['EndpointSlice', '/apis/discovery.k8s.io/v1/endpointslices'],
  ['NetworkPolicy', '/apis/networking.k8s.io/v1/networkpolicies'],
] as const;

/** The API has refused an object: a mistake of whoever wrote it, told in the API's words. */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refused';
  }
}

/** Called every now and then while a cluster runs; what it throws ends that. */
export type Pace = () => void;
const UNHURRIED: Pace = () => undefined;

export class FigureClusters {
  readonly #programs: ClusterOptions['programs'];
  /** The most clusters that are kept to be forked, one for each base. */
  readonly #mostKept: number;
  readonly #kept = new Map<string, SimulatedCluster>();

  constructor(programs: ClusterOptions['programs'], mostKept: number) {
    this.#programs = programs;
    this.#mostKept = mostKept;
  }

  /** Booted, set up and at rest. The one that was asked for longest ago makes room. */
  booted(base: FigureBase, pace: Pace = UNHURRIED): SimulatedCluster {
    const cluster = this.#kept.get(base.key) ?? boot(base, this.#programs, pace);
    this.#kept.delete(base.key);
    this.#kept.set(base.key, cluster);
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= this.#mostKept) break;
      this.#kept.delete(key);
    }
    return cluster;
  }

  has(base: FigureBase): boolean {
    return this.#kept.has(base.key);
  }

  /** A cluster of the figure's own. @throws when the API refuses a manifest, with its words. */
  cluster(base: FigureBase, own: readonly Manifest[], pace: Pace = UNHURRIED): SimulatedCluster {
    const cluster = this.booted(base, pace).fork();
    if (cluster === undefined) throw new Error('a cluster at rest can be forked');
    applyAll(cluster, { where: 'a manifest of this figure', objects: own }, pace);
    if (own.length > 0) settle(cluster, pace);
    return cluster;
  }
}

function boot(base: FigureBase, programs: ClusterOptions['programs'], pace: Pace): SimulatedCluster {
  const cluster = createCluster({
    config: configForNeeds(base.needs, { seed: SEED, startMs: START_MS }),
    programs,
  });
  settle(cluster, pace);
  for (const file of base.setup) applyAll(cluster, file, pace);
  settle(cluster, pace);
  return cluster;
}

/** Lets the cluster come to rest, slice by slice. One that does not within its time is taken as it is. */
function settle(cluster: SimulatedCluster, pace: Pace): void {
  const deadlineMs = cluster.nowMs() + BOOT_LIMIT_MS;
  while (cluster.nowMs() < deadlineMs) {
    pace();
    const sliceEndMs = Math.min(deadlineMs, cluster.nowMs() + SETTLE_SLICE_MS);
    const rests = cluster.settle(sliceEndMs - cluster.nowMs());
    // At rest, or too busy to get through its slice. At the slice's end it may only have been between two things.
    if (cluster.nowMs() < sliceEndMs) return;
    if (rests && sliceEndMs === deadlineMs) return;
  }
}

function applyAll(cluster: SimulatedCluster, { where, objects }: Manifests, pace: Pace): void {
  for (const object of objects) {
    apply(cluster, object, where);
    // Pods are refused until the namespace has its ServiceAccount.
    if (object.kind === 'Namespace') settle(cluster, pace);
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
    throw new Refused(`${where}: no matches for kind "${kind}" in version "${apiVersion}"`);
  const collection = type.namespaced
    ? `${root}/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}/${type.name}`
    : `${root}/${type.name}`;
  let answer = ask(cluster, 'POST', collection, manifest);
  if (answer.status === CONFLICT) answer = ask(cluster, 'PUT', `${collection}/${metadata.name}`, manifest);
  if (answer.status >= 400)
    throw new Refused(
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
export function applyManifests(cluster: SimulatedCluster, objects: readonly Manifest[]): void {
  applyAll(cluster, { where: 'a manifest of this page', objects }, UNHURRIED);
  settle(cluster, UNHURRIED);
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
export function probe(
  cluster: SimulatedCluster,
  request: ProbeRequestView,
  pace: Pace = UNHURRIED,
): ProbeResultView {
  const { from, to, port, protocol, timeoutMs } = request;
  const place = from.kind === 'pod' ? { kind: from.kind, namespace: from.namespace, name: from.name } : from;
  const running = cluster.startProbe({ from: place, to, port, protocol, timeoutMs });
  const deadlineMs = cluster.nowMs() + PROBE_LIMIT_MS;
  while (running.result() === undefined && cluster.nowMs() < deadlineMs) {
    pace();
    const outcome = cluster.run({
      untilMs: Math.min(deadlineMs, cluster.nowMs() + PROBE_SLICE_MS),
      maxEvents: EVENTS_PER_STEP,
      condition: () => running.result() !== undefined,
    });
    if (outcome === 'budget') break;
  }
  const result = running.result();
  if (result === undefined) throw new Error('the probe came to no end');
  // Frozen and shared in the cluster; the page only reads it.
  return result as unknown as ProbeResultView;
}
