import type { Answer } from '@podwire/grader';

/** A request as the cluster's administrator; `body` is JSON. */
export type AskApi = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer>;

const OK = 200;

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where the objects of a kind are; undefined when the cluster has no such kind. */
export async function collectionPathOf(
  object: { readonly apiVersion: string; readonly kind: string; readonly namespace: string },
  ask: AskApi,
): Promise<string | undefined> {
  const group = object.apiVersion.split('/').map(encodeURIComponent).join('/');
  const root = group.includes('/') ? `/apis/${group}` : `/api/${group}`;
  const { status, body } = await ask('GET', root);
  const resources = status === OK ? (body as { readonly resources?: readonly Resource[] }).resources : [];
  const found = resources?.find((each) => each.kind === object.kind && !each.name.includes('/'));
  if (found === undefined) return undefined;
  return found.namespaced
    ? `${root}/namespaces/${encodeURIComponent(object.namespace)}/${found.name}`
    : `${root}/${found.name}`;
}
