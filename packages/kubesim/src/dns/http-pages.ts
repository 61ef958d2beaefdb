import { parseRequest, renderResponse } from '../images/http/message.ts';
import type { HttpResponse } from '../images/http/message.ts';
import type { DnsState } from './server-state.ts';

const PATHS = { health: '/health', ready: '/ready', metrics: '/metrics' } as const;

/** The whole response once the request is there; undefined until then. */
export function httpResponse(
  page: keyof typeof PATHS,
  input: Uint8Array,
  state: DnsState,
  nowMs: number,
): Uint8Array | undefined {
  const parsed = parseRequest(input);
  if (parsed.kind === 'incomplete') return undefined;
  const answer: HttpResponse =
    parsed.kind === 'malformed'
      ? { status: parsed.status, body: '' }
      : parsed.request.path === PATHS[page]
        ? pageOf(page, state)
        : { status: 404, body: '404 page not found\n' };
  const headOnly = parsed.kind === 'request' && parsed.request.method === 'HEAD';
  return renderResponse(answer, { nowMs, headOnly, keepAlive: false });
}

/** In lameduck the server still answers, and /ready tells everyone to go elsewhere. */
function pageOf(page: keyof typeof PATHS, state: DnsState): HttpResponse {
  if (page === 'metrics') return { status: 200, body: metrics(state) };
  if (page === 'ready' && state.stopping) return { status: 503, body: '' };
  return { status: 200, body: 'OK' };
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
