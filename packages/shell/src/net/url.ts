export interface Url {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Path and query, at least `/`. */
  readonly target: string;
  readonly credentials?: string;
}

export type UrlOutcome =
  | { readonly kind: 'url'; readonly url: Url }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unsupported'; readonly scheme: string };

const DEFAULT_PORT = { http: 80, https: 443 } as const;
const MAX_URL_CHARS = 8_192;

/** Reads a URL as curl does: a missing scheme is http. */
export function parseUrl(text: string): UrlOutcome {
  if (text === '' || text.length > MAX_URL_CHARS || /[\s\0]/.test(text)) return { kind: 'malformed' };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return { kind: 'unsupported', scheme };
  const rest = text.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, '').replace(/#.*$/, '');
  const match = /^(?:([^@/?]*)@)?(\[[0-9A-Fa-f:.]+\]|[^:/?[\]]+)(?::(\d{0,5}))?([/?].*)?$/.exec(rest);
  if (match === null) return { kind: 'malformed' };
  const [, credentials, host = '', portText, target = '/'] = match;
  const known = scheme ?? 'http';
  const port = portText === undefined || portText === '' ? DEFAULT_PORT[known] : Number(portText);
  if (port > 65_535) return { kind: 'malformed' };
  return {
    kind: 'url',
    url: {
      scheme: known,
      host,
      port,
      target: target.startsWith('/') ? target : `/${target}`,
      ...(credentials === undefined ? {} : { credentials }),
    },
  };
}

/** `host` or `host:port`, as it stands in a Host header. */
export function authority(url: Url): string {
  return url.port === DEFAULT_PORT[url.scheme] ? url.host : `${url.host}:${url.port}`;
}

/** Where a redirect leads; undefined when it can't be followed. */
export function follow(from: Url, location: string): UrlOutcome {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return parseUrl(location);
  if (location.startsWith('//')) return parseUrl(`${from.scheme}:${location}`);
  const folder = from.target.replace(/\?.*$/, '').replace(/[^/]*$/, '');
  return { kind: 'url', url: { ...from, target: location.startsWith('/') ? location : folder + location } };
}

export function hrefOf(url: Url): string {
  return `${url.scheme}://${authority(url)}${url.target}`;
}

/** RFC 3986 section 5.2.4, of the path alone. */
export function withoutDots(target: string): string {
  const [path = '', ...query] = target.split('?');
  const parts = path.split('/').slice(1);
  const kept: string[] = [];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part === '..') kept.pop();
    else if (part !== '.') kept.push(part);
    if (isLast && (part === '.' || part === '..')) kept.push('');
  }
  return [`/${kept.join('/')}`, ...query].join('?');
}
