import { NEXT } from './exchange.ts';
import type { CacheEntry, DnsPlugin, Exchange, Handling } from './exchange.ts';
import { zoneFor } from './local-plugins.ts';
import { canonicalName } from './names.ts';
import { RESPONSE_CODE } from './records.ts';
import type { DnsMessage, ResourceRecord } from './records.ts';
import type { CacheConfig } from './plugin-config.ts';

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
