import type { ApiTransport } from '@podwire/kubesim';
import type { ManifestFile } from '@podwire/lab';
import { parseAllDocuments } from 'yaml';
import { failureText, jsonContent, requestJson } from './api-request.ts';

/** Field manager of what a lab sets up, as `kubectl get --show-managed-fields` shows it. */
const FIELD_MANAGER = 'podwire-setup';
/** A lab's setup is a handful of objects; a runaway file must not hold the worker. */
const MAX_OBJECTS = 500;
const CONFLICT = 409;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Where the objects of one kind live. */
interface ResourceType {
  readonly plural: string;
  readonly namespaced: boolean;
}

export type SetupOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

/**
 * Creates what the manifests say, in their order, as `kubectl apply` by the cluster's administrator would.
 * `settle` lets the cluster's controllers act. Yields now and then.
 */
export function* applyManifests(
  api: ApiTransport,
  files: readonly ManifestFile[],
  settle: () => Generator<undefined, undefined>,
): Generator<undefined, SetupOutcome> {
  const types = new Map<string, ResourceType>();
  let count = 0;
  for (const file of files) {
    const parsed = manifestsOf(file);
    if (!parsed.ok) return parsed;
    for (const manifest of parsed.manifests) {
      if (++count > MAX_OBJECTS)
        return { ok: false, message: `The lab's setup has more than ${MAX_OBJECTS} objects.` };
      const failure = applyManifest(api, manifest, types);
      if (failure !== undefined)
        return {
          ok: false,
          message: `${file.path}: ${manifest.kind} "${manifest.metadata.name}": ${failure}`,
        };
      // Pods are refused until the controller manager has given the namespace its ServiceAccount.
      if (manifest.kind === 'Namespace') yield* settle();
      else yield undefined;
    }
  }
  return { ok: true };
}

function manifestsOf(
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

function isRecord(value: unknown): value is Record<string, unknown> {
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

/** @returns why it failed. */
function applyManifest(
  api: ApiTransport,
  manifest: Manifest,
  types: Map<string, ResourceType>,
): string | undefined {
  const root = manifest.apiVersion.includes('/')
    ? `/apis/${manifest.apiVersion}`
    : `/api/${manifest.apiVersion}`;
  const key = `${manifest.apiVersion} ${manifest.kind}`;
  const type = types.get(key) ?? findType(api, root, manifest.kind);
  if (type === undefined) return `no matches for kind "${manifest.kind}" in version "${manifest.apiVersion}"`;
  types.set(key, type);
  const namespace = encodeURIComponent(manifest.metadata.namespace ?? 'default');
  const collection = type.namespaced
    ? `${root}/namespaces/${namespace}/${type.plural}`
    : `${root}/${type.plural}`;
  const created = requestJson(
    api,
    'POST',
    `${collection}?fieldManager=${FIELD_MANAGER}&fieldValidation=Strict`,
    jsonContent(manifest),
  );
  if (created.status < 300) return undefined;
  if (created.status !== CONFLICT) return failureText(created);
  // It is there already, as the default namespace and CoreDNS's ConfigMap are: the lab changes it.
  const applied = requestJson(
    api,
    'PATCH',
    `${collection}/${encodeURIComponent(manifest.metadata.name)}?fieldManager=${FIELD_MANAGER}&force=true`,
    { ...jsonContent(manifest), type: 'application/apply-patch+yaml' },
  );
  return applied.status < 300 ? undefined : failureText(applied);
}

function findType(api: ApiTransport, root: string, kind: string): ResourceType | undefined {
  const answer = requestJson(api, 'GET', root);
  if (answer.status !== 200 || !isRecord(answer.body) || !Array.isArray(answer.body['resources']))
    return undefined;
  for (const resource of answer.body['resources'] as readonly unknown[]) {
    if (!isRecord(resource) || resource['kind'] !== kind) continue;
    const { name, namespaced } = resource;
    // `pods/status` and its like are of the same kind.
    if (typeof name !== 'string' || name.includes('/')) continue;
    return { plural: name, namespaced: namespaced === true };
  }
  return undefined;
}
