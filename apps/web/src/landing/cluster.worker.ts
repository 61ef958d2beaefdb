import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import type { ProbeRequestView, ProbeResultView, ServerEvent } from '@podwire/protocol';
import { HERO_PODS, HERO_POLICY, HERO_SERVICE } from './hero-objects.ts';
import type { FromCluster, ToCluster } from './worker-messages.ts';

/**
 * A whole simulated cluster in a thread of the browser: the same code that runs labs on the server. Nothing here is
 * recorded or drawn beforehand.
 */

const SEED = 11;
/** Virtual time; it costs what happens in it, not how long it is. */
const BOOT_LIMIT_MS = 120_000;
const SETTLE_LIMIT_MS = 30_000;
const PROBE_STEP_MS = 20;
/** A probe has its own timeout, below this. */
const PROBE_LIMIT_MS = 40_000;
const EVENTS_PER_STEP = 50_000;
const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const CORE = '/api/v1/namespaces/default';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
const LISTS = [
  ['Node', '/api/v1/nodes'],
  ['Pod', `${CORE}/pods`],
  ['Service', `${CORE}/services`],
  ['EndpointSlice', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'],
  ['NetworkPolicy', POLICIES],
] as const;

const scope = self as unknown as DedicatedWorkerGlobalScope;
let cluster: SimulatedCluster | undefined;
let revision = 0;

function tell(message: FromCluster): void {
  scope.postMessage(message);
}

function ask(on: SimulatedCluster, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): unknown {
  const answer = on.api.handle({
    method,
    path,
    query: [],
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    user: ADMIN,
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
  });
  const text = answer.body === undefined ? '' : new TextDecoder().decode(answer.body);
  if (answer.status >= 400)
    throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

function boot(): SimulatedCluster {
  const startedMs = performance.now();
  const booted = createCluster({
    config: defaultConfig({ seed: SEED, startMs: Date.now() }),
    programs: new Map(),
  });
  booted.settle(BOOT_LIMIT_MS);
  for (const pod of HERO_PODS) ask(booted, 'POST', `${CORE}/pods`, pod);
  ask(booted, 'POST', `${CORE}/services`, HERO_SERVICE);
  ask(booted, 'POST', POLICIES, HERO_POLICY);
  booted.settle(SETTLE_LIMIT_MS);
  tell({ kind: 'booted', tookMs: performance.now() - startedMs });
  return booted;
}

type ObjectViews = ServerEvent<'topology:snapshot'>['objects'];

function tellObjects(on: SimulatedCluster): void {
  const objects = LISTS.flatMap(([kind, path]) => {
    const { items } = ask(on, 'GET', path) as {
      items: { metadata: { name: string; namespace?: string; uid: string } }[];
    };
    return items.map((object): ObjectViews[number] => {
      const { name, namespace, uid } = object.metadata;
      return { kind, name, uid, object: { ...object }, ...(namespace === undefined ? {} : { namespace }) };
    });
  });
  revision += 1;
  tell({ kind: 'objects', snapshot: { revision, objects } });
}

function probe(on: SimulatedCluster, request: ProbeRequestView): ProbeResultView | undefined {
  const { from, to, port, protocol, timeoutMs } = request;
  const place = from.kind === 'pod' ? { kind: from.kind, namespace: from.namespace, name: from.name } : from;
  const running = on.startProbe({ from: place, to, port, protocol, timeoutMs });
  const until = on.nowMs() + PROBE_LIMIT_MS;
  while (running.result() === undefined && on.nowMs() < until) {
    on.run({
      untilMs: on.nowMs() + PROBE_STEP_MS,
      maxEvents: EVENTS_PER_STEP,
      condition: () => running.result() !== undefined,
    });
  }
  const result = running.result();
  if (result === undefined) running.cancel();
  // Frozen and shared in the cluster; a message is a copy anyway.
  return result as ProbeResultView | undefined;
}

scope.addEventListener('message', ({ data }: MessageEvent<ToCluster>) => {
  try {
    cluster ??= boot();
    switch (data.kind) {
      case 'boot':
        tellObjects(cluster);
        return;
      case 'policy':
        if (data.on) ask(cluster, 'POST', POLICIES, HERO_POLICY);
        else ask(cluster, 'DELETE', `${POLICIES}/${HERO_POLICY.metadata.name}`);
        cluster.settle(SETTLE_LIMIT_MS);
        tellObjects(cluster);
        return;
      case 'probe':
        tell({ kind: 'probed', id: data.id, result: probe(cluster, data.request) });
    }
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});
