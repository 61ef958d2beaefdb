import { newSimulationState, Simulation, utf8Decode, utf8Encode } from '@podwire/sim';
import { defaultConfig } from '../config.ts';
import type { ClusterConfig } from '../config.ts';
import { createApiServer, newApiServerState } from './api-server.ts';
import type { ApiServerState } from './api-server.ts';
import type { ApiRequest, ApiResponse, UserInfo } from './http.ts';
import type { ApiServer, NodeOperations } from './server.ts';

const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
export const ADMIN: UserInfo = {
  name: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
};

/** Nodes on which nothing runs: what asks them is refused. */
const NO_NODES: NodeOperations = {
  readLog: () => ({ ok: false, message: 'no node' }),
  onLog: () => () => undefined,
  exec: () => ({ ok: false, message: 'no node' }),
  attach: () => ({ ok: false, message: 'no node' }),
  connectPort: () => ({ ok: false, message: 'no node' }),
  dial: () => ({ ok: false, message: 'no node' }),
  askKubelet: () => ({ ok: false, message: 'no node' }),
};

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly warnings: string | undefined;
  readonly response: ApiResponse;
}

export interface CallOptions {
  readonly user?: UserInfo;
  readonly accept?: string;
  readonly contentType?: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An API server alone, with the namespace `default` and its service account. */
export class TestServer {
  readonly simulation: Simulation;
  readonly state: ApiServerState;
  readonly api: ApiServer;

  constructor(
    options: {
      readonly config?: Partial<ClusterConfig>;
      readonly nodeOps?: Partial<NodeOperations>;
      readonly state?: ApiServerState;
      readonly simulation?: Simulation;
    } = {},
  ) {
    this.simulation =
      options.simulation ?? new Simulation(newSimulationState({ seed: 1, startMs: START_MS }));
    this.state = options.state ?? newApiServerState();
    const config = { ...defaultConfig({ seed: 1, startMs: START_MS }), ...options.config };
    this.api = createApiServer(this.state, {
      simulation: this.simulation,
      config,
      nodeOps: { ...NO_NODES, ...options.nodeOps },
    });
    if (options.state !== undefined) return;
    this.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
    this.call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  }

  call(
    method: ApiRequest['method'],
    pathAndQuery: string,
    body?: unknown,
    options: CallOptions = {},
  ): Answer {
    const [path = '', search = ''] = pathAndQuery.split('?');
    const query =
      search === ''
        ? []
        : search
            .split('&')
            .map(
              (pair) =>
                [pair.split('=')[0] ?? '', decodeURIComponent(pair.slice(pair.indexOf('=') + 1))] as const,
            );
    const bytes =
      body === undefined
        ? undefined
        : body instanceof Uint8Array
          ? body
          : utf8Encode(typeof body === 'string' ? body : JSON.stringify(body));
    const response = this.api.handle({
      method,
      path,
      query: [...query, ...(options.query ?? [])],
      headers: {
        accept: options.accept ?? 'application/json',
        'content-type': options.contentType ?? 'application/json',
        'user-agent': 'test/1',
        ...options.headers,
      },
      ...(bytes === undefined ? {} : { body: bytes }),
      user: options.user ?? ADMIN,
    });
    const text = response.body === undefined ? '' : utf8Decode(response.body);
    let parsed: Record<string, unknown> = {};
    try {
      parsed = JSON.parse(text) as Record<string, unknown>;
    } catch {
      // Not everything is JSON: logs, health, protobuf.
    }
    return { status: response.status, body: parsed, text, warnings: response.headers['warning'], response };
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    this.simulation.run({ untilMs: this.simulation.nowMs + ms, maxEvents: 10_000 });
  }
}

export const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
} as const;
export const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
    },
  },
} as const;
export const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
} as const;

export const PODS = '/api/v1/namespaces/default/pods';
export const SERVICES = '/api/v1/namespaces/default/services';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';

type Path = readonly (string | number)[];

/** A copy with one value changed, or taken away (undefined). */
export function change(base: unknown, path: Path, value: unknown): Record<string, unknown> {
  const copy = JSON.parse(JSON.stringify(base)) as Record<string, unknown>;
  let at = copy;
  for (const part of path.slice(0, -1)) {
    at[part] ??= {};
    at = at[part] as Record<string, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value;
  return copy;
}
