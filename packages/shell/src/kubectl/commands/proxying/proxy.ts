import type { ApiRequest, ApiResponse, ApiStream, ProxiedExchange } from '@podwire/kubesim';
import type { Wait } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { attempt, fail, messageOf } from '../../failure.ts';
import type { Session } from '../../session.ts';
import { PROXY } from '../../surface/debugging.ts';
import { errnoText } from '../../values/errno-text.ts';
import { hostPort } from '../forwarding/ports.ts';
import { decodePair } from '../raw.ts';
import { filterOf } from './filter.ts';
import type { ProxyFilter } from './filter.ts';
import { chunk, plainPage, readRequest, reasonOf, responseHead } from './http.ts';
import type { ProxiedRequest } from './http.ts';

/** Connections at one time; more wait in the listener's queue. */
const MAX_CONNECTIONS = 128;
/** Bytes that a client has not taken yet; a stream that has more is cut off. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
/** A stream that announced nothing is looked at this often. */
const POLL_MS = 1000;
const DEFAULT_PORT = 8001;
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Headers that belong to one connection alone (RFC 9110 section 7.6.1), and the caller's own credentials' place. */
const HOP_BY_HOP = new Set([
  'connection',
  'host',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
]);

function isMethod(text: string): text is ApiRequest['method'] {
  return METHODS.includes(text);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One client of the proxy. */
class Client {
  readonly socket: SocketId;
  private readonly server: ProxyServer;
  private input: Uint8Array = new Uint8Array();
  private output: Uint8Array = new Uint8Array();
  private stream: ApiStream | undefined;
  /** A request that the API server carries on: those behind it wait for its answer. */
  private awaited: { readonly exchange: ProxiedExchange; readonly method: string } | undefined;
  private ending = false;
  done = false;

  constructor(server: ProxyServer, socket: SocketId) {
    this.server = server;
    this.socket = socket;
  }

  /** Does what can be done now. True while more may be done at once. */
  pump(): boolean {
    const moved = [this.receive(), this.drain(), this.hear(), this.answer(), this.send()].some(Boolean);
    const owes = this.stream !== undefined || this.awaited !== undefined;
    if (this.ending && this.output.length === 0 && !owes) this.close();
    return moved && !this.done;
  }

  private receive(): boolean {
    if (this.done) return false;
    const got = this.server.session.process.net.receive(this.socket);
    if (!got.ok || got.value === undefined) {
      // Nobody reads a stream any more whose reader has gone.
      if (!got.ok || this.stream !== undefined) this.close();
      else this.ending = true;
      return false;
    }
    if (got.value.length > 0) this.input = joined([this.input, got.value]);
    return got.value.length > 0;
  }

  private answer(): boolean {
    const busy = this.stream !== undefined || this.awaited !== undefined;
    if (this.done || busy || this.output.length > 0 || this.input.length === 0) return false;
    const read = readRequest(this.input);
    if (read.kind === 'incomplete') return false;
    if (read.kind === 'malformed') {
      this.page(read.status, `${read.status} ${reasonOf(read.status)}`);
      this.input = new Uint8Array();
      this.ending = true;
      return true;
    }
    this.input = this.input.slice(read.bytes);
    this.handle(read.request);
    if (!read.request.keepAlive) this.ending = true;
    return true;
  }

  private handle(request: ProxiedRequest): void {
    const relayed = this.server.relay(request);
    if (relayed.kind === 'page') return this.page(relayed.status, relayed.text);
    if (relayed.kind === 'response') return this.pass(request.method, relayed.response);
    this.awaited = { exchange: relayed, method: request.method };
    relayed.onAnswer(() => this.server.wake());
    return undefined;
  }

  /** The answer of what is behind the API server's proxy, once it is there. */
  private hear(): boolean {
    const answer = this.done ? undefined : this.awaited?.exchange.answer();
    if (this.awaited === undefined || answer === undefined) return false;
    const { method } = this.awaited;
    this.awaited = undefined;
    this.pass(method, answer);
    return true;
  }

  private pass(method: string, response: ApiResponse): void {
    const headers = { ...response.headers, date: this.date() };
    if (response.stream === undefined) {
      const body = response.body ?? new Uint8Array();
      const head = responseHead(response.status, { ...headers, 'content-length': String(body.length) });
      this.put(method === 'HEAD' ? [head] : [head, body]);
      return;
    }
    this.put([responseHead(response.status, { ...headers, 'transfer-encoding': 'chunked' })]);
    this.stream = response.stream;
    response.stream.onReadable(() => this.server.wake());
  }

  private page(status: number, text: string): void {
    const { head, body } = plainPage(status, text, this.date());
    this.put([head, body]);
  }

  private date(): string {
    return new Date(this.server.session.nowMs()).toUTCString();
  }

  private put(parts: readonly Uint8Array[]): void {
    this.output = joined([this.output, ...parts]);
    if (this.output.length > MAX_QUEUED_BYTES) this.close();
  }

  private drain(): boolean {
    if (this.stream === undefined) return false;
    const data = this.stream.read();
    if (data?.length === 0) return false;
    this.put([chunk(data ?? new Uint8Array())]);
    if (data === undefined) this.stream = undefined;
    return true;
  }

  private send(): boolean {
    if (this.output.length === 0 || this.done) return false;
    const sent = this.server.session.process.net.send(this.socket, this.output);
    if (!sent.ok) this.close();
    else this.output = this.output.slice(sent.value);
    return sent.ok && sent.value > 0;
  }

  close(): void {
    if (this.done) return;
    this.done = true;
    this.stream?.close();
    this.stream = undefined;
    this.awaited?.exchange.close();
    this.awaited = undefined;
    this.server.session.process.net.close(this.socket);
  }
}

type Relayed =
  | { readonly kind: 'response'; readonly response: ApiResponse }
  | ProxiedExchange
  | { readonly kind: 'page'; readonly status: number; readonly text: string };

class ProxyServer {
  readonly session: Session;
  private readonly filter: ProxyFilter | undefined;
  private readonly prefix: string;
  private readonly listener: SocketId;
  private readonly clients = new Set<Client>();
  private readonly key: string;

  constructor(session: Session, listener: SocketId, prefix: string, filter: ProxyFilter | undefined) {
    this.session = session;
    this.listener = listener;
    this.prefix = prefix;
    this.filter = filter;
    this.key = session.streamKey();
  }

  wake(): void {
    this.session.api().announce(this.key);
  }

  /** What the API server answers, or why it is not asked. */
  relay(request: ProxiedRequest): Relayed {
    const mark = request.target.indexOf('?');
    let path = mark < 0 ? request.target : request.target.slice(0, mark);
    if (!path.startsWith(this.prefix) && `${path}/` !== this.prefix)
      return { kind: 'page', status: 404, text: '404 page not found' };
    if (!this.prefix.startsWith('/api')) path = `/${path.slice(this.prefix.length)}`;
    const host = (request.headers['host'] ?? '')
      .replace(/^(\[.*\]|[^:]*):\d*$/, '$1')
      .replace(/^\[(.*)\]$/, '$1');
    if (this.filter?.accepts(request.method, path, host) === false)
      return { kind: 'page', status: 403, text: 'Forbidden' };
    const { method } = request;
    if (!isMethod(method)) return { kind: 'page', status: 405, text: 'Method Not Allowed' };
    const query =
      mark < 0
        ? []
        : request.target
            .slice(mark + 1)
            .split('&')
            .filter((pair) => pair !== '');
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name)),
    );
    const passed = {
      method,
      path,
      query: query.map(decodePair),
      headers,
      ...(request.body.length === 0 ? {} : { body: request.body }),
    };
    const answer = attempt((): Relayed => {
      const api = this.session.api();
      const proxied = api.relayProxied(passed);
      if (proxied?.kind === 'exchange') return proxied;
      return { kind: 'response', response: proxied?.response ?? api.relay(passed) };
    });
    return answer.ok ? answer.value : { kind: 'page', status: 500, text: messageOf(answer.problem) };
  }

  *serve(): Step {
    const { process } = this.session;
    for (;;) {
      while (this.clients.size < MAX_CONNECTIONS) {
        const accepted = process.net.accept(this.listener);
        if (!accepted.ok) break;
        this.clients.add(new Client(this, accepted.value));
      }
      let busy = false;
      for (const client of [...this.clients]) {
        busy = client.pump() || busy;
        if (client.done) this.clients.delete(client);
      }
      const sockets = [this.listener, ...[...this.clients].map((client) => client.socket)];
      yield busy
        ? { kind: 'step' }
        : {
            kind: 'any',
            of: [
              { kind: 'signal', key: this.key },
              { kind: 'sleep', ms: POLL_MS },
              ...sockets.map((socket): Wait => ({ kind: 'socket', socket })),
            ],
          };
    }
  }

  close(): void {
    this.session.process.net.close(this.listener);
    for (const client of this.clients) client.close();
  }
}

function withSlash(text: string): string {
  return text.endsWith('/') ? text : `${text}/`;
}

function* run({ flags, session }: Invocation): Step {
  session.clientConfig();
  if (flags.text('unix-socket') !== '' && flags.integer('port') !== DEFAULT_PORT)
    fail('cannot set --unix-socket and --port at the same time');
  if (flags.text('unix-socket') !== '') fail('unix sockets are not part of this simulation: use --port');
  if (flags.text('www') !== '')
    fail('serving files with --www is not part of this simulation: only the API is served');
  if (flags.toggle('disable-filter'))
    session.warn(
      'proxy.go:171',
      '"Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious"',
    );
  const filter = flags.toggle('disable-filter') ? undefined : filterOf(flags);
  const address = flags.text('address');
  const port = flags.integer('port');
  const { net } = session.process;
  if (port < 0 || port > 65_535) fail(`listen tcp: address ${port}: invalid port`);
  const listener = net.listenTcp({ address, port });
  if (!listener.ok) return fail(`listen tcp ${hostPort(address, port)}: bind: ${errnoText(listener.errno)}`);
  const chosen = net.network.socketInfo(listener.value)?.local.port ?? port;
  session.out(`Starting to serve on ${hostPort(address, chosen)}\n`);
  yield* session.output.flush();
  const server = new ProxyServer(session, listener.value, withSlash(flags.text('api-prefix')), filter);
  try {
    return yield* server.serve();
  } finally {
    server.close();
  }
}

export const proxyCommand: Command = {
  ...PROXY,
  long: `Serve the API of the cluster on a port of this machine.

 Whoever can reach the port speaks to the API server as you. It goes on until you press Ctrl-C.`,
  examples: [
    ['Serve it on 127.0.0.1:8001', 'kubectl proxy'],
    [
      'In the background, and ask for the pods',
      'kubectl proxy &\ncurl localhost:8001/api/v1/namespaces/default/pods',
    ],
    [
      'On another port, and only part of it',
      "kubectl proxy --port=9000 --accept-paths='^/api/v1/namespaces/default/'",
    ],
  ],
  run,
};
