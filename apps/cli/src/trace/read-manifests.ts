import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A cluster of a team is some thousand objects; a file of gigabytes is a mistake. */
const MAX_OBJECTS = 5_000;
const MAX_FILE_BYTES = 32 * 1_024 * 1_024;
const MAX_FILES = 2_000;
const MAX_ALIASES = 100;
const STDIN = 0;

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export type ReadOutcome =
  | { readonly ok: true; readonly objects: readonly KubernetesObject[] }
  | { readonly ok: false; readonly message: string };

/** Reads files and folders of manifests, YAML or JSON; `-` is standard input. Lists are taken apart. */
export function readManifests(paths: readonly string[]): ReadOutcome {
  const objects: KubernetesObject[] = [];
  try {
    for (const file of paths.flatMap(filesOf)) {
      for (const object of objectsIn(file)) objects.push(object);
      if (objects.length > MAX_OBJECTS)
        return { ok: false, message: `there are more than ${MAX_OBJECTS} objects` };
    }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  return { ok: true, objects };
}

function filesOf(given: string): readonly string[] {
  if (given === '-') return [given];
  const info = statSync(given, { throwIfNoEntry: false });
  if (info === undefined) throw new Error(`there is no file or folder ${given}`);
  if (info.isFile()) return [given];
  if (!info.isDirectory()) throw new Error(`${given} is neither a file nor a folder`);
  const files = readdirSync(given, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new Error(`${given} holds no .yaml, .yml or .json file`);
  if (files.length > MAX_FILES) throw new Error(`${given} holds more than ${MAX_FILES} manifests`);
  return files;
}

function objectsIn(file: string): readonly KubernetesObject[] {
  if (file !== '-' && statSync(file).size > MAX_FILE_BYTES)
    throw new Error(`${file} is larger than ${MAX_FILE_BYTES} bytes`);
  const documents = parseAllDocuments(readFileSync(file === '-' ? STDIN : file, 'utf8'));
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    // The rest of its message draws the place, which has a line and a column already.
    if (error !== undefined)
      throw new Error(`${file}: ${(error.message.split('\n')[0] ?? '').replace(/[:.]$/, '')}`);
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return value === null || value === undefined ? [] : itemsOf(value, file);
  });
}

function itemsOf(value: unknown, file: string): readonly KubernetesObject[] {
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item: unknown) => itemsOf(item, file));
  const object = value as Partial<KubernetesObject>;
  if (
    typeof object.apiVersion !== 'string' ||
    typeof object.kind !== 'string' ||
    typeof object.metadata?.name !== 'string'
  )
    throw new Error(`${file}: an object without apiVersion, kind and metadata.name`);
  return [value as KubernetesObject];
}
