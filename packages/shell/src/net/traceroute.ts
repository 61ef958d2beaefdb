import type { Task, TaskProgram } from '@podwire/machine';
import type { EchoEvent } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';
import { parseArguments, valueOf } from './arguments.ts';
import { resolveHost } from './resolver.ts';

const DEFAULT_HOPS = 30;
const PROBES_PER_HOP = 3;
const WAIT_MS = 3_000;
const PROBE_BYTES = 32;

/** traceroute by ICMP echo (`-I`): each hop is asked for by a time to live that ends there. */
export const traceroute: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const parsed = parseArguments(process.argv.slice(1), { switches: 'nI', values: 'mqw' });
    if (!parsed.ok)
      return yield* complain(
        process,
        `traceroute: ${parsed.option} is not part of this simulation; -n, -I, -m, -q and -w are`,
        2,
      );
    const args = parsed.arguments;
    const [host] = args.operands;
    if (host === undefined)
      return yield* complain(process, 'Usage: traceroute [-nI] [-m max_ttl] [-q nqueries] [-w wait] host', 2);
    const found = yield* resolveHost(process, host);
    if (found.kind !== 'found') return yield* complain(process, `traceroute: bad address '${host}'`, 2);
    const address = found.addresses[0] ?? '';
    const hops = Math.min(Math.max(Number(valueOf(args, 'm') ?? DEFAULT_HOPS) || DEFAULT_HOPS, 1), 255);
    const probes = Math.min(Math.max(Number(valueOf(args, 'q') ?? PROBES_PER_HOP) || PROBES_PER_HOP, 1), 10);
    const waitMs = (Number(valueOf(args, 'w')) || WAIT_MS / 1_000) * 1_000;
    yield* print(
      process,
      `traceroute to ${host} (${address}), ${hops} hops max, ${PROBE_BYTES + 28} byte packets\n`,
    );
    const socket = process.net.openPing();
    let sequence = 0;
    try {
      for (let ttl = 1; ttl <= hops; ttl++) {
        yield* print(process, `${String(ttl).padStart(2)} `);
        let last = '';
        let arrived = false;
        for (let probe = 0; probe < probes; probe++) {
          sequence++;
          const sentMs = process.nowMs();
          process.net.sendEcho(socket, address, { sequence, bytes: PROBE_BYTES, ttl });
          yield {
            kind: 'any',
            of: [
              { kind: 'socket', socket },
              { kind: 'sleep', ms: waitMs },
            ],
          };
          const event = process.net.receiveEcho(socket);
          if (event === undefined) {
            yield* print(process, ' *');
            continue;
          }
          const who = event.from === last ? '' : ` ${event.from}`;
          last = event.from;
          arrived ||= event.outcome !== 'time-exceeded';
          yield* print(process, `${who}  ${(process.nowMs() - sentMs).toFixed(3)} ms${signOf(event)}`);
        }
        yield* print(process, '\n');
        if (arrived) return 0;
      }
      return 0;
    } finally {
      process.net.close(socket);
    }
  },
};

/** What traceroute says of the last hop; a port that is closed is where it wanted to come. */
function signOf({ outcome, unreachable }: EchoEvent): string {
  if (outcome === 'admin-prohibited') return ' !X';
  if (outcome !== 'unreachable' || unreachable === 'port') return '';
  return unreachable === 'network' ? ' !N' : ' !H';
}
