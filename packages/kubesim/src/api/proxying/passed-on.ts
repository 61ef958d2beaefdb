import type { ApiProxyConnection, ApiRequest, ApiResponse } from '../http.ts';

/**
 * What the API server changes in a request on its way through `/proxy/`, and in the answer on its way back
 * (k8s.io/apimachinery/pkg/util/proxy): pure, for every adapter that carries one.
 */

/** Pages that are rewritten, bytes; longer ones go through as they are. */
const MAX_PAGE_BYTES = 1_048_576;
/** Of one connection alone: they say nothing to whoever is behind a proxy (RFC 9110 section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Where an adapter knows it: who asked, from where. */
export interface Asker {
  readonly address?: string | undefined;
}

/** Links of what is behind the proxy lead nowhere without a slash at the end of its path. */
export function slashRedirect(
  request: Pick<ApiRequest, 'method' | 'path'>,
  target: Pick<ApiProxyConnection, 'path'>,
  query: string,
): ApiResponse | undefined {
  if (target.path !== '/' || request.path.endsWith('/')) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  return { status: 301, headers: { location: `${request.path}/${query}` } };
}

/** The headers that the target sees. Lower-case names. */
export function requestHeaders(
  headers: ApiRequest['headers'],
  target: Pick<ApiProxyConnection, 'host' | 'base' | 'path'>,
  bodyBytes: number,
  { address }: Asker = {},
): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(
    ([name]) => !HOP_BY_HOP.has(name) && name !== 'authorization' && name !== 'content-length',
  );
  const { host } = headers;
  return {
    ...Object.fromEntries(kept),
    host: target.host,
    ...(address === undefined ? {} : { 'x-forwarded-for': address }),
    'x-forwarded-uri': `${target.base}${target.path}`,
    'x-forwarded-proto': 'https',
    ...(host === undefined ? {} : { 'x-forwarded-host': host }),
    ...(bodyBytes > 0 ? { 'content-length': String(bodyBytes) } : {}),
    connection: 'close',
  };
}

/** The headers that the client sees: what leads elsewhere at the target leads there by the proxy. */
export function responseHeaders(
  headers: Readonly<Record<string, string>>,
  target: Pick<ApiProxyConnection, 'host' | 'base'>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()))
      .map(([name, value]) =>
        name.toLowerCase() === 'location' ? [name, rewritten(value, target)] : [name, value],
      ),
  );
}

/** Whether an answer's links are rewritten, for which all of it is needed. */
export function isPage(headers: Readonly<Record<string, string>>): boolean {
  const found = (wanted: string): string | undefined =>
    Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
  return (found('content-type') ?? '').startsWith('text/html') && found('content-encoding') === undefined;
}

/** The attributes that hold URLs; those from the root go on below the proxy's path. */
export function rewriteLinks(
  page: Uint8Array,
  target: Pick<ApiProxyConnection, 'host' | 'base'>,
): Uint8Array {
  if (page.length > MAX_PAGE_BYTES) return page;
  const text = new TextDecoder().decode(page);
  return new TextEncoder().encode(
    text.replaceAll(
      /(\s(?:href|src|action|background|cite|data|longdesc|profile|usemap)=")([^"]*)(")/giu,
      (_whole, before: string, url: string, after: string) => `${before}${rewritten(url, target)}${after}`,
    ),
  );
}

function rewritten(url: string, { base, host }: Pick<ApiProxyConnection, 'host' | 'base'>): string {
  const local = url.replace(new RegExp(`^https?://${host.replaceAll(/[.[\]]/gu, '\\$&')}(?=/|$)`, 'u'), '');
  return local.startsWith('/') && !local.startsWith('//') ? `${base}${local}` : local === '' ? url : local;
}
