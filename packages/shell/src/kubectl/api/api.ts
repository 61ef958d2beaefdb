import type {
  ApiPortConnection,
  ApiRequest,
  ApiResponse,
  ApiStream,
  ApiTransport,
  ApiUpgrade,
} from '@podwire/kubesim';
import type { ClientConfig } from '../config/kubeconfig.ts';
import { Failure } from '../failure.ts';
import type { Problem } from '../failure.ts';
import type { KubernetesService } from '../service.ts';
import { goJson, isObject, parseJson } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { requestSubject, statusProblem } from './status.ts';

export type Reply =
  { readonly ok: true; readonly object: JsonObject } | { readonly ok: false; readonly problem: Problem };

/** A request that the API server carries on, or why it does not. */
export type Proxied = Exclude<ReturnType<NonNullable<ApiTransport['askProxy']>>, undefined>;

export interface RequestOptions {
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: JsonValue;
  /** A body that is sent as it is. */
  readonly text?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

/** Paths are built from names that users type. */
export function pathSegment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%40', '@');
}

/** The API server as kubectl's commands use it: JSON in and out, failures as values. */
export class Api {
  readonly config: ClientConfig;
  private readonly service: KubernetesService | undefined;
  private readonly warn: (text: string) => void;
  private readonly warned = new Set<string>();
  warnings = 0;

  constructor(config: ClientConfig, service: KubernetesService | undefined, warn: (text: string) => void) {
    this.config = config;
    this.service = service;
    this.warn = warn;
  }

  announce(key: string): void {
    this.service?.announce(key);
  }

  private reach(): KubernetesService {
    const listening = this.service?.transport.isListening?.() !== false;
    if (this.service === undefined || !this.config.reachable || !listening) {
      throw new Failure({
        kind: 'connection',
        host: this.config.host,
        detail: 'refused',
        message: `dial tcp ${this.config.host}: connect: connection refused`,
      });
    }
    return this.service;
  }

  private request(method: ApiRequest['method'], path: string, options: RequestOptions): ApiRequest {
    const body =
      options.text !== undefined
        ? new TextEncoder().encode(options.text)
        : options.body === undefined
          ? undefined
          : new TextEncoder().encode(goJson(options.body, { indent: 0, sortKeys: false }));
    return {
      method,
      path,
      query: options.query ?? [],
      headers: {
        accept: options.accept ?? 'application/json',
        'user-agent': 'kubectl/v1.34.5 (linux/amd64) kubernetes/ebfac05',
        ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        ...this.config.headers,
      },
      ...(body === undefined ? {} : { body }),
      user: this.config.user,
    };
  }

  /** The raw exchange. Prints the server's warnings, each once. */
  exchange(method: ApiRequest['method'], path: string, options: RequestOptions = {}): ApiResponse {
    const response = this.reach().transport.handle(this.request(method, path, options));
    for (const text of warningsOf(response.headers['warning'] ?? '')) {
      this.warnings += 1;
      if (this.warned.has(text)) continue;
      this.warned.add(text);
      this.warn(text);
    }
    return response;
  }

  /** Passes someone else's request on, as this run's user: `kubectl proxy`. Warnings stay in its headers. */
  relay(request: Omit<ApiRequest, 'user'>): ApiResponse {
    return this.reach().transport.handle(this.asUser(request));
  }

  private asUser({ headers, ...rest }: Omit<ApiRequest, 'user'>): ApiRequest {
    return { ...rest, headers: { ...headers, ...this.config.headers }, user: this.config.user };
  }

  /** What a path below `/proxy/` of a pod, a Service or a node leads to; undefined for every other path. */
  askProxy(method: ApiRequest['method'], path: string, options: RequestOptions = {}): Proxied | undefined {
    return this.reach().transport.askProxy?.(this.request(method, path, options));
  }

  /** As `askProxy`, with someone else's request. */
  relayProxied(request: Omit<ApiRequest, 'user'>): Proxied | undefined {
    return this.reach().transport.askProxy?.(this.asUser(request));
  }

  send(method: ApiRequest['method'], path: string, options: RequestOptions = {}): Reply {
    const response = this.exchange(method, path, options);
    if (response.status >= 400)
      return { ok: false, problem: statusProblem(response, requestSubject(method, path)) };
    const object =
      response.body === undefined ? undefined : parseJson(new TextDecoder().decode(response.body));
    return { ok: true, object: isObject(object) ? object : {} };
  }

  /** As `send`, for requests whose failure ends the command. */
  call(method: ApiRequest['method'], path: string, options: RequestOptions = {}): JsonObject {
    const reply = this.send(method, path, options);
    if (!reply.ok) throw new Failure(reply.problem);
    return reply.object;
  }

  /** Opens a response that goes on: a watch or a followed log. */
  open(
    path: string,
    query: readonly (readonly [string, string])[],
    accept: string,
  ):
    | { readonly ok: true; readonly stream: ApiStream | undefined; readonly body: Uint8Array | undefined }
    | { readonly ok: false; readonly problem: Problem } {
    const response = this.exchange('GET', path, { query, accept });
    if (response.status >= 400) return { ok: false, problem: statusProblem(response) };
    return { ok: true, stream: response.stream, body: response.body };
  }

  upgrade(path: string, query: readonly (readonly [string, string])[]): ApiUpgrade {
    const answer = this.reach().transport.upgrade(this.request('POST', path, { query }));
    if (answer.kind === 'refused') throw new Failure(statusProblem(answer.response));
    return answer;
  }

  connectPort(path: string, port: number): ApiPortConnection {
    const answer = this.reach().transport.connectPort(
      this.request('POST', path, { query: [['ports', port.toString()]] }),
      port,
    );
    if (answer.kind === 'refused') throw new Failure(statusProblem(answer.response));
    return answer;
  }
}

/** `299 - "text"` fields of a Warning header, RFC 7234 section 5.5. */
export function warningsOf(header: string): readonly string[] {
  const texts: string[] = [];
  for (const match of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g))
    texts.push((match[1] ?? '').replace(/\\(.)/g, '$1'));
  return texts;
}
