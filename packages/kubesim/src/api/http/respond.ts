import { utf8Encode } from '@podwire/sim';
import type { Status } from 'kubernetes-types/meta/v1';
import { stringify } from 'yaml';
import type { StoredObject } from '../../store/store.ts';
import type { ApiRequest, ApiResponse } from '../http.ts';
import type { Failure } from '../status.ts';
import { failure } from '../status.ts';
import { encodeProtobuf } from '../schema/protobuf-encode.ts';
import { negotiate } from './media.ts';
import type { Negotiated } from './media.ts';

/** Written as the real server writes it: one line of JSON, a newline at the end. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: utf8Encode(`${JSON.stringify(value)}\n`),
  };
}

export function textResponse(status: number, text: string): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: utf8Encode(text),
  };
}

const CACHE_HEADERS = { 'cache-control': 'no-cache, private' } as const;

export function encodeResponse(
  negotiated: Negotiated,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  const all = { ...CACHE_HEADERS, ...headers };
  if (negotiated.encoding === 'protobuf') {
    const body = encodeProtobuf(value);
    if (body !== undefined)
      return { status, headers: { 'content-type': 'application/vnd.kubernetes.protobuf', ...all }, body };
  }
  if (negotiated.encoding === 'yaml') {
    // Through JSON first: what JSON leaves out, YAML must not show.
    const text = stringify(JSON.parse(JSON.stringify(value)), { aliasDuplicateObjects: false, lineWidth: 0 });
    return { status, headers: { 'content-type': 'application/yaml', ...all }, body: utf8Encode(text) };
  }
  return jsonResponse(status, value, all);
}

/** Items of typed lists do not repeat their kind. */
export function listItem(object: StoredObject): object {
  const { kind: _kind, apiVersion: _version, ...item } = object;
  return item;
}

/** Stored objects never change, so each is written out once, however often it is listed, here and in forks. */
const itemBytes = new WeakMap<StoredObject, Uint8Array>();

/** What is larger is mostly one long text, which is soon written, and would be kept twice. */
const MAX_KEPT_BYTES = 16 * 1024;

function bytesOfItem(object: StoredObject): Uint8Array {
  const known = itemBytes.get(object);
  if (known !== undefined) return known;
  const bytes = utf8Encode(JSON.stringify(listItem(object)));
  if (Object.isFrozen(object) && bytes.length <= MAX_KEPT_BYTES) itemBytes.set(object, bytes);
  return bytes;
}

const COMMA = 0x2c;

/** A list as `jsonResponse` would write it, put together from what is known of its items. */
export function jsonListResponse(envelope: object, objects: readonly StoredObject[]): ApiResponse {
  const head = utf8Encode(`${JSON.stringify(envelope).slice(0, -1)},"items":[`);
  const tail = utf8Encode(']}\n');
  const items = objects.map(bytesOfItem);
  const length = items.reduce((sum, item) => sum + item.length, Math.max(0, items.length - 1));
  const body = new Uint8Array(head.length + length + tail.length);
  body.set(head);
  let at = head.length;
  for (const [index, item] of items.entries()) {
    if (index > 0) body[at++] = COMMA;
    body.set(item, at);
    at += item.length;
  }
  body.set(tail, at);
  return { status: 200, headers: { 'content-type': 'application/json', ...CACHE_HEADERS }, body };
}

/** A failure in the encoding that the client asked for. */
export function failureResponse(
  request: ApiRequest,
  refused: Failure,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  const seconds = refused.status.details?.retryAfterSeconds ?? 0;
  return statusResponse(request, refused.status.code, refused.status, {
    ...headers,
    ...(seconds > 0 ? { 'retry-after': String(seconds) } : {}),
  });
}

export function statusResponse(
  request: ApiRequest,
  code: number,
  status: Status,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  const negotiated = negotiate(request.headers['accept']) ?? { encoding: 'json', as: 'object' };
  return encodeResponse({ ...negotiated, as: 'object' }, code, status, headers);
}

export function notAcceptable(): Failure {
  return failure(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

/** Warnings shown beyond these, or longer, are cut: headers have little room. */
const MAX_WARNINGS = 20;
const MAX_WARNING_CHARACTERS = 1024;

/** `Warning: 299 - "text"` (RFC 7234 section 5.5), which kubectl prints in yellow. */
export function warningHeaders(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  const values = [...new Set(warnings)].slice(0, MAX_WARNINGS).map((warning) => {
    const text = warning
      .slice(0, MAX_WARNING_CHARACTERS)
      .replaceAll(/[\r\n\t]+/g, ' ')
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"');
    return `299 - "${text}"`;
  });
  return { warning: values.join(', ') };
}
