import type { DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import type { ApiRequest, ApiTransport, UserInfo } from '../../api/http.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { GO_PLAIN_TEXT } from '../http/tls-files.ts';
import { logStart } from './component-logs.ts';

/** The machine service that gives the kube-apiserver's container the API it serves. */
export const API_SERVER_SERVICE = 'kube-apiserver';

/** What `API_SERVER_SERVICE` is. */
export interface ServedApi {
  readonly transport: ApiTransport;
  userOfToken(token: string): UserInfo | undefined;
  /** Its certificate chain, DER. */
  chain(): readonly Uint8Array[];
}

const PORT = 6443;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

interface ApiServerProgramState {
  readonly http: HttpServerState;
  readonly listener: SocketId;
}

function isServedApi(value: unknown): value is ServedApi {
  return typeof value === 'object' && value !== null && 'transport' in value && 'chain' in value;
}

/**
 * kube-apiserver's container: serves the cluster's API over HTTPS on port 6443, to whoever reaches it over
 * the cluster's own network. Bodies that go on (watch, follow) and upgrades are refused here: kubectl has
 * its own way.
 */
export const kubeApiServer: DaemonProgram<ApiServerProgramState | undefined> = {
  kind: 'daemon',
  start(daemon) {
    const listener = daemon.net.listenTcp({ address: '::', port: PORT });
    if (listener.ok) {
      logStart(daemon, 'kube-apiserver');
      return { http: newHttpServer(), listener: listener.value };
    }
    daemon.logError(
      `Error: failed to create listener: failed to listen on [::]:${PORT}: listen tcp [::]:${PORT}: bind: address already in use\n`,
    );
    daemon.exit(1);
    return undefined;
  },
  onEvent(daemon, state, event) {
    if (state === undefined) return;
    if (event.kind === 'signal') {
      if (event.signal === 'SIGTERM' || event.signal === 'SIGINT') daemon.exit(0);
      return;
    }
    const service = daemon.machine.service(API_SERVER_SERVICE);
    const served = isServedApi(service) ? service : undefined;
    onHttpEvent(
      daemon,
      state.http,
      [state.listener],
      event,
      (request) =>
        served === undefined ? status(503, 'ServiceUnavailable', 'no API') : answer(served, request),
      { listeners: [state.listener], chooseChain: () => served?.chain() ?? 80, toPlainText: GO_PLAIN_TEXT },
    );
  },
};

function answer(served: ServedApi, request: HttpRequest): HttpResponse {
  if (!METHODS.has(request.method))
    return status(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  const authorization = request.headers.get('authorization');
  const token = /^bearer (\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
  const user =
    authorization === undefined ? ANONYMOUS : token === undefined ? undefined : served.userOfToken(token);
  if (user === undefined) return status(401, 'Unauthorized', 'Unauthorized');
  const [path, queryText] = splitOnce(request.target);
  const response = served.transport.handle({
    method: request.method as ApiRequest['method'],
    path,
    query: queryOf(queryText),
    headers: Object.fromEntries(request.headers),
    ...(request.body.length === 0 ? {} : { body: request.body }),
    user,
  });
  if (response.stream !== undefined) {
    response.stream.close();
    return status(
      501,
      'NotImplemented',
      "a body that goes on (watch, follow) is not part of this simulation's own network; use kubectl",
    );
  }
  const headers = Object.entries(response.headers)
    .filter(([name]) => !/^(content-length|date|connection|transfer-encoding)$/i.test(name))
    .map(([name, value]): [string, string] => [canonical(name), value]);
  return { status: response.status, headers: Object.fromEntries(headers), body: response.body ?? '' };
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
}

function splitOnce(target: string): [string, string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function queryOf(text: string): readonly (readonly [string, string])[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part): [string, string] => {
      const at = part.indexOf('=');
      return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}

/** What is wrongly encoded stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function status(code: number, reason: string, message: string): HttpResponse {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  };
  return {
    status: code,
    headers: { 'Cache-Control': 'no-cache, private', 'Content-Type': 'application/json' },
    body: utf8Encode(JSON.stringify(body, undefined, 2)),
  };
}
