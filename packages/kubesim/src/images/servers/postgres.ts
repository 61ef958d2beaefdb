import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketAddress, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { concat } from '../http/message.ts';
import { readServerFlags } from './postgres-flags.ts';
import { evaluateQuery } from './postgres-query.ts';

const PORT = 5432;
const VERSION = '18.1';
const MAX_CLIENTS = 100;
const MAX_INPUT_BYTES = 65_536;
const MAX_MESSAGES = 256;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const PROTOCOL_3 = 3;

type Phase = 'start' | 'password' | 'ready';

interface ClientState {
  input: Uint8Array;
  phase: Phase;
  user: string;
  database: string;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
}

interface PostgresState {
  readonly listener: SocketId;
  readonly clients: Map<SocketId, ClientState>;
  readonly user: string;
  readonly database: string;
  readonly password: string;
  readonly trust: boolean;
}

/** postgres, as far as a network course needs it: connections, passwords, and SELECT without tables. */
export const postgres: DaemonProgram<PostgresState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const password = daemon.env.get('POSTGRES_PASSWORD') ?? '';
    const trust = daemon.env.get('POSTGRES_HOST_AUTH_METHOD') === 'trust';
    if (password === '' && !trust) {
      daemon.logError(NO_PASSWORD);
      daemon.exit(1);
      return undefined;
    }
    const flags = readServerFlags(daemon.argv);
    if (!flags.ok) {
      daemon.logError(flags.message);
      daemon.exit(1);
      return undefined;
    }
    const port = flags.port ?? PORT;
    const listener = daemon.net.listenTcp({ address: '::', port });
    if (!listener.ok) {
      log(daemon, 'LOG', `could not bind IPv4 address "0.0.0.0": Address already in use`);
      log(daemon, 'FATAL', 'could not create any TCP/IP sockets');
      daemon.exit(1);
      return undefined;
    }
    log(daemon, 'LOG', `starting PostgreSQL ${VERSION} on x86_64-pc-linux-gnu, 64-bit`);
    log(daemon, 'LOG', `listening on IPv4 address "0.0.0.0", port ${port}`);
    log(daemon, 'LOG', `listening on IPv6 address "::", port ${port}`);
    log(daemon, 'LOG', 'database system is ready to accept connections');
    const user = daemon.env.get('POSTGRES_USER') ?? 'postgres';
    const database = daemon.env.get('POSTGRES_DB') ?? user;
    return { listener: listener.value, clients: new Map(), user, database, password, trust };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'incoming') accept(daemon, state);
    else if (event.kind === 'readable' || event.kind === 'end') read(daemon, state, event.socket);
    else if (event.kind === 'failed') drop(daemon, state, event.socket);
    else if (event.kind === 'signal' && (event.signal === 'SIGTERM' || event.signal === 'SIGINT')) {
      log(daemon, 'LOG', `received ${event.signal === 'SIGINT' ? 'fast' : 'smart'} shutdown request`);
      log(daemon, 'LOG', 'database system is shut down');
      daemon.exit(0);
    }
  },
};

const NO_PASSWORD = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
`;

function log(daemon: DaemonContext, level: string, text: string): void {
  const time = new Date(daemon.nowMs()).toISOString().replace('T', ' ').replace('Z', '');
  daemon.logError(`${time} UTC [${daemon.pid}] ${level}:  ${text}\n`);
}

function accept(daemon: DaemonContext, state: PostgresState): void {
  for (let accepted = 0; accepted < MAX_CLIENTS; accepted++) {
    const socket = daemon.net.accept(state.listener);
    if (!socket.ok) return;
    const info = daemon.net.network.socketInfo(socket.value);
    if (info?.remote === undefined || state.clients.size >= MAX_CLIENTS) {
      daemon.net.send(socket.value, errorMessage('FATAL', '53300', 'sorry, too many clients already'));
      daemon.net.close(socket.value);
      continue;
    }
    state.clients.set(socket.value, {
      input: new Uint8Array(),
      phase: 'start',
      user: '',
      database: '',
      remote: info.remote,
      local: info.local,
    });
  }
}

function drop(daemon: DaemonContext, state: PostgresState, socket: SocketId): void {
  state.clients.delete(socket);
  daemon.net.close(socket);
}

function read(daemon: DaemonContext, state: PostgresState, socket: SocketId): void {
  const client = state.clients.get(socket);
  if (client === undefined) return;
  let ended = false;
  while (client.input.length < MAX_INPUT_BYTES) {
    const got = daemon.net.receive(socket);
    if (!got.ok || got.value === undefined) {
      ended = true;
      break;
    }
    if (got.value.length === 0) break;
    client.input = concat(client.input, got.value);
  }
  let stays = client.input.length < MAX_INPUT_BYTES;
  for (let count = 0; stays && count < MAX_MESSAGES; count++) {
    const head = client.phase === 'start' ? 0 : 1;
    if (client.input.length < head + 4) break;
    const view = new DataView(client.input.buffer, client.input.byteOffset, client.input.byteLength);
    const length = view.getUint32(head);
    if (length < 4 || length > MAX_INPUT_BYTES) {
      log(daemon, 'LOG', 'invalid length of startup packet');
      stays = false;
      break;
    }
    if (client.input.length < head + length) break;
    const type = head === 0 ? '' : String.fromCharCode(client.input[0] ?? 0);
    const body = client.input.slice(head + 4, head + length);
    client.input = client.input.slice(head + length);
    const answer = hear(daemon, state, client, type, body);
    if (answer.bytes.length > 0) daemon.net.send(socket, answer.bytes);
    stays = !answer.ends;
  }
  if (ended || !stays) drop(daemon, state, socket);
}

interface Said {
  readonly bytes: Uint8Array;
  readonly ends: boolean;
}

function hear(
  daemon: DaemonContext,
  state: PostgresState,
  client: ClientState,
  type: string,
  body: Uint8Array,
): Said {
  if (client.phase === 'start') return begin(daemon, state, client, body);
  if (client.phase === 'password') {
    const given = utf8Decode(body).replace(/\0$/, '');
    if (type === 'p' && given === state.password && client.user === state.user) return ready(state, client);
    const why = `password authentication failed for user "${client.user}"`;
    log(daemon, 'FATAL', why);
    return { bytes: errorMessage('FATAL', '28P01', why), ends: true };
  }
  if (type === 'X') return { bytes: new Uint8Array(), ends: true };
  if (type !== 'Q') {
    const why = 'only simple queries are part of this simulation';
    return { bytes: concat(errorMessage('ERROR', '0A000', why), readyForQuery()), ends: false };
  }
  const text = utf8Decode(body).replace(/\0$/, '');
  return { bytes: concat(answerQuery(daemon, client, text), readyForQuery()), ends: false };
}

function begin(daemon: DaemonContext, state: PostgresState, client: ClientState, body: Uint8Array): Said {
  if (body.length < 4) return { bytes: new Uint8Array(), ends: true };
  const code = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0);
  // Neither TLS nor GSSAPI is offered, as in the image without a certificate.
  if (code === SSL_REQUEST || code === GSS_REQUEST) return { bytes: utf8Encode('N'), ends: false };
  if (code === CANCEL_REQUEST || code >>> 16 !== PROTOCOL_3) return { bytes: new Uint8Array(), ends: true };
  const words = utf8Decode(body.subarray(4)).split('\u0000');
  const setting = (name: string): string | undefined => {
    for (let at = 0; at + 1 < words.length; at += 2) if (words[at] === name) return words[at + 1];
    return undefined;
  };
  client.user = setting('user') ?? '';
  client.database = setting('database') ?? client.user;
  const isLoopback = client.remote.address.startsWith('127.') || client.remote.address === '::1';
  if (!state.trust && !isLoopback) {
    client.phase = 'password';
    return { bytes: message('R', Uint8Array.of(0, 0, 0, 3)), ends: false };
  }
  if (client.user === state.user) return ready(state, client);
  const why = `role "${client.user}" does not exist`;
  log(daemon, 'FATAL', why);
  return { bytes: errorMessage('FATAL', '28000', why), ends: true };
}

function ready(state: PostgresState, client: ClientState): Said {
  if (![state.database, 'postgres', 'template1'].includes(client.database)) {
    const why = `database "${client.database}" does not exist`;
    return { bytes: errorMessage('FATAL', '3D000', why), ends: true };
  }
  client.phase = 'ready';
  const settings = [
    ['server_version', VERSION],
    ['server_encoding', 'UTF8'],
    ['client_encoding', 'UTF8'],
    ['DateStyle', 'ISO, MDY'],
    ['TimeZone', 'Etc/UTC'],
  ].map(([name = '', value = '']) => message('S', utf8Encode(`${name}\u0000${value}\u0000`)));
  const all = [message('R', Uint8Array.of(0, 0, 0, 0)), ...settings, readyForQuery()];
  return { bytes: all.reduce(concat), ends: false };
}

function answerQuery(daemon: DaemonContext, client: ClientState, text: string): Uint8Array {
  const result = evaluateQuery(text, {
    nowMs: daemon.nowMs(),
    version: VERSION,
    user: client.user,
    database: client.database,
    client: client.remote,
    server: client.local,
  });
  if (result.kind === 'empty') return message('I', new Uint8Array());
  if (result.kind === 'error') return errorMessage('ERROR', result.code, result.message);
  const columns = result.columns.map(({ name }) =>
    // Table, column number, type (text), its size, its modifier, and text as the format.
    concat(
      utf8Encode(`${name}\u0000`),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0),
    ),
  );
  const values = result.columns.map(({ value }) => {
    const bytes = utf8Encode(value);
    return concat(size(bytes.length), bytes);
  });
  const count = Uint8Array.of(0, result.columns.length);
  return [
    message('T', [count, ...columns].reduce(concat)),
    message('D', [count, ...values].reduce(concat)),
    message('C', utf8Encode('SELECT 1\u0000')),
  ].reduce(concat);
}

function readyForQuery(): Uint8Array {
  return message('Z', utf8Encode('I'));
}

function errorMessage(severity: string, code: string, text: string): Uint8Array {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${text}`].join('\u0000');
  return message('E', utf8Encode(`${fields}\u0000\u0000`));
}

function message(type: string, body: Uint8Array): Uint8Array {
  return [utf8Encode(type), size(body.length + 4), body].reduce(concat);
}

function size(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}
