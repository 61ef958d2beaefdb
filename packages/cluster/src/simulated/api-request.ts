import type { ApiRequest, ApiTransport, UserInfo } from '@podwire/kubesim';
import { utf8Decode, utf8Encode } from '@podwire/sim';

/** Whoever prepares and grades a cluster: what kubeadm's admin.conf is. */
export const CLUSTER_ADMIN: UserInfo = {
  name: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One request that is answered whole, as cluster-admin. `target` may have a query string. */
export function requestJson(
  api: ApiTransport,
  method: ApiRequest['method'],
  target: string,
  content?: { readonly type: string; readonly body: Uint8Array },
): JsonAnswer {
  const response = api.handle(apiRequest(method, target, content));
  response.stream?.close();
  const text = response.body === undefined ? '' : utf8Decode(response.body);
  return { status: response.status, body: parseJson(text) };
}

function apiRequest(
  method: ApiRequest['method'],
  target: string,
  content: { readonly type: string; readonly body: Uint8Array } | undefined,
): ApiRequest {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? [] : [...new URLSearchParams(target.slice(mark + 1)).entries()];
  return {
    method,
    path,
    query,
    headers: {
      accept: 'application/json',
      ...(content === undefined ? {} : { 'content-type': content.type }),
    },
    ...(content === undefined ? {} : { body: content.body }),
    user: CLUSTER_ADMIN,
  };
}

export function jsonContent(body: unknown): { readonly type: string; readonly body: Uint8Array } {
  return { type: 'application/json', body: utf8Encode(JSON.stringify(body)) };
}

/** Plain text answers (`/readyz`) come back as strings. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What a failed answer says, for a message. */
export function failureText(answer: JsonAnswer): string {
  if (
    typeof answer.body === 'object' &&
    answer.body !== null &&
    'message' in answer.body &&
    typeof answer.body.message === 'string'
  ) {
    return answer.body.message;
  }
  return `HTTP ${answer.status}`;
}
