import { goSprint } from '../values/go-text.ts';
import { compareText, isObject } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import type { DescribeWriter } from './writer.ts';

const SKIPPED = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);
const ACRONYMS = new Set(['API', 'URL', 'UID', 'OSB', 'GUID']);
/** Objects inside each other beyond this depth are cut: no API object is that deep. */
const MAX_DEPTH = 60;

function classOf(c: string): 'lower' | 'upper' | 'digit' | 'other' {
  if (/\p{Ll}/u.test(c)) return 'lower';
  if (/\p{Lu}/u.test(c)) return 'upper';
  return /\p{Nd}/u.test(c) ? 'digit' : 'other';
}

/** Splits `podIPs` into `pod`, `I`, `Ps`: a run of capitals gives its last to the word that follows. */
function splitCamelCase(text: string): readonly string[] {
  const runs: string[] = [];
  let last = '';
  for (const c of text) {
    const kind = classOf(c);
    if (kind === last) runs.push((runs.pop() ?? '') + c);
    else runs.push(c);
    last = kind;
  }
  for (let i = 0; i < runs.length - 1; i += 1) {
    const run = runs[i] ?? '';
    const next = runs[i + 1] ?? '';
    if (classOf(run[0] ?? '') !== 'upper' || classOf(next[0] ?? '') !== 'lower') continue;
    runs[i + 1] = (run.at(-1) ?? '') + next;
    runs[i] = run.slice(0, -1);
  }
  return runs.filter((run) => run !== '');
}

/** `creationTimestamp` as a label: `Creation Timestamp`. */
export function labelFor(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field;
  return splitCamelCase(field)
    .map((part) =>
      ACRONYMS.has(part.toUpperCase())
        ? part.toUpperCase()
        : part.replace(
            /(^|[^\p{L}])(\p{L})/gu,
            (_, before: string, letter: string) => before + letter.toUpperCase(),
          ),
    )
    .join(' ');
}

function content(w: DescribeWriter, level: number, object: JsonObject, path: string): void {
  if (level > MAX_DEPTH) return;
  for (const field of Object.keys(object).sort(compareText)) {
    const here = `${path}.${field}`;
    if (SKIPPED.has(here)) continue;
    const value = object[field] ?? null;
    if (isObject(value)) {
      w.write(level, `${labelFor(field)}:\n`);
      content(w, level + 1, value, here);
    } else if (Array.isArray(value)) {
      w.write(level, `${labelFor(field)}:\n`);
      for (const item of value) {
        if (isObject(item)) content(w, level + 1, item, here);
        else w.write(level + 1, `${goSprint(item)}\n`);
      }
    } else {
      w.write(level, `${labelFor(field)}:\t${goSprint(value)}\n`);
    }
  }
}

/** Types that nobody has written a layout for: every field, as it is. */
export function describeGeneric(w: DescribeWriter, object: JsonObject): void {
  w.head(object);
  content(w, 0, object, '');
  w.events();
}
