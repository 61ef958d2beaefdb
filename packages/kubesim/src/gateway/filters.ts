import type { HeaderChange, PathChange, RouteFilter, RouteMatch } from './model.ts';

/** Sets, adds and removes headers; names are compared without regard to case. */
export function changeHeaders(
  headers: readonly (readonly [name: string, value: string])[],
  change: HeaderChange | undefined,
): readonly (readonly [name: string, value: string])[] {
  if (change === undefined) return headers;
  let result = [...headers];
  const without = (name: string): void => {
    result = result.filter(([key]) => key.toLowerCase() !== name.toLowerCase());
  };
  for (const { name, value } of change.set ?? []) {
    without(name);
    result.push([name, oneLine(value)]);
  }
  for (const { name, value } of change.add ?? []) {
    const at = result.findIndex(([key]) => key.toLowerCase() === name.toLowerCase());
    const known = result[at];
    if (known === undefined) result.push([name, oneLine(value)]);
    else result[at] = [known[0], `${known[1]},${oneLine(value)}`];
  }
  for (const name of change.remove ?? []) without(name);
  return result;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

/** A path by ReplaceFullPath or ReplacePrefixMatch; the rule's match says which prefix. */
export function changePath(path: string, change: PathChange | undefined, match: RouteMatch): string {
  if (change === undefined) return path;
  if (change.type === 'ReplaceFullPath')
    return change.replaceFullPath === '' ? '/' : (change.replaceFullPath ?? path);
  const prefix = (match.path?.value ?? '/').replace(/\/$/, '');
  const rest = path.slice(prefix.length).replace(/^\//, '');
  const replacement = (change.replacePrefixMatch ?? '').replace(/\/$/, '');
  if (rest === '')
    return replacement === '' ? '/' : path.endsWith('/') && path !== prefix ? `${replacement}/` : replacement;
  return `${replacement}/${rest}`;
}

const WELL_KNOWN_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** The Location of a redirect (HTTPRequestRedirectFilter): what it leaves out is the request's own. */
export function redirectTarget(
  redirect: NonNullable<RouteFilter['requestRedirect']>,
  request: {
    readonly scheme: 'http' | 'https';
    readonly host: string;
    readonly path: string;
    readonly query: string;
    readonly port: number;
  },
  match: RouteMatch,
): string {
  const scheme = redirect.scheme ?? request.scheme;
  // Without a port of its own: the scheme's, where a scheme is given, else the listener's.
  const port = redirect.port ?? (redirect.scheme === undefined ? request.port : WELL_KNOWN_PORTS[scheme]);
  const shownPort = port === undefined || port === WELL_KNOWN_PORTS[scheme] ? '' : `:${port}`;
  const host = redirect.hostname ?? request.host;
  return `${scheme}://${host}${shownPort}${changePath(request.path, redirect.path, match)}${request.query}`;
}

/** A duration of the Gateway API (GEP-2257), ms; undefined for none, or for 0, which means no bound. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d{1,5}(h|ms|m|s)){1,4}$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  let total = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|h|m|s)/g))
    total += Number(count) * (units[unit] ?? 0);
  return total === 0 ? undefined : total;
}

/** Draws a backend by weight; undefined when all weights are 0 or there is none. */
export function drawBackend<Backend extends { readonly weight?: number }>(
  backends: readonly Backend[],
  draw: (bound: number) => number,
): Backend | undefined {
  const total = backends.reduce((sum, { weight = 1 }) => sum + weight, 0);
  if (total <= 0) return undefined;
  let at = backends.length === 1 ? 0 : draw(total);
  for (const backend of backends) {
    at -= backend.weight ?? 1;
    if (at < 0) return backend;
  }
  return undefined;
}
