import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ApiRequest, ApiResponse } from '../http.ts';
import { Query } from './scope.ts';

/** Clients of people, who want to read what comes (negotiation isPrettyPrint). */
const READERS = ['curl', 'Wget', 'Mozilla/5.0'];
/** Larger answers stay on one line: indenting them would cost more than they did. */
const MAX_PRETTY_BYTES = 8 * 1024 * 1024;

function wantsPretty(request: ApiRequest): boolean {
  const asked = new Query(request.query).get('pretty');
  if (asked !== '') return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked);
  return READERS.some((reader) => (request.headers['user-agent'] ?? '').startsWith(reader));
}

/** API1: JSON is indented for whoever asks with `?pretty`, and for curl. */
export function prettyPrinted(request: ApiRequest, response: ApiResponse): ApiResponse {
  const { body, headers } = response;
  if (body === undefined || !wantsPretty(request)) return response;
  const json = headers['content-type'] === 'application/json' && /^\/apis?(?:\/|$)/.test(request.path);
  if (!json || body.length > MAX_PRETTY_BYTES) return response;
  return { ...response, body: utf8Encode(JSON.stringify(JSON.parse(utf8Decode(body)), null, 2)) };
}
