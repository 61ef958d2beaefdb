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
    const asked = splitWords(process.argv.slice(1));
    const filter = readFilter(asked.options);
    const picked = readSelection(asked.words);
    const unknown = typeof filter === 'string' ? filter : typeof picked === 'string' ? picked : undefined;
    if (unknown !== undefined || typeof filter === 'string' || typeof picked === 'string')
      return yield* complain(
        process,
        `ss: "${unknown ?? ''}" is not part of this simulation; -t, -u, -l, -n, -a and -p are, "state" with its names, and "dport", "sport", "dst" and "src"`,
        255,
      );
    const wide = picked.states === undefined ? filter : { ...filter, all: true };
    const sockets = chosen(process, wide).filter((socket) => picked.matches(socket));
    const rows = sockets.map((socket) => {
      const owner = filter.processes ? ownerText(process, socket) : undefined;
      const state = stateOf(socket);
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
    // Where all are in one state, ss does not repeat it.
    const hidden = [...(both ? [] : [0]), ...(picked.states?.length === 1 ? [1] : [])];
    yield* print(
      process,
      columns([header, ...rows].map((row) => row.filter((_, column) => !hidden.includes(column)))),
    );
    return 0;
  },
};

function stateOf(socket: SocketInfo): string {
  if (socket.protocol === 'tcp') return ssState(socket.state);
  return socket.remote === undefined ? 'UNCONN' : 'ESTAB';
}

/** What stands behind the options: states, and ends of connections. */
interface Selection {
  /** undefined: all that the options leave. */
  readonly states: readonly string[] | undefined;
  matches(socket: SocketInfo): boolean;
}

const STATES: Readonly<Record<string, readonly string[]>> = {
  established: ['ESTAB'],
  'syn-sent': ['SYN-SENT'],
  'syn-recv': ['SYN-RECV'],
  'fin-wait-1': ['FIN-WAIT-1'],
  'fin-wait-2': ['FIN-WAIT-2'],
  'time-wait': ['TIME-WAIT'],
  'close-wait': ['CLOSE-WAIT'],
  'last-ack': ['LAST-ACK'],
  closing: ['CLOSING'],
  closed: ['UNCONN'],
  unconnected: ['UNCONN'],
  listening: ['LISTEN'],
  listen: ['LISTEN'],
};
const ALL_STATES: readonly string[] = [...new Set(Object.values(STATES).flat())];
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: ALL_STATES,
  connected: ALL_STATES.filter((state) => !['LISTEN', 'UNCONN'].includes(state)),
  synchronized: ALL_STATES.filter((state) => !['LISTEN', 'UNCONN', 'SYN-SENT'].includes(state)),
  bucket: ['SYN-RECV', 'TIME-WAIT'],
  big: ALL_STATES.filter((state) => !['SYN-RECV', 'TIME-WAIT'].includes(state)),
};

/** Options, and the words of the filter behind them. */
function splitWords(args: readonly string[]): {
  readonly options: readonly string[];
  readonly words: readonly string[];
} {
  const isOption = (arg: string): boolean => /^-\w/.test(arg);
  return {
    options: args.filter(isOption),
    words: args
      .filter((arg) => !isOption(arg))
      .flatMap((arg) => arg.split(/\s+/).filter((word) => word !== '')),
  };
}

/** `state established dport = :80 and dst 10.0.0.1`; a text is the word that is not known. */
function readSelection(words: readonly string[]): Selection | string {
  let states: readonly string[] | undefined;
  const tests: ((socket: SocketInfo) => boolean)[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === 'state' || word === 'exclude') {
      const name = words[++at] ?? '';
      const named = STATES[name] ?? GROUPS[name];
      if (named === undefined) return name === '' ? word : name;
      states =
        word === 'state'
          ? [...(states ?? []), ...named]
          : (states ?? ALL_STATES).filter((state) => !named.includes(state));
      continue;
    }
    if (word === 'and' || word === '&&') continue;
    const isPort = word === 'dport' || word === 'sport';
    if (!isPort && word !== 'dst' && word !== 'src') return word;
    if (['=', '==', 'eq'].includes(words[at + 1] ?? '')) at++;
    const value = words[++at] ?? '';
    const [, address = '', port = ''] = /^(?:\[?([\da-f.:]*?)\]?)??(?::(\d{1,5}))?$/i.exec(value) ?? [];
    if ((address === '' && port === '') || (isPort && address !== '')) return value === '' ? word : value;
    tests.push(({ local, remote }) => {
      const end = word.startsWith('d') ? remote : local;
      return (
        end !== undefined &&
        (address === '' || end.address === address) &&
        (port === '' || end.port === Number(port))
      );
    });
  }
  return {
    states,
    matches: (socket) =>
      (states === undefined || states.includes(stateOf(socket))) && tests.every((test) => test(socket)),
  };
}

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
