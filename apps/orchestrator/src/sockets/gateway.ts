import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { fastifyCookie } from '@fastify/cookie';
import { SOCKET_PATH, clientEvents } from '@podwire/protocol';
import type { ClientEvent, ClientEventName, ServerEvent, ServerEventName } from '@podwire/protocol';
import type { FastifyBaseLogger } from 'fastify';
import { Server } from 'socket.io';
import type { Socket } from 'socket.io';
import { RateLimiter } from '../access/rate-limiter.ts';
import { SOCKET_ACCESS } from '../access/table.ts';
import type { SocketRule } from '../access/table.ts';
import { Failure, notFound } from '../failure.ts';
import { headersOf } from '../http/auth-bridge.ts';
import { failureOf } from '../http/server.ts';
import type { Identifier } from '../identity/identify.ts';
import { LEARNER_COOKIE } from '../identity/learner-cookie.ts';
import type { LiveSession, SessionPage } from '../session/live-session.ts';
import type { SessionService } from '../session/service.ts';
import type { LiveTerminal, TerminalReader } from '../terminal/live-terminal.ts';

/** A paste's piece in JSON, each character escaped at worst, and some room. */
const MAX_MESSAGE_BYTES = 131_072;
const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 20_000;
/** Tabs of one learner on one session. */
const MAX_PAGES_PER_LEARNER = 12;
/** How long opening a terminal waits for what was typed before to be safe. */
const SETTLE_MS = 1_000;

export interface GatewayWiring {
  readonly identifier: Identifier;
  readonly sessions: SessionService;
  readonly origins: readonly string[];
  readonly nowMs: () => number;
  readonly log: FastifyBaseLogger;
}

type Acknowledge = (answer: Readonly<Record<string, unknown>>) => void;

/** A handler for each line of the socket access table; each answers with what its acknowledgement says beside `ok`. */
export type SocketHandlers = {
  readonly [Name in ClientEventName]: (
    connection: Connection,
    message: ClientEvent<Name>,
  ) => Promise<object> | object;
};

/** The socket side: who connects is known by cookie and origin, each event is parsed, admitted and acknowledged. */
export function attachSockets(server: HttpServer, wiring: GatewayWiring): Server {
  const io = new Server(server, {
    path: SOCKET_PATH,
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    // A page of another site can open a socket with our cookies; the browser says where it comes from.
    allowRequest: (request, decide) => decide(null, isOwnOrigin(request, wiring.origins)),
  });
  const limiter = new RateLimiter(wiring.nowMs);
  const connections = new Map<string, number>();
  io.use((socket, next) => {
    identify(socket, wiring).then(
      (learnerId) => {
        if ((connections.get(learnerId) ?? 0) >= MAX_PAGES_PER_LEARNER) next(new Error('too-many-pages'));
        else next();
      },
      (error: unknown) => next(error instanceof Error ? error : new Error('no-identity')),
    );
  });
  io.on('connection', (socket) => {
    const connection = new Connection(socket, wiring);
    const { learnerId } = connection;
    connections.set(learnerId, (connections.get(learnerId) ?? 0) + 1);
    for (const name of Object.keys(SOCKET_ACCESS) as ClientEventName[])
      listen(name, connection, limiter, wiring.log);
    socket.on('disconnect', () => {
      connection.leave();
      const left = (connections.get(learnerId) ?? 1) - 1;
      if (left === 0) connections.delete(learnerId);
      else connections.set(learnerId, left);
    });
  });
  return io;
}

function isOwnOrigin(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin } = request.headers;
  // Browsers leave the origin out of same-origin GETs (long polling), but then say where they come from otherwise.
  if (origin === undefined) return request.headers['sec-fetch-site'] === 'same-origin';
  return origins.includes(origin);
}

async function identify(socket: Socket, wiring: GatewayWiring): Promise<string> {
  const { headers } = socket.handshake;
  const cookies = fastifyCookie.parse(headers.cookie ?? '');
  const identity = await wiring.identifier.identify(headersOf(headers), cookies[LEARNER_COOKIE]);
  if (identity === undefined) throw new Error('no-identity');
  (socket.data as SocketData).learnerId = identity.learnerId;
  return identity.learnerId;
}

interface SocketData {
  learnerId: string;
}

function listen(
  name: ClientEventName,
  connection: Connection,
  limiter: RateLimiter,
  log: FastifyBaseLogger,
): void {
  const rule: SocketRule = SOCKET_ACCESS[name];
  connection.socket.on(name, (message: unknown, acknowledge: unknown) => {
    const answer: Acknowledge =
      typeof acknowledge === 'function' ? (acknowledge as Acknowledge) : () => undefined;
    admit(name, rule, connection, message, limiter).then(
      (result) => answer({ ok: true, ...result }),
      (error: unknown) => {
        const failure = failureOf(error);
        if (failure.status >= 500) log.error({ err: failure, event: name }, failure.message);
        answer({ ok: false, error: { code: failure.code, message: failure.message } });
      },
    );
  });
}

async function admit(
  name: ClientEventName,
  rule: SocketRule,
  connection: Connection,
  message: unknown,
  limiter: RateLimiter,
): Promise<object> {
  const seconds = limiter.take(`${name} ${connection.learnerId}`, rule.rate);
  if (seconds !== undefined) throw new Failure(429, 'too-many-requests', 'Too much at once. Wait a moment.');
  if (rule.who === 'session-owner') connection.assertOwner();
  const parsed = clientEvents[name].safeParse(message);
  if (!parsed.success)
    throw new Failure(400, 'invalid', `This page sent something that can’t be read (${name}). Reload it.`);
  // The schema of this name has parsed the message for the handler of this name.
  const handle = SOCKET_HANDLERS[name] as (
    connection: Connection,
    message: unknown,
  ) => Promise<object> | object;
  return handle(connection, parsed.data);
}

/** One page's connection: which session it joined, which terminals it shows. */
export class Connection implements SessionPage, TerminalReader {
  readonly socket: Socket;
  readonly learnerId: string;
  readonly #wiring: GatewayWiring;
  readonly #attached = new Set<LiveTerminal>();
  #session: LiveSession | undefined;

  constructor(socket: Socket, wiring: GatewayWiring) {
    this.socket = socket;
    this.learnerId = (socket.data as SocketData).learnerId;
    this.#wiring = wiring;
  }

  get session(): LiveSession {
    if (this.#session === undefined)
      throw new Failure(409, 'not-joined', 'This page has not joined a lab session yet. Reload it.');
    return this.#session;
  }

  /** Asked at each event: a session may have gone to an account meanwhile. */
  assertOwner(): void {
    if (this.session.learnerId !== this.learnerId) throw notFound('lab session');
  }

  async join(sessionId: string): Promise<void> {
    const { session, view } = await this.#wiring.sessions.owned(sessionId, this.learnerId);
    if (session === undefined)
      throw new Failure(409, 'session-ended', view.endMessage ?? 'This lab has ended.');
    this.leave();
    // It may have gone while we looked.
    if (!this.socket.connected) return;
    this.#session = session;
    session.join(this);
  }

  leave(): void {
    for (const terminal of this.#attached) terminal.detach(this);
    this.#attached.clear();
    this.#session?.leave(this);
    this.#session = undefined;
  }

  attach(terminal: LiveTerminal, fromOffset: number): void {
    this.#attached.add(terminal);
    terminal.attach(this, fromOffset);
  }

  emit<Name extends ServerEventName>(name: Name, message: ServerEvent<Name>): void {
    this.socket.emit(name, message);
  }

  sendOutput(output: ServerEvent<'terminal:output'>): void {
    this.emit('terminal:output', output);
  }

  sendExit(exit: ServerEvent<'terminal:exit'>): void {
    this.emit('terminal:exit', exit);
  }
}

function terminalOf(connection: Connection, terminalId: string): LiveTerminal {
  const terminal = connection.session.terminals.get(terminalId);
  if (terminal === undefined)
    throw new Failure(409, 'no-such-terminal', 'This terminal is closed. Open it again.');
  return terminal;
}

/** Everything that a page can ask over its socket. */
export const SOCKET_HANDLERS: SocketHandlers = {
  'session:join': async (connection, { sessionId }) => {
    await connection.join(sessionId);
    const { session } = connection;
    // After a restart of the server the cluster comes back as soon as somebody looks.
    if (session.machine.state === 'ready') session.cluster().catch(() => undefined);
    return {};
  },

  'session:activity': (connection) => {
    connection.session.activity();
    return {};
  },

  'terminal:open': async (connection, { fromOffset, ...request }) => {
    const { session } = connection;
    const terminal = await session.openTerminal(request, fromOffset === 0);
    const settled = new AbortController();
    await Promise.race([terminal.settled(), delay(SETTLE_MS, settled.signal)]);
    settled.abort();
    // The shell that the page has text of ended with its cluster: this one is drawn from its beginning.
    const isAnother = session.hasBegun(terminal) && fromOffset > 0;
    if (!isAnother) session.isDrawn(terminal);
    const answer = {
      terminalId: terminal.id,
      keptFromOffset: terminal.keptFrom,
      inputSequence: terminal.inputSequence,
      place: terminal.place,
      ...(isAnother ? { begun: true } : {}),
    };
    // The answer goes out first, then the output that it announces.
    setImmediate(() => {
      if (connection.socket.connected) connection.attach(terminal, isAnother ? 0 : fromOffset);
    });
    return answer;
  },

  'terminal:input': async (connection, { terminalId, sequence, data }) => {
    const terminal = terminalOf(connection, terminalId);
    connection.session.activity();
    const input = terminal.input(sequence, data);
    if (input.kind === 'gap') {
      throw new Failure(409, 'input-gap', 'Some of what was typed before is missing. Reload the page.');
    }
    if (input.kind === 'full') {
      throw new Failure(
        429,
        'input-full',
        'More was typed than the terminal takes. Wait until it has caught up.',
      );
    }
    if ((await input.durable) === 'gone')
      throw new Failure(409, 'no-such-terminal', 'This terminal has ended.');
    return { sequence };
  },

  'terminal:ack': (connection, { terminalId, offset }) => {
    const { session } = connection;
    const terminal = session.terminals.get(terminalId);
    if (terminal !== undefined) {
      session.isDrawn(terminal);
      terminal.acknowledge(connection, offset);
    }
    return {};
  },

  'terminal:resize': (connection, { terminalId, columns, rows }) => {
    terminalOf(connection, terminalId).resize(columns, rows);
    return {};
  },

  'terminal:close': (connection, { terminalId }) => {
    connection.session.closeTerminal(terminalId);
    return {};
  },

  'topology:watch': (connection, { on }) => {
    connection.session.watchTopology(connection, on);
    return {};
  },

  'packets:watch': (connection, { on }) => {
    connection.session.watchPackets(connection, on);
    return {};
  },
};

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
