import { errnoText } from '@podwire/machine';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { SocketAddress } from '@podwire/netsim';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import { complain, writeText } from '../../stdio/output.ts';
import { familyOf, has, parseArguments, valueOf, valuesOf } from '../arguments.ts';
import type { Arguments, OptionTable } from '../arguments.ts';
import { converse, converseInDatagrams, refusesDatagram } from '../nc.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp } from '../socket.ts';
import { BANNER } from './banner.ts';

/** BusyBox as it comes: TCP alone, and no scanning. */
const PLAIN_OPTIONS: OptionTable = { switches: 'l', values: 'pwife', permute: true };
const PLAIN_USAGE = `${BANNER}

Usage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]

Open a pipe to IP:PORT or FILE

\t-l\tListen mode, for inbound connects
\t\t(use -ll with -e for persistent server)
\t-p PORT\tLocal port
\t-w SEC\tConnect timeout
\t-i SEC\tDelay interval for lines sent
\t-f FILE\tUse file (ala /dev/ttyS0) instead of network
\t-e PROG\tRun PROG after connect`;
/** Built with NC_110_COMPAT, as Alpine builds it: UDP, scanning and being verbose as netcat 1.10 has them. */
const COMPATIBLE_OPTIONS: OptionTable = { switches: 'lnuvzkb46', values: 'pswioe', permute: true };
const COMPATIBLE_USAGE = `${BANNER}

Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

\t-e PROG\tRun PROG after connect (must be last)
\t-l\tListen mode, for inbound connects
\t-lk\tWith -e, provides persistent server
\t-p PORT\tLocal port
\t-s ADDR\tLocal address
\t-w SEC\tTimeout for connects and final net reads
\t-i SEC\tDelay interval for lines sent
\t-n\tDon't do DNS resolution
\t-u\tUDP mode
\t-b\tAllow broadcasts
\t-v\tVerbose
\t-o FILE\tHex dump traffic
\t-z\tZero-I/O mode (scanning)`;
const NOT_MODELLED = ['b', 'e', 'f', 'i', 'o', 's'] as const;

/** The nc of BusyBox' own images. */
export const busyboxNc: TaskProgram = {
  kind: 'task',
  *run(process) {
    const args = yield* readOptions(process, PLAIN_OPTIONS, PLAIN_USAGE);
    if (typeof args === 'number') return args;
    const waitMs = Number(valueOf(args, 'w') ?? 0) * 1_000;
    if (has(args, 'l')) {
      if (args.operands.length > 1) return yield* complain(process, PLAIN_USAGE);
      return yield* listen(process, args, args.operands[0]);
    }
    const [host, portText, more] = args.operands;
    if (host === undefined || more !== undefined) return yield* complain(process, PLAIN_USAGE);
    const port = portOf(portText ?? '0');
    if (port === undefined) return yield* complain(process, `nc: bad port '${portText ?? ''}'`);
    const address = yield* addressOf(process, args, host);
    if (address === undefined) return yield* complain(process, `nc: bad address '${host}'`);
    const opened = yield* openTcp(
      process,
      { address, port },
      waitMs > 0 ? waitMs : undefined,
      sourceOf(args),
    );
    if (opened.kind === 'open') return yield* converse(process, opened.socket, 0);
    if (opened.kind === 'timed-out' && waitMs > 0) return yield* complain(process, 'nc: timed out');
    const where = isIpv4(address) ? ` (${address})` : '';
    const why = errnoText(opened.kind === 'timed-out' ? 'ETIMEDOUT' : opened.errno);
    return yield* complain(process, `nc: can't connect to remote host${where}: ${why}`);
  },
};

/** The nc of Alpine's BusyBox. */
export const alpineNc: TaskProgram = {
  kind: 'task',
  *run(process) {
    const args = yield* readOptions(process, COMPATIBLE_OPTIONS, COMPATIBLE_USAGE);
    if (typeof args === 'number') return args;
    if (has(args, 'l')) {
      if (has(args, 'u'))
        return yield* complain(process, 'nc: listening on UDP is not part of this simulation');
      return yield* listen(process, args, args.operands[0]);
    }
    const [host, portText] = args.operands;
    if (host === undefined || portText === undefined) return yield* complain(process, COMPATIBLE_USAGE);
    const port = portOf(portText);
    if (port === undefined) return yield* complain(process, `nc: bad port '${portText}'`);
    const address = yield* addressOf(process, args, host);
    if (address === undefined) return yield* complain(process, `nc: bad address '${host}'`);
    const remote = { address, port };
    return has(args, 'u')
      ? yield* datagrams(process, args, host, remote)
      : yield* connection(process, args, host, remote);
  },
};

function* connection(process: Process, args: Arguments, host: string, remote: SocketAddress): Task {
  const wait = Number(valueOf(args, 'w') ?? 0);
  const opened = yield* openTcp(process, remote, wait > 0 ? wait * 1_000 : undefined, sourceOf(args));
  if (opened.kind !== 'open') {
    const errno = opened.kind === 'timed-out' ? 'ETIMEDOUT' : opened.errno;
    const verbosity = valuesOf(args, 'v').length;
    // A scan at its first level of verbosity tells of open ports alone.
    if (verbosity > 1 || (verbosity === 1 && errno !== 'ECONNREFUSED'))
      yield* writeText(process.stderr, `nc: ${host} (${dotted(remote)}): ${muslText(errno)}\n`);
    return 1;
  }
  yield* tellOpen(process, args, host, remote);
  if (!has(args, 'z')) return yield* converse(process, opened.socket, wait);
  process.net.close(opened.socket);
  return 0;
}

function* datagrams(process: Process, args: Arguments, host: string, remote: SocketAddress): Task {
  const socket = process.net.connectUdp(remote);
  if (!socket.ok)
    return yield* complain(process, `nc: ${host} (${dotted(remote)}): ${muslText(socket.errno)}`);
  try {
    if (has(args, 'z')) {
      if (yield* refusesDatagram(process, socket.value, remote)) return 1;
      yield* tellOpen(process, args, host, remote);
      return 0;
    }
    yield* tellOpen(process, args, host, remote);
    return yield* converseInDatagrams(process, socket.value, remote, Number(valueOf(args, 'w') ?? 0) * 1_000);
  } finally {
    process.net.close(socket.value);
  }
}

function* tellOpen(process: Process, args: Arguments, host: string, remote: SocketAddress): Task<void> {
  if (has(args, 'v')) yield* writeText(process.stderr, `${host} (${dotted(remote)}) open\n`);
}

function* listen(process: Process, args: Arguments, local: string | undefined): Task {
  const port = portOf(valueOf(args, 'p') ?? '');
  if (port === undefined || port === 0)
    return yield* complain(
      process,
      'nc: listening on a port of its own choice is not part of this simulation; give -p',
    );
  if (local !== undefined && !isIpv4(local) && !isIpv6(local))
    return yield* complain(process, /^\d+$/.test(local) ? NOT_MINE : `nc: bad address '${local}'`);
  const listener = process.net.listenTcp({ address: local ?? '0.0.0.0', port });
  if (!listener.ok) return yield* complain(process, `nc: bind: ${errnoText(listener.errno)}`);
  if (has(args, 'v')) yield* writeText(process.stderr, `listening on ${local ?? '[::]'}:${port} ...\n`);
  try {
    for (;;) {
      const accepted = process.net.accept(listener.value);
      if (accepted.ok) return yield* converse(process, accepted.value, 0);
      yield { kind: 'socket', socket: listener.value };
    }
  } finally {
    process.net.close(listener.value);
  }
}

/** A bare number is an address of inet_aton(3)'s: one that this host does not have. */
const NOT_MINE = 'nc: bind: Cannot assign requested address';

function* readOptions(process: Process, table: OptionTable, usage: string): Task<Arguments | number> {
  const parsed = parseArguments(process.argv.slice(1), table);
  if (!parsed.ok) {
    const why = parsed.kind === 'unknown' ? 'invalid option' : 'option requires an argument';
    return yield* complain(process, `nc: ${why} -- '${parsed.option.replace(/^-+/, '')}'\n${usage}`);
  }
  const refused = NOT_MODELLED.find((letter) => has(parsed.arguments, letter));
  if (refused !== undefined)
    return yield* complain(process, `nc: option -${refused} is not part of this simulation`);
  return parsed.arguments;
}

function* addressOf(process: Process, args: Arguments, host: string): Task<string | undefined> {
  const found = yield* resolveHost(process, host, familyOf(args));
  return found.kind === 'found' ? found.addresses[0] : undefined;
}

function sourceOf(args: Arguments): { readonly port: number } | undefined {
  const port = Number(valueOf(args, 'p') ?? 0);
  return port > 0 ? { port } : undefined;
}

function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function dotted({ address, port }: SocketAddress): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** musl, which Alpine is built on, says some errors in words of its own (strerror(3)). */
function muslText(errno: Parameters<typeof errnoText>[0]): string {
  switch (errno) {
    case 'EHOSTUNREACH':
      return 'Host is unreachable';
    case 'ENETUNREACH':
      return 'Network unreachable';
    case 'ETIMEDOUT':
      return 'Operation timed out';
    default:
      return errnoText(errno);
  }
}
