import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { DnsState } from './server-state.ts';

/** A probe's or a scraper's request head is short; a longer one is refused. */
export const MAX_REQUEST_BYTES = 8192;

const PATHS = { health: '/health', ready: '/ready', metrics: '/metrics' } as const;

/** The whole response once the request's head is there; undefined until then. */
export function httpResponse(
  page: keyof typeof PATHS,
  request: Uint8Array,
  state: DnsState,
): Uint8Array | undefined {
  const text = utf8Decode(request);
  if (!text.includes('\r\n\r\n'))
    return request.length > MAX_REQUEST_BYTES
      ? respond(431, 'Request Header Fields Too Large', '')
      : undefined;
  const [method, target] = text.slice(0, text.indexOf('\r\n')).split(' ');
  const path = target?.split('?')[0];
  if (method === undefined || path === undefined) return respond(400, 'Bad Request', '400 Bad Request');
  if (path !== PATHS[page]) return respond(404, 'Not Found', '404 page not found\n');
  const isUp = !state.stopping || page === 'metrics';
  if (page === 'metrics') return respond(200, 'OK', metrics(state));
  return isUp ? respond(200, 'OK', 'OK') : respond(503, 'Service Unavailable', '');
}

function respond(status: number, reason: string, body: string): Uint8Array {
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${utf8Encode(body).length}`,
    'Connection: close',
  ];
  return utf8Encode(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The counters that are kept, in Prometheus' text format. */
function metrics({ answered, cache }: DnsState): string {
  const lines = [
    "# HELP coredns_build_info A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
    '# TYPE coredns_build_info gauge',
    'coredns_build_info{goversion="go1.24.1",revision="707c7c1",version="1.12.1"} 1',
    '# HELP coredns_cache_entries The number of elements in the cache.',
    '# TYPE coredns_cache_entries gauge',
    `coredns_cache_entries ${cache.size}`,
    '# HELP coredns_dns_responses_total Counter of response status codes.',
    '# TYPE coredns_dns_responses_total counter',
    ...[...answered].map(([labels, count]) => `coredns_dns_responses_total{${labels}} ${count}`),
  ];
  return `${lines.join('\n')}\n`;
}
