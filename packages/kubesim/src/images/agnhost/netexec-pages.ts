import type { DaemonContext } from '@podwire/machine';
import { goDuration, parseDuration } from '@podwire/sim';
import { formValue, htmlEscaped, reasonOf } from '../http/message.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { klogLine } from '../log-line.ts';

const LOG_SOURCE = 'log.go:244';
/** What `net/http` lets a handler write (RFC 9110 section 15: three digits). */
const FIRST_STATUS = 100;
const LAST_STATUS = 999;

export function text(body: string): HttpResponse {
  return { status: 200, body };
}

/** What netexec logs of a request; pages that tell more log it themselves. */
export function requestLine(request: HttpRequest): string {
  const value = (name: string): string => formValue(request, name);
  switch (request.path) {
    case '/echo':
      return `GET /echo?msg=${value('msg')}&code=${value('code')}`;
    case '/redirect':
      return `${request.method} /redirect?msg=${value('location')}&code=${value('code')}`;
    case '/header':
      return value('key') === '' ? 'GET /header' : `GET /header?key=${value('key')}`;
    case '/clientip':
    case '/serverport':
    case '/hostname':
    case '/hostName':
    case '/healthz':
    case '/readyz':
    case '/shutdown':
    case '/upload':
      return `GET ${request.path}`;
    default:
      return 'GET /';
  }
}

export function headerText(request: HttpRequest): string {
  const key = formValue(request, 'key');
  // Go's server keeps the name of the host out of the headers.
  if (key !== '') return key.toLowerCase() === 'host' ? '' : (request.headers.get(key.toLowerCase()) ?? '');
  const canonical = (name: string): string => name.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
  return goJson(
    Object.fromEntries(
      [...request.headers]
        .filter(([name]) => name !== 'host')
        .map(([name, value]): [string, string[]] => [canonical(name), [value]])
        .sort(([left], [right]) => (left < right ? -1 : 1)),
    ),
  );
}

/** As Go's encoder writes it, which expects its JSON in web pages. */
export function goJson(value: object): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function echo(request: HttpRequest): HttpResponse {
  const code = statusCode(request, 200);
  return typeof code === 'number' ? { status: code, body: formValue(request, 'msg') } : code;
}

/** `http.Redirect`: relative to the page, with a short page of its own. */
export function redirect(request: HttpRequest): HttpResponse {
  const code = statusCode(request, 302);
  if (typeof code !== 'number') return code;
  const location = absolute(formValue(request, 'location'));
  const isPage = request.method === 'GET' || request.method === 'HEAD';
  return {
    status: code,
    headers: { Location: location, ...(isPage ? { 'Content-Type': 'text/html; charset=utf-8' } : {}) },
    body: request.method === 'GET' ? `<a href="${htmlEscaped(location)}">${reasonOf(code)}</a>.\n\n` : '',
  };
}

/** The code that is asked for; netexec tells of its faults in a page that is fine. */
function statusCode(request: HttpRequest, fallback: number): number | HttpResponse {
  const code = formValue(request, 'code');
  if (code === '') return fallback;
  if (!/^[+-]?\d{1,9}$/.test(code))
    return text(`argument 'code' must be an integer or empty, got ${JSON.stringify(code)}\n`);
  // Go's server panics at these, and closes the connection without an answer; this says why.
  return Number(code) >= FIRST_STATUS && Number(code) <= LAST_STATUS
    ? Number(code)
    : { status: 500, body: `invalid WriteHeader code ${Number(code)}\n` };
}

function absolute(location: string): string {
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(location)) return location;
  const [path = '', ...query] = location.split('?');
  const kept: string[] = [];
  for (const part of path.split('/'))
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  const slash = path.endsWith('/') && kept.length > 0 ? '/' : '';
  return [`/${kept.join('/')}${slash}`, ...query].join('?');
}

/**
 * `/exit`: after `wait`, the process ends with `code`; with a `timeout` the server takes no more connections and answers
 * first. Without one it ends at once, and whoever asked hears nothing.
 */
export function exitPage(daemon: DaemonContext, request: HttpRequest): HttpResponse | 'later' {
  const say = (line: string): void => daemon.logError(klogLine(daemon, LOG_SOURCE, line));
  const [code, timeout, wait] = ['code', 'timeout', 'wait'].map((name) => formValue(request, name)) as [
    string,
    string,
    string,
  ];
  say(`GET /exit?code=${code}&timeout=${timeout}&wait=${wait}`);
  const wrong = (name: string, kind: string, value: string): HttpResponse =>
    text(`argument '${name}' must be ${kind} or empty, got ${JSON.stringify(value)}\n`);
  const [timeoutAs, waitAs] = [parseDuration(timeout || '0'), parseDuration(wait || '0')];
  if (!timeoutAs.ok) return wrong('timeout', 'a valid golang duration', timeout);
  if (!waitAs.ok) return wrong('wait', 'a valid golang duration', wait);
  if (code !== '' && !/^[+-]?\d{1,9}$/.test(code)) return wrong('code', 'an integer [0-127]', code);
  say(
    `Will begin shutdown in ${goDuration(waitAs.ms)}, allowing ${goDuration(timeoutAs.ms)} for connections to close, then will exit with ${Number(code)}`,
  );
  daemon.timer('exit', Math.max(0, waitAs.ms), Number(code) & 0xff);
  return timeoutAs.ms === 0 ? 'later' : text('');
}

export function goTime(nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().slice(0, -1).split('T');
  return `${date} ${time} +0000 UTC`;
}
