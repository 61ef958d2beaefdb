import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { SocketInfo } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';
import { printRoutes } from './net-tools.ts';

interface Filter {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly listening: boolean;
  readonly all: boolean;
  readonly processes: boolean;
}

const LETTERS = 'tulnpaH4';

function readFilter(args: readonly string[]): Filter | string {
  const letters = args
    .filter((arg) => /^-[A-Za-z0-9]+$/.test(arg))
    .join('')
    .replaceAll('-', '');
  const unknown =
    Array.from(letters).find((letter) => !LETTERS.includes(letter)) ??
    args.find((arg) => !arg.startsWith('-'));
  if (unknown !== undefined) return unknown;
  const tcp = letters.includes('t');
  const udp = letters.includes('u');
  return {
    tcp: tcp || !udp,
    udp: udp || !tcp,
    listening: letters.includes('l'),
    all: letters.includes('a'),
    processes: letters.includes('p'),
  };
}

function isListening(socket: SocketInfo): boolean {
  return socket.protocol === 'udp' ? socket.remote === undefined : socket.state.toUpperCase() === 'LISTEN';
}

function chosen(process: Process, filter: Filter): readonly SocketInfo[] {
  return process.net.network
    .sockets(process.net.netns)
    .filter(
      (socket) => (socket.protocol === 'tcp' && filter.tcp) || (socket.protocol === 'udp' && filter.udp),
    )
    .filter((socket) => filter.all || isListening(socket) === filter.listening);
}

/** Owners are `machine/pid`; only a process of one's own machine has a name here. */
function ownerText(
  process: Process,
  socket: SocketInfo,
): { readonly name: string; readonly pid: number } | undefined {
  const at = socket.owner.lastIndexOf('/');
  if (socket.owner.slice(0, at) !== process.machine.id) return undefined;
  const pid = Number(socket.owner.slice(at + 1));
  const found = process.machine.processes().find((entry) => entry.pid === pid);
  return found === undefined ? undefined : { name: (found.argv[0] ?? '').split('/').at(-1) ?? '', pid };
}

const place = (address: string, port: number | string): string =>
  `${address === '::' ? '*' : address.includes(':') && !address.startsWith('[') ? `[${address}]` : address}:${port}`;

/** iproute2's ss. */
export const ss: TaskProgram = {
  kind: 'task',
  *run(process) {
    const filter = readFilter(process.argv.slice(1));
    if (typeof filter === 'string')
      return yield* complain(
        process,
        `ss: "${filter}" is not part of this simulation; -t, -u, -l, -n, -a and -p are`,
        255,
      );
    const rows = chosen(process, filter).map((socket) => {
      const owner = filter.processes ? ownerText(process, socket) : undefined;
      const state =
        socket.protocol === 'udp'
          ? socket.remote === undefined
            ? 'UNCONN'
            : 'ESTAB'
          : ssState(socket.state);
      return [
        socket.protocol,
        state,
        '0',
        state === 'LISTEN' ? '4096' : '0',
        place(socket.local.address, socket.local.port),
        socket.remote === undefined
          ? // A socket on :: takes both families, which ss writes as a star.
            place(
              socket.local.address === '::' ? '::' : socket.local.address.includes(':') ? '[::]' : '0.0.0.0',
              '*',
            )
          : place(socket.remote.address, socket.remote.port),
        owner === undefined ? '' : `users:(("${owner.name}",pid=${owner.pid},fd=3))`,
      ];
    });
    const both = filter.tcp && filter.udp;
    const header = [
      'Netid',
      'State',
      'Recv-Q',
      'Send-Q',
      'Local Address:Port',
      'Peer Address:Port',
      'Process',
    ];
    yield* print(process, columns([header, ...rows].map((row) => (both ? row : row.slice(1)))));
    return 0;
  },
};

function ssState(state: string): string {
  const upper = state.toUpperCase().replaceAll('_', '-');
  return upper === 'ESTABLISHED' ? 'ESTAB' : upper;
}

/** net-tools' netstat: sockets, and `-r` for routes by way of ip. */
export const netstat: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    if (process.argv.slice(1).some((arg) => /^-[46nW]*r[46nW]*$/.test(arg) || arg === '--route'))
      return yield* printRoutes(process, {
        numeric: process.argv.some((arg) => /^-\w*n/.test(arg)),
        form: 'netstat',
      });
    const filter = readFilter(process.argv.slice(1));
    if (typeof filter === 'string')
      return yield* complain(
        process,
        `netstat: "${filter}" is not part of this simulation; -t, -u, -l, -n, -a and -p are`,
        1,
      );
    const only = filter.listening ? 'only servers' : filter.all ? 'servers and established' : 'w/o servers';
    const banner = filter.processes ? ' PID/Program name    ' : '';
    yield* print(
      process,
      `Active Internet connections (${only})\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ${banner}\n`,
    );
    for (const socket of chosen(process, filter)) {
      const { protocol, local, remote } = socket;
      const isV6 = local.address.includes(':');
      const state = protocol === 'udp' ? '' : socket.state.toUpperCase().replaceAll('-', '_');
      const peer = remote === undefined ? (isV6 ? ':::*' : '0.0.0.0:*') : `${remote.address}:${remote.port}`;
      const owner = filter.processes ? ownerText(process, socket) : undefined;
      const program = owner === undefined ? '-' : `${owner.pid}/${owner.name}`;
      const cells = [
        `${protocol}${isV6 ? '6' : ''}`.padEnd(5),
        '0'.padStart(6),
        '0'.padStart(6),
        `${local.address}:${local.port}`.padEnd(23),
        peer.padEnd(23),
        state.padEnd(11),
        ...(filter.processes ? [program.padEnd(20)] : []),
      ];
      yield* print(process, `${cells.join(' ')}\n`);
    }
    return 0;
  },
};

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join(' ')
          .trimEnd()}\n`,
    )
    .join('');
}
