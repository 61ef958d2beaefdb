import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import { acceptPeer, addressOctets, alertText } from '@podwire/tls';
import { joinBytes, MAX_INPUT_BYTES } from '../../stdio/input.ts';
import { complain, writeBytes, writeText } from '../../stdio/output.ts';
import { has, parseArguments, valueOf, valuesOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { exchange, headerOf } from '../http-client.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp } from '../socket.ts';
import { authority, follow, parseUrl } from '../url.ts';
import type { Url } from '../url.ts';
import { flush, plainWire, secureWire, shakeHands } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { BANNER } from './banner.ts';

const DEFAULT_TIMEOUT_SECONDS = 900;
const MAX_REDIRECTS = 5;

const USAGE = `${BANNER}

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP or FTP

\t--spider\tOnly check URL existence: $? is 0 if exists
\t--header STR\tAdd STR (of form 'header: value') to headers
\t--post-data STR\tSend STR using POST method
\t--post-file FILE\tSend FILE using POST method
\t--no-check-certificate\tDon't validate the server's certificate
\t-c\t\tContinue retrieval of aborted transfer
\t-q\t\tQuiet
\t-P DIR\t\tSave to DIR (default .)
\t-S    \t\tShow server response
\t-T SEC\t\tNetwork read timeout is SEC seconds
\t-O FILE\t\tSave to FILE ('-' for stdout)
\t-o LOGFILE\tLog messages to FILE
\t-U STR\t\tUse STR for User-Agent header
\t-Y on/off\tUse proxy`;

/** BusyBox' wget: its options, its words. */
export const wget: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseArguments(process.argv.slice(1), {
      switches: 'qScv',
      values: 'OTtUPoYn',
      permute: true,
      long: {
        quiet: 'q',
        'server-response': 'S',
        continue: 'c',
        timeout: 'T',
        tries: 't',
        'output-document': 'O',
        'output-file': 'o',
        'directory-prefix': 'P',
        proxy: 'Y',
        header: 'header',
        'post-data': 'post-data',
        'post-file': 'post-file',
        spider: 'spider',
        'user-agent': 'U',
        'no-check-certificate': 'no-check-certificate',
        'no-verbose': 'v',
        'no-clobber': 'v',
        'passive-ftp': 'v',
        help: 'help',
      },
      longValues: ['header', 'post-data', 'post-file'],
    });
    if (!parsed.ok) return yield* complain(process, `wget: ${problemOf(parsed)}\n${USAGE}`);
    const args = parsed.arguments;
    if (has(args, 'help')) return yield* complain(process, USAGE, 0);
    if (args.operands.length === 0) return yield* complain(process, USAGE);
    if (valueOf(args, 'o') !== undefined)
      return yield* complain(process, 'wget: -o is not part of this simulation; use 2> instead');
    let exitCode = 0;
    for (const text of args.operands) exitCode = (yield* download(process, args, text)) || exitCode;
    return exitCode;
  },
};

/** In the words of getopt_long(3). */
function problemOf({ kind, option }: { readonly kind: 'unknown' | 'needs-value'; readonly option: string }) {
  const isLong = option.startsWith('--');
  if (kind === 'unknown')
    return isLong ? `unrecognized option '${option}'` : `invalid option -- '${option.slice(1)}'`;
  return isLong
    ? `option '${option}' requires an argument`
    : `option requires an argument -- '${option.slice(1)}'`;
}

function* download(process: Process, args: Arguments, text: string): Task {
  const first = parseUrl(text);
  if (first.kind === 'unsupported') return yield* complain(process, `wget: not an http or ftp url: ${text}`);
  if (first.kind === 'malformed')
    return yield* complain(
      process,
      `wget: bad address '${text.replace(/^\w+:\/\//, '').replace(/\/.*$/, '')}'`,
    );
  let { url } = first;
  // A name of its own is taken from what was asked for, not from where that led.
  const file = fileOf(args, url);
  for (let redirects = 0, isNewServer = true; redirects <= MAX_REDIRECTS; redirects++) {
    const outcome: number | Redirect = yield* fetchOnce(process, args, url, file, isNewServer);
    if (typeof outcome === 'number') return outcome;
    isNewServer = !outcome.isSameServer;
    ({ url } = outcome);
  }
  return yield* complain(process, 'wget: too many redirections');
}

function fileOf(args: Arguments, url: Url): string {
  const given = valueOf(args, 'O');
  if (given !== undefined) return given;
  const name = url.target.replace(/\?.*$/, '').split('/').at(-1) || 'index.html';
  const folder = valueOf(args, 'P');
  return folder === undefined ? name : `${folder.replace(/\/$/, '')}/${name}`;
}

interface Redirect {
  readonly url: Url;
  readonly isSameServer: boolean;
}

function* fetchOnce(
  process: Process,
  args: Arguments,
  url: Url,
  file: string,
  tells: boolean,
): Task<number | Redirect> {
  const say = function* (line: string): Task<void> {
    if (!has(args, 'q')) yield* writeText(process.stderr, line);
  };
  const found = yield* resolveHost(process, url.host);
  if (found.kind !== 'found') return yield* complain(process, `wget: bad address '${authority(url)}'`);
  const address = found.addresses[0] ?? '';
  const shown = address.includes(':') ? `[${address}]` : address;
  if (tells) yield* say(`Connecting to ${authority(url)} (${shown}:${url.port})\n`);
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
      `wget: can't connect to remote host (${address}): ${errnoText(opened.errno)}`,
    );
  try {
    const wire =
      url.scheme === 'http'
        ? plainWire(process, opened.socket)
        : yield* secured(process, args, url, opened.socket, process.nowMs() + timeoutMs);
    return typeof wire === 'number'
      ? wire
      : yield* transfer(process, args, url, { file, wire, timeoutMs, say });
  } finally {
    process.net.close(opened.socket);
  }
}

/** What `ssl_client` does, which BusyBox starts for it. @returns an exit code when it fails. */
function* secured(
  process: Process,
  args: Arguments,
  url: Url,
  socket: Parameters<typeof plainWire>[1],
  deadlineMs: number,
): Task<Wire | number> {
  if (!has(args, 'no-check-certificate'))
    yield* writeText(process.stderr, 'wget: note: TLS certificate validation not implemented\n');
  const hands = yield* shakeHands(process, socket, {
    protocols: [],
    deadlineMs,
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
  yield* flush(process, socket, hands.session);
  return secureWire(process, socket, hands.session);
}

function* transfer(
  process: Process,
  args: Arguments,
  url: Url,
  on: {
    readonly file: string;
    readonly wire: Wire;
    readonly timeoutMs: number;
    readonly say: (line: string) => Task<void>;
  },
): Task<number | Redirect> {
  const { file, say } = on;
  const posted = postedOf(process, args);
  if (typeof posted === 'string') return yield* complain(process, `wget: ${posted}`);
  const path = absolutePath(process.cwd, file);
  const before = has(args, 'c') && file !== '-' ? process.fs.readFile(path) : undefined;
  const begun = before?.ok === true && before.value.length > 0 ? before.value : undefined;
  const response = yield* exchange(process, on.wire, {
    method: has(args, 'spider') ? 'HEAD' : posted === undefined ? 'GET' : 'POST',
    target: url.target,
    headers: headersFor(args, url, posted, begun?.length ?? 0),
    ...(posted === undefined ? {} : { body: posted }),
    deadlineMs: process.nowMs() + on.timeoutMs,
  });
  if (response.kind !== 'response')
    return yield* complain(
      process,
      response.kind === 'timed-out' ? 'wget: download timed out' : 'wget: error getting response',
    );
  const { head, body } = response;
  const location = headerOf(head, 'location');
  const leads = head.status >= 300 && head.status < 400 && location !== undefined;
  if (has(args, 'S')) {
    const lines = head.text.replace(/\r\n/g, '\n').split('\n').slice(0, -2);
    // It reads no further than to where it is sent.
    const end = leads ? lines.findIndex((line) => /^location:/i.test(line)) + 1 : lines.length;
    const all = [...lines.slice(0, end), ...(leads || head.status >= 400 ? [] : [''])];
    yield* writeText(process.stderr, all.map((line) => `  ${line}\n`).join(''));
  }
  if (leads) {
    const next = follow(url, location);
    return next.kind === 'url'
      ? { url: next.url, isSameServer: location.startsWith('/') }
      : yield* complain(process, `wget: not an http or ftp url: ${location}`);
  }
  if (head.status >= 400)
    return yield* complain(
      process,
      `wget: server returned error: HTTP/${head.version} ${head.status} ${head.reason}`,
    );
  if (has(args, 'spider')) {
    yield* say('remote file exists\n');
    return 0;
  }
  const continues = head.status === 206 && begun !== undefined;
  const isNew = valueOf(args, 'O') === undefined && !has(args, 'c');
  if (file !== '-') {
    const problem = isNew && process.fs.stat(path).ok ? 'EEXIST' : unwritable(process, path);
    if (problem !== undefined)
      return yield* complain(process, `wget: can't open '${file}': ${errnoText(problem)}`);
  }
  yield* say(file === '-' ? 'writing to stdout\n' : `saving to '${file}'\n`);
  const kept: Uint8Array[] = continues ? [begun] : [];
  let size = 0;
  for (;;) {
    const piece = yield* body.next();
    if (piece === undefined) break;
    size += piece.length;
    if (file === '-') yield* writeBytes(process.stdout, piece);
    else if (size <= MAX_INPUT_BYTES) kept.push(piece);
  }
  if (file !== '-') process.fs.writeFile(path, joinBytes(kept));
  if (head.status !== 204) yield* say(barOf(file, (continues ? begun.length : 0) + size));
  const end = body.outcome();
  if (end.kind === 'timed-out') return yield* complain(process, 'wget: download timed out');
  if (end.kind !== 'whole') return yield* complain(process, 'wget: connection closed prematurely');
  yield* say(file === '-' ? 'written to stdout\n' : `'${file}' saved\n`);
  return 0;
}

/** Opens it for writing, without a change. @returns what stands against it. */
function unwritable(process: Process, path: string) {
  const known = process.fs.readFile(path);
  const written = process.fs.writeFile(path, known.ok ? known.value : new Uint8Array(0));
  return written.ok ? undefined : written.errno;
}

/** The body of a POST; a text says what is wrong with it. */
function postedOf(process: Process, args: Arguments): Uint8Array | string | undefined {
  const text = valueOf(args, 'post-data');
  if (text !== undefined) return utf8Encode(text);
  const name = valueOf(args, 'post-file');
  if (name === undefined) return undefined;
  const file = process.fs.readFile(absolutePath(process.cwd, name));
  return file.ok ? file.value : `can't open '${name}': ${errnoText(file.errno)}`;
}

function headersFor(
  args: Arguments,
  url: Url,
  posted: Uint8Array | undefined,
  begunBytes: number,
): readonly (readonly [string, string])[] {
  const own = valuesOf(args, 'header')
    .filter((header) => header.includes(':'))
    .map((header): [string, string] => [
      header.slice(0, header.indexOf(':')).trim(),
      header.slice(header.indexOf(':') + 1).trim(),
    ]);
  const named = (name: string): boolean => own.some(([key]) => key.toLowerCase() === name);
  const all: readonly (readonly [string, string])[] = [
    ['Host', authority(url)],
    ['User-Agent', valueOf(args, 'U') ?? 'Wget'],
    ['Connection', 'close'],
  ];
  return [
    ...all.filter(([name]) => !named(name.toLowerCase())),
    ...(begunBytes > 0 ? [['Range', `bytes=${begunBytes}-`] as const] : []),
    ...own,
    ...(posted === undefined
      ? []
      : [
          ...(named('content-type') ? [] : [['Content-Type', 'application/x-www-form-urlencoded'] as const]),
          ['Content-Length', String(posted.length)] as const,
        ]),
  ];
}

const KIBI = 1_024;
const PLAIN_BELOW = 100_000;
const NAME_WIDTH = 20;

/** The line that stays of the progress of a transfer. */
function barOf(file: string, bytes: number): string {
  const name = file.slice(file.lastIndexOf('/') + 1).slice(0, NAME_WIDTH);
  const kibi = bytes / KIBI;
  const amount =
    bytes < PLAIN_BELOW
      ? String(bytes)
      : kibi < PLAIN_BELOW / 100
        ? `${(Math.floor(kibi * 10) / 10).toFixed(1)}k`
        : `${(Math.floor((kibi * 10) / KIBI) / 10).toFixed(1)}M`;
  return `${name.padEnd(NAME_WIDTH)} 100% |${'*'.repeat(32)}| ${amount.padStart(5)}  0:00:00 ETA\n`;
}
