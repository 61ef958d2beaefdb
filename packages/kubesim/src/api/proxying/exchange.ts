import { utf8Encode } from '@podwire/sim';
import { concat } from '../../images/http/message.ts';
import { parseResponse } from '../../images/http/response.ts';
import type { ApiProxyConnection, ApiRequest, ApiResponse, ProxiedExchange } from '../http.ts';
import { failureResponse } from '../http/respond.ts';
import { isPage, requestHeaders, responseHeaders, rewriteLinks, slashRedirect } from './passed-on.ts';
import { unreachable } from './connect-proxy.ts';

/** Of one answer, as of those of Ingresses; a longer one is refused, as one that cannot be had. */
const MAX_ANSWER_BYTES = 4_194_304;

/** Sends the request on as the API server does, and reads the answer to its end: an endless one never comes. */
export function proxiedExchange(target: ApiProxyConnection, request: ApiRequest): ProxiedExchange {
  const query = request.query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const redirect = slashRedirect(request, target, query === '' ? '' : `?${query}`);
  let answer = redirect;
  let unsent = redirect === undefined ? rendered(target, request, query) : new Uint8Array(0);
  let received: Uint8Array = new Uint8Array(0);
  let onAnswer: () => void = () => undefined;
  const settle = (response: ApiResponse): void => {
    if (answer !== undefined) return;
    answer = response;
    target.close();
    onAnswer();
  };
  const send = (): void => {
    if (unsent.length > 0) unsent = unsent.slice(target.write(unsent));
  };
  const read = (ended: boolean): boolean => {
    const got = parseResponse(received, ended, request.method);
    if (got === undefined) return false;
    const headers = responseHeaders(lowerCase(got.headers), target);
    const body = isPage(headers) ? rewriteLinks(got.body, target) : got.body;
    const sized = request.method === 'HEAD' ? headers : { ...headers, 'content-length': String(body.length) };
    settle({ status: got.status, headers: sized, body });
    return true;
  };
  const fail = (why: string): void => settle(failureResponse(request, unreachable(why)));
  target.onData((data) => {
    received = concat(received, data);
    if (read(false)) return;
    if (received.length > MAX_ANSWER_BYTES) fail(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    else send();
  });
  target.onEnd((message) => {
    if (answer === undefined && !read(true)) fail(message ?? 'EOF');
  });
  if (redirect === undefined) send();
  else target.close();
  return {
    kind: 'exchange',
    answer: () => {
      if (answer === undefined) send();
      return answer;
    },
    onAnswer: (listener) => void (onAnswer = listener),
    close: () => target.close(),
  };
}

function rendered(target: ApiProxyConnection, request: ApiRequest, query: string): Uint8Array {
  const { method, headers, body = new Uint8Array(0) } = request;
  const lines = Object.entries(requestHeaders(headers, target, body.length)).map(
    ([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/gu, ' ')}`,
  );
  const head = [`${method} ${target.path}${query === '' ? '' : `?${query}`} HTTP/1.1`, ...lines].join('\r\n');
  return concat(utf8Encode(`${head}\r\n\r\n`), body);
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
