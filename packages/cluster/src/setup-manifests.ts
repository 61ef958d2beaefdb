import type { ManifestFile } from '@podwire/lab';
import { parseAllDocuments } from 'yaml';

/** Field manager of what a lab sets up, as `kubectl get --show-managed-fields` shows it. */
export const SETUP_FIELD_MANAGER = 'podwire-setup';
/** A lab's setup is a handful of objects; a runaway file must not hold its cluster. */
export const MAX_SETUP_OBJECTS = 500;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export type SetupOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** The objects of a setup file, in their order; a `List` gives its items. */
export function manifestsOf(
  file: ManifestFile,
):
  | { readonly ok: true; readonly manifests: readonly Manifest[] }
  | { readonly ok: false; readonly message: string } {
  const manifests: Manifest[] = [];
  for (const document of parseAllDocuments(file.text)) {
    if (!('toJS' in document)) continue;
    const error = document.errors[0];
    if (error !== undefined) return { ok: false, message: `${file.path}: ${error.message}` };
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) continue;
    for (const item of isList(value) ? value.items : [value]) {
      if (!isManifest(item))
        return { ok: false, message: `${file.path}: an object without apiVersion, kind and metadata.name` };
      manifests.push(item);
    }
  }
  return { ok: true, manifests };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  return isRecord(value) && value['kind'] === 'List' && Array.isArray(value['items']);
}

function isManifest(value: unknown): value is Manifest {
  return (
    isRecord(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isRecord(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}
