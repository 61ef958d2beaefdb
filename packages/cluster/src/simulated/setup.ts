import type { ApiTransport } from '@podwire/kubesim';
import type { ManifestFile } from '@podwire/lab';
import { isRecord, manifestsOf, MAX_SETUP_OBJECTS, SETUP_FIELD_MANAGER } from '../setup-manifests.ts';
import type { Manifest, SetupOutcome } from '../setup-manifests.ts';
import { failureText, jsonContent, requestJson } from './api-request.ts';

const CONFLICT = 409;

/** Where the objects of one kind live. */
interface ResourceType {
  readonly plural: string;
  readonly namespaced: boolean;
}

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
      if (++count > MAX_SETUP_OBJECTS)
        return { ok: false, message: `The lab's setup has more than ${MAX_SETUP_OBJECTS} objects.` };
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
    `${collection}?fieldManager=${SETUP_FIELD_MANAGER}&fieldValidation=Strict`,
    jsonContent(manifest),
  );
  if (created.status < 300) return undefined;
  if (created.status !== CONFLICT) return failureText(created);
  // It is there already, as the default namespace and CoreDNS's ConfigMap are: the lab changes it.
  const applied = requestJson(
    api,
    'PATCH',
    `${collection}/${encodeURIComponent(manifest.metadata.name)}?fieldManager=${SETUP_FIELD_MANAGER}&force=true`,
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
