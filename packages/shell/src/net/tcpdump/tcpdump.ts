import type { Process, Task, TaskProgram } from '@podwire/machine';
import { complain, print, writeText } from '../../stdio/output.ts';
import { has, parseArguments, valueOf } from '../arguments.ts';
import { parseFilter } from './filter.ts';
import type { FrameFilter } from './filter.ts';
import { frameText, SequenceNumbers } from './lines.ts';
import type { LineOptions } from './lines.ts';

const MAX_FRAMES = 100_000;

/** tcpdump: what passes an interface, in its own words, chosen by expressions of pcap-filter(7). */
export const tcpdump: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), {
      switches: 'nltepqvUNASD',
      values: 'icsQ',
      long: { interface: 'i' },
    });
    if (!parsed.ok)
      return yield* complain(
        process,
        `tcpdump: ${parsed.option} is not part of this simulation; -i, -n, -c, -e, -v, -q, -S, -A, -t, -Q, -D and -l are`,
        1,
      );
    const args = parsed.arguments;
    const { network, netns } = process.net;
    const links = network.interfaces(netns);
    if (has(args, 'D')) return yield* listDevices(process);
    const device = valueOf(args, 'i') ?? links.find(({ name }) => name !== 'lo')?.name ?? 'lo';
    if (device !== 'any' && !links.some(({ name }) => name === device))
      return yield* complain(
        process,
        `tcpdump: ${device}: No such device exists\n(No such device exists)`,
        1,
      );
    const filter = parseFilter(args.operands);
    if (typeof filter === 'string')
      return yield* complain(process, `tcpdump: can't parse filter expression: ${filter}`, 1);
    const way = valueOf(args, 'Q') ?? 'inout';
    if (!['in', 'out', 'inout'].includes(way))
      return yield* complain(process, `tcpdump: unknown capture direction \`${way}'`, 1);
    const count = valueOf(args, 'c');
    if (count !== undefined && !/^[1-9]\d{0,8}$/.test(count))
      return yield* complain(process, `tcpdump: invalid packet count ${count}`, 1);
    return yield* capture(process, {
      device,
      filter: (frame) => (way === 'inout' || frame.direction === way) && filter(frame),
      limit: Math.min(Number(count ?? MAX_FRAMES), MAX_FRAMES),
      times: !has(args, 't'),
      text: has(args, 'A'),
      link: has(args, 'e'),
      verbose: has(args, 'v'),
      quick: has(args, 'q'),
      absolute: has(args, 'S'),
      any: device === 'any',
    });
  },
};

function* listDevices(process: Process): Task {
  const links = process.net.network.interfaces(process.net.netns);
  const lines = links.map(
    ({ name, up, kind }, index) =>
      `${index + 1}.${name} [${[...(up ? ['Up', 'Running'] : []), ...(kind === 'loopback' ? ['Loopback'] : ['Connected'])].join(', ')}]\n`,
  );
  lines.push(`${links.length + 1}.any (Pseudo-device that captures on all interfaces) [Up, Running]\n`);
  yield* print(process, lines.join(''));
  return 0;
}

function* capture(
  process: Process,
  options: LineOptions & { readonly device: string; readonly filter: FrameFilter; readonly limit: number },
): Task {
  const { network, netns } = process.net;
  const signals = { stopped: false };
  process.onSignal('SIGINT', () => (signals.stopped = true));
  process.onSignal('SIGTERM', () => (signals.stopped = true));
  const tap = network.openTap(netns, `${process.machine.id}/${process.pid}`, options.device);
  yield* writeText(
    process.stderr,
    `${options.any ? 'tcpdump: data link type LINUX_SLL2\n' : ''}tcpdump: ${options.verbose ? '' : 'verbose output suppressed, use -v[v]... for full protocol decode\n'}listening on ${options.device}, link-type ${options.any ? 'LINUX_SLL2 (Linux cooked v2)' : 'EN10MB (Ethernet)'}, snapshot length 262144 bytes\n`,
  );
  const numbers = new SequenceNumbers();
  let shown = 0;
  let seen = 0;
  try {
    while (!signals.stopped && shown < options.limit) {
      const frame = network.receiveFrame(tap);
      if (frame === undefined) {
        yield { kind: 'socket', socket: tap };
        continue;
      }
      if (!options.filter(frame)) continue;
      seen++;
      shown++;
      const link = network.interfaces(netns).find(({ name }) => name === frame.interfaceName);
      yield* print(process, frameText(frame, options, numbers, link));
    }
  } finally {
    process.net.close(tap);
  }
  const packets = (count: number): string => `${count} packet${count === 1 ? '' : 's'}`;
  yield* writeText(
    process.stderr,
    `${signals.stopped ? '\n' : ''}${packets(shown)} captured\n${packets(seen)} received by filter\n0 packets dropped by kernel\n`,
  );
  return 0;
}
