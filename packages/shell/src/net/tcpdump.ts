import type { Process, Task, TaskProgram } from '@podwire/machine';
import { summarise } from '@podwire/netsim';
import type { CapturedFrame } from '@podwire/netsim';
import { complain, print, writeText } from '../stdio/output.ts';
import { has, parseArguments, valueOf } from './arguments.ts';

const MAX_FRAMES = 100_000;
const MAX_FILTER_WORDS = 32;

type FrameFilter = (frame: CapturedFrame) => boolean;

/** tcpdump: what passes an interface, in its own words. Filters: host, src, dst, port, tcp, udp, icmp, arp, and, not. */
export const tcpdump: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), { switches: 'nlteqvUNA', values: 'ics' });
    if (!parsed.ok)
      return yield* complain(
        process,
        `tcpdump: ${parsed.option} is not part of this simulation; -i, -n, -c, -t and -l are`,
        1,
      );
    const args = parsed.arguments;
    const { network, netns } = process.net;
    const names = network.interfaces(netns).map((entry) => entry.name);
    const device = valueOf(args, 'i') ?? names.find((name) => name !== 'lo') ?? 'lo';
    if (device !== 'any' && !names.includes(device))
      return yield* complain(
        process,
        `tcpdump: ${device}: No such device exists\n(No such device exists)`,
        1,
      );
    const filter = parseFilter(args.operands);
    if (typeof filter === 'string')
      return yield* complain(process, `tcpdump: can't parse filter expression: ${filter}`, 1);
    const limit = Math.min(Number(valueOf(args, 'c') ?? MAX_FRAMES) || MAX_FRAMES, MAX_FRAMES);
    return yield* capture(process, { device, filter, limit, times: !has(args, 't'), text: has(args, 'A') });
  },
};

function* capture(
  process: Process,
  options: {
    readonly device: string;
    readonly filter: FrameFilter;
    readonly limit: number;
    readonly times: boolean;
    readonly text: boolean;
  },
): Task {
  const { network, netns } = process.net;
  const signals = { stopped: false };
  process.onSignal('SIGINT', () => (signals.stopped = true));
  process.onSignal('SIGTERM', () => (signals.stopped = true));
  const tap = network.openTap(netns, `${process.machine.id}/${process.pid}`, options.device);
  yield* writeText(
    process.stderr,
    `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on ${options.device}, link-type ${options.device === 'any' ? 'LINUX_SLL2 (Linux cooked v2)' : 'EN10MB (Ethernet)'}, snapshot length 262144 bytes\n`,
  );
  let shown = 0;
  let seen = 0;
  try {
    while (!signals.stopped && shown < options.limit) {
      const frame = network.receiveFrame(tap);
      if (frame === undefined) {
        yield { kind: 'socket', socket: tap };
        continue;
      }
      seen++;
      if (!options.filter(frame)) continue;
      shown++;
      const way =
        options.device === 'any'
          ? `${frame.interfaceName.padEnd(5)} ${frame.direction === 'in' ? 'In ' : 'Out'} `
          : '';
      yield* print(
        process,
        `${options.times ? `${clock(frame.atMs)} ` : ''}${way}${summarise(frame.frame)}\n${options.text ? payloadText(frame) : ''}`,
      );
    }
  } finally {
    process.net.close(tap);
  }
  yield* writeText(
    process.stderr,
    `${signals.stopped ? '\n' : ''}${shown} packets captured\n${seen} packets received by filter\n0 packets dropped by kernel\n`,
  );
  return 0;
}

/** `-A`: what a packet carries, with a dot for each octet that is no text. Headers are left out. */
function payloadText({ frame }: CapturedFrame): string {
  if (frame.payload.kind !== 'ip' || frame.payload.transport.kind === 'icmp') return '';
  const { data } = frame.payload.transport;
  if (data.length === 0) return '';
  const letters = Array.from(data, (octet) =>
    octet === 10 || octet === 13 || octet === 9 || (octet >= 32 && octet < 127)
      ? String.fromCharCode(octet)
      : '.',
  );
  return `${letters.join('').replace(/\r/g, '')}\n`;
}

function clock(atMs: number): string {
  const micros = String(Math.floor((atMs % 1_000) * 1_000)).padStart(6, '0');
  return `${new Date(Math.floor(atMs)).toISOString().slice(11, 19)}.${micros}`;
}

/** A conjunction of primitives; what else libpcap knows is refused rather than guessed at. */
function parseFilter(operands: readonly string[]): FrameFilter | string {
  const words = operands.flatMap((operand) => operand.split(/\s+/)).filter((word) => word !== '');
  if (words.length > MAX_FILTER_WORDS) return 'too long';
  const tests: FrameFilter[] = [];
  let negate = false;
  const add = (test: FrameFilter): void => {
    const not = negate;
    tests.push((frame) => test(frame) !== not);
    negate = false;
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === 'and' || word === '&&') continue;
    if (word === 'not' || word === '!') {
      negate = true;
      continue;
    }
    if (word === 'tcp' || word === 'udp' || word === 'icmp') {
      add(({ frame }) => frame.payload.kind === 'ip' && frame.payload.transport.kind === word);
      continue;
    }
    if (word === 'ip') {
      add(({ frame }) => frame.payload.kind === 'ip');
      continue;
    }
    if (word === 'arp') {
      add(({ frame }) => frame.payload.kind === 'neighbor');
      continue;
    }
    const side = word === 'src' || word === 'dst' ? word : undefined;
    const kind =
      side === undefined
        ? word
        : ['host', 'port'].includes(words[index + 1] ?? '')
          ? (words[++index] ?? '')
          : 'host';
    const value = words[++index] ?? '';
    if (kind === 'host' && value !== '') add((frame) => addressesOf(frame, side).includes(value));
    else if (kind === 'port' && /^\d+$/.test(value))
      add((frame) => portsOf(frame, side).includes(Number(value)));
    else
      return `syntax error near "${word}"; host, src, dst, port, tcp, udp, icmp, arp, and, not are part of this simulation`;
  }
  return (frame) => tests.every((test) => test(frame));
}

function addressesOf({ frame }: CapturedFrame, side: 'src' | 'dst' | undefined): readonly string[] {
  const { payload } = frame;
  const source = payload.kind === 'ip' ? payload.source : payload.senderAddress;
  const destination = payload.kind === 'ip' ? payload.destination : payload.targetAddress;
  return side === 'src' ? [source] : side === 'dst' ? [destination] : [source, destination];
}

function portsOf({ frame }: CapturedFrame, side: 'src' | 'dst' | undefined): readonly number[] {
  if (frame.payload.kind !== 'ip' || frame.payload.transport.kind === 'icmp') return [];
  const { sourcePort, destinationPort } = frame.payload.transport;
  return side === 'src' ? [sourcePort] : side === 'dst' ? [destinationPort] : [sourcePort, destinationPort];
}
