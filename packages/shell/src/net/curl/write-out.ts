import { headerOf } from '../http-client.ts';

/** Values of `-w`, by name. */
export interface TransferFigures {
  readonly http_code: number;
  readonly http_version: string;
  readonly method: string;
  readonly remote_ip: string;
  readonly remote_port: number;
  readonly local_ip: string;
  readonly local_port: number;
  readonly num_connects: number;
  readonly size_download: number;
  readonly size_upload: number;
  readonly size_header: number;
  readonly size_request: number;
  readonly filename_effective: string;
  /** As it was asked for. */
  readonly url: string;
  readonly url_effective: string;
  readonly urlnum: number;
  readonly num_redirects: number;
  readonly redirect_url: string;
  readonly content_type: string;
  readonly referer: string;
  readonly ssl_verify_result: number;
  readonly exitcode: number;
  readonly errormsg: string;
  /** Seconds. */
  readonly time_namelookup: number;
  readonly time_connect: number;
  readonly time_appconnect: number;
  readonly time_pretransfer: number;
  readonly time_redirect: number;
  readonly time_starttransfer: number;
  readonly time_total: number;
  /** Of the last answer. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a format came to: texts in the order in which they are written. */
export interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

const SECONDS_DIGITS = 6;

/** What `%{curl_version}` says; shorter than the list of all libraries that Debian's is built with. */
const LIBRARY = 'libcurl/7.88.1 OpenSSL/3.0.19';

type Value =
  | { readonly kind: 'text'; readonly text: string }
  /** A text that JSON shows as null when it is empty. */
  | { readonly kind: 'nullable'; readonly text: string }
  | { readonly kind: 'code' | 'count' | 'seconds'; readonly number: number };

/** All variables of curl 7.88, in the order of `%{json}`. */
function valuesOf(figures: TransferFigures): ReadonlyMap<string, Value> {
  const text = (value: string): Value => ({ kind: 'text', text: value });
  const nullable = (value: string): Value => ({ kind: 'nullable', text: value });
  const code = (number: number): Value => ({ kind: 'code', number });
  const count = (number: number): Value => ({ kind: 'count', number });
  const seconds = (number: number): Value => ({ kind: 'seconds', number });
  const isSecure = figures.url_effective.startsWith('https:');
  const spoke = figures.http_code > 0 || figures.remote_ip !== '';
  const perSecond = (bytes: number): Value =>
    count(figures.time_total > 0 ? Math.floor(bytes / figures.time_total) : 0);
  return new Map([
    ['certs', text('')],
    ['content_type', nullable(figures.content_type)],
    ['errormsg', nullable(figures.errormsg)],
    ['exitcode', count(figures.exitcode)],
    ['filename_effective', nullable(figures.filename_effective)],
    ['ftp_entry_path', nullable('')],
    ['http_code', code(figures.http_code)],
    ['http_connect', code(0)],
    ['http_version', text(figures.http_version)],
    ['local_ip', text(figures.local_ip)],
    ['local_port', count(figures.local_port)],
    ['method', nullable(figures.method)],
    ['num_certs', count(0)],
    ['num_connects', count(figures.num_connects)],
    ['num_headers', count(figures.headers.length)],
    ['num_redirects', count(figures.num_redirects)],
    ['proxy_ssl_verify_result', count(0)],
    ['redirect_url', nullable(figures.redirect_url)],
    ['referer', nullable(figures.referer)],
    ['remote_ip', text(figures.remote_ip)],
    ['remote_port', count(figures.remote_port)],
    ['response_code', code(figures.http_code)],
    ['scheme', nullable(spoke ? (isSecure ? 'HTTPS' : 'HTTP') : '')],
    ['size_download', count(figures.size_download)],
    ['size_header', count(figures.size_header)],
    ['size_request', count(figures.size_request)],
    ['size_upload', count(figures.size_upload)],
    ['speed_download', perSecond(figures.size_download)],
    ['speed_upload', perSecond(figures.size_upload)],
    ['ssl_verify_result', count(figures.ssl_verify_result)],
    ['time_appconnect', seconds(figures.time_appconnect)],
    ['time_connect', seconds(figures.time_connect)],
    ['time_namelookup', seconds(figures.time_namelookup)],
    ['time_pretransfer', seconds(figures.time_pretransfer)],
    ['time_redirect', seconds(figures.time_redirect)],
    ['time_starttransfer', seconds(figures.time_starttransfer)],
    ['time_total', seconds(figures.time_total)],
    ['url', text(figures.url)],
    ['url_effective', nullable(figures.url_effective)],
    ['urlnum', count(figures.urlnum)],
  ]);
}

function plain(value: Value): string {
  switch (value.kind) {
    case 'text':
    case 'nullable':
      return value.text;
    case 'code':
      return String(value.number).padStart(3, '0');
    case 'count':
      return String(value.number);
    case 'seconds':
      return value.number.toFixed(SECONDS_DIGITS);
  }
}

function asJson(value: Value): string {
  switch (value.kind) {
    case 'text':
      return JSON.stringify(value.text);
    case 'nullable':
      return value.text === '' ? 'null' : JSON.stringify(value.text);
    case 'code':
    case 'count':
      return String(value.number);
    case 'seconds':
      return value.number.toFixed(SECONDS_DIGITS);
  }
}

/** `%{header_json}`: values by names in lower case, in their order. */
function headersJson(headers: TransferFigures['headers']): string {
  const byName = new Map<string, string[]>();
  for (const [name, value] of headers)
    byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), value]);
  const entries = [...byName].map(([name, values]) => `${JSON.stringify(name)}:${JSON.stringify(values)}`);
  return `{${entries.join(',\n')}\n}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Fills a `-w` format: `%{name}`, `%header{name}`, `%%`, `\n` and its like. */
export function writeOut(format: string, figures: TransferFigures): readonly Written[] {
  const values = valuesOf(figures);
  const written: Written[] = [];
  let stream: Written['stream'] = 'stdout';
  const put = (text: string, where = stream): void => {
    if (text !== '') written.push({ stream: where, text });
  };
  const pieces = format.matchAll(/%\{([^}]*)\}|%header\{([^}]*)\}|%%|\\(.)|[^%\\]+|[%\\]/gs);
  for (const [whole, name, header, escaped] of pieces) {
    if (name === 'onerror') {
      if (figures.exitcode === 0) return written;
    } else if (name === 'stdout' || name === 'stderr') stream = name;
    else if (name === 'json') {
      const members = [...values].map(([key, value]) => `"${key}":${asJson(value)}`);
      put(`{${members.join(',')},"curl_version":${JSON.stringify(LIBRARY)}}`);
    } else if (name === 'header_json') put(headersJson(figures.headers));
    else if (name !== undefined) {
      const value = values.get(name);
      if (value === undefined) put(`curl: unknown --write-out variable: '${name}'\n`, 'stderr');
      else put(plain(value));
    } else if (header !== undefined) put(headerOf(figures, header.toLowerCase()) ?? '');
    else if (escaped !== undefined) put(ESCAPES[escaped] ?? whole);
    else put(whole === '%%' ? '%' : whole);
  }
  return written;
}
