import type { ApiRequest, ApiTransport, UserInfo } from '@podwire/kubesim';

const ADMIN: UserInfo = {
  name: 'kubernetes-admin',
  groups: ['system:masters', 'kubeadm:cluster-admins', 'system:authenticated'],
};

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One request as the cluster's administrator. */
export function askApi(
  api: ApiTransport,
  method: ApiRequest['method'],
  path: string,
  options: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): ApiAnswer {
  const response = api.handle({
    method,
    path,
    query: Object.entries(options.query ?? {}),
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...(options.body === undefined ? {} : { body: Buffer.from(JSON.stringify(options.body)) }),
    user: ADMIN,
  });
  response.stream?.close();
  const text = Buffer.from(response.body ?? []).toString('utf8');
  return { status: response.status, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export type CreateOutcome =
  | { readonly ok: true; readonly object: unknown }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** Creates an object as `kubectl create --validate=strict` would. */
export function createObject(api: ApiTransport, object: unknown): CreateOutcome {
  const place = placeOf(api, object);
  if (!place.ok) return { ok: false, status: 422, message: place.message };
  const { status, body } = askApi(api, 'POST', place.collection, {
    query: { fieldValidation: 'Strict', fieldManager: 'podwire' },
    body: object,
  });
  return status < 300 ? { ok: true, object: body } : { ok: false, status, message: messageOf(body, status) };
}

export function messageOf(body: unknown, status: number): string {
  const message = (body as { readonly message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : `the API answered ${status}`;
}

function placeOf(
  api: ApiTransport,
  object: unknown,
): { readonly ok: true; readonly collection: string } | { readonly ok: false; readonly message: string } {
  const { apiVersion, kind, metadata } = (object ?? {}) as {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly metadata?: { readonly namespace?: unknown };
  };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return { ok: false, message: 'The object has no apiVersion, or no kind.' };
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { body } = askApi(api, 'GET', root);
  const { resources } = (body ?? {}) as { readonly resources?: unknown };
  for (const resource of Array.isArray(resources) ? (resources as readonly unknown[]) : []) {
    const { name, kind: served, namespaced } = resource as Readonly<Record<string, unknown>>;
    if (served !== kind || typeof name !== 'string' || name.includes('/')) continue;
    const namespace = typeof metadata?.namespace === 'string' ? metadata.namespace : 'default';
    return {
      ok: true,
      collection:
        namespaced === true
          ? `${root}/namespaces/${encodeURIComponent(namespace)}/${name}`
          : `${root}/${name}`,
    };
  }
  return { ok: false, message: `no matches for kind "${kind}" in version "${apiVersion}"` };
}
