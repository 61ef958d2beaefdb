import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { EchoEvent } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';
import { familyOf, has, parseArguments, valueOf } from './arguments.ts';
import { resolveHost } from './resolver.ts';

const DEFAULT_BYTES = 56;
const HEADER_BYTES = 8;
const MAX_BYTES = 65_507;
/** A ping without -c goes on until Ctrl-C; this many are sent at the most, a little over a day. */
const MAX_ECHOES = 100_000;

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
    return yield* run(process, {
      host,
      address: found.addresses[0] ?? '',
      count: Math.min(Number(valueOf(args, 'c') ?? MAX_ECHOES) || 1, MAX_ECHOES),
      intervalMs: Math.max(0.2, Number(valueOf(args, 'i') ?? 1) || 1) * 1_000,
      waitMs: (Number(valueOf(args, 'W') ?? 10) || 10) * 1_000,
      deadlineMs:
        valueOf(args, 'w') === undefined ? undefined : process.nowMs() + Number(valueOf(args, 'w')) * 1_000,
      bytes,
      ttl: valueOf(args, 't') === undefined ? undefined : Number(valueOf(args, 't')),
      dontFragment: valueOf(args, 'M') === 'do',
      quiet: has(args, 'q'),
    });
  },
};

interface PingOptions {
  readonly host: string;
  readonly address: string;
  readonly count: number;
  readonly intervalMs: number;
  readonly waitMs: number;
  readonly deadlineMs: number | undefined;
  readonly bytes: number;
  readonly ttl: number | undefined;
  readonly dontFragment: boolean;
  readonly quiet: boolean;
}

function* run(process: Process, options: PingOptions): Task {
  const socket = process.net.openPing();
  const sentAt = new Map<number, number>();
  const times: number[] = [];
  let sent = 0;
  let errors = 0;
  let interrupted = false;
  process.onSignal('SIGINT', () => (interrupted = true));
  const startedMs = process.nowMs();
  yield* print(
    process,
    `PING ${options.host} (${options.address}) ${options.bytes}(${options.bytes + HEADER_BYTES + 20}) bytes of data.\n`,
  );
  let nextMs = startedMs;
  const over = (): boolean =>
    interrupted || (options.deadlineMs !== undefined && process.nowMs() >= options.deadlineMs);
  while (!over()) {
    const event = process.net.receiveEcho(socket);
    if (event !== undefined) {
      const tookMs = process.nowMs() - (sentAt.get(event.sequence) ?? process.nowMs());
      if (event.outcome === 'reply') times.push(tookMs);
      else errors++;
      sentAt.delete(event.sequence);
      if (!options.quiet) yield* print(process, echoLine(event, tookMs));
      if (sent >= options.count && times.length + errors >= options.count) break;
      continue;
    }
    if (sent < options.count && process.nowMs() >= nextMs) {
      sent++;
      sentAt.set(sent, process.nowMs());
      nextMs += options.intervalMs;
      const outcome = process.net.sendEcho(socket, options.address, {
        sequence: sent,
        bytes: options.bytes,
        dontFragment: options.dontFragment,
        ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
      });
      if (!outcome.ok) {
        if (outcome.errno === 'ENETUNREACH') {
          process.net.close(socket);
          return yield* complain(process, 'ping: connect: Network is unreachable', 2);
        }
        errors++;
        yield* print(
          process,
          outcome.errno === 'EMSGSIZE'
            ? 'ping: local error: message too long\n'
            : 'ping: sendmsg: Operation not permitted\n',
        );
      }
      continue;
    }
    const lastSentMs = sent === 0 ? startedMs : startedMs + (sent - 1) * options.intervalMs;
    const untilMs = sent < options.count ? nextMs : lastSentMs + options.waitMs;
    if (process.nowMs() >= untilMs) break;
    yield {
      kind: 'any',
      of: [
        { kind: 'socket', socket },
        { kind: 'sleep', ms: Math.min(untilMs, options.deadlineMs ?? Infinity) - process.nowMs() },
      ],
    };
  }
  process.net.close(socket);
  yield* print(process, summary(options, sent, times, errors, process.nowMs() - startedMs));
  return times.length > 0 ? 0 : 1;
}

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
      return `From ${event.from} icmp_seq=${event.sequence} Destination Host Unreachable\n`;
  }
}

/** Three significant places, as ping prints them. */
function timeText(ms: number): string {
  if (ms < 1) return ms.toFixed(3);
  if (ms < 10) return ms.toFixed(2);
  return ms < 100 ? ms.toFixed(1) : String(Math.round(ms));
}

function summary(
  options: PingOptions,
  sent: number,
  times: readonly number[],
  errors: number,
  elapsedMs: number,
): string {
  const lost = sent === 0 ? 0 : Math.round(((sent - times.length) / sent) * 100);
  const errorText = errors > 0 ? `, +${errors} errors` : '';
  const head = `\n--- ${options.host} ping statistics ---\n${sent} packets transmitted, ${times.length} received${errorText}, ${lost}% packet loss, time ${Math.round(elapsedMs)}ms\n`;
  if (times.length === 0) return `${head}\n`;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const deviation = Math.sqrt(
    Math.max(0, times.reduce((sum, time) => sum + time * time, 0) / times.length - mean * mean),
  );
  return `${head}rtt min/avg/max/mdev = ${[Math.min(...times), mean, Math.max(...times), deviation].map((ms) => ms.toFixed(3)).join('/')} ms\n`;
}
