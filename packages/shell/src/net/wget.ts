import { absolutePath } from '@podwire/machine';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import { joinBytes, MAX_INPUT_BYTES } from '../stdio/input.ts';
import { complain, writeBytes, writeText } from '../stdio/output.ts';
import { has, parseArguments, valueOf, valuesOf } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { exchange, headerOf } from './http-client.ts';
import { resolveHost } from './resolver.ts';
import { acceptPeer, addressOctets, alertText } from '@podwire/tls';
import { openTcp } from './socket.ts';
import { flush, plainWire, secureWire, shakeHands } from './wire.ts';
import { authority, follow, parseUrl } from './url.ts';
import type { Url } from './url.ts';

const DEFAULT_TIMEOUT_SECONDS = 900;
const MAX_REDIRECTS = 20;

/** wget in busybox's manner: its options, its words. */
export const wget: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), {
      switches: 'qScv',
      values: 'OTtU',
      long: {
        quiet: 'q',
        timeout: 'T',
        'output-document': 'O',
        tries: 't',
        header: 'header',
        'post-data': 'post-data',
        spider: 'spider',
        'user-agent': 'U',
        'no-check-certificate': 'no-check-certificate',
        'no-verbose': 'q',
      },
      longValues: ['header', 'post-data'],
    });
    if (!parsed.ok)
      return yield* complain(
        process,
        `wget: ${parsed.kind === 'unknown' ? 'unrecognized option' : 'option requires an argument'}: ${parsed.option}`,
      );
    const args = parsed.arguments;
    const [text] = args.operands;
    if (text === undefined)
      return yield* complain(process, 'wget: missing URL\nUsage: wget [OPTION]... [URL]...');
    const first = parseUrl(text);
    if (first.kind !== 'url') return yield* complain(process, `wget: not an http or ftp url: ${text}`);
    let url = first.url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const outcome = yield* fetchOnce(process, args, url);
      if (typeof outcome === 'number') return outcome;
      url = outcome;
    }
    return yield* complain(process, 'wget: too many redirections');
  },
};

function* fetchOnce(process: Process, args: Arguments, url: Url): Task<number | Url> {
  const quiet = has(args, 'q');
  const say = function* (line: string): Task<void> {
    if (!quiet) yield* writeText(process.stderr, line);
  };
  const found = yield* resolveHost(process, url.host);
  if (found.kind !== 'found') return yield* complain(process, `wget: bad address '${authority(url)}'`);
  const address = found.addresses[0] ?? '';
  yield* say(`Connecting to ${authority(url)} (${address}:${url.port})\n`);
  const timeoutMs =
    (Number(valueOf(args, 'T') ?? DEFAULT_TIMEOUT_SECONDS) || DEFAULT_TIMEOUT_SECONDS) * 1_000;
  const opened = yield* openTcp(process, { address, port: url.port }, timeoutMs);
  if (opened.kind === 'timed-out')
    return yield* complain(
      process,
      valueOf(args, 'T') === undefined
        ? `wget: can't connect to remote host (${address}): Connection timed out`
        : 'wget: download timed out',
    );
  if (opened.kind === 'failed')
    return yield* complain(
      process,
      `wget: can't connect to remote host (${address}): ${opened.errno === 'ECONNREFUSED' ? 'Connection refused' : opened.errno === 'EHOSTUNREACH' ? 'No route to host' : 'Network is unreachable'}`,
    );
  try {
    let wire = plainWire(process, opened.socket);
    if (url.scheme === 'https') {
      if (!has(args, 'no-check-certificate'))
        yield* writeText(process.stderr, 'wget: note: TLS certificate validation not implemented\n');
      const hands = yield* shakeHands(process, opened.socket, {
        protocols: [],
        deadlineMs: process.nowMs() + timeoutMs,
        ...(addressOctets(url.host) === undefined ? { serverName: url.host } : {}),
      });
      if (hands.kind === 'timed-out') return yield* complain(process, 'wget: download timed out');
      if (hands.kind !== 'judging')
        return yield* complain(
          process,
          hands.kind === 'refused' && hands.session.failure?.kind === 'alert-received'
            ? `ssl_client: TLS error from peer (alert code ${hands.session.failure.alert}): ${alertText(hands.session.failure.alert)}\nwget: error getting response: Connection reset by peer`
            : 'wget: error getting response: Connection reset by peer',
        );
      acceptPeer(hands.session);
      yield* flush(process, opened.socket, hands.session);
      wire = secureWire(process, opened.socket, hands.session);
    }
    const post = valueOf(args, 'post-data');
    const extra = valuesOf(args, 'header')
      .filter((header) => header.includes(':'))
      .map((header): [string, string] => [
        header.slice(0, header.indexOf(':')).trim(),
        header.slice(header.indexOf(':') + 1).trim(),
      ]);
    const headers: [string, string][] = [
      ['Host', authority(url)],
      ['User-Agent', valueOf(args, 'U') ?? 'Wget'],
      ['Connection', 'close'],
      ...extra,
      ...(post === undefined
        ? []
        : ([
            ['Content-Type', 'application/x-www-form-urlencoded'],
            ['Content-Length', String(utf8Encode(post).length)],
          ] as [string, string][])),
    ];
    const response = yield* exchange(process, wire, {
      method: has(args, 'spider') ? 'HEAD' : post === undefined ? 'GET' : 'POST',
      target: url.target,
      headers,
      ...(post === undefined ? {} : { body: utf8Encode(post) }),
      deadlineMs: process.nowMs() + timeoutMs,
    });
    if (response.kind !== 'response')
      return yield* complain(
        process,
        response.kind === 'timed-out' ? 'wget: download timed out' : 'wget: error getting response',
      );
    const { head, body } = response;
    const location = headerOf(head, 'location');
    if (head.status >= 300 && head.status < 400 && location !== undefined) {
      const next = follow(url, location);
      return next.kind === 'url'
        ? next.url
        : yield* complain(process, `wget: not an http or ftp url: ${location}`);
    }
    if (has(args, 'S'))
      yield* writeText(
        process.stderr,
        head.text.replace(/\r\n/g, '\n').replace(/^/gm, '  ').trimEnd() + '\n',
      );
    if (head.status >= 400)
      return yield* complain(
        process,
        `wget: server returned error: HTTP/${head.version} ${head.status} ${head.reason}`,
      );
    if (has(args, 'spider')) {
      yield* say('remote file exists\n');
      return 0;
    }
    const target = valueOf(args, 'O') ?? (url.target.replace(/\?.*$/, '').split('/').at(-1) || 'index.html');
    const kept: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const piece = yield* body.next();
      if (piece === undefined) break;
      size += piece.length;
      if (target === '-') yield* writeBytes(process.stdout, piece);
      else if (size <= MAX_INPUT_BYTES) kept.push(piece);
    }
    if (target === '-') {
      yield* say(
        `writing to stdout\n-                    100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\nwritten to stdout\n`,
      );
      return 0;
    }
    const written = process.fs.writeFile(absolutePath(process.cwd, target), joinBytes(kept));
    if (!written.ok)
      return yield* complain(
        process,
        `wget: can't open '${target}': ${written.errno === 'EEXIST' ? 'File exists' : 'Permission denied'}`,
      );
    yield* say(
      `saving to '${target}'\n${target.padEnd(20)} 100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\n'${target}' saved\n`,
    );
    return 0;
  } finally {
    process.net.close(opened.socket);
  }
}
