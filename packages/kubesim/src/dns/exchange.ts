import type { DnsObjects } from './objects.ts';
import type { DnsMessage, Question } from './records.ts';
import type { AnswerChange, ForwardConfig, ServerConfig } from './plugin-config.ts';

export interface ClientAddress {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'udp' | 'tcp';
}

/** One query on its way through the plugins. Plain data: it can wait for an upstream's answer. */
export interface Exchange {
  readonly server: ServerConfig;
  readonly client: ClientAddress;
  readonly query: DnsMessage;
  readonly queryBytes: number;
  readonly startedMs: number;
  /** What is asked now: the client's question, or what a rewrite made of it. */
  readonly question: Question;
  /** What rewrites do with the answer. */
  readonly changes: readonly AnswerChange[];
  /** Whether the answer came from the cache. */
  readonly cached: boolean;
}

/** A message that can be given again until its time is up. */
export interface CacheEntry {
  readonly message: DnsMessage;
  readonly storedMs: number;
  readonly expiresMs: number;
}

/** What plugins may use of the world. */
export interface DnsEnvironment {
  readonly objects: DnsObjects;
  readonly cache: Map<string, CacheEntry>;
  readonly nowMs: number;
  readonly randomInt: (bound: number) => number;
  /** Addresses of this server's own Service. */
  readonly nameServers: readonly string[];
  readonly log: (line: string) => void;
}

/** What a plugin does with a query. */
export type Handling =
  | { readonly kind: 'next' }
  | { readonly kind: 'rewritten'; readonly question: Question; readonly changes: readonly AnswerChange[] }
  | { readonly kind: 'reply'; readonly response: DnsMessage; readonly cached?: boolean }
  /** SERVFAIL, with what `errors` writes down. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** To be asked elsewhere; the reply comes back through the plugins before this one. */
  | { readonly kind: 'ask'; readonly upstreams: ForwardConfig['to'] };

export const NEXT: Handling = Object.freeze({ kind: 'next' });

/** A plugin: what it does on the way in, and with what it does the reply on the way out. */
export interface DnsPlugin {
  readonly name: string;
  readonly onQuery?: (exchange: Exchange, environment: DnsEnvironment) => Handling;
  readonly onReply?: (exchange: Exchange, response: DnsMessage, environment: DnsEnvironment) => DnsMessage;
}

/** A reply to the exchange's question with nothing in it yet. */
export function replyTo(exchange: Exchange, more: Partial<DnsMessage>): DnsMessage {
  const { query, question } = exchange;
  return {
    id: query.id,
    response: true,
    opcode: query.opcode,
    authoritative: false,
    truncated: false,
    recursionDesired: query.recursionDesired,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: query.checkingDisabled,
    responseCode: 0,
    questions: [question],
    answers: [],
    authorities: [],
    additionals: [],
    ...more,
  };
}
