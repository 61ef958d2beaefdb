import type { TaskProgram } from '@podwire/machine';
import type { EchoEvent } from '@podwire/netsim';
import { complain } from '../../stdio/output.ts';
import { familyOf, has, parseArguments, valueOf } from '../arguments.ts';
import { errnoText } from '@podwire/machine';
import { runPing } from '../ping-run.ts';
import type { PingOptions, PingTally, PingWords } from '../ping-run.ts';
import { resolveHost } from '../resolver.ts';
import { BANNER } from './banner.ts';

const DEFAULT_BYTES = 56;
const MAX_BYTES = 65_535;
const DEFAULT_WAIT_SECONDS = 10;
const USAGE = `${BANNER}

Usage: ping [OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

\t-4,-6\t\tForce IP or IPv6 name resolution
\t-c CNT\t\tSend only CNT pings
\t-s SIZE\t\tSend SIZE data bytes in packets (default 56)
\t-i SECS\t\tInterval
\t-A\t\tPing as soon as reply is received
\t-t TTL\t\tSet TTL
\t-I IFACE/IP\tSource interface or IP address
\t-W SEC\t\tSeconds to wait for the first response (default 10)
\t\t\t(after all -c CNT packets are sent)
\t-w SEC\t\tSeconds until ping exits (default:infinite)
\t\t\t(can exit earlier with -c CNT)
\t-q\t\tQuiet, only display output at start/finish
\t-p HEXBYTE\tPayload pattern`;

/** The ping of BusyBox: it counts from 0, and tells of other ICMP messages on its standard error. */
export const busyboxPing: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), {
      switches: 'q46An',
      values: 'cisWwtIp',
      permute: true,
    });
    if (!parsed.ok) {
      const letter = parsed.option.slice(1);
      const why = parsed.kind === 'unknown' ? 'invalid option' : 'option requires an argument';
      return yield* complain(process, `ping: ${why} -- '${letter}'\n${USAGE}`);
    }
    const args = parsed.arguments;
    const [host, more] = args.operands;
    if (host === undefined || more !== undefined) return yield* complain(process, USAGE);
    for (const letter of ['c', 'i', 's', 'W', 'w', 't']) {
      const value = valueOf(args, letter);
      if (value !== undefined && !/^\d+(\.\d+)?$/.test(value))
        return yield* complain(process, `ping: invalid number '${value}'`);
    }
    const bytes = Number(valueOf(args, 's') ?? DEFAULT_BYTES);
    if (bytes > MAX_BYTES)
      return yield* complain(
        process,
        `ping: number ${valueOf(args, 's') ?? ''} is not in 0..${MAX_BYTES} range`,
      );
    const found = yield* resolveHost(process, host, familyOf(args));
    if (found.kind !== 'found') return yield* complain(process, `ping: bad address '${host}'`);
    const deadline = valueOf(args, 'w');
    const ttl = valueOf(args, 't');
    const options: PingOptions = {
      host,
      address: found.addresses[0] ?? '',
      count: Number(valueOf(args, 'c') ?? 0) || Infinity,
      intervalMs: Number(valueOf(args, 'i') ?? 1) * 1_000 || 1,
      waitMs: (Number(valueOf(args, 'W') ?? 0) || DEFAULT_WAIT_SECONDS) * 1_000,
      deadlineMs: deadline === undefined ? undefined : process.nowMs() + Number(deadline) * 1_000,
      bytes,
      ttl: ttl === undefined ? undefined : Number(ttl),
      dontFragment: false,
      quiet: has(args, 'q'),
    };
    return yield* runPing(process, options, WORDS);
  },
};

const WORDS: PingWords = {
  firstSequence: 0,
  header: ({ host, address, bytes }) => `PING ${host} (${address}): ${bytes} data bytes\n`,
  echo: (event, tookMs) =>
    event.outcome === 'reply'
      ? {
          text: `${event.bytes} bytes from ${event.from}: seq=${event.sequence} ttl=${event.ttl} time=${tookMs.toFixed(3)} ms\n`,
          isError: false,
        }
      : { text: `ping: warning: got ICMP ${ICMP[event.outcome]}\n`, isError: true },
  failure: (errno) => ({ ends: true, text: `ping: sendto: ${errnoText(errno)}`, exitCode: 1 }),
  // Where answers came, two round trips in whole seconds.
  lastWaitMs: ({ waitMs }, times) =>
    times.length === 0 ? waitMs : Math.max(1, Math.floor((2 * Math.max(...times)) / 1_000)) * 1_000,
  summary,
};

const UNREACHABLE = '3 (Destination Unreachable)';
/** Type and name, by what it says. */
const ICMP: Readonly<Record<Exclude<EchoEvent['outcome'], 'reply'>, string>> = {
  'time-exceeded': '11 (Time Exceeded)',
  'fragmentation-needed': UNREACHABLE,
  'admin-prohibited': UNREACHABLE,
  unreachable: UNREACHABLE,
};

function summary({ host }: PingOptions, { sent, times }: PingTally): string {
  const lost = sent === 0 ? 0 : Math.floor(((sent - times.length) * 100) / sent);
  const head = `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${times.length} packets received, ${lost}% packet loss\n`;
  if (times.length === 0) return head;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const shown = [Math.min(...times), mean, Math.max(...times)].map((ms) => ms.toFixed(3));
  return `${head}round-trip min/avg/max = ${shown.join('/')} ms\n`;
}
