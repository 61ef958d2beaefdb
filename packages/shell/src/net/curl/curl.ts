import type { Process, Task, TaskProgram } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { readAll } from '../../stdio/input.ts';
import { complain, print, writeText } from '../../stdio/output.ts';
import { has, valueOf, valuesOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { hrefOf, parseUrl, withoutDots } from '../url.ts';
import { readCommandLine, warning } from './command-line.ts';
import { Connections } from './connections.ts';
import { CookieJar } from './cookies.ts';
import { outputOf, save } from './output.ts';
import { ProgressMeter } from './progress.ts';
import { headersFor, readFile, readRequest, VERSION } from './request.ts';
import { nextTry } from './retry.ts';
import { EXIT, fetchOnce, seconds } from './transfer.ts';
import type { Run, Transfer, Transferring } from './transfer.ts';
import { expandUrl } from './url-glob.ts';
import { writeOut } from './write-out.ts';
import type { TransferFigures } from './write-out.ts';

const MAX_REDIRECTS = 50;

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
    const format = yield* writeOutFormat(process, args);
    const connections = new Connections(process);
    const run: Run = {
      args,
      request,
      jar: newJar(process, args),
      cookies: typedCookies(args),
      connections,
    };
    let exitCode: number;
    try {
      exitCode = yield* fetchAll(process, run, format);
    } finally {
      connections.endAll();
    }
    const jarFile = valueOf(args, 'c');
    if (jarFile !== undefined && run.jar !== undefined)
      yield* save(process, jarFile, utf8Encode(run.jar.text()));
    return exitCode;
  },
};

/** What `-w` says, itself or in a file. */
function* writeOutFormat(process: Process, args: Arguments): Task<string | undefined> {
  const given = valueOf(args, 'w');
  if (given?.startsWith('@') !== true) return given;
  const file = given === '@-' ? yield* readAll(process.stdin) : readFile(process, given.slice(1));
  if (file === undefined && !has(args, 's'))
    yield* writeText(process.stderr, warning(`Failed to open ${given.slice(1)}`));
  return file === undefined ? undefined : utf8Decode(file).replace(/[\r\n]/g, '');
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

function* fetchAll(process: Process, run: Run, format: string | undefined): Task {
  const { args } = run;
  let [exitCode, index, urlnum] = [0, 0, 0];
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
    for (const text of expanded.urls)
      exitCode = yield* fetchWithRetries(process, run, { text, file, urlnum: urlnum++ }, format);
    if (exitCode !== 0 && has(args, 'fail-early')) return exitCode;
    index++;
  }
  return exitCode;
}

/** One URL of the command line. */
interface Asked {
  readonly text: string;
  readonly file: string | undefined;
  readonly urlnum: number;
}

function* fetchWithRetries(process: Process, run: Run, asked: Asked, format: string | undefined): Task {
  const { args } = run;
  const untilMs = process.nowMs() + (Number(valueOf(args, 'retry-max-time') ?? 0) || Infinity) * 1_000;
  const meter = new ProgressMeter(process, shownBy(process, args, asked.file));
  for (let attempt = 0; ; attempt++) {
    meter.start();
    const transfer = yield* fetchUrl(process, run, asked, meter);
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
    if (meter.hasBar) yield* writeText(process.stderr, '\n');
    if (format !== undefined && transfer.figures !== undefined) {
      const figures = {
        ...transfer.figures,
        ...(transfer.ok ? {} : { exitcode: transfer.exitCode, errormsg: transfer.message }),
      };
      for (const { stream, text } of writeOut(format, figures)) yield* writeText(process[stream], text);
    }
    return transfer.ok ? 0 : transfer.exitCode;
  }
}

/** Progress is shown beside an output that is not seen itself. */
function shownBy(process: Process, args: Arguments, file: string | undefined) {
  const isSeen = !has(args, 'O') && (file === undefined || file === '-') && process.stdout.isTty;
  if (has(args, 's') || has(args, 'no-progress-meter') || isSeen) return 'nothing';
  return has(args, '#') ? 'bar' : 'meter';
}

function* fetchUrl(process: Process, run: Run, asked: Asked, meter: ProgressMeter): Task<Transfer> {
  const { args, request } = run;
  const { text, file } = asked;
  const maxTimeMs = seconds(valueOf(args, 'm'));
  const startedMs = process.nowMs();
  const state: Transferring = {
    meter,
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
      figures: nothingYet(asked, state, process),
    };
  if (first.kind === 'unsupported')
    return {
      ok: false,
      exitCode: EXIT.unsupportedProtocol,
      message: `Protocol "${first.scheme}" not supported or disabled in libcurl`,
      figures: nothingYet(asked, state, process),
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
  let figures = { ...nothingYet(asked, state, process), method, filename_effective: output };
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
    figures = {
      ...figures,
      referer: referer ?? '',
      num_redirects: redirects,
      time_redirect: redirects === 0 ? 0 : (process.nowMs() - startedMs) / 1_000,
    };
    const once = yield* fetchOnce(process, run, url, { method, body, headers, output }, state, figures);
    if (!once.ok || !has(args, 'L') || once.figures.redirect_url === '') return once;
    ({ figures } = once);
    if (limit >= 0 && redirects >= limit) {
      const message = `Maximum (${limit}) redirects followed`;
      if (has(args, 'v')) yield* writeText(process.stderr, `* ${message}\n`);
      return { ok: false, exitCode: EXIT.tooManyRedirects, message, figures };
    }
    if (has(args, 'v'))
      yield* writeText(
        process.stderr,
        `* Issue another request to this URL: '${once.figures.redirect_url}'\n`,
      );
    const next = parseUrl(once.figures.redirect_url);
    if (next.kind !== 'url')
      return {
        ok: false,
        exitCode: EXIT.unsupportedProtocol,
        message: 'Protocol not supported or disabled in libcurl',
        figures: once.figures,
      };
    url = next.url;
    meter.nextRequest();
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

function nothingYet(asked: Asked, state: Transferring, process: Process): TransferFigures {
  const first = parseUrl(asked.text);
  return {
    http_code: 0,
    http_version: '0',
    method: '',
    remote_ip: '',
    remote_port: 0,
    local_ip: '',
    local_port: 0,
    num_connects: 0,
    size_download: 0,
    size_upload: 0,
    size_header: 0,
    size_request: 0,
    filename_effective: '',
    url: asked.text,
    url_effective: first.kind === 'url' ? hrefOf(first.url) : asked.text,
    urlnum: asked.urlnum,
    num_redirects: 0,
    redirect_url: '',
    content_type: '',
    referer: '',
    ssl_verify_result: 0,
    exitcode: 0,
    errormsg: '',
    time_namelookup: 0,
    time_connect: 0,
    time_appconnect: 0,
    time_pretransfer: 0,
    time_redirect: 0,
    time_starttransfer: 0,
    time_total: (process.nowMs() - state.startedMs) / 1_000,
    headers: [],
  };
}
