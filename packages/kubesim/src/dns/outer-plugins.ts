import { NEXT } from './exchange.ts';
import type { CacheEntry, DnsEnvironment, DnsPlugin, Exchange, Handling } from './exchange.ts';
import { zoneFor } from './local-plugins.ts';
import { encodeMessage } from './message.ts';
import { canonicalName } from './names.ts';
import { RESPONSE_CODE, responseCodeName } from './records.ts';
import type { DnsMessage, DomainName, ResourceRecord } from './records.ts';
import type { CacheConfig, RewriteConfig } from './server-config.ts';

/** A line for each query. */
export const logPlugin: DnsPlugin = {
  name: 'log',
  onReply(exchange, response, environment): DnsMessage {
    if (exchange.server.log) environment.log(`[INFO] ${logLine(exchange, response, environment)}`);
    return response;
  },
};

function logLine(exchange: Exchange, response: DnsMessage, environment: DnsEnvironment): string {
  const { client, query, queryBytes, startedMs } = exchange;
  const [question] = query.questions;
  const size = client.protocol === 'tcp' ? 65_535 : Math.max(512, query.edns?.udpSizeBytes ?? 512);
  const flags = [
    response.response ? 'qr' : '',
    response.authoritative ? 'aa' : '',
    response.truncated ? 'tc' : '',
    response.recursionDesired ? 'rd' : '',
    response.recursionAvailable ? 'ra' : '',
  ].filter((flag) => flag !== '');
  const took = ((environment.nowMs - startedMs) / 1000).toFixed(9);
  return `${client.address}:${client.port} - ${query.id} "${question?.type ?? ''} IN ${question?.name ?? ''} ${client.protocol} ${queryBytes} ${query.edns?.dnssecOk === true} ${size}" ${responseCodeName(response.responseCode)} ${flags.join(',')} ${encodeMessage(response).length} ${took}s`;
}

/** Answers of several addresses in random order, aliases first. */
export const loadbalancePlugin: DnsPlugin = {
  name: 'loadbalance',
  onReply({ server }, response, { randomInt }): DnsMessage {
    if (!server.loadbalance) return response;
    const isAddress = ({ data }: ResourceRecord): boolean => data.type === 'A' || data.type === 'AAAA';
    const addresses = response.answers.filter(isAddress);
    if (addresses.length < 2) return response;
    // Fisher and Yates.
    for (let index = addresses.length - 1; index > 0; index--) {
      const other = randomInt(index + 1);
      const [left, right] = [addresses[index], addresses[other]];
      if (left === undefined || right === undefined) break;
      addresses[index] = right;
      addresses[other] = left;
    }
    return {
      ...response,
      answers: [...response.answers.filter((record) => !isAddress(record)), ...addresses],
    };
  },
};

/** Least and most that the cache keeps: seconds, entries. */
const CACHE_MIN_SECONDS = 5;
const MAX_CACHE_ENTRIES = 4096;

export const cachePlugin: DnsPlugin = {
  name: 'cache',
  onQuery(exchange, environment): Handling {
    const config = exchange.server.cache;
    if (config === undefined) return NEXT;
    const entry = environment.cache.get(cacheKey(exchange));
    if (entry === undefined || entry.expiresMs <= environment.nowMs) return NEXT;
    const ageSeconds = Math.floor((environment.nowMs - entry.storedMs) / 1000);
    const { query, question } = exchange;
    const response = withTtl(entry.message, (ttl) => Math.max(0, ttl - ageSeconds));
    return {
      kind: 'reply',
      cached: true,
      response: {
        ...response,
        id: query.id,
        recursionDesired: query.recursionDesired,
        questions: [question],
      },
    };
  },

  onReply(exchange, response, environment): DnsMessage {
    const config = exchange.server.cache;
    const seconds =
      config === undefined || exchange.cached ? undefined : secondsToKeep(config, exchange, response);
    if (seconds === undefined) return response;
    const { cache, nowMs } = environment;
    const message = withTtl(response, (ttl) => Math.min(ttl, seconds));
    const entry: CacheEntry = { message, storedMs: nowMs, expiresMs: nowMs + seconds * 1000 };
    const key = cacheKey(exchange);
    cache.delete(key);
    cache.set(key, entry);
    // The oldest goes: a Map keeps the order in which entries came.
    const oldest = cache.size > MAX_CACHE_ENTRIES ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    return message;
  },
};

function cacheKey({ server, question, query }: Exchange): string {
  return `${server.zone}:${server.port} ${canonicalName(question.name)} ${question.type} ${query.edns?.dnssecOk === true}`;
}

/** undefined: not to be kept. */
function secondsToKeep(
  config: CacheConfig,
  { question }: Exchange,
  response: DnsMessage,
): number | undefined {
  if (response.truncated || zoneFor(question.name, config.zones) === undefined) return undefined;
  const isSuccess = response.responseCode === RESPONSE_CODE.NOERROR && response.answers.length > 0;
  const isDenial =
    response.responseCode === RESPONSE_CODE.NXDOMAIN ||
    (response.responseCode === RESPONSE_CODE.NOERROR && !isSuccess);
  if (!isSuccess && !isDenial) return undefined;
  if (zoneFor(question.name, isSuccess ? config.noSuccess : config.noDenial) !== undefined) return undefined;
  const records = [...response.answers, ...response.authorities, ...response.additionals];
  const least = records.reduce((sum, { ttlSeconds }) => Math.min(sum, ttlSeconds), Number.POSITIVE_INFINITY);
  const cap = isSuccess ? config.successSeconds : config.denialSeconds;
  return Math.min(cap, Math.max(CACHE_MIN_SECONDS, Number.isFinite(least) ? least : CACHE_MIN_SECONDS));
}

function withTtl(message: DnsMessage, change: (ttlSeconds: number) => number): DnsMessage {
  const each = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
    records.map((record) => ({ ...record, ttlSeconds: change(record.ttlSeconds) }));
  return {
    ...message,
    answers: each(message.answers),
    authorities: each(message.authorities),
    additionals: each(message.additionals),
  };
}

/** Asks for another name, and gives the answer under the one that was asked for. */
export const rewritePlugin: DnsPlugin = {
  name: 'rewrite',
  onQuery({ server, question }): Handling {
    for (const rule of server.rewrites) {
      const name = rewritten(rule, canonicalName(question.name));
      if (name !== undefined) return { kind: 'rewritten', question: { ...question, name } };
    }
    return NEXT;
  },

  onReply({ query, question }, response): DnsMessage {
    const asked = query.questions[0];
    if (asked === undefined || asked.name === question.name) return response;
    const restore = (record: ResourceRecord): ResourceRecord =>
      canonicalName(record.name) === canonicalName(question.name) ? { ...record, name: asked.name } : record;
    return { ...response, questions: [asked], answers: response.answers.map(restore) };
  },
};

function rewritten({ match, from, to }: RewriteConfig, name: DomainName): DomainName | undefined {
  switch (match) {
    case 'exact':
      return name === from ? to : undefined;
    case 'prefix':
      return name.startsWith(from) ? canonicalName(to + name.slice(from.length)) : undefined;
    case 'suffix': {
      const dotted = from.endsWith('.') ? from : `${from}.`;
      return name.endsWith(dotted)
        ? canonicalName(name.slice(0, name.length - dotted.length) + to)
        : undefined;
    }
    case 'substring':
      return name.includes(from) ? canonicalName(name.replaceAll(from, to)) : undefined;
  }
}
