import type { Manifest } from '../manifest.ts';
import { isMap } from '../manifest.ts';
import type { Slip } from './slip.ts';

export type Path = readonly (string | number)[];

/** `spec.ports[0].port`, `spec.selector["app.kubernetes.io/name"]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) return `${text}["${step}"]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

export function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[Number(step)];
    return isMap(inner) ? inner[String(step)] : undefined;
  }, value);
}

export function listAt(value: unknown, path: Path): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** A copy with another value at the path; `undefined` takes the field, or the entry of the list, away. */
export function withValue<Value>(value: Value, path: Path, replacement: unknown): Value {
  return edit(value, path, replacement) as Value;
}

function edit(value: unknown, path: Path, replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    const index = Number(step);
    if (rest.length === 0 && replacement === undefined)
      return value.filter((_entry, position) => position !== index);
    return value.map((entry: unknown, position) =>
      position === index ? edit(entry, rest, replacement) : entry,
    );
  }
  const map = isMap(value) ? value : {};
  const key = String(step);
  if (rest.length > 0 || replacement !== undefined)
    return { ...map, [key]: edit(map[key], rest, replacement) };
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

/** A slip that puts another value in one place. */
export function changed(operator: string, manifest: Manifest, path: Path, replacement: unknown): Slip {
  const before = at(manifest, path);
  const instead = before === undefined ? 'being left out' : JSON.stringify(before);
  return {
    operator,
    path: pathText(path),
    what: `${pathText(path)} is ${JSON.stringify(replacement)} instead of ${instead}`,
    manifest: withValue(manifest, path, replacement),
  };
}

/** A slip that leaves something out. */
export function dropped(operator: string, manifest: Manifest, path: Path): Slip {
  return {
    operator,
    path: pathText(path),
    what: `${pathText(path)} is left out`,
    manifest: withValue(manifest, path, undefined),
  };
}

/** Indexes of the list at a path. */
export function indexesAt(value: unknown, path: Path): readonly number[] {
  return listAt(value, path).map((_entry, index) => index);
}
