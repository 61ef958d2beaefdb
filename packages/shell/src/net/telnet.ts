import type { Task, TaskProgram } from '@podwire/machine';
import { complain, print, writeBytes } from '../stdio/output.ts';
import { resolveHost } from './resolver.ts';
import { openTcp, sendAll } from './socket.ts';

const DEFAULT_PORT = 23;

/** telnet, as it is used to see whether a port answers: lines out, bytes in, Ctrl-C to leave. */
export const telnet: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const [host, portText] = process.argv.slice(1);
    if (host === undefined || host.startsWith('-'))
      return yield* complain(process, 'Usage: telnet HOST [PORT]');
    const found = yield* resolveHost(process, host);
    if (found.kind !== 'found')
      return yield* complain(
        process,
        `telnet: could not resolve ${host}/${portText ?? DEFAULT_PORT}: Name or service not known`,
      );
    const address = found.addresses[0] ?? '';
    yield* print(process, `Trying ${address}...\n`);
    const opened = yield* openTcp(process, { address, port: Number(portText ?? DEFAULT_PORT) });
    if (opened.kind !== 'open')
      return yield* complain(
        process,
        `telnet: Unable to connect to remote host: ${opened.kind === 'timed-out' ? 'Connection timed out' : opened.errno === 'ECONNREFUSED' ? 'Connection refused' : 'No route to host'}`,
      );
    yield* print(process, `Connected to ${host}.\nEscape character is '^]'.\n`);
    try {
      for (;;) {
        const got = process.net.receive(opened.socket);
        if (!got.ok || got.value === undefined) {
          yield* print(process, 'Connection closed by foreign host.\n');
          return 1;
        }
        if (got.value.length > 0) {
          yield* writeBytes(process.stdout, got.value);
          continue;
        }
        const typed = process.stdin.read();
        if (typed === undefined) return 0;
        if (typed.length > 0 && !(yield* sendAll(process, opened.socket, typed))) continue;
        yield {
          kind: 'any',
          of: [
            { kind: 'socket', socket: opened.socket },
            { kind: 'readable', stream: process.stdin },
          ],
        };
      }
    } finally {
      process.net.close(opened.socket);
    }
  },
};
