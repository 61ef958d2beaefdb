import type { TaskProgram } from '@podwire/machine';
import type { EchoEvent } from '@podwire/netsim';
import { runPing } from './ping-run.ts';
import type { PingOptions, PingTally, PingWords } from './ping-run.ts';
import { complain } from '../stdio/output.ts';
import { familyOf, has, parseArguments, valueOf } from './arguments.ts';
import { resolveHost } from './resolver.ts';

const DEFAULT_BYTES = 56;
const HEADER_BYTES = 8;
const MAX_BYTES = 65_507;

/** iputils' ping. */
export const ping: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), { switches: 'nqv46Ab', values: 'ciWswMtI' });
    if (!parsed.ok)
      return yield* complain(
        process,
        `ping: ${parsed.kind === 'unknown' ? `invalid option -- '${parsed.option.slice(1)}'` : `option requires an argument -- '${parsed.option.slice(1)}'`}`,
        2,
      );
    const args = parsed.arguments;
    const [host] = args.operands;
    if (host === undefined)
      return yield* complain(process, 'ping: usage error: Destination address required', 1);
    const found = yield* resolveHost(process, host, familyOf(args));
    if (found.kind !== 'found')
      return yield* complain(
        process,
        `ping: ${host}: ${found.kind === 'not-found' ? 'Name or service not known' : 'Temporary failure in name resolution'}`,
        2,
      );
    const bytes = Number(valueOf(args, 's') ?? DEFAULT_BYTES);
    if (!(bytes >= 0 && bytes <= MAX_BYTES))
      return yield* complain(
        process,
        `ping: invalid -s value: '${valueOf(args, 's') ?? ''}': out of range: 0 <= value <= ${MAX_BYTES}`,
        1,
      );
    const options: PingOptions = {
      host,
      address: found.addresses[0] ?? '',
      count: Number(valueOf(args, 'c') ?? Infinity) || 1,
      intervalMs: Math.max(0.2, Number(valueOf(args, 'i') ?? 1) || 1) * 1_000,
      waitMs: (Number(valueOf(args, 'W') ?? 10) || 10) * 1_000,
      deadlineMs:
        valueOf(args, 'w') === undefined ? undefined : process.nowMs() + Number(valueOf(args, 'w')) * 1_000,
      bytes,
      ttl: valueOf(args, 't') === undefined ? undefined : Number(valueOf(args, 't')),
      dontFragment: valueOf(args, 'M') === 'do',
      quiet: has(args, 'q'),
    };
    return yield* runPing(process, options, IPUTILS);
  },
};

const IPUTILS: PingWords = {
  firstSequence: 1,
  header: ({ host, address, bytes }) =>
    `PING ${host} (${address}) ${bytes}(${bytes + HEADER_BYTES + 20}) bytes of data.\n`,
  echo: (event, tookMs) => ({ text: echoLine(event, tookMs), isError: false }),
  failure: (errno) => {
    if (errno === 'ENETUNREACH')
      return { ends: true, text: 'ping: connect: Network is unreachable', exitCode: 2 };
    return {
      ends: false,
      text:
        errno === 'EMSGSIZE'
          ? 'ping: local error: message too long\n'
          : 'ping: sendmsg: Operation not permitted\n',
    };
  },
  lastWaitMs: ({ waitMs }) => waitMs,
  summary,
};

const UNREACHABLE = { network: 'Net', host: 'Host', port: 'Port' } as const;

function echoLine(event: EchoEvent, tookMs: number): string {
  switch (event.outcome) {
    case 'reply':
      return `${event.bytes} bytes from ${event.from}: icmp_seq=${event.sequence} ttl=${event.ttl} time=${timeText(tookMs)} ms\n`;
    case 'time-exceeded':
      return `From ${event.from} icmp_seq=${event.sequence} Time to live exceeded\n`;
    case 'fragmentation-needed':
      return `From ${event.from} icmp_seq=${event.sequence} Frag needed and DF set (mtu = ${event.mtuBytes ?? 0})\n`;
    case 'admin-prohibited':
      return `From ${event.from} icmp_seq=${event.sequence} Packet filtered\n`;
    case 'unreachable':
      return `From ${event.from} icmp_seq=${event.sequence} Destination ${UNREACHABLE[event.unreachable ?? 'host']} Unreachable\n`;
  }
}

/** Three significant places, as ping prints them. */
function timeText(ms: number): string {
  if (ms < 1) return ms.toFixed(3);
  if (ms < 10) return ms.toFixed(2);
  return ms < 100 ? ms.toFixed(1) : String(Math.round(ms));
}

function summary({ host }: PingOptions, { sent, times, errors, elapsedMs }: PingTally): string {
  const lost = sent === 0 ? 0 : Math.round(((sent - times.length) / sent) * 100);
  const errorText = errors > 0 ? `, +${errors} errors` : '';
  const head = `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${times.length} received${errorText}, ${lost}% packet loss, time ${Math.round(elapsedMs)}ms\n`;
  if (times.length === 0) return `${head}\n`;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const deviation = Math.sqrt(
    Math.max(0, times.reduce((sum, time) => sum + time * time, 0) / times.length - mean * mean),
  );
  return `${head}rtt min/avg/max/mdev = ${[Math.min(...times), mean, Math.max(...times), deviation].map((ms) => ms.toFixed(3)).join('/')} ms\n`;
}
