import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { SocketAddress, SocketId } from '@podwire/netsim';
import { complain, writeBytes, writeText } from '../stdio/output.ts';
import { familyOf, has, parseArguments, valueOf } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { resolveHost } from './resolver.ts';
import { openTcp, sendAll } from './socket.ts';

const USAGE = 'usage: nc [-hklNntuvz] [-p source_port] [-q seconds] [-w timeout] [destination] [port]';
const MAX_SCANNED_PORTS = 65_536;
/** OpenBSD's nc judges a UDP port open unless an ICMP error comes back within about this time. */
const UDP_SCAN_MS = 1_000;

/** OpenBSD's netcat. */
export const nc: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), { switches: 'hklNntuvz46', values: 'pqwi' });
    if (!parsed.ok)
      return yield* complain(
        process,
        `nc: ${parsed.kind === 'unknown' ? `invalid option -- '${parsed.option.slice(1)}'` : `option requires an argument -- '${parsed.option.slice(1)}'`}\n${USAGE}`,
      );
    const args = parsed.arguments;
    if (has(args, 'h')) return yield* complain(process, USAGE, 0);
    if (has(args, 'l')) return yield* listen(process, args);
    const [host, portText] = args.operands;
    if (host === undefined || portText === undefined) return yield* complain(process, USAGE);
    const ports = portsOf(portText);
    if (ports === undefined) return yield* complain(process, `nc: port number invalid: ${portText}`);
    const found = yield* resolveHost(process, host, familyOf(args));
    if (found.kind !== 'found')
      return yield* complain(
        process,
        `nc: getaddrinfo for host "${host}" port ${portText}: ${found.kind === 'not-found' ? 'Name or service not known' : 'Temporary failure in name resolution'}`,
      );
    const address = found.addresses[0] ?? '';
    let exitCode = 1;
    for (const port of ports)
      exitCode = has(args, 'u')
        ? yield* udpClient(process, args, { address, port }, host)
        : yield* tcpClient(process, args, { address, port }, host);
    return exitCode;
  },
};

function portsOf(text: string): readonly number[] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? from);
  if (from < 1 || to > 65_535 || to < from) return undefined;
  return Array.from({ length: Math.min(to - from + 1, MAX_SCANNED_PORTS) }, (_, offset) => from + offset);
}

function* tcpClient(process: Process, args: Arguments, remote: SocketAddress, host: string): Task {
  const wait = Number(valueOf(args, 'w') ?? 0);
  const verbose = has(args, 'v');
  const source = valueOf(args, 'p');
  const opened = yield* openTcp(
    process,
    remote,
    wait > 0 ? wait * 1_000 : undefined,
    source === undefined ? undefined : { port: Number(source) },
  );
  const named = host === remote.address ? host : `${host} (${remote.address})`;
  if (opened.kind !== 'open') {
    const why = opened.kind === 'timed-out' ? 'Connection timed out' : reason(opened.errno);
    if (verbose)
      yield* writeText(
        process.stderr,
        `nc: connect to ${named} port ${remote.port} (tcp) ${opened.kind === 'timed-out' && wait > 0 ? 'timed out: Operation now in progress' : `failed: ${why}`}\n`,
      );
    return 1;
  }
  if (verbose)
    yield* writeText(
      process.stderr,
      `Connection to ${host === remote.address ? host : named} ${remote.port} port [tcp/*] succeeded!\n`,
    );
  if (has(args, 'z')) {
    process.net.close(opened.socket);
    return 0;
  }
  return yield* converse(process, opened.socket, wait, valueOf(args, 'q') === '0');
}

function reason(errno: string): string {
  switch (errno) {
    case 'ECONNREFUSED':
      return 'Connection refused';
    case 'EHOSTUNREACH':
      return 'No route to host';
    case 'ENETUNREACH':
      return 'Network is unreachable';
    default:
      return 'Connection timed out';
  }
}

/** Both ways at once: standard input to the connection, the connection to standard output. */
/** @param idleSeconds how long to wait for more of either side; 0: for ever */
export function* converse(
  process: Process,
  socket: SocketId,
  idleSeconds: number,
  quitsWithInput = false,
): Task {
  let inputOpen = true;
  try {
    for (;;) {
      const got = process.net.receive(socket);
      if (!got.ok || got.value === undefined) return 0;
      if (got.value.length > 0) {
        yield* writeBytes(process.stdout, got.value);
        continue;
      }
      const typed = inputOpen ? process.stdin.read() : new Uint8Array(0);
      if (typed === undefined) {
        inputOpen = false;
        if (quitsWithInput) return 0;
        // Half-close, so that the peer sees the end; `-N` says so, and most uses of nc in a pipe rely on it.
        process.net.shutdown(socket);
        continue;
      }
      if (typed.length > 0) {
        if (!(yield* sendAll(process, socket, typed))) return 1;
        continue;
      }
      const waits = [
        { kind: 'socket', socket } as const,
        ...(inputOpen ? [{ kind: 'readable', stream: process.stdin } as const] : []),
        ...(idleSeconds > 0 ? [{ kind: 'sleep', ms: idleSeconds * 1_000 } as const] : []),
      ];
      const which = yield { kind: 'any', of: waits };
      if (idleSeconds > 0 && which === waits.length - 1) return 0;
    }
  } finally {
    process.net.close(socket);
  }
}

function* udpClient(process: Process, args: Arguments, remote: SocketAddress, host: string): Task {
  const socket = process.net.connectUdp(remote);
  if (!socket.ok)
    return yield* complain(
      process,
      `nc: connect to ${host} port ${remote.port} (udp) failed: ${reason(socket.errno)}`,
    );
  const wait = Number(valueOf(args, 'w') ?? 0) * 1_000;
  try {
    if (has(args, 'z')) {
      const refused = yield* refusesDatagram(process, socket.value, remote);
      if (!refused && has(args, 'v'))
        yield* writeText(
          process.stderr,
          `Connection to ${host === remote.address ? host : `${host} (${remote.address})`} ${remote.port} port [udp/*] succeeded!\n`,
        );
      return refused ? 1 : 0;
    }
    return yield* converseInDatagrams(process, socket.value, remote, wait);
  } finally {
    process.net.close(socket.value);
  }
}

/** Whether an ICMP error comes back for a datagram. */
export function* refusesDatagram(process: Process, socket: SocketId, remote: SocketAddress): Task<boolean> {
  process.net.sendTo(socket, remote, new Uint8Array([88]));
  yield {
    kind: 'any',
    of: [
      { kind: 'socket', socket },
      { kind: 'sleep', ms: UDP_SCAN_MS },
    ],
  };
  return process.net.connectOutcome(socket) === 'ECONNREFUSED';
}

/** Each piece of standard input is a datagram. @param waitMs of silence; 0: for ever */
export function* converseInDatagrams(
  process: Process,
  socket: SocketId,
  remote: SocketAddress,
  waitMs: number,
): Task {
  let inputOpen = true;
  for (;;) {
    const datagram = process.net.receiveFrom(socket);
    if (datagram !== undefined) {
      yield* writeBytes(process.stdout, datagram.data);
      continue;
    }
    const outcome = process.net.connectOutcome(socket);
    if (outcome === 'ECONNREFUSED') return 1;
    const typed = inputOpen ? process.stdin.read() : new Uint8Array(0);
    if (typed === undefined) {
      inputOpen = false;
      continue;
    }
    if (typed.length > 0) {
      process.net.sendTo(socket, remote, typed);
      continue;
    }
    const which = yield {
      kind: 'any',
      of: [
        { kind: 'socket', socket },
        ...(inputOpen ? [{ kind: 'readable', stream: process.stdin } as const] : []),
        ...(waitMs > 0 ? [{ kind: 'sleep', ms: waitMs } as const] : []),
      ],
    };
    if (waitMs > 0 && which === (inputOpen ? 2 : 1)) return 0;
  }
}

function* listen(process: Process, args: Arguments): Task {
  // `-l -p 80`, `-l 80` and `-l 0.0.0.0 80` are all in use.
  const port = Number(valueOf(args, 'p') ?? args.operands.at(-1));
  const address = args.operands.length > 1 ? (args.operands[0] ?? '0.0.0.0') : '0.0.0.0';
  if (!(port > 0 && port < 65_536)) return yield* complain(process, USAGE);
  if (has(args, 'u')) return yield* complain(process, 'nc: listening on UDP is not part of this simulation');
  const listener = process.net.listenTcp({ address, port });
  if (!listener.ok)
    return yield* complain(
      process,
      `nc: ${listener.errno === 'EADDRINUSE' ? 'Address already in use' : 'Cannot assign requested address'}`,
    );
  if (has(args, 'v')) yield* writeText(process.stderr, `Listening on ${address} ${port}\n`);
  try {
    for (;;) {
      const accepted = process.net.accept(listener.value);
      if (!accepted.ok) {
        yield { kind: 'socket', socket: listener.value };
        continue;
      }
      const remote = process.net.network.socketInfo(accepted.value)?.remote;
      if (has(args, 'v'))
        yield* writeText(
          process.stderr,
          `Connection received on ${remote?.address ?? ''} ${remote?.port ?? 0}\n`,
        );
      const code = yield* converse(process, accepted.value, 0, valueOf(args, 'q') === '0');
      if (!has(args, 'k')) return code;
    }
  } finally {
    process.net.close(listener.value);
  }
}
