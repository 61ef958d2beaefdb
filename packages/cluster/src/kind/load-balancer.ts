import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { LOAD_BALANCER_RANGE, planLoadBalancer } from '@podwire/kubesim';
import type {
  LoadBalancerAssignment,
  LoadBalancerDeed,
  LoadBalancerPlan,
  LoadBalancerView,
} from '@podwire/kubesim';
import { CollectionWatch } from './collection-watch.ts';
import type { KubeApi } from './kube-api.ts';

/** What it looks at, and where that is. */
const COLLECTIONS = {
  services: '/api/v1/services',
  endpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
  nodes: '/api/v1/nodes',
} as const;
/** Changes come in bunches: one look for all of them. */
const GATHER_MS = 100;
/** After the API or Docker failed. */
const RETRY_MS = 2_000;
const OK = 200;
/** As Kubernetes' own controller of such Services calls itself. */
const COMPONENT = 'service-controller';

interface LoadBalancerParts {
  readonly api: Pick<KubeApi, 'request' | 'watch'>;
  /** Has these addresses lead to these nodes' addresses, and no others anywhere. */
  readonly lead: (routes: ReadonlyMap<string, string>) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/**
 * The load balancer of a kind cluster, outside of it as a cloud's is: it carries out the same plan as the simulated
 * one (SVC26) on the router of the learner's network, which is the host.
 */
export class KindLoadBalancer {
  readonly #parts: LoadBalancerParts;
  readonly #watch: CollectionWatch<keyof typeof COLLECTIONS>;
  #assigned: ReadonlyMap<string, LoadBalancerAssignment> = new Map();
  /** The last that was said of a Service that can't be served: once is enough. */
  readonly #warned = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: LoadBalancerParts) {
    this.#parts = parts;
    this.#watch = new CollectionWatch(parts.api, COLLECTIONS, {
      onLists: () => this.#lookIn(0),
      onChange: () => this.#lookIn(GATHER_MS),
    });
  }

  start(): void {
    this.#watch.start();
  }

  /** Resolves when nothing more is asked of the API or of Docker. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch.stop();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookIn(delayMs: number): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#looking = this.#looking
        .then(() => (this.#closed ? undefined : this.#look()))
        .catch((error: unknown) => {
          if (this.#closed) return;
          this.#parts.onFault(error);
          this.#lookIn(RETRY_MS);
        });
    }, delayMs).unref();
  }

  async #look(): Promise<void> {
    const view: LoadBalancerView = {
      services: await this.#list(COLLECTIONS.services),
      endpointSlices: await this.#list(COLLECTIONS.endpointSlices),
      nodes: await this.#list(COLLECTIONS.nodes),
    };
    const plan = planLoadBalancer(view, this.#assigned, LOAD_BALANCER_RANGE);
    await this.#parts.lead(routesOf(plan, view));
    // Only now: what failed above is planned, and told, once more.
    this.#assigned = plan.assigned;
    for (const deed of plan.deeds) await this.#carryOut(deed);
    const present = new Set(view.services.map(({ metadata }) => keyOf(metadata)));
    for (const key of this.#warned.keys()) if (!present.has(key)) this.#warned.delete(key);
  }

  async #carryOut({ service, events, loadBalancer }: LoadBalancerDeed): Promise<void> {
    const { name = '', namespace = '' } = service.metadata ?? {};
    if (loadBalancer !== undefined) {
      const path = `/api/v1/namespaces/${namespace}/services/${name}/status?fieldManager=${COMPONENT}`;
      const body = JSON.stringify({ status: { loadBalancer: { ingress: loadBalancer.ingress ?? null } } });
      const { status } = await this.#parts.api.request('PATCH', path, {
        type: 'application/merge-patch+json',
        body,
      });
      // Gone meanwhile, or changed: the watch brings what is so now.
      if (status !== OK) return;
    }
    for (const { type, reason, message } of events) {
      const key = keyOf(service.metadata);
      if (type === 'Warning' && this.#warned.get(key) === message) continue;
      if (type === 'Warning') this.#warned.set(key, message);
      else this.#warned.delete(key);
      await this.#tell(service, { type, reason, message });
    }
  }

  async #tell(service: LoadBalancerDeed['service'], said: LoadBalancerDeed['events'][number]): Promise<void> {
    const { name = '', namespace = '', uid, resourceVersion } = service.metadata ?? {};
    const now = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Service', name, namespace, uid, resourceVersion },
      ...said,
      source: { component: COMPONENT },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    // An answer that refuses it decides nothing: its namespace may be on its way out.
    await this.#parts.api.request('POST', `/api/v1/namespaces/${namespace}/events`, {
      type: 'application/json',
      body: JSON.stringify(event),
    });
  }

  async #list<Item>(path: string): Promise<readonly Item[]> {
    const { status, body } = await this.#parts.api.request('GET', path);
    if (status !== OK) throw new Error(`GET ${path}: ${status}`);
    return (body as { readonly items?: readonly Item[] }).items ?? [];
  }
}

function keyOf({ name = '', namespace = '' }: LoadBalancerDeed['service']['metadata'] = {}): string {
  return `${namespace}/${name}`;
}

/** The nodes' own addresses, by the addresses that they draw. */
function routesOf({ assigned }: LoadBalancerPlan, { nodes }: LoadBalancerView): ReadonlyMap<string, string> {
  const routes = new Map<string, string>();
  for (const { address, node } of assigned.values()) {
    const found = nodes.find(({ metadata }) => node !== undefined && metadata?.name === node);
    const own = found?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
    // A learner who is the cluster's administrator may write anything there.
    if (isIPv4(own)) routes.set(address, own);
  }
  return routes;
}
