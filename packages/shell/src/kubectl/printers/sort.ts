import { fail } from '../failure.ts';
import { goQuote } from '../values/go-text.ts';
import { compareText } from '../values/json.ts';
import type { JsonValue } from '../values/json.ts';
import { parseQuantity } from '../values/quantity.ts';
import { JsonPath, relaxedPath } from './json-path.ts';

function less(a: JsonValue, b: JsonValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') {
    const left = parseQuantity(a);
    const right = left === undefined ? undefined : parseQuantity(b);
    if (left === undefined || right === undefined) return compareText(a, b);
    return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
  }
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return 0;
}

/** Sorts by the first value that the path finds in each; what has none comes first. */
export function sortByPath<Item>(
  items: readonly Item[],
  objectOf: (item: Item) => JsonValue,
  expression: string,
): readonly Item[] {
  const relaxed = relaxedPath(expression);
  if (!relaxed.ok) return fail(relaxed.message);
  const parsed = JsonPath.parse(relaxed.path, { allowMissing: true });
  if (!parsed.ok) return fail(parsed.message);
  const keyed = items.map((item) => {
    const found = parsed.path.find(objectOf(item));
    return { item, key: found.ok ? found.results[0]?.[0] : fail(found.message) };
  });
  if (items.length > 0 && keyed.every(({ key }) => key === undefined))
    fail(`couldn't find any field with path ${goQuote(relaxed.path)} in the list of objects`);
  return keyed
    .sort((a, b) => {
      if (a.key === undefined || b.key === undefined)
        return a.key === b.key ? 0 : a.key === undefined ? -1 : 1;
      return less(a.key, b.key);
    })
    .map(({ item }) => item);
}
