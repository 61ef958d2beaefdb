import { errnoText } from '@podwire/machine';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import { joinBytes, MAX_INPUT_BYTES } from '../../stdio/input.ts';
import { complain, print, writeBytes, writeText } from '../../stdio/output.ts';
import { familyOf, has, valueOf, valuesOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { exchange, headerOf } from '../http-client.ts';
import type { HttpOutcome, ResponseHead } from '../http-client.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp } from '../socket.ts';
import { secure } from './tls.ts';
import { plainWire } from '../wire.ts';
import { follow, hrefOf, parseUrl, withoutDots } from '../url.ts';
import type { Url } from '../url.ts';
import { readCommandLine } from './command-line.ts';
import type { CurlArguments } from './command-line.ts';
import { CookieJar } from './cookies.ts';
import { headersFor, readFile, readRequest, VERSION } from './request.ts';
import type { RequestParts } from './request.ts';
import { outputOf, save } from './output.ts';
import { nextTry } from './retry.ts';
import { expandUrl } from './url-glob.ts';
import { writeOut } from './write-out.ts';
import type { TransferFigures } from './write-out.ts';

const MAX_REDIRECTS = 50;

/** curl's exit codes, by cause (curl(1)). */
const EXIT = {
  unsupportedProtocol: 1,
  malformedUrl: 3,
  cannotResolve: 6,
  cannotConnect: 7,
  partialFile: 18,
  httpError: 22,
  writeError: 23,
  timeout: 28,
  interfaceFailed: 45,
  tooManyRedirects: 47,
  emptyReply: 52,
  receiveError: 56,
  tooLarge: 63,
  weirdReply: 1,
} as const;

type Failure = { readonly ok: false; readonly exitCode: number; readonly message: string };
type Transfer =
  | { readonly ok: true; readonly figures: TransferFigures }
  | (Failure & { readonly figures?: TransferFigures });

export const curl: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = readCommandLine(process.argv.slice(1));
    if (!parsed.ok) return yield* complain(process, `curl: ${parsed.message}`, 2);
    const args = parsed.arguments;
    if (has(args, 'V')) {
      yield* print(
        process,
        `curl ${VERSION} (x86_64-pc-linux-gnu) libcurl/${VERSION}\nProtocols: http https\n`,
      );
      return 0;
    }
    if (has(args, 'h')) {
      yield* print(
        process,
        'Usage: curl [options...] <url>\n -d, --data <data>          HTTP POST data\n -f, --fail                 Fail fast with no output on HTTP errors\n -H, --header <header>      Pass custom header to server\n -i, --include              Include response headers in output\n -L, --location             Follow redirects\n -m, --max-time <seconds>   Maximum time allowed for transfer\n -o, --output <file>        Write to file instead of stdout\n -s, --silent               Silent mode\n -S, --show-error           Show error even when -s is used\n -v, --verbose              Make the operation more talkative\n -w, --write-out <format>   Output FORMAT after completion\n',
      );
      return 0;
    }
    if (valueOf(args, 'u')?.includes(':') === false)
      return yield* complain(
        process,
        'curl: asking for a password is not part of this simulation; write -u user:password',
        2,
      );
    const request = yield* readRequest(process, args);
    if (!request.ok) {
      if (request.message !== '') yield* writeText(process.stderr, `curl: ${request.message}\n`);
      return request.exitCode;
    }
    const run: Run = { args, request, jar: newJar(process, args), cookies: typedCookies(args) };
    const exitCode = yield* fetchAll(process, run);
    const jarFile = valueOf(args, 'c');
    if (jarFile !== undefined && run.jar !== undefined)
      yield* save(process, jarFile, utf8Encode(run.jar.text()));
    return exitCode;
  },
};

/** What all URLs of one command line share. */
interface Run {
  readonly args: CurlArguments;
  readonly request: RequestParts;
  /** Present when `-b FILE` or `-c` started the cookie engine. */
  readonly jar: CookieJar | undefined;
  /** `-b NAME=VALUE`. */
  readonly cookies: string;
}

function typedCookies(args: Arguments): string {
  return valuesOf(args, 'b')
    .filter((value) => value.includes('='))
    .join(';');
}

function newJar(process: Process, args: Arguments): CookieJar | undefined {
  const files = valuesOf(args, 'b').filter((value) => !value.includes('='));
  if (files.length === 0 && !has(args, 'c')) return undefined;
  const jar = new CookieJar();
  for (const file of files) jar.read(readFile(process, file) ?? new Uint8Array(0), process.nowMs());
  return jar;
}

function* fetchAll(process: Process, run: Run): Task {
  const { args } = run;
  let [exitCode, index] = [0, 0];
  for (const operand of args.operands) {
    const expanded: ReturnType<typeof expandUrl> = has(args, 'g')
      ? { ok: true, urls: [operand] }
      : expandUrl(operand);
    if (!expanded.ok) {
      if (!has(args, 's') || has(args, 'S'))
        yield* writeText(process.stderr, `curl: (3) ${expanded.message}\n`);
      return EXIT.malformedUrl;
    }
    // The nth -o is for the nth URL of the command line.
    const file = valuesOf(args, 'o')[index];
    for (const text of expanded.urls) exitCode = yield* fetchWithRetries(process, run, text, file);
    if (exitCode !== 0 && has(args, 'fail-early')) return exitCode;
    index++;
  }
  return exitCode;
}

function* fetchWithRetries(process: Process, run: Run, text: string, file: string | undefined): Task {
  const { args } = run;
  const untilMs = process.nowMs() + (Number(valueOf(args, 'retry-max-time') ?? 0) || Infinity) * 1_000;
  for (let attempt = 0; ; attempt++) {
    const transfer = yield* fetchUrl(process, run, text, file);
    const tried = {
      exitCode: transfer.ok ? 0 : transfer.exitCode,
      httpCode: transfer.figures?.http_code ?? 0,
    };
    const next = nextTry(args, tried, { attempt, leftMs: untilMs - process.nowMs() });
    if (next !== undefined) {
      if (!has(args, 's')) yield* writeText(process.stderr, next.warning);
      yield { kind: 'sleep', ms: next.pauseMs };
      continue;
    }
    if (!transfer.ok && (!has(args, 's') || has(args, 'S')))
      yield* writeText(process.stderr, `curl: (${transfer.exitCode}) ${transfer.message}\n`);
    const format = valueOf(args, 'w');
    if (format !== undefined && transfer.figures !== undefined) {
      yield* print(
        process,
        writeOut(format, {
          ...transfer.figures,
          ...(transfer.ok ? {} : { exitcode: transfer.exitCode, errormsg: transfer.message }),
        }),
      );
    }
    return transfer.ok ? 0 : transfer.exitCode;
  }
}

interface Timing {
  readonly startedMs: number;
  readonly deadlineMs: number | undefined;
  readonly maxTimeMs: number | undefined;
}

function* fetchUrl(process: Process, run: Run, text: string, file: string | undefined): Task<Transfer> {
  const { args, request } = run;
  const maxTimeMs = seconds(valueOf(args, 'm'));
  const startedMs = process.nowMs();
  const timing: Timing = {
    startedMs,
    maxTimeMs,
    deadlineMs: maxTimeMs === undefined ? undefined : startedMs + maxTimeMs,
  };
  const first = parseUrl(text);
  if (first.kind === 'malformed')
    return {
      ok: false,
      exitCode: EXIT.malformedUrl,
      message: 'URL using bad/illegal format or missing URL',
      figures: nothingYet(text, timing, process),
    };
  if (first.kind === 'unsupported')
    return {
      ok: false,
      exitCode: EXIT.unsupportedProtocol,
      message: `Protocol "${first.scheme}" not supported or disabled in libcurl`,
      figures: nothingYet(text, timing, process),
    };
  let url = first.url;
  let { method, body } = request;
  if (request.uploads && url.target.endsWith('/'))
    url = { ...url, target: url.target + (valueOf(args, 'T') ?? '').replace(/^.*\//, '') };
  if (request.query !== '')
    url = { ...url, target: `${url.target}${url.target.includes('?') ? '&' : '?'}${request.query}` };
  if (!has(args, 'path-as-is')) url = { ...url, target: withoutDots(url.target) };
  const output = outputOf(process, args, url, file);
  if (output === undefined)
    return {
      ok: false,
      exitCode: EXIT.writeError,
      message: 'Failed writing received data to disk/application',
    };
  const limit = Number(valueOf(args, 'max-redirs') ?? MAX_REDIRECTS);
  const origin = url;
  const user = valueOf(args, 'u') ?? (url.credentials === undefined ? undefined : decoded(url.credentials));
  for (let redirects = 0; ; redirects++) {
    // Who asks is told to the first host alone, unless -L is trusted.
    const isOrigin = url.host === origin.host && url.port === origin.port && url.scheme === origin.scheme;
    const kept = [run.cookies, run.jar?.headerFor(url) ?? ''].filter((part) => part !== '');
    const referer = valueOf(args, 'e')?.replace(/;auto$/, '');
    const headers = headersFor(
      args,
      url,
      { ...request, method, body },
      {
        cookies: kept.join('; '),
        credentials: isOrigin || has(args, 'location-trusted') ? user : undefined,
        ...(referer === undefined ? {} : { referer }),
      },
    );
    const once = yield* fetchOnce(process, run, url, { method, body, headers, output }, timing, redirects);
    if (!once.ok || !has(args, 'L') || once.figures.redirect_url === '') return once;
    if (limit >= 0 && redirects >= limit)
      return {
        ok: false,
        exitCode: EXIT.tooManyRedirects,
        message: `Maximum (${limit}) redirects followed`,
        figures: once.figures,
      };
    const next = parseUrl(once.figures.redirect_url);
    if (next.kind !== 'url')
      return {
        ok: false,
        exitCode: EXIT.unsupportedProtocol,
        message: 'Protocol not supported or disabled in libcurl',
        figures: once.figures,
      };
    url = next.url;
    // 301, 302 and 303 turn a POST into a GET (RFC 9110 section 15.4); -X keeps its word, but not the body.
    const code = once.figures.http_code;
    if (code <= 303 && method !== 'HEAD' && body !== undefined && !has(args, `post${code}`))
      [method, body] = [valueOf(args, 'X') ?? 'GET', undefined];
  }
}

/** `user:password` of a URL, percent-decoded. */
function decoded(credentials: string): string {
  try {
    return decodeURIComponent(credentials);
  } catch {
    return credentials;
  }
}

interface Sending {
  readonly method: string;
  readonly body: Uint8Array | undefined;
  readonly headers: readonly (readonly [string, string])[];
  /** A path; empty: standard output. */
  readonly output: string;
}

function* fetchOnce(
  process: Process,
  run: Run,
  url: Url,
  sending: Sending,
  timing: Timing,
  redirects: number,
): Task<Transfer> {
  const { args } = run;
  const say = function* (text: string): Task<void> {
    if (has(args, 'v')) yield* writeText(process.stderr, text);
  };
  const base = { ...nothingYet(hrefOf(url), timing, process), num_redirects: redirects };
  const elapsed = (): number => Math.round(process.nowMs() - timing.startedMs);
  const target = connectTarget(args, url);
  const addresses = yield* addressesOf(process, args, target);
  if (addresses === undefined)
    return {
      ok: false,
      exitCode: EXIT.cannotResolve,
      message: `Could not resolve host: ${url.host}`,
      figures: base,
    };
  const lookedUpMs = process.nowMs();
  const timedOut = (message: string, figures: TransferFigures = base): Transfer => ({
    ok: false,
    exitCode: EXIT.timeout,
    message,
    figures: { ...figures, time_total: elapsed() / 1_000 },
  });
  const local = localEnd(process, valueOf(args, 'interface'));
  if (local === undefined)
    return {
      ok: false,
      exitCode: EXIT.interfaceFailed,
      message: `Couldn't bind to '${valueOf(args, 'interface') ?? ''}'`,
      figures: base,
    };
  let socket: SocketId | undefined;
  let address = '';
  for (const candidate of addresses) {
    yield* say(`*   Trying ${candidate}:${target.port}...\n`);
    const connectMs = seconds(valueOf(args, 'connect-timeout'));
    const leftMs = timing.deadlineMs === undefined ? undefined : timing.deadlineMs - process.nowMs();
    const waitMs = connectMs === undefined ? leftMs : Math.min(connectMs, leftMs ?? Infinity);
    const opened = yield* openTcp(process, { address: candidate, port: target.port }, waitMs, local);
    if (opened.kind === 'timed-out') {
      if (waitMs !== undefined) return timedOut(`Connection timed out after ${elapsed()} milliseconds`);
      return {
        ok: false,
        exitCode: EXIT.timeout,
        message: `Failed to connect to ${target.host} port ${target.port} after ${elapsed()} ms: Couldn't connect to server`,
        figures: base,
      };
    }
    if (opened.kind === 'failed') {
      yield* say(`* connect to ${candidate} port ${target.port} failed: ${errnoText(opened.errno)}\n`);
      continue;
    }
    socket = opened.socket;
    address = candidate;
    break;
  }
  if (socket === undefined) {
    const message = `Failed to connect to ${target.host} port ${target.port} after ${elapsed()} ms: Couldn't connect to server`;
    yield* say(`* ${message}\n* Closing connection 0\n`);
    return { ok: false, exitCode: EXIT.cannotConnect, message, figures: base };
  }
  yield* say(`* Connected to ${target.host} (${address}) port ${target.port} (#0)\n`);
  const connectedMs = process.nowMs();
  const ownEnd = process.net.network.socketInfo(socket)?.local;
  try {
    let wire = plainWire(process, socket);
    if (url.scheme === 'https') {
      const secured = yield* secure(process, args, socket, url, timing.deadlineMs);
      if (!secured.ok) {
        yield* say('* Closing connection 0\n');
        return { ...secured, figures: base };
      }
      wire = secured.wire;
    }
    const { headers, method, body } = sending;
    const target11 = valueOf(args, 'request-target') ?? url.target;
    const version = has(args, '0') ? '1.0' : '1.1';
    const shown = headers.map(([name, value]) => `> ${name}:${value === '' ? '' : ` ${value}`}`);
    yield* say([`> ${method} ${target11} HTTP/${version}`, ...shown, '> ', ''].join('\n'));
    const outcome = yield* exchange(process, wire, {
      method,
      target: target11,
      version,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(timing.deadlineMs === undefined ? {} : { deadlineMs: timing.deadlineMs }),
    });
    const figures: TransferFigures = {
      ...base,
      remote_ip: address,
      remote_port: target.port,
      local_ip: ownEnd?.address ?? '',
      local_port: ownEnd?.port ?? 0,
      time_namelookup: (lookedUpMs - timing.startedMs) / 1_000,
      time_connect: (connectedMs - timing.startedMs) / 1_000,
      time_starttransfer: (process.nowMs() - timing.startedMs) / 1_000,
    };
    if (outcome.kind !== 'response') return noResponse(outcome, figures, elapsed(), timing);
    yield* say(
      `${outcome.head.text
        .split('\r\n')
        .map((line) => `< ${line}`)
        .join('\n')
        .replace(/\n< $/, '')}\n`,
    );
    run.jar?.hear(url, outcome.head, process.nowMs());
    const transfer = yield* deliver(
      process,
      args,
      outcome,
      url,
      { ...figures, method },
      timing,
      sending.output,
    );
    yield* say(`* Connection #0 to host ${url.host} left intact\n`);
    return transfer;
  } finally {
    process.net.close(socket);
  }
}

function noResponse(
  outcome: Exclude<HttpOutcome, { kind: 'response' }>,
  figures: TransferFigures,
  elapsedMs: number,
  timing: Timing,
): Transfer {
  switch (outcome.kind) {
    case 'empty':
      return { ok: false, exitCode: EXIT.emptyReply, message: 'Empty reply from server', figures };
    case 'reset':
      return {
        ok: false,
        exitCode: EXIT.receiveError,
        message: 'Recv failure: Connection reset by peer',
        figures,
      };
    case 'not-http':
      return { ok: false, exitCode: EXIT.weirdReply, message: 'Received HTTP/0.9 when not allowed', figures };
    case 'timed-out':
      return {
        ok: false,
        exitCode: EXIT.timeout,
        message: `Operation timed out after ${Math.max(elapsedMs, Math.round(timing.maxTimeMs ?? 0))} milliseconds with 0 bytes received`,
        figures,
      };
  }
}

/** Writes head and body where they belong. */
function* deliver(
  process: Process,
  args: Arguments,
  outcome: Extract<HttpOutcome, { kind: 'response' }>,
  url: Url,
  figures: TransferFigures,
  timing: Timing,
  file: string,
): Task<Transfer> {
  const { head, body } = outcome;
  const redirect = redirectOf(url, head);
  const shown = {
    ...figures,
    http_code: head.status,
    content_type: headerOf(head, 'content-type') ?? '',
    redirect_url: redirect,
  };
  const skip = has(args, 'L') && redirect !== '';
  if (has(args, 'f') && head.status >= 400)
    return {
      ok: false,
      exitCode: EXIT.httpError,
      message: `The requested URL returned error: ${head.status}`,
      figures: shown,
    };
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  if (has(args, 'i') || has(args, 'I')) {
    if (file === '') yield* print(process, head.text);
    else kept.push(utf8Encode(head.text));
  }
  const headFile = valueOf(args, 'D');
  if (headFile !== undefined) yield* save(process, headFile, utf8Encode(head.text));
  const most = Number(valueOf(args, 'max-filesize') ?? 0);
  if (most > 0 && Number(headerOf(head, 'content-length') ?? 0) > most)
    return { ok: false, exitCode: EXIT.tooLarge, message: 'Maximum file size exceeded', figures: shown };
  let size = 0;
  for (;;) {
    const piece = yield* body.next();
    if (piece === undefined) break;
    size += piece.length;
    if (skip) continue;
    if (file === '') yield* writeBytes(process.stdout, piece);
    else if (keptBytes < MAX_INPUT_BYTES) {
      kept.push(piece);
      keptBytes += piece.length;
    }
  }
  if (file !== '' && !skip) {
    const written = process.fs.writeFile(file, joinBytes(kept));
    if (!written.ok)
      return {
        ok: false,
        exitCode: EXIT.writeError,
        message: `Failure writing output to destination`,
        figures: shown,
      };
  }
  const done = { ...shown, size_download: size, time_total: (process.nowMs() - timing.startedMs) / 1_000 };
  const end = body.outcome();
  if (end.kind === 'whole')
    return has(args, 'fail-with-body') && head.status >= 400
      ? {
          ok: false,
          exitCode: EXIT.httpError,
          message: `The requested URL returned error: ${head.status}`,
          figures: done,
        }
      : { ok: true, figures: done };
  if (end.kind === 'cut')
    return {
      ok: false,
      exitCode: EXIT.partialFile,
      message: `transfer closed with ${end.missingBytes} bytes remaining to read`,
      figures: done,
    };
  if (end.kind === 'reset')
    return {
      ok: false,
      exitCode: EXIT.receiveError,
      message: 'Recv failure: Connection reset by peer',
      figures: done,
    };
  const elapsedMs = Math.round(process.nowMs() - timing.startedMs);
  return {
    ok: false,
    exitCode: EXIT.timeout,
    message: `Operation timed out after ${elapsedMs} milliseconds with ${size} bytes received`,
    figures: done,
  };
}

function redirectOf(url: Url, head: ResponseHead): string {
  const location = headerOf(head, 'location');
  if (location === undefined || head.status < 300 || head.status > 399) return '';
  const next = follow(url, location);
  return next.kind === 'url' ? hrefOf(next.url) : location;
}

/** `--connect-to HOST1:PORT1:HOST2:PORT2`: another host and port for the connection alone; empty parts stand for any, or the same. */
function connectTarget(args: Arguments, url: Url): { readonly host: string; readonly port: number } {
  for (const entry of valuesOf(args, 'connect-to')) {
    const match = /^(\[[^\]]*\]|[^:]*):(\d*):(\[[^\]]*\]|[^:]*):(\d*)$/.exec(entry);
    if (match === null) continue;
    const [, fromHost = '', fromPort = '', toHost = '', toPort = ''] = match;
    if (fromHost !== '' && fromHost.toLowerCase() !== url.host.toLowerCase()) continue;
    if (fromPort !== '' && Number(fromPort) !== url.port) continue;
    return { host: toHost === '' ? url.host : toHost, port: toPort === '' ? url.port : Number(toPort) };
  }
  return { host: url.host, port: url.port };
}

/** `--resolve host:port:address` first, then the system's resolver. */
function* addressesOf(
  process: Process,
  args: Arguments,
  url: Pick<Url, 'host' | 'port'>,
): Task<readonly string[] | undefined> {
  for (const entry of valuesOf(args, 'resolve')) {
    const match = /^\+?([^:]+):(\d+):(.+)$/.exec(entry);
    if (match !== null && match[1] === url.host && Number(match[2]) === url.port)
      return (match[3] ?? '').split(',');
  }
  const found = yield* resolveHost(process, url.host, familyOf(args));
  return found.kind === 'found' ? found.addresses : undefined;
}

/** `--interface`: the address to come from, given itself or by the interface that has it; undefined when nobody has it. */
function localEnd(process: Process, wanted: string | undefined): { readonly address?: string } | undefined {
  if (wanted === undefined) return {};
  const own = process.net.network.interfaces(process.net.netns);
  const [address] =
    own.find(({ name }) => name === wanted)?.addresses ??
    own.flatMap(({ addresses }) => addresses).filter((entry) => entry.split('/')[0] === wanted);
  return address === undefined ? undefined : { address: address.split('/')[0] ?? '' };
}

function nothingYet(url: string, timing: Timing, process: Process): TransferFigures {
  return {
    http_code: 0,
    method: '',
    remote_ip: '',
    remote_port: 0,
    local_ip: '',
    local_port: 0,
    size_download: 0,
    url_effective: url,
    num_redirects: 0,
    redirect_url: '',
    content_type: '',
    exitcode: 0,
    errormsg: '',
    time_namelookup: 0,
    time_connect: 0,
    time_starttransfer: 0,
    time_total: (process.nowMs() - timing.startedMs) / 1_000,
  };
}

function seconds(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !(value > 0) ? undefined : value * 1_000;
}
