/** The first place where an object does not fit a pattern. */
export interface Difference {
  /** `spec.ports[0].port`; empty for the object itself. */
  readonly path: string;
  readonly expected: unknown;
  /** undefined when the field is missing. */
  readonly saw: unknown;
  readonly reason: 'missing' | 'different' | 'length';
}

/** Nesting beyond this is no Kubernetes object. */
const MAX_DEPTH = 64;

/**
 * Compares by the pattern: of a map only the keys that the pattern names, of a list every element in
 * order, of anything else equality. undefined when it fits.
 */
export function firstDifference(
  pattern: unknown,
  actual: unknown,
  path = '',
  depth = 0,
): Difference | undefined {
  if (depth > MAX_DEPTH) return { path, expected: pattern, saw: actual, reason: 'different' };
  if (Array.isArray(pattern)) {
    if (!Array.isArray(actual))
      return { path, expected: pattern, saw: actual, reason: actual === undefined ? 'missing' : 'different' };
    if (actual.length !== pattern.length)
      return { path, expected: pattern.length, saw: actual.length, reason: 'length' };
    for (const [index, entry] of pattern.entries()) {
      const difference = firstDifference(entry, actual[index], `${path}[${index}]`, depth + 1);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (isMap(pattern)) {
    if (!isMap(actual))
      return { path, expected: pattern, saw: actual, reason: actual === undefined ? 'missing' : 'different' };
    for (const [key, entry] of Object.entries(pattern)) {
      const value = Object.hasOwn(actual, key) ? actual[key] : undefined;
      const difference = firstDifference(entry, value, joinPath(path, key), depth + 1);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (pattern === actual) return undefined;
  return { path, expected: pattern, saw: actual, reason: actual === undefined ? 'missing' : 'different' };
}

/** How far an object got before it differed: used to choose the nearest of several that do not fit. */
export function similarity(pattern: unknown, actual: unknown, depth = 0): number {
  if (depth > MAX_DEPTH) return 0;
  if (Array.isArray(pattern))
    return Array.isArray(actual)
      ? pattern.reduce<number>(
          (sum, entry, index) => sum + similarity(entry, actual[index], depth + 1),
          actual.length === pattern.length ? 1 : 0,
        )
      : 0;
  if (isMap(pattern))
    return isMap(actual)
      ? Object.entries(pattern).reduce(
          (sum, [key, entry]) => sum + similarity(entry, actual[key], depth + 1),
          0,
        )
      : 0;
  return pattern === actual ? 1 : 0;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path such as `status.podIP` or `spec.ports[0].port`; undefined when nothing is there. */
export function valueAt(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const step of path.matchAll(/[^.[\]]+/g)) {
    if (Array.isArray(value)) value = value[Number(step[0])];
    else if (isMap(value) && Object.hasOwn(value, step[0])) value = value[step[0]];
    else return undefined;
  }
  return value;
}

function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${path}['${key}']`;
  return path === '' ? key : `${path}.${key}`;
}
