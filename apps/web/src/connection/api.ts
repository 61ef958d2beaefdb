import type * as Schemas from '@podwire/protocol';
import type { ApiError, Me, Progress } from '@podwire/protocol';

/** What went wrong, in words for the learner, with a stable code for programs. */
export interface ApiFailure {
  readonly code: string;
  readonly message: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
}

export type ApiResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ApiFailure };

interface Parser<Value> {
  readonly safeParse: (
    value: unknown,
  ) => { readonly success: true; readonly data: Value } | { readonly success: false };
}

/** The schemas come with zod; they are fetched when the first answer is on its way, not with the page. */
type Protocol = typeof Schemas;
export type SchemaOf<Value> = (protocol: Protocol) => Parser<Value>;

/** Longer than any healthy answer: a check of a large lab takes seconds. */
const ANSWER_WITHIN_MS = 60_000;

let me: Promise<ApiResult<Me>> | undefined;

/** Who is here. Asked once a page; the first call gives a newcomer an anonymous identity of their own. */
export function fetchMe(): Promise<ApiResult<Me>> {
  me ??= request('GET', '/api/me', (protocol) => protocol.meSchema).then((result) => {
    if (!result.ok) me = undefined;
    return result;
  });
  return me;
}

/** After signing in or out. */
export function forgetMe(): void {
  me = undefined;
}

export async function fetchProgress(): Promise<ApiResult<Progress>> {
  const who = await fetchMe();
  return who.ok ? request('GET', '/api/progress', (protocol) => protocol.progressSchema) : who;
}

export function get<Value>(path: string, schema: SchemaOf<Value>): Promise<ApiResult<Value>> {
  return request('GET', path, schema);
}

/** A request that changes something: it carries the token that only this origin can read. */
export async function change<Value>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  schema: SchemaOf<Value>,
): Promise<ApiResult<Value>> {
  const who = await fetchMe();
  if (!who.ok) return who;
  const first = await request(method, path, schema, body, who.value.csrfToken);
  if (first.ok || first.error.code !== 'csrf') return first;
  // The token was renewed meanwhile (signed in elsewhere): ask for the new one, once.
  forgetMe();
  const again = await fetchMe();
  return again.ok ? request(method, path, schema, body, again.value.csrfToken) : again;
}

/** For answers whose content does not matter. */
export const anyAnswer: SchemaOf<unknown> = () => ({
  safeParse: (value) => ({ success: true, data: value }),
});

async function request<Value>(
  method: string,
  path: string,
  schema: SchemaOf<Value>,
  body?: unknown,
  csrfToken?: string,
): Promise<ApiResult<Value>> {
  const protocol = import('@podwire/protocol');
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(csrfToken === undefined ? {} : { 'x-podwire-csrf': csrfToken }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    return failure(
      0,
      'no-answer',
      'Podwire did not answer. Check your connection; what you have done is kept.',
    );
  }
  const text = await response.text();
  let answer: unknown;
  try {
    answer = text === '' ? undefined : JSON.parse(text);
  } catch {
    answer = undefined;
  }
  const { apiErrorSchema, ...schemas } = await protocol;
  if (!response.ok) {
    const parsed = apiErrorSchema.safeParse(answer);
    return parsed.success
      ? { ok: false, error: { ...describe(parsed.data), status: response.status } }
      : failure(response.status, `http-${response.status}`, statusMessage(response.status));
  }
  const parsed = schema({ apiErrorSchema, ...schemas }).safeParse(answer);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : failure(
        response.status,
        'bad-answer',
        'Podwire answered something this page does not understand. Reload the page; it may be older than the server.',
      );
}

function describe(body: ApiError): { readonly code: string; readonly message: string } {
  return { code: body.error.code, message: body.error.message };
}

function failure(
  status: number,
  code: string,
  message: string,
): { readonly ok: false; readonly error: ApiFailure } {
  return { ok: false, error: { code, message, status } };
}

function statusMessage(status: number): string {
  if (status === 429) return 'Too many requests in a short time. Wait a minute and try again.';
  if (status === 401 || status === 403) return 'You are not allowed to do this. Sign in and try again.';
  if (status === 404) return 'This is not here any more.';
  return 'Podwire could not answer. Nothing you did is lost; try again in a moment.';
}
