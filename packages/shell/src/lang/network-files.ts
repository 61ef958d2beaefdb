import { errnoText } from '@podwire/machine';
import type { Errno, Process, ReadStream, Task, WriteStream } from '@podwire/machine';
import type { SocketAddress, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { resolveHost } from '../net/resolver.ts';
import { sendAll } from '../net/socket.ts';

/** `/dev/tcp/HOST/PORT`, which bash takes for a connection where a redirection names it. */
export interface NetworkFile {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: string;
}

export function networkFile(name: string): NetworkFile | undefined {
  const [, protocol, host, port] = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (host === undefined || port === undefined) return undefined;
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', host, port };
}

export type Connected =
  | { readonly ok: true; readonly read: ReadStream; readonly write: WriteStream }
  /** In bash's words, without its name; the last line is the redirection's own. */
  | { readonly ok: false; readonly lines: readonly string[] };

const MAX_PORT = 65_535;
const OPEN = 'open';

/** Connects, and hands out both ends. A child carries what passes between them and the socket, until both sides have ended. */
export function* connectFile(process: Process, file: NetworkFile): Task<Connected> {
  const path = `/dev/${file.protocol}/${file.host}/${file.port}`;
  const port = Number(file.port);
  if (!/^\d+$/.test(file.port) || port < 1 || port > MAX_PORT)
    return {
      ok: false,
      lines: [`${file.port}: service: Servname not supported`, `${path}: Invalid argument`],
    };
  if (file.protocol === 'udp')
    return { ok: false, lines: [`${path}: connections over UDP are not part of this simulation; nc -u is`] };
  const found = yield* resolveHost(process, file.host);
  if (found.kind !== 'found') {
    const why =
      found.kind === 'try-again' ? 'Temporary failure in name resolution' : 'Name or service not known';
    return { ok: false, lines: [`${file.host}: ${why}`, `${path}: Invalid argument`] };
  }
  const news = process.pipe();
  const incoming = process.pipe();
  const outgoing = process.pipe();
  process.fork(
    (child) =>
      carry(child, found.addresses, port, {
        shell: process.pid,
        news: news.write,
        toShell: incoming.write,
        fromShell: outgoing.read,
      }),
    {
      stdin: outgoing.read,
      stdout: incoming.write,
      stderr: news.write,
    },
  );
  let text = '';
  while (text === '') {
    yield { kind: 'readable', stream: news.read };
    const piece = news.read.read();
    if (piece === undefined) break;
    text = utf8Decode(piece);
  }
  if (text === OPEN) return { ok: true, read: incoming.read, write: outgoing.write };
  const why = errnoText((text === '' ? 'ECONNRESET' : text) as Errno);
  return { ok: false, lines: [`connect: ${why}`, `${path}: ${why}`] };
}

function* carry(
  process: Process,
  addresses: readonly string[],
  port: number,
  {
    shell,
    news,
    toShell,
    fromShell,
  }: {
    /** Ends with it, as its open files do. */
    readonly shell: number;
    readonly news: WriteStream;
    readonly toShell: WriteStream;
    readonly fromShell: ReadStream;
  },
): Task {
  let socket: SocketId | undefined;
  let failure: Errno = 'ECONNREFUSED';
  for (const address of addresses) {
    const opened = yield* connect(process, { address, port }, shell);
    if (opened === 'abandoned') return 1;
    if (typeof opened === 'number') {
      socket = opened;
      break;
    }
    failure = opened;
  }
  news.write(utf8Encode(socket === undefined ? failure : OPEN));
  if (socket === undefined) return 1;
  let [sending, receiving] = [true, true];
  while (sending || receiving) {
    if (receiving) {
      const got = process.net.receive(socket);
      if (!got.ok || got.value === undefined) {
        receiving = false;
        toShell.close?.();
      } else if (got.value.length > 0) {
        for (let left = got.value; left.length > 0; left = left.subarray(toShell.write(left)))
          yield { kind: 'writable', stream: toShell };
        continue;
      }
    }
    const given = sending ? fromShell.read() : new Uint8Array(0);
    if (given === undefined) {
      sending = false;
      process.net.shutdown(socket);
      continue;
    }
    if (given.length > 0) {
      if (!(yield* sendAll(process, socket, given))) return 1;
      continue;
    }
    if (!sending && !receiving) break;
    const which = yield {
      kind: 'any',
      of: [
        { kind: 'exit', pid: shell },
        ...(receiving ? [{ kind: 'socket', socket } as const] : []),
        ...(sending ? [{ kind: 'readable', stream: fromShell } as const] : []),
      ],
    };
    if (which === 0) break;
  }
  process.net.close(socket);
  return 0;
}

/** A connection, or why there is none; `abandoned` when nobody waits for it any more. */
function* connect(
  process: Process,
  remote: SocketAddress,
  shell: number,
): Task<SocketId | Errno | 'abandoned'> {
  const socket = process.net.connectTcp(remote);
  if (!socket.ok) return socket.errno;
  for (;;) {
    const outcome = process.net.connectOutcome(socket.value);
    if (outcome === 'connected') return socket.value;
    const which =
      outcome === undefined
        ? yield {
            kind: 'any',
            of: [
              { kind: 'exit', pid: shell },
              { kind: 'socket', socket: socket.value },
            ],
          }
        : undefined;
    if (which === 1) continue;
    process.net.close(socket.value);
    return outcome ?? 'abandoned';
  }
}
