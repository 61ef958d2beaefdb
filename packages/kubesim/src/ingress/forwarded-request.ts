import { utf8Encode } from '@podwire/sim';
import { concat } from '../images/http/message.ts';
import type { HttpRequest } from '../images/http/message.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'host',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-scheme',
  'x-request-id',
]);

/** The request as the backend gets it, with what ingress-nginx tells about the client. */
export function renderRequest(
  request: HttpRequest,
  path: string,
  about: {
    readonly host: string;
    readonly upstreamHost: string;
    readonly client: string;
    readonly requestId: string;
    readonly secure: boolean;
    readonly prefix: string | undefined;
  },
): Uint8Array {
  const scheme = about.secure ? 'https' : 'http';
  const query = request.target.indexOf('?');
  const target = `${path}${query < 0 ? '' : request.target.slice(query)}`;
  const lines = [
    `${request.method} ${target} HTTP/1.1`,
    `Host: ${about.upstreamHost}`,
    `X-Request-ID: ${about.requestId}`,
    `X-Real-IP: ${about.client}`,
    `X-Forwarded-For: ${about.client}`,
    `X-Forwarded-Host: ${about.host}`,
    `X-Forwarded-Port: ${about.secure ? 443 : 80}`,
    `X-Forwarded-Proto: ${scheme}`,
    `X-Forwarded-Scheme: ${scheme}`,
    `X-Scheme: ${scheme}`,
    ...(about.prefix === undefined ? [] : [`X-Forwarded-Prefix: ${about.prefix.replace(/[\r\n]/g, '')}`]),
    ...[...request.headers]
      .filter(([name]) => !HOP_BY_HOP.has(name))
      .map(([name, value]) => `${name}: ${value}`),
    ...(request.body.length > 0 ? [`Content-Length: ${request.body.length}`] : []),
  ];
  return concat(utf8Encode(`${lines.join('\r\n')}\r\n\r\n`), request.body);
}
