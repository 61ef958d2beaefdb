import { Regex } from '@podwire/sim';
import { hostMatches, specificity } from './hostname.ts';
import type { RouteMatch, RouteRule, ValueMatch } from './model.ts';

/** What of a request decides its route. */
export interface RoutedRequest {
  readonly method: string;
  readonly host: string;
  /** Without its query. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

/** One match of one rule of one route, as it stands behind a listener. */
export interface RouteEntry {
  /** `namespace/name` of the HTTPRoute. */
  readonly route: string;
  readonly namespace: string;
  readonly createdAt: string;
  /** Empty: every host. */
  readonly hostnames: readonly string[];
  readonly rule: RouteRule;
  readonly ruleIndex: number;
  readonly match: RouteMatch;
  readonly matchIndex: number;
}

/** The entry that a request belongs to, by the precedence of HTTPRouteRule.matches. `entries` in any order. */
export function matchEntry(entries: readonly RouteEntry[], request: RoutedRequest): RouteEntry | undefined {
  let best: { readonly entry: RouteEntry; readonly rank: readonly (number | string)[] } | undefined;
  for (const entry of entries) {
    const host = hostRank(entry.hostnames, request.host);
    if (host === undefined || !matches(entry.match, request)) continue;
    const rank = [-host, ...rankOf(entry)];
    if (best === undefined || compare(rank, best.rank) < 0) best = { entry, rank };
  }
  return best?.entry;
}

function hostRank(hostnames: readonly string[], host: string): number | undefined {
  if (hostnames.length === 0) return 0;
  const ranks = hostnames.filter((pattern) => hostMatches(pattern, host)).map(specificity);
  return ranks.length === 0 ? undefined : Math.max(...ranks);
}

/** Smaller goes first: the path, the method, more headers, more query parameters; then the older route, its name, and the order of its rules. */
function rankOf({
  match,
  route,
  createdAt,
  ruleIndex,
  matchIndex,
}: RouteEntry): readonly (number | string)[] {
  const type = match.path?.type ?? 'PathPrefix';
  return [
    { Exact: 0, RegularExpression: 1, PathPrefix: 2 }[type],
    -(match.path?.value ?? '/').length,
    match.method === undefined ? 1 : 0,
    -(match.headers ?? []).length,
    -(match.queryParams ?? []).length,
    createdAt,
    route,
    ruleIndex,
    matchIndex,
  ];
}

function compare(left: readonly (number | string)[], right: readonly (number | string)[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

export function matches(match: RouteMatch, request: RoutedRequest): boolean {
  if (match.method !== undefined && match.method !== request.method) return false;
  if (!pathMatches(match.path, request.path)) return false;
  const names = new Set<string>();
  for (const header of match.headers ?? []) {
    const name = header.name.toLowerCase();
    // Of headers that are named twice only the first counts.
    if (names.has(name)) continue;
    names.add(name);
    if (!valueMatches(header, request.headers.get(name))) return false;
  }
  return (match.queryParams ?? []).every((parameter) =>
    valueMatches(parameter, request.query.get(parameter.name)),
  );
}

function pathMatches(wanted: RouteMatch['path'], path: string): boolean {
  const value = wanted?.value ?? '/';
  switch (wanted?.type ?? 'PathPrefix') {
    case 'Exact':
      return path === value;
    case 'RegularExpression':
      return wholeMatch(value, path);
    case 'PathPrefix': {
      // Whole elements; a slash at the end of the prefix makes no difference.
      const prefix = value.replace(/\/$/, '');
      return path === prefix || path.startsWith(`${prefix}/`);
    }
  }
}

function valueMatches({ type, value }: ValueMatch, given: string | undefined): boolean {
  if (given === undefined) return false;
  return type === 'RegularExpression' ? wholeMatch(value, given) : given === value;
}

/** An expression that cannot be read matches nothing; its route is refused besides. */
function wholeMatch(expression: string, text: string): boolean {
  const compiled = Regex.compile(`^(?:${expression})$`, { syntax: 'perl' });
  return compiled.ok && compiled.value.test(text);
}

export function isExpression(text: string): boolean {
  return Regex.compile(`^(?:${text})$`, { syntax: 'perl' }).ok;
}
