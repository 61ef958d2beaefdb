import { collectionPathOf } from './collection-path.ts';
import type { AskApi } from './collection-path.ts';

const CONFLICT = 409;
const FIRST_REFUSAL = 300;

/** Whether the API would create this object: asked of it, as a dry run. */
export async function validateObject(
  object: unknown,
  ask: AskApi,
): Promise<{ readonly ok: boolean; readonly message?: string }> {
  const { apiVersion, kind, metadata } = object as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: { readonly namespace?: unknown } | null;
  };
  const namespace = typeof metadata?.namespace === 'string' ? metadata.namespace : 'default';
  const collection = await collectionPathOf({ apiVersion, kind, namespace }, ask);
  if (collection === undefined)
    return { ok: false, message: `no matches for kind "${kind}" in version "${apiVersion}"` };
  const { status, body } = await ask('POST', `${collection}?dryRun=All&fieldValidation=Strict`, object);
  // It is there already, which says nothing against what it says.
  if (status < FIRST_REFUSAL || status === CONFLICT) return { ok: true };
  const said = (body as { readonly message?: unknown } | null)?.message;
  return { ok: false, message: typeof said === 'string' ? said : `HTTP ${status}` };
}
