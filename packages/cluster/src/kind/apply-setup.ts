import type { ManifestFile } from '@podwire/lab';
import { parseAllDocuments } from 'yaml';
import type { KubeApi } from './kube-api.ts';

const FIELD_MANAGER = 'podwire-setup';
const MAX_OBJECTS = 500;
const OK = 200;
const CREATED = 201;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
/** A namespace's ServiceAccount, and a kind that a CustomResourceDefinition has just brought, come a moment later. */
const ATTEMPTS = 20;
const ATTEMPT_PAUSE_MS = 250;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export type SetupOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Applies a lab's manifests in their order, as server-side apply by the cluster's administrator. */
export async function applySetup(
  api: KubeApi,
  files: readonly ManifestFile[],
  signal?: AbortSignal,
): Promise<SetupOutcome> {
  let count = 0;
  for (const file of files) {
    for (const document of parseAllDocuments(file.text)) {
      if (!('toJS' in document)) continue;
      const problem = document.errors[0];
      if (problem !== undefined) return { ok: false, message: `${file.path}: ${problem.message}` };
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value === null || value === undefined) continue;
      const items = isList(value) ? value.items : [value];
      for (const item of items) {
        if (!isManifest(item))
          return { ok: false, message: `${file.path}: an object without apiVersion, kind and metadata.name` };
        if (++count > MAX_OBJECTS)
          return { ok: false, message: `The lab’s setup has more than ${MAX_OBJECTS} objects.` };
        const failure = await applyPatiently(api, item, signal);
        if (failure !== undefined)
          return { ok: false, message: `${file.path}: ${item.kind} "${item.metadata.name}": ${failure}` };
      }
    }
  }
  return { ok: true };
}

async function applyPatiently(
  api: KubeApi,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await applyOnce(api, manifest, signal);
    if (outcome === undefined) return undefined;
    if (!outcome.passing || attempt >= ATTEMPTS) return outcome.message;
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_PAUSE_MS));
  }
}

async function applyOnce(
  api: KubeApi,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<{ readonly message: string; readonly passing: boolean } | undefined> {
  const { apiVersion, kind, metadata } = manifest;
  const collection = await api.collectionOf(apiVersion, kind, metadata.namespace ?? 'default', signal);
  if (collection === undefined) return { message: `the cluster has no ${apiVersion} ${kind}`, passing: true };
  const path = `${collection}/${encodeURIComponent(metadata.name)}?fieldManager=${FIELD_MANAGER}&force=true`;
  const answer = await api.request(
    'PATCH',
    path,
    { type: 'application/apply-patch+yaml', body: JSON.stringify(manifest) },
    signal,
  );
  if (answer.status === OK || answer.status === CREATED) return undefined;
  const message = (answer.body as { readonly message?: string } | null)?.message ?? `HTTP ${answer.status}`;
  return { message, passing: answer.status === FORBIDDEN || answer.status === NOT_FOUND };
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
