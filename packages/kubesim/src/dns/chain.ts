import { replyTo } from './exchange.ts';
import type { ClientAddress, DnsEnvironment, DnsPlugin, Exchange } from './exchange.ts';
import { forwardPlugin, hostsPlugin, kubernetesPlugin, zoneFor } from './local-plugins.ts';
import { logPlugin } from './logging.ts';
import { cachePlugin, loadbalancePlugin } from './outer-plugins.ts';
import { RESPONSE_CODE } from './records.ts';
import type { DnsMessage } from './records.ts';
import { rewritePlugin } from './rewriting.ts';
import type { ForwardConfig, ServerConfig } from './plugin-config.ts';
import { templatePlugin } from './templating.ts';

/**
 * The plugins that see queries, in the order of CoreDNS' plugin.cfg, whatever the order in the Corefile.
 * A query goes down the list until one answers; the reply goes back up through those it passed.
 * `errors`, `health`, `ready`, `prometheus`, `reload` and `loop` serve the server itself and stand in `program.ts`.
 */
const CHAIN: readonly DnsPlugin[] = [
  logPlugin,
  loadbalancePlugin,
  cachePlugin,
  rewritePlugin,
  templatePlugin,
  hostsPlugin,
  kubernetesPlugin,
  forwardPlugin,
];

export type Resolution =
  | { readonly kind: 'reply'; readonly response: DnsMessage }
  | { readonly kind: 'ask'; readonly upstreams: ForwardConfig['to']; readonly exchange: Exchange }
  /** Nobody in the chain was there to answer; the client gets SERVFAIL. */
  | { readonly kind: 'failed'; readonly response: DnsMessage; readonly reason: string };

/** The server block with the longest zone that holds the name. */
export function serverFor(
  name: string,
  port: number,
  servers: readonly ServerConfig[],
): ServerConfig | undefined {
  const here = servers.filter((server) => server.port === port);
  const zone = zoneFor(
    name,
    here.map((server) => server.zone),
  );
  return here.find((server) => server.zone === zone);
}

/** Takes one query as far as it goes without waiting. */
export function resolve(
  query: DnsMessage,
  queryBytes: number,
  client: ClientAddress,
  server: ServerConfig,
  environment: DnsEnvironment,
): Resolution {
  const [question] = query.questions;
  if (question === undefined) throw new RangeError('a query without a question has no answer');
  let exchange: Exchange = {
    server,
    client,
    query,
    queryBytes,
    question,
    changes: [],
    startedMs: environment.nowMs,
    cached: false,
  };
  for (const [position, plugin] of CHAIN.entries()) {
    const handling = plugin.onQuery?.(exchange, environment) ?? { kind: 'next' };
    switch (handling.kind) {
      case 'next':
        break;
      case 'rewritten':
        exchange = { ...exchange, question: handling.question, changes: handling.changes };
        break;
      case 'reply':
        exchange = { ...exchange, cached: handling.cached ?? false };
        return { kind: 'reply', response: goBack(exchange, handling.response, position, environment) };
      case 'failed': {
        const response = replyTo(exchange, { responseCode: RESPONSE_CODE.SERVFAIL });
        return {
          kind: 'failed',
          response: goBack(exchange, response, position, environment),
          reason: handling.reason,
        };
      }
      case 'ask':
        return { kind: 'ask', upstreams: handling.upstreams, exchange };
    }
  }
  const response = replyTo(exchange, { responseCode: RESPONSE_CODE.SERVFAIL });
  return {
    kind: 'failed',
    response: goBack(exchange, response, CHAIN.length, environment),
    reason: 'plugin/forward: no next plugin found',
  };
}

/** Brings an upstream's answer, or the failure to get one, back to the client's question. */
export function finishForwarded(
  exchange: Exchange,
  upstream: DnsMessage | undefined,
  environment: DnsEnvironment,
): DnsMessage {
  const response: DnsMessage =
    upstream === undefined
      ? replyTo(exchange, { responseCode: RESPONSE_CODE.SERVFAIL })
      : { ...upstream, id: exchange.query.id, questions: [exchange.question] };
  return goBack(exchange, response, CHAIN.indexOf(forwardPlugin), environment);
}

function goBack(
  exchange: Exchange,
  response: DnsMessage,
  position: number,
  environment: DnsEnvironment,
): DnsMessage {
  let current = response;
  for (const plugin of CHAIN.slice(0, position + 1).toReversed())
    current = plugin.onReply?.(exchange, current, environment) ?? current;
  return current;
}
