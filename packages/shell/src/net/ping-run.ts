import type { Process, Task } from '@podwire/machine';
import type { EchoEvent, NetErrno } from '@podwire/netsim';
import { complain, print, writeText } from '../stdio/output.ts';

/** A ping without -c goes on until Ctrl-C; this many are sent at the most, a little over a day. */
const MAX_ECHOES = 100_000;

export interface PingOptions {
  readonly host: string;
  readonly address: string;
  /** Infinity: until it is interrupted. */
  readonly count: number;
  readonly intervalMs: number;
  /** For an answer to the last one. */
  readonly waitMs: number;
  readonly deadlineMs: number | undefined;
  readonly bytes: number;
  readonly ttl: number | undefined;
  readonly dontFragment: boolean;
  readonly quiet: boolean;
}

export interface PingTally {
  readonly sent: number;
  /** Of the answers, ms. */
  readonly times: readonly number[];
  readonly errors: number;
  readonly elapsedMs: number;
}

/** What one implementation of ping says, and where it counts from. */
export interface PingWords {
  readonly firstSequence: number;
  header(options: PingOptions): string;
  echo(event: EchoEvent, tookMs: number): { readonly text: string; readonly isError: boolean };
  /** The kernel did not take a packet. */
  failure(
    errno: NetErrno,
  ):
    | { readonly ends: true; readonly text: string; readonly exitCode: number }
    | { readonly ends: false; readonly text: string };
  /** How long after the last one was sent. */
  lastWaitMs(options: PingOptions, times: readonly number[]): number;
  summary(options: PingOptions, tally: PingTally): string;
}

export function* runPing(process: Process, options: PingOptions, words: PingWords): Task {
  const socket = process.net.openPing();
  const count = Math.min(options.count, MAX_ECHOES);
  const sentAt = new Map<number, number>();
  const times: number[] = [];
  let sent = 0;
  let errors = 0;
  let interrupted = false;
  process.onSignal('SIGINT', () => (interrupted = true));
  const startedMs = process.nowMs();
  yield* print(process, words.header(options));
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
      const { text, isError } = words.echo(event, tookMs);
      if (isError) yield* writeText(process.stderr, text);
      else if (!options.quiet) yield* print(process, text);
      if (sent >= count && times.length + errors >= count) break;
      continue;
    }
    if (sent < count && process.nowMs() >= nextMs) {
      const sequence = words.firstSequence + sent++;
      sentAt.set(sequence, process.nowMs());
      nextMs += options.intervalMs;
      const outcome = process.net.sendEcho(socket, options.address, {
        sequence,
        bytes: options.bytes,
        dontFragment: options.dontFragment,
        ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
      });
      if (!outcome.ok) {
        const failure = words.failure(outcome.errno);
        if (failure.ends) {
          process.net.close(socket);
          return yield* complain(process, failure.text, failure.exitCode);
        }
        errors++;
        yield* print(process, failure.text);
      }
      continue;
    }
    const lastSentMs = sent === 0 ? startedMs : startedMs + (sent - 1) * options.intervalMs;
    const untilMs = sent < count ? nextMs : lastSentMs + words.lastWaitMs(options, times);
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
  const elapsedMs = process.nowMs() - startedMs;
  yield* print(process, words.summary(options, { sent, times, errors, elapsedMs }));
  return times.length > 0 ? 0 : 1;
}
