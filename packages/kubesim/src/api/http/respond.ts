import { utf8Encode } from '@podwire/sim';
import type { Status } from 'kubernetes-types/meta/v1';
import { stringify } from 'yaml';
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
