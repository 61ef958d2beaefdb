/** Whether a concrete host is one that a pattern names. In the Gateway API a wildcard stands for one label or more. */
export function hostMatches(pattern: string | undefined, host: string): boolean {
  if (pattern === undefined || pattern === '') return true;
  const wanted = host.toLowerCase();
  const given = pattern.toLowerCase();
  if (!given.startsWith('*.')) return given === wanted;
  return wanted.endsWith(given.slice(1)) && wanted.length > given.length - 1;
}

/** The hosts that both a listener and a route mean; undefined where they have none in common, an empty list for every host. */
export function intersect(
  listener: string | undefined,
  routes: readonly string[],
): readonly string[] | undefined {
  if (listener === undefined || listener === '') return routes;
  if (routes.length === 0) return [listener];
  const common = routes.flatMap((route) => {
    const [left, right] = [listener.toLowerCase(), route.toLowerCase()];
    if (left === right) return [right];
    if (left.startsWith('*.') && !right.startsWith('*.')) return hostMatches(left, right) ? [right] : [];
    if (right.startsWith('*.') && !left.startsWith('*.')) return hostMatches(right, left) ? [left] : [];
    if (!left.startsWith('*.') || !right.startsWith('*.')) return [];
    // Of two wildcards the longer is the one they share.
    if (right.endsWith(left.slice(1))) return [right];
    return left.endsWith(right.slice(1)) ? [left] : [];
  });
  return common.length === 0 ? undefined : common;
}

/** Higher is more specific: a whole name before a wildcard, a longer one before a shorter, any host last. */
export function specificity(pattern: string | undefined): number {
  if (pattern === undefined || pattern === '') return 0;
  return pattern.startsWith('*.') ? pattern.length : 1_000 + pattern.length;
}
