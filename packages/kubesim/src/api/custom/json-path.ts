import { isObject } from '../json.ts';
import type { Json } from '../json.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly string[]; readonly value: string };

/** A simple JSONPath, as printer columns, scales and selectable fields have them. undefined: not of that form. */
export type JsonPath = readonly Step[];

/** No column's path is longer. */
const MAX_CHARACTERS = 1_000;
const STEP =
  /\.((?:[^.[\]'"\\]|\\.)+)|\['((?:[^'\\]|\\.)+)'\]|\["((?:[^"\\]|\\.)+)"\]|\[(-?\d{1,6})\]|(\[\*\]|\.\*)|\[\?\(@((?:\.[\w-]+)+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/y;

export function parseJsonPath(text: string): JsonPath | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const steps: Step[] = [];
  const trimmed = text.trim();
  const path = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1) : trimmed;
  let at = path.startsWith('$') ? 1 : 0;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (match === null) return undefined;
    const [all, dotted, single, double, index, , filter, wanted, other] = match;
    const name = dotted ?? single ?? double;
    if (match[5] !== undefined) steps.push({ kind: 'all' });
    else if (name !== undefined) steps.push({ kind: 'field', name: name.replaceAll(/\\(.)/g, '$1') });
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) });
    else
      steps.push({
        kind: 'filter',
        path: (filter ?? '').split('.').filter((part) => part !== ''),
        value: wanted ?? other ?? '',
      });
    at += all.length;
  }
  return steps;
}

export function readJsonPath(path: JsonPath, root: unknown): readonly Json[] {
  let values: readonly Json[] = [root as Json];
  for (const step of path) values = values.flatMap((value) => stepInto(step, value));
  return values;
}

function stepInto(step: Step, value: Json): readonly Json[] {
  switch (step.kind) {
    case 'field': {
      if (!isObject(value) || !Object.hasOwn(value, step.name)) return [];
      const field = value[step.name];
      return field === undefined ? [] : [field];
    }
    case 'index': {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => matches(step.path, step.value, item)) : [];
  }
}

function matches(path: readonly string[], wanted: string, item: Json): boolean {
  let at: Json | undefined = item;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return typeof at === 'string' && at === wanted;
}

/** The names of a path of fields alone, as `.spec.replicas` is. */
export function fieldNames(path: JsonPath): readonly string[] | undefined {
  const names = path.map((step) => (step.kind === 'field' ? step.name : undefined));
  return names.every((name) => name !== undefined) ? names : undefined;
}
