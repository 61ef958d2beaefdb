import type { ApiResponse } from '@podwire/kubesim';
import type { Problem } from '../failure.ts';
import { isObject, parseJson, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

const REASONS: ReadonlyMap<number, readonly [reason: string, message: string]> = new Map([
  [400, ['BadRequest', 'the server rejected our request for an unknown reason']],
  [401, ['Unauthorized', 'the server has asked for the client to provide credentials']],
  [403, ['Forbidden', 'unknown']],
  [404, ['NotFound', 'the server could not find the requested resource']],
  [405, ['MethodNotAllowed', 'the server does not allow this method on the requested resource']],
  [409, ['Conflict', 'the server reported a conflict']],
  [
    415,
    [
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: ',
    ],
  ],
  [429, ['TooManyRequests', 'the server has received too many requests and has asked us to try again later']],
  [500, ['InternalError', 'an error on the server ("unknown") has prevented the request from succeeding']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [
    504,
    [
      'Timeout',
      'the server was unable to return a response in the time allotted, but may still be processing the request',
    ],
  ],
]);

/** What a request was about, as client-go tells it when the server does not: ` (patch services web)`. */
export function requestSubject(method: string, path: string): string {
  const match =
    /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/[^/]+(?=\/)(?!\/(?:scale|status|finalize)$))?\/([^/]+)(?:\/([^/]+))?/.exec(
      path,
    );
  if (match === null) return '';
  const [, group = '', resource = '', name = ''] = match;
  const named = name === '' ? '' : ` ${name}`;
  return ` (${method.toLowerCase()} ${resource}${group === '' ? '' : `.${group}`}${named})`;
}

/** The failure that a response with an error code means. */
export function statusProblem(response: ApiResponse, subject = ''): Problem & { kind: 'status' } {
  const text = response.body === undefined ? '' : new TextDecoder().decode(response.body);
  const parsed = parseJson(text);
  if (isObject(parsed) && textAt(parsed, 'kind') === 'Status') return problemOfStatus(parsed);
  const [reason, fallback] = REASONS.get(response.status) ?? [
    'InternalError',
    `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`,
  ];
  const message =
    (response.status === 400 || response.status === 403) && text !== '' ? text.trim() : fallback + subject;
  return problemOfStatus({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason,
    message,
    code: response.status,
  });
}

export function problemOfStatus(status: JsonObject): Problem & { kind: 'status' } {
  return { kind: 'status', status, message: textAt(status, 'message') };
}
