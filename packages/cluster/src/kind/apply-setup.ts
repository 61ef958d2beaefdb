import type { ManifestFile } from '@podwire/lab';
import { manifestsOf, MAX_SETUP_OBJECTS, SETUP_FIELD_MANAGER } from '../setup-manifests.ts';
import type { Manifest, SetupOutcome } from '../setup-manifests.ts';
import type { KubeApi } from './kube-api.ts';

const OK = 200;
const CREATED = 201;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
/** A namespace's ServiceAccount, and a kind that a CustomResourceDefinition has just brought, come a moment later. */
const ATTEMPTS = 20;
const ATTEMPT_PAUSE_MS = 250;

/**
 * Applies a lab's manifests in their order, as server-side apply by the cluster's administrator. `settle` lets the
 * cluster act on what was applied before a Namespace: as in the simulation, that is where a setup's stages part.
 */
export async function applySetup(
  api: KubeApi,
  files: readonly ManifestFile[],
  { settle, signal }: { readonly settle?: () => Promise<unknown>; readonly signal?: AbortSignal | undefined },
): Promise<SetupOutcome> {
  let count = 0;
  /** Something was applied that the cluster may not have acted on yet. */
  let pending = false;
  for (const file of files) {
    const parsed = manifestsOf(file);
    if (!parsed.ok) return parsed;
    for (const manifest of parsed.manifests) {
      if (++count > MAX_SETUP_OBJECTS)
        return { ok: false, message: `The lab's setup has more than ${MAX_SETUP_OBJECTS} objects.` };
      const isNamespace = manifest.kind === 'Namespace';
      if (isNamespace && pending) await settle?.();
      pending = !isNamespace;
      const failure = await applyPatiently(api, manifest, signal);
      if (failure !== undefined)
        return {
          ok: false,
          message: `${file.path}: ${manifest.kind} "${manifest.metadata.name}": ${failure}`,
        };
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
  const path = `${collection}/${encodeURIComponent(metadata.name)}?fieldManager=${SETUP_FIELD_MANAGER}&force=true`;
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
