import { decodeMessage, encodeMessage, queryMessage } from '../dns/message.ts';
import { CLASS_IN, RESPONSE_CODE } from '../dns/records.ts';
import type { RecordType } from '../dns/records.ts';
import { recordsOf } from './dns-answer.ts';
import { expandSearch, parseResolvConf } from '../dns/search-list.ts';
import type { ResolverConfig } from '../dns/search-list.ts';

/** A name's look-up as a stub resolver goes about it: which question to which server comes next. Values only; who uses it sends. */
export interface Lookup {
  readonly config: ResolverConfig;
  readonly type: RecordType;
  /** Addresses are wanted, of either family: a name without IPv4 is asked for IPv6. */
  readonly either: boolean;
  readonly candidates: readonly string[];
  readonly candidate: number;
  readonly server: number;
  readonly attempt: number;
  /** One of the candidates exists, without records of the type. */
  readonly existed: boolean;
}

export type LookupStep =
  | {
      readonly kind: 'ask';
      readonly lookup: Lookup;
      readonly server: string;
      readonly query: Uint8Array;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'found';
      readonly name: string;
      /** The first address, when addresses were asked for. */
      readonly address: string;
      readonly records: readonly string[];
    }
  /** `existed`: a name does, without records of the type. */
  | { readonly kind: 'not-found'; readonly existed: boolean }
  /** No server answered, or none is configured. */
  | { readonly kind: 'no-answer' };

export function beginLookup(host: string, resolvConf: string, id: number, type?: RecordType): LookupStep {
  const config = parseResolvConf(resolvConf);
  const candidates = expandSearch(host, config);
  const place = { candidate: 0, server: 0, attempt: 0, existed: false };
  return ask({ config, type: type ?? 'A', either: type === undefined, candidates, ...place }, id);
}

function ask(lookup: Lookup, id: number): LookupStep {
  const name = lookup.candidates[lookup.candidate];
  const server = lookup.config.nameServers[lookup.server];
  if (name === undefined) return { kind: 'not-found', existed: lookup.existed };
  if (server === undefined) return { kind: 'no-answer' };
  const query = encodeMessage(queryMessage(id, { name, type: lookup.type, class: CLASS_IN }));
  return { kind: 'ask', lookup, server, query, timeoutMs: lookup.config.timeoutSeconds * 1000 };
}

/** A datagram came from the server asked; undefined when it is no answer to this question. */
export function takeAnswer(lookup: Lookup, id: number, bytes: Uint8Array): LookupStep | undefined {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok || !decoded.message.response || decoded.message.id !== id) return undefined;
  const { message } = decoded;
  if (message.responseCode === RESPONSE_CODE.NOERROR) {
    const records = recordsOf(message, lookup.type);
    const [first] = records;
    const name = lookup.candidates[lookup.candidate] ?? '';
    if (first !== undefined) return { kind: 'found', name, address: first, records };
  } else if (message.responseCode !== RESPONSE_CODE.NXDOMAIN) {
    return nextServer(lookup, id);
  }
  const here = { ...lookup, server: 0, attempt: 0 };
  if (lookup.either && lookup.type === 'A' && message.responseCode === RESPONSE_CODE.NOERROR)
    return ask({ ...here, type: 'AAAA' }, id);
  const existed = lookup.existed || message.responseCode === RESPONSE_CODE.NOERROR;
  const type = lookup.either ? 'A' : lookup.type;
  return ask({ ...here, type, candidate: lookup.candidate + 1, existed }, id);
}

/** The server asked did not answer in time, or refused. */
export function nextServer(lookup: Lookup, id: number): LookupStep {
  const { config } = lookup;
  if (lookup.server + 1 < config.nameServers.length) return ask({ ...lookup, server: lookup.server + 1 }, id);
  if (lookup.attempt + 1 < config.attempts)
    return ask({ ...lookup, server: 0, attempt: lookup.attempt + 1 }, id);
  return { kind: 'no-answer' };
}

/** /etc/hosts comes before DNS (nsswitch.conf: files dns). */
export function fromHostsFile(text: string, host: string): string | undefined {
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (
      address !== undefined &&
      address !== '' &&
      names.some((name) => name.toLowerCase() === host.toLowerCase())
    )
      return address;
  }
  return undefined;
}
