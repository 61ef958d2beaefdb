import type { DaemonContext } from '@podwire/machine';
import { httpDate, renderResponse } from '../http/message.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  txt: 'text/plain',
  xml: 'text/xml',
  svg: 'image/svg+xml',
};

export interface StaticSite {
  readonly root: string;
  readonly index: readonly string[];
  readonly server: string;
}

/** Serves a folder as nginx and httpd do: index files, a redirect to a folder's slash, 404 and 403. */
export function serveFile(daemon: DaemonContext, site: StaticSite, request: HttpRequest): HttpResponse {
  if (request.method !== 'GET' && request.method !== 'HEAD') return errorPage(site, 405, 'Not Allowed');
  const path = normalPath(request.path);
  if (path === undefined) return errorPage(site, 400, 'Bad Request');
  const file = `${site.root}${path}`;
  const info = daemon.fs.stat(file);
  if (!info.ok) return errorPage(site, 404, 'Not Found');
  if (info.value.kind !== 'directory') return contents(daemon, site, file);
  if (!path.endsWith('/'))
    return {
      status: 301,
      headers: {
        Server: site.server,
        Location: `http://${request.headers.get('host') ?? 'localhost'}${path}/`,
      },
      body: '',
    };
  for (const name of site.index) {
    if (daemon.fs.stat(file + name).ok) return contents(daemon, site, file + name);
  }
  return errorPage(site, 403, 'Forbidden');
}

function contents(daemon: DaemonContext, site: StaticSite, file: string): HttpResponse {
  const bytes = daemon.fs.readFile(file);
  if (!bytes.ok) return errorPage(site, 403, 'Forbidden');
  const type = TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  const info = daemon.fs.stat(file);
  const modifiedMs = info.ok ? info.value.modifiedMs : 0;
  const hex = (value: number): string => Math.floor(value).toString(16);
  return {
    status: 200,
    headers: {
      Server: site.server,
      'Content-Type': type,
      'Last-Modified': httpDate(modifiedMs),
      ETag: `"${hex(modifiedMs / 1000)}-${hex(bytes.value.length)}"`,
      'Accept-Ranges': 'bytes',
    },
    body: bytes.value,
  };
}

/** Where nginx's status line is not what its page says. */
const STATUS_LINES: Readonly<Record<number, string>> = { 302: 'Moved Temporarily' };

export function errorPage(site: Pick<StaticSite, 'server'>, status: number, reason: string): HttpResponse {
  const title = `${status} ${reason}`;
  return {
    status,
    reason: STATUS_LINES[status] ?? reason,
    headers: { Server: site.server, 'Content-Type': 'text/html' },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${site.server}</center>\r\n</body>\r\n</html>\r\n`,
  };
}

/** Resolves `.` and `..`; undefined for a path that would leave the root. */
export function normalPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/').slice(1)) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  const slash = /\/(\.{1,2})?$/.test(path) ? '/' : '';
  const joined = parts.filter((part) => part !== '').join('/');
  return joined === '' ? '/' : `/${joined}${slash}`;
}

/** One line of the combined log format. */
export function accessLine(
  nowMs: number,
  client: string,
  request: HttpRequest,
  response: HttpResponse,
): string {
  const at = new Date(nowMs);
  const month =
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][at.getUTCMonth()] ??
    '';
  const time = `${String(at.getUTCDate()).padStart(2, '0')}/${month}/${at.getUTCFullYear()}:${at.toISOString().slice(11, 19)} +0000`;
  return `${client} - - [${time}] "${request.method} ${request.target} HTTP/1.1" ${response.status} ${response.body.length} "${request.headers.get('referer') ?? '-'}" "${request.headers.get('user-agent') ?? '-'}"`;
}

/** What nginx answers a client that speaks plain HTTP to a port with TLS (its own status 497). */
export function plainTextAnswer(server: string, nowMs: number): Uint8Array {
  const what = 'The plain HTTP request was sent to HTTPS port';
  const body = `<html>\r\n<head><title>400 ${what}</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>${what}</center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`;
  const headers = { Server: server, 'Content-Type': 'text/html' };
  return renderResponse({ status: 400, headers, body }, { nowMs, headOnly: false, keepAlive: false });
}
