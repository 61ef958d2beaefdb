import { errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import { joinBytes, MAX_INPUT_BYTES } from '../../stdio/input.ts';
import { print, writeBytes, writeText } from '../../stdio/output.ts';
import { familyOf, has, valueOf, valuesOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { exchange, headerOf } from '../http-client.ts';
import type { HttpOutcome, ResponseHead, SendingEvent } from '../http-client.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp } from '../socket.ts';
import { follow, hrefOf } from '../url.ts';
import type { Url } from '../url.ts';
import { plainWire } from '../wire.ts';
import type { CurlArguments } from './command-line.ts';
import type { Connection, Connections } from './connections.ts';
import type { CookieJar } from './cookies.ts';
import { save } from './output.ts';
import type { ProgressMeter } from './progress.ts';
import type { RequestParts } from './request.ts';
import { secure } from './tls.ts';
import type { TransferFigures } from './write-out.ts';

/** curl's exit codes, by cause (curl(1)). */
export const EXIT = {
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
export type Transfer =
  | { readonly ok: true; readonly figures: TransferFigures }
  | (Failure & { readonly figures?: TransferFigures });

/** What all URLs of one command line share. */
export interface Run {
  readonly args: CurlArguments;
  readonly request: RequestParts;
  /** Present when `-b FILE` or `-c` started the cookie engine. */
  readonly jar: CookieJar | undefined;
  /** `-b NAME=VALUE`. */
  readonly cookies: string;
  readonly connections: Connections;
}

/** One URL's transfer, through all its redirects. */
export interface Transferring {
  readonly startedMs: number;
  readonly deadlineMs: number | undefined;
  readonly maxTimeMs: number | undefined;
  readonly meter: ProgressMeter;
}

export interface Sending {
  readonly method: string;
  readonly body: Uint8Array | undefined;
  readonly headers: readonly (readonly [string, string])[];
  /** A path; empty: standard output. */
  readonly output: string;
}

/** Asks for one URL, over a connection that is kept from before or a new one. */
export function* fetchOnce(
  process: Process,
  run: Run,
  url: Url,
  sending: Sending,
  state: Transferring,
  before: TransferFigures,
): Task<Transfer> {
  const { args, connections } = run;
  const say = function* (text: string): Task<void> {
    if (has(args, 'v')) yield* writeText(process.stderr, text);
  };
  const target = connectTarget(args, url);
  const key = `${url.scheme} ${url.host.toLowerCase()} ${url.port} ${target.host} ${target.port}`;
  const kept = connections.take(key);
  yield* state.meter.update();
  let figures: TransferFigures = { ...before, url_effective: hrefOf(url), method: sending.method };
  let connection: Connection;
  if (kept === undefined) {
    const opened = yield* open(process, run, url, target, state, figures);
    if (!opened.ok) {
      connections.failed();
      return opened;
    }
    ({ connection, figures } = opened);
  } else {
    // libcurl shows where its bundle of connections lies in memory.
    const place = `0x55${process.randomInt(0x1_0000_0000).toString(16).padStart(8, '0')}90`;
    yield* say(
      `* Found bundle for host: ${place} [serially]\n* Can not multiplex, even if we wanted to\n* Re-using existing connection #${kept.number} with host ${target.host}\n`,
    );
    connection = kept;
    figures = { ...figures, ...endsOf(kept, target.port) };
  }
  let keeps = false;
  try {
    const asked = yield* ask(process, run, url, sending, state, { connection, figures });
    keeps = asked.keeps;
    const { transfer } = asked;
    if (!transfer.ok && !keeps) yield* say(`* ${transfer.message}\n`);
    yield* state.meter.done();
    yield* say(
      keeps
        ? `* Connection #${connection.number} to host ${url.host} left intact\n`
        : `* Closing connection ${connection.number}\n`,
    );
    return transfer;
  } finally {
    if (keeps) connections.keep(key, connection);
    else connections.end(connection);
  }
}

type Target = { readonly host: string; readonly port: number };

type Opened =
  | { readonly ok: true; readonly connection: Connection; readonly figures: TransferFigures }
  | (Failure & { readonly figures: TransferFigures });

function endsOf(
  { address, local, verifyResult }: Pick<Connection, 'address' | 'local' | 'verifyResult'>,
  port: number,
): Pick<TransferFigures, 'remote_ip' | 'remote_port' | 'local_ip' | 'local_port' | 'ssl_verify_result'> {
  return {
    remote_ip: address,
    remote_port: port,
    local_ip: local?.address ?? '',
    local_port: local?.port ?? 0,
    ssl_verify_result: verifyResult,
  };
}

function* open(
  process: Process,
  run: Run,
  url: Url,
  target: Target,
  state: Transferring,
  figures: TransferFigures,
): Task<Opened> {
  const { args, connections } = run;
  const { meter } = state;
  const say = function* (text: string): Task<void> {
    if (has(args, 'v')) yield* writeText(process.stderr, text);
  };
  const closing = `* Closing connection ${connections.next}\n`;
  const elapsed = (): number => Math.round(process.nowMs() - state.startedMs);
  const since = (): number => (process.nowMs() - state.startedMs) / 1_000;
  const failed = (exitCode: number, message: string): Failure & { readonly figures: TransferFigures } => ({
    ok: false,
    exitCode,
    message,
    figures: { ...figures, time_total: since() },
  });
  const connectMs = seconds(valueOf(args, 'connect-timeout'));
  const connectUntilMs = Math.min(
    state.deadlineMs ?? Infinity,
    connectMs === undefined ? Infinity : process.nowMs() + connectMs,
  );
  const asked = yield* meter.watchUntil(addressesOf(process, run, target), connectUntilMs);
  if (asked.kind === 'late') {
    const message = `Resolving timed out after ${elapsed()} milliseconds`;
    yield* say(`* ${message}\n`);
    yield* meter.done();
    yield* say(closing);
    return failed(EXIT.timeout, message);
  }
  const addresses = asked.value;
  if (addresses === undefined) {
    const message = `Could not resolve host: ${target.host}`;
    yield* say(`* ${message}\n${closing}`);
    return failed(EXIT.cannotResolve, message);
  }
  const lookedUp = since();
  const local = localEnd(process, valueOf(args, 'interface'));
  if (local === undefined) {
    yield* meter.done();
    return failed(EXIT.interfaceFailed, `Couldn't bind to '${valueOf(args, 'interface') ?? ''}'`);
  }
  const couldNot = (why: string): string =>
    `Failed to connect to ${target.host} port ${target.port} after ${elapsed()} ms: ${why}`;
  let why = "Couldn't connect to server";
  let exitCode: number = EXIT.cannotConnect;
  for (const candidate of addresses) {
    yield* say(`*   Trying ${candidate}:${target.port}...\n`);
    const leftMs = state.deadlineMs === undefined ? undefined : state.deadlineMs - process.nowMs();
    const waitMs = Number.isFinite(connectUntilMs) ? connectUntilMs - process.nowMs() : undefined;
    const opened = yield* meter.watch(
      openTcp(process, { address: candidate, port: target.port }, waitMs, local),
      connectUntilMs,
    );
    if (opened.kind === 'open') {
      const own = process.net.network.socketInfo(opened.socket)?.local;
      yield* say(`* Connected to ${target.host} (${candidate}) port ${target.port} (#${connections.next})\n`);
      const connected = since();
      const plain = { socket: opened.socket, address: candidate, local: own, verifyResult: 0 };
      const timed: TransferFigures = {
        ...figures,
        ...endsOf(plain, target.port),
        num_connects: figures.num_connects + 1,
        time_namelookup: lookedUp,
        time_connect: connected,
      };
      if (url.scheme === 'http') {
        const connection = connections.opened({ ...plain, wire: plainWire(process, opened.socket) });
        return { ok: true, connection, figures: timed };
      }
      const secured = yield* meter.watch(
        secure(process, args, opened.socket, url, state.deadlineMs),
        state.deadlineMs,
      );
      if (!secured.ok) {
        process.net.close(opened.socket);
        yield* meter.done();
        yield* say(closing);
        return { ...secured, figures: { ...timed, time_total: since() } };
      }
      const { wire, verifyResult } = secured;
      const connection = connections.opened({ ...plain, wire, verifyResult });
      return {
        ok: true,
        connection,
        figures: { ...timed, ssl_verify_result: verifyResult, time_appconnect: since() },
      };
    }
    if (opened.kind === 'failed') {
      yield* say(`* connect to ${candidate} port ${target.port} failed: ${errnoText(opened.errno)}\n`);
      continue;
    }
    exitCode = EXIT.timeout;
    if (waitMs !== undefined && waitMs === leftMs) {
      // --max-time ends all of it, whatever is being done.
      const message = `Connection timed out after ${elapsed()} milliseconds`;
      yield* say(`* ${message}\n`);
      yield* meter.done();
      yield* say(closing);
      return failed(exitCode, message);
    }
    if (waitMs === undefined)
      yield* say(`* connect to ${candidate} port ${target.port} failed: ${errnoText('ETIMEDOUT')}\n`);
    else {
      const family = candidate.includes(':') ? 'ipv6' : 'ipv4';
      yield* say(`* ${family} connect timeout after ${Math.round(waitMs)}ms, move on!\n`);
      why = 'Timeout was reached';
    }
  }
  const message = couldNot(why);
  yield* say(`* ${message}\n`);
  yield* meter.done();
  yield* say(closing);
  return failed(exitCode, message);
}

interface Asked {
  readonly transfer: Transfer;
  /** Whether the connection may be used again. */
  readonly keeps: boolean;
}

function* ask(
  process: Process,
  run: Run,
  url: Url,
  sending: Sending,
  state: Transferring,
  on: { readonly connection: Connection; readonly figures: TransferFigures },
): Task<Asked> {
  const { args } = run;
  const { headers, method, body } = sending;
  const { meter } = state;
  const since = (): number => (process.nowMs() - state.startedMs) / 1_000;
  const say = function* (text: string): Task<void> {
    if (has(args, 'v')) yield* writeText(process.stderr, text);
  };
  const dataSign = dataSigns(process, args, sending.output);
  const target11 = valueOf(args, 'request-target') ?? url.target;
  const version = has(args, '0') ? '1.0' : '1.1';
  const lines = [
    `${method} ${target11} HTTP/${version}`,
    ...headers.map(([name, value]) => `${name}:${value === '' ? '' : ` ${value}`}`),
    '',
  ];
  const asksFirst = headers.some(
    ([name, value]) => name.toLowerCase() === 'expect' && value.toLowerCase() === '100-continue',
  );
  const sent = { bytes: 0, keptBack: false };
  const hear = function* (event: SendingEvent): Task<void> {
    switch (event.kind) {
      case 'head-sent':
        return yield* say(lines.map((line) => `> ${line}\r\n`).join(''));
      case 'interim':
        return yield* say(`< ${event.text.split('\r\n')[0] ?? ''}\r\n`);
      case 'waited':
        return yield* say('* Done waiting for 100-continue\n');
      case 'body-kept':
        sent.keptBack = true;
        return yield* say('* HTTP error before end of send, stop sending\n');
      case 'body-sent': {
        sent.bytes = event.bytes;
        yield* dataSign('}', event.bytes);
        if (asksFirst || has(args, 'F') || has(args, 'T'))
          yield* say('* We are completely uploaded and fine\n');
        yield* meter.sent(event.bytes);
      }
    }
  };
  if (body !== undefined) meter.expectUpload(body.length);
  const pretransfer = since();
  const outcome = yield* meter.watch(
    exchange(process, on.connection.wire, {
      method,
      target: target11,
      version,
      headers,
      asksFirst,
      hear,
      ...(body === undefined ? {} : { body }),
      ...(state.deadlineMs === undefined ? {} : { deadlineMs: state.deadlineMs }),
    }),
    state.deadlineMs,
  );
  const requestBytes = lines.reduce((sum, line) => sum + utf8Encode(line).length + 2, 0);
  const figures: TransferFigures = {
    ...on.figures,
    size_request: on.figures.size_request + requestBytes + sent.bytes,
    size_upload: sent.bytes,
    time_pretransfer: pretransfer,
    time_starttransfer: since(),
    time_total: since(),
  };
  if (outcome.kind !== 'response') return { transfer: noResponse(outcome, figures, state), keeps: false };
  const { head } = outcome;
  const failsAtOnce = has(args, 'f') && head.status >= 400;
  const shown = head.text.replace(/\r?\n\r?\n$/, '\r\n');
  yield* say(`${shown.replace(/^(?=.)/gm, '< ')}${failsAtOnce ? '' : '< \r\n'}`);
  run.jar?.hear(url, head, process.nowMs());
  const transfer = yield* deliver(process, args, outcome, url, { figures, state, dataSign }, sending.output);
  const ends = headerOf(head, 'connection')?.toLowerCase() ?? '';
  const delimited =
    headerOf(head, 'content-length') !== undefined || method === 'HEAD' || [204, 304].includes(head.status);
  const keeps =
    !sent.keptBack &&
    !failsAtOnce &&
    (transfer.ok || transfer.exitCode === EXIT.httpError) &&
    delimited &&
    (head.version === '1.0' ? ends === 'keep-alive' : ends !== 'close');
  return { transfer, keeps };
}

/** `{ [5 bytes data]` of `-v`, once a body, where the body itself is not seen on the same terminal. */
function dataSigns(
  process: Process,
  args: Arguments,
  output: string,
): (sign: '{' | '}', bytes: number) => Task<void> {
  const said = new Set<string>();
  return function* (sign, bytes) {
    if (!has(args, 'v') || said.has(sign) || (output === '' && process.stdout.isTty)) return;
    said.add(sign);
    yield* writeText(process.stderr, `${sign} [${bytes} bytes data]\n`);
  };
}

function noResponse(
  outcome: Exclude<HttpOutcome, { kind: 'response' }>,
  figures: TransferFigures,
  state: Transferring,
): Transfer {
  const fail = (exitCode: number, message: string): Transfer => ({ ok: false, exitCode, message, figures });
  switch (outcome.kind) {
    case 'empty':
      return fail(EXIT.emptyReply, 'Empty reply from server');
    case 'reset':
      return fail(EXIT.receiveError, 'Recv failure: Connection reset by peer');
    case 'not-http':
      return fail(EXIT.weirdReply, 'Received HTTP/0.9 when not allowed');
    case 'timed-out': {
      const elapsedMs = Math.max(Math.round(figures.time_total * 1_000), Math.round(state.maxTimeMs ?? 0));
      return fail(EXIT.timeout, `Operation timed out after ${elapsedMs} milliseconds with 0 bytes received`);
    }
  }
}

/** Writes head and body where they belong. */
function* deliver(
  process: Process,
  args: Arguments,
  outcome: Extract<HttpOutcome, { kind: 'response' }>,
  url: Url,
  told: {
    readonly figures: TransferFigures;
    readonly state: Transferring;
    readonly dataSign: (sign: '{', bytes: number) => Task<void>;
  },
  file: string,
): Task<Transfer> {
  const { head, body } = outcome;
  const { state } = told;
  const redirect = redirectOf(url, head);
  let figures: TransferFigures = {
    ...told.figures,
    http_code: head.status,
    http_version: head.version === '1.0' ? '1' : head.version,
    content_type: headerOf(head, 'content-type') ?? '',
    redirect_url: redirect,
    headers: head.headers,
    size_header: told.figures.size_header + utf8Encode(head.text).length,
  };
  const fail = (exitCode: number, message: string): Transfer => ({ ok: false, exitCode, message, figures });
  const skip = has(args, 'L') && redirect !== '';
  const lengthText = headerOf(head, 'content-length');
  const length = lengthText === undefined ? undefined : Number(lengthText);
  state.meter.expectDownload(length);
  if (has(args, 'f') && head.status >= 400)
    return fail(EXIT.httpError, `The requested URL returned error: ${head.status}`);
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  if (has(args, 'i') || has(args, 'I')) {
    if (file === '') yield* print(process, head.text);
    else kept.push(utf8Encode(head.text));
  }
  const headFile = valueOf(args, 'D');
  if (headFile !== undefined) yield* save(process, headFile, utf8Encode(head.text));
  const most = Number(valueOf(args, 'max-filesize') ?? 0);
  if (most > 0 && (length ?? 0) > most) return fail(EXIT.tooLarge, 'Maximum file size exceeded');
  let size = 0;
  for (;;) {
    const piece = yield* state.meter.watch(body.next(), state.deadlineMs);
    if (piece === undefined) break;
    size += piece.length;
    if (skip) continue;
    yield* told.dataSign('{', piece.length);
    yield* state.meter.received(piece.length);
    if (file === '') yield* writeBytes(process.stdout, piece);
    else if (keptBytes < MAX_INPUT_BYTES) {
      kept.push(piece);
      keptBytes += piece.length;
    }
  }
  figures = {
    ...figures,
    size_download: size,
    time_total: (process.nowMs() - state.startedMs) / 1_000,
  };
  if (file !== '' && !skip) {
    const written = process.fs.writeFile(file, joinBytes(kept));
    if (!written.ok) return fail(EXIT.writeError, 'Failure writing output to destination');
  }
  const end = body.outcome();
  switch (end.kind) {
    case 'whole':
      return has(args, 'fail-with-body') && head.status >= 400
        ? fail(EXIT.httpError, `The requested URL returned error: ${head.status}`)
        : { ok: true, figures };
    case 'cut':
      return fail(EXIT.partialFile, `transfer closed with ${end.missingBytes} bytes remaining to read`);
    case 'reset':
      return fail(EXIT.receiveError, 'Recv failure: Connection reset by peer');
    case 'timed-out': {
      const elapsedMs = Math.round(process.nowMs() - state.startedMs);
      const of = length === undefined ? '' : ` out of ${length}`;
      return fail(
        EXIT.timeout,
        `Operation timed out after ${elapsedMs} milliseconds with ${size}${of} bytes received`,
      );
    }
  }
}

function redirectOf(url: Url, head: ResponseHead): string {
  const location = headerOf(head, 'location');
  if (location === undefined || head.status < 300 || head.status > 399) return '';
  const next = follow(url, location);
  return next.kind === 'url' ? hrefOf(next.url) : location;
}

/** `--connect-to HOST1:PORT1:HOST2:PORT2`: another host and port for the connection alone; empty parts stand for any, or the same. */
function connectTarget(args: Arguments, url: Url): Target {
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

/** `--resolve host:port:address` first, then what was looked up before, then the system's resolver. */
function* addressesOf(
  process: Process,
  { args, connections }: Run,
  { host, port }: Target,
): Task<readonly string[] | undefined> {
  for (const entry of valuesOf(args, 'resolve')) {
    const match = /^\+?([^:]+):(\d+):(.+)$/.exec(entry);
    if (match !== null && match[1] === host && Number(match[2]) === port) return (match[3] ?? '').split(',');
  }
  const known = connections.addresses.get(host.toLowerCase());
  if (known !== undefined) return known;
  const found = yield* resolveHost(process, host, familyOf(args));
  if (found.kind !== 'found') return undefined;
  connections.addresses.set(host.toLowerCase(), found.addresses);
  return found.addresses;
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

export function seconds(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !(value > 0) ? undefined : value * 1_000;
}
