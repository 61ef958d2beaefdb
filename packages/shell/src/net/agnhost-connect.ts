import type { Task, TaskProgram } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import { complain } from '../stdio/output.ts';
import { parseArguments, valueOf } from './arguments.ts';
import { resolveHost } from './resolver.ts';
import { openTcp } from './socket.ts';

const DEFAULT_TIMEOUT_MS = 2 ** 31;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `agnhost connect host:port`: silent when it connects, one word on standard error when it does not. */
export const agnhostConnect: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const parsed = parseArguments(process.argv.slice(2), {
      switches: '',
      values: '',
      long: { timeout: 'timeout', protocol: 'protocol', 'udp-data': 'udp-data' },
      longValues: ['timeout', 'protocol', 'udp-data'],
    });
    if (!parsed.ok) return yield* complain(process, `Error: unknown flag: ${parsed.option}`);
    const args = parsed.arguments;
    const [target = ''] = args.operands;
    const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(target);
    if (match === null) return yield* complain(process, `DNS: address ${target}: missing port in address`);
    const duration = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(valueOf(args, 'timeout') ?? '');
    const timeoutMs =
      duration === null ? DEFAULT_TIMEOUT_MS : Number(duration[1]) * (UNITS_MS[duration[2] ?? ''] ?? 1);
    const found = yield* resolveHost(process, match[1] ?? match[2] ?? '');
    if (found.kind !== 'found')
      return yield* complain(process, `DNS: lookup ${match[2] ?? ''}: no such host`);
    const remote = { address: found.addresses[0] ?? '', port: Number(match[3]) };
    const protocol = valueOf(args, 'protocol') ?? 'tcp';
    if (protocol === 'udp') {
      const socket = process.net.connectUdp(remote);
      if (!socket.ok) return yield* complain(process, `OTHER: ${socket.errno}`);
      process.net.sendTo(socket.value, remote, utf8Encode(valueOf(args, 'udp-data') ?? 'echo hello'));
      yield {
        kind: 'any',
        of: [
          { kind: 'socket', socket: socket.value },
          { kind: 'sleep', ms: timeoutMs },
        ],
      };
      const answered = process.net.receiveFrom(socket.value) !== undefined;
      const refused = process.net.connectOutcome(socket.value) === 'ECONNREFUSED';
      process.net.close(socket.value);
      if (answered) return 0;
      return yield* complain(process, refused ? 'REFUSED: connection refused' : 'TIMEOUT: i/o timeout');
    }
    if (protocol !== 'tcp')
      return yield* complain(
        process,
        `Unsupported protocol ${protocol}: tcp and udp are part of this simulation`,
      );
    const opened = yield* openTcp(process, remote, timeoutMs);
    if (opened.kind === 'open') {
      process.net.close(opened.socket);
      return 0;
    }
    if (opened.kind === 'timed-out') return yield* complain(process, 'TIMEOUT');
    return yield* complain(process, opened.errno === 'ECONNREFUSED' ? 'REFUSED' : `OTHER: ${opened.errno}`);
  },
};
