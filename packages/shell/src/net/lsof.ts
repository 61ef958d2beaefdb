import type { TaskProgram } from '@podwire/machine';
import type { SocketInfo } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';

/** The descriptor that a program's first socket gets after the three it starts with. */
const FIRST_DESCRIPTOR = 3;
const HEAD = ['COMMAND', 'PID', 'USER', 'FD', 'TYPE', 'DEVICE', 'SIZE/OFF', 'NODE', 'NAME'] as const;

/** lsof, for the sockets of this machine's own processes. */
export const lsof: TaskProgram = {
  kind: 'task',
  *run(process) {
    const args = joined(process.argv.slice(1));
    const wanted = args.filter((arg) => arg.startsWith('-i')).map((arg) => arg.slice(2));
    const unknown = args.find((arg) => !/^-(i.*|[nP]+)$/.test(arg));
    if (unknown !== undefined || wanted.length === 0)
      return yield* complain(
        process,
        `lsof: ${unknown ?? 'a list of all open files'} is not part of this simulation; -i, -iTCP, -iUDP, -i:PORT, -n and -P are`,
      );
    const filters = wanted.map((text) => /^(tcp|udp)?(?::(\d+))?$/i.exec(text));
    const bad = filters.findIndex((filter) => filter === null);
    if (bad >= 0)
      return yield* complain(process, `lsof: unacceptable Internet address in: -i ${wanted[bad] ?? ''}`);
    const matches = (socket: SocketInfo): boolean =>
      filters.some(
        (filter) =>
          (filter?.[1] === undefined || filter[1].toLowerCase() === socket.protocol) &&
          (filter?.[2] === undefined || [socket.local.port, socket.remote?.port].includes(Number(filter[2]))),
      );
    const rows: (readonly string[])[] = [];
    for (const { pid, argv } of process.machine.processes()) {
      const own = process.net.network
        .sockets(process.net.netns)
        .filter(({ owner, protocol }) => owner === `${process.machine.id}/${pid}` && protocol !== 'icmp');
      for (const [at, socket] of own.entries()) {
        if (!matches(socket)) continue;
        rows.push([
          (argv[0] ?? '').split('/').at(-1)?.slice(0, 9) ?? '',
          String(pid),
          process.machine.user.slice(0, 8),
          `${FIRST_DESCRIPTOR + at}u`,
          socket.local.address.includes(':') ? 'IPv6' : 'IPv4',
          String(socket.id),
          '0t0',
          socket.protocol.toUpperCase(),
          nameOf(socket),
        ]);
      }
    }
    if (rows.length === 0) return 1;
    yield* print(process, table([HEAD, ...rows]));
    return 0;
  },
};

/** `-i :80`: what it asks for may stand behind `-i` as a word of its own. */
function joined(args: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (const arg of args) {
    const last = words.at(-1);
    if (last?.endsWith('i') === true && /^-[nPi]+$/.test(last) && /^(tcp|udp)?(:\d+)?$/i.test(arg)) {
      words.pop();
      words.push(`-i${arg}`);
    } else words.push(arg);
  }
  return words;
}

function nameOf({ protocol, local, remote, state }: SocketInfo): string {
  const place = (address: string, port: number): string =>
    `${address === '0.0.0.0' || address === '::' ? '*' : address.includes(':') ? `[${address}]` : address}:${port}`;
  const pair =
    remote === undefined
      ? place(local.address, local.port)
      : `${place(local.address, local.port)}->${place(remote.address, remote.port)}`;
  return protocol === 'tcp' ? `${pair} (${state.toUpperCase().replaceAll('-', '_')})` : pair;
}

/** The first, the third and the last column stand left, the others right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const left = new Set([0]);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) =>
            column === HEAD.length - 1
              ? cell
              : left.has(column)
                ? cell.padEnd(widths[column] ?? 0)
                : cell.padStart(widths[column] ?? 0),
          )
          .join(' ')}\n`,
    )
    .join('');
}
