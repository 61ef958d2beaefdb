import {
  decodeMessage,
  encodeMessage,
  expandSearch,
  frameForTcp,
  parseResolvConf,
  queryMessage,
  RESPONSE_CODE,
  unframeTcp,
  CLASS_IN,
} from '@podwire/kubesim';
import type { DnsMessage, ResolverConfig } from '@podwire/kubesim';
import type { Process, Task } from '@podwire/machine';
import { canonicalIp } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { joinBytes } from '../stdio/input.ts';
import { orderedDestinations } from './destinations.ts';
import { openTcp, waitSocket } from './socket.ts';

const DNS_PORT = 53;
/** Datagrams looked at for one question: late answers to other questions may stand before it. */
const MAX_STRAY_ANSWERS = 32;
const MAX_ADDRESSES = 64;

export type QueryOutcome =
  | {
      readonly kind: 'answer';
      readonly message: DnsMessage;
      readonly server: string;
      readonly tookMs: number;
      readonly sizeBytes: number;
      readonly protocol: 'udp' | 'tcp';
    }
  | { readonly kind: 'timed-out' | 'refused' | 'unreachable'; readonly server: string };

export interface QueryOptions {
  readonly name: string;
  readonly type: string;
  readonly server: string;
  readonly timeoutMs: number;
  readonly port?: number;
  readonly tcp?: boolean;
  readonly recursionDesired?: boolean;
  /** Asks with EDNS, and offers this. */
  readonly udpSizeBytes?: number;
  readonly dnssecOk?: boolean;
  /** EDNS options as they go on the wire. */
  readonly ednsOptions?: Uint8Array;
  /** Takes what came over UDP although it was cut. */
  readonly ignoreTruncation?: boolean;
}

/** Asks one server one question, over UDP, and over TCP when the answer was cut (RFC 1035 section 4.2). */
export function* query(process: Process, options: QueryOptions): Task<QueryOutcome> {
  if (options.tcp === true) return yield* queryTcp(process, options);
  const outcome = yield* queryUdp(process, options);
  const isCut = outcome.kind === 'answer' && outcome.message.truncated && options.ignoreTruncation !== true;
  return isCut ? yield* queryTcp(process, options) : outcome;
}

function questionOf(process: Process, options: QueryOptions): DnsMessage {
  return queryMessage(
    process.randomInt(65_536),
    { name: options.name, type: options.type, class: CLASS_IN },
    {
      recursionDesired: options.recursionDesired ?? true,
      ...(options.udpSizeBytes === undefined
        ? {}
        : {
            edns: {
              udpSizeBytes: options.udpSizeBytes,
              version: 0,
              dnssecOk: options.dnssecOk ?? false,
              options: options.ednsOptions ?? new Uint8Array(0),
            },
          }),
    },
  );
}

function* queryUdp(process: Process, options: QueryOptions): Task<QueryOutcome> {
  const [outcome = { kind: 'unreachable', server: options.server }] = yield* exchangeUdp(process, [options]);
  return outcome;
}

/** Questions for one server; what was cut is asked again over TCP. */
function* queryAllUdp(process: Process, asked: readonly QueryOptions[]): Task<readonly QueryOutcome[]> {
  const outcomes: QueryOutcome[] = [];
  for (const [index, outcome] of (yield* exchangeUdp(process, asked)).entries()) {
    const options = asked[index];
    const isCut = outcome.kind === 'answer' && outcome.message.truncated && options !== undefined;
    outcomes.push(isCut ? yield* queryTcp(process, options) : outcome);
  }
  return outcomes;
}

/** Questions for one server, from one socket, all before the first answer; an outcome each, in their order. */
function* exchangeUdp(process: Process, asked: readonly QueryOptions[]): Task<readonly QueryOutcome[]> {
  const [first] = asked;
  if (first === undefined) return [];
  const { server } = first;
  const all = (kind: 'timed-out' | 'refused' | 'unreachable'): readonly QueryOutcome[] =>
    asked.map(() => ({ kind, server }));
  const remote = { address: server, port: first.port ?? DNS_PORT };
  const socket = process.net.connectUdp(remote);
  if (!socket.ok) return all('unreachable');
  try {
    const questions = asked.map((options) => questionOf(process, options));
    const startedMs = process.nowMs();
    for (const question of questions)
      if (!process.net.sendTo(socket.value, remote, encodeMessage(question)).ok) return all('unreachable');
    const answers = new Map<number, QueryOutcome>();
    for (let stray = 0; stray < MAX_STRAY_ANSWERS && answers.size < asked.length; stray++) {
      const leftMs = startedMs + first.timeoutMs - process.nowMs();
      const datagram = process.net.receiveFrom(socket.value);
      if (datagram === undefined) {
        if (leftMs <= 0) break;
        const errno = yield* waitSocket(process, socket.value, leftMs);
        if (errno !== undefined) return all(errno === 'ECONNREFUSED' ? 'refused' : 'unreachable');
        continue;
      }
      const decoded = decodeMessage(datagram.data);
      const index = decoded.ok ? questions.findIndex(({ id }) => id === decoded.message.id) : -1;
      if (decoded.ok && index >= 0 && !answers.has(index))
        answers.set(index, {
          kind: 'answer',
          message: decoded.message,
          server,
          tookMs: process.nowMs() - startedMs,
          sizeBytes: datagram.data.length,
          protocol: 'udp',
        });
    }
    return asked.map((_, index) => answers.get(index) ?? { kind: 'timed-out', server });
  } finally {
    process.net.close(socket.value);
  }
}

function* queryTcp(process: Process, options: QueryOptions): Task<QueryOutcome> {
  const { server, timeoutMs } = options;
  const startedMs = process.nowMs();
  const opened = yield* openTcp(process, { address: server, port: options.port ?? DNS_PORT }, timeoutMs);
  if (opened.kind === 'timed-out') return { kind: 'timed-out', server };
  if (opened.kind === 'failed')
    return { kind: opened.errno === 'ECONNREFUSED' ? 'refused' : 'unreachable', server };
  try {
    const asked = questionOf(process, options);
    process.net.send(opened.socket, frameForTcp(encodeMessage(asked)));
    let buffer: Uint8Array = new Uint8Array(0);
    for (;;) {
      const got = process.net.receive(opened.socket);
      if (!got.ok || got.value === undefined) return { kind: 'unreachable', server };
      buffer = joinBytes([buffer, got.value]);
      const [first] = unframeTcp(buffer).messages;
      const decoded = first === undefined ? undefined : decodeMessage(first);
      if (decoded?.ok === true)
        return {
          kind: 'answer',
          message: decoded.message,
          server,
          tookMs: process.nowMs() - startedMs,
          sizeBytes: first?.length ?? 0,
          protocol: 'tcp',
        };
      const leftMs = startedMs + timeoutMs - process.nowMs();
      if (leftMs <= 0) return { kind: 'timed-out', server };
      yield* waitSocket(process, opened.socket, leftMs);
    }
  } finally {
    process.net.close(opened.socket);
  }
}

export function resolverConfig(process: Process): ResolverConfig {
  const file = process.fs.readFile('/etc/resolv.conf');
  return parseResolvConf(file.ok ? utf8Decode(file.value) : '');
}

export type Resolution =
  /** `name`: under which it was found, whole where the search list completed it. */
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly name: string }
  /** `EAI_NONAME`, `EAI_AGAIN`. */
  | { readonly kind: 'not-found' | 'try-again' };

/**
 * getaddrinfo(3): an address as it is, /etc/hosts, then DNS along the search list (DNS10). Of each name both kinds of
 * addresses are asked for, unless the caller wants one alone; what is found is in the order of RFC 6724.
 */
export function* resolveHost(process: Process, host: string, family?: 4 | 6): Task<Resolution> {
  const literal = canonicalIp(host.replace(/^\[(.*)\]$/, '$1'));
  if (literal !== undefined)
    return isOf(family, literal)
      ? { kind: 'found', addresses: [literal], name: host }
      : { kind: 'not-found' };
  const known = fromHostsFile(process, host).filter((address) => isOf(family, address));
  if (known.length > 0) return { kind: 'found', addresses: orderedDestinations(process, known), name: host };
  const config = resolverConfig(process);
  if (config.nameServers.length === 0) return { kind: 'try-again' };
  const types = family === undefined ? ['A', 'AAAA'] : [family === 4 ? 'A' : 'AAAA'];
  let failed = false;
  for (const name of expandSearch(host, config)) {
    const answers: DnsMessage[] = [];
    for (const outcome of yield* askTogether(process, config, name, types)) {
      if (outcome?.kind !== 'answer') return { kind: 'try-again' };
      answers.push(outcome.message);
    }
    const addresses = answers.flatMap(addressesIn);
    if (addresses.length > 0)
      return {
        kind: 'found',
        addresses: orderedDestinations(process, addresses),
        name: name.replace(/\.$/, ''),
      };
    if (answers.some(({ responseCode }) => responseCode === RESPONSE_CODE.SERVFAIL)) failed = true;
  }
  return { kind: failed ? 'try-again' : 'not-found' };
}

function isOf(family: 4 | 6 | undefined, address: string): boolean {
  return family === undefined || address.includes(':') === (family === 6);
}

/** Several questions about one name, sent to a server at once, as glibc and musl do; each server in its turn. */
function* askTogether(
  process: Process,
  config: ResolverConfig,
  name: string,
  types: readonly string[],
): Task<readonly (QueryOutcome | undefined)[]> {
  let last: readonly (QueryOutcome | undefined)[] = [undefined];
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    for (const server of config.nameServers) {
      const timeoutMs = config.timeoutSeconds * 1_000;
      const asked = types.map((type) => ({ name, type, server, timeoutMs, tcp: config.useTcp }));
      last = config.useTcp ? yield* inTurn(process, asked) : yield* queryAllUdp(process, asked);
      if (last.every(isFinal)) return last;
    }
  }
  return last;
}

function* inTurn(process: Process, asked: readonly QueryOptions[]): Task<readonly QueryOutcome[]> {
  const outcomes: QueryOutcome[] = [];
  for (const options of asked) outcomes.push(yield* query(process, options));
  return outcomes;
}

/** Whether no other server need be asked. */
function isFinal(outcome: QueryOutcome | undefined): boolean {
  return (
    outcome?.kind === 'answer' &&
    (outcome.message.responseCode === RESPONSE_CODE.NOERROR ||
      outcome.message.responseCode === RESPONSE_CODE.NXDOMAIN)
  );
}

export function addressesIn(message: DnsMessage): readonly string[] {
  return message.answers
    .flatMap(({ data }) => (data.type === 'A' || data.type === 'AAAA' ? [data.address] : []))
    .slice(0, MAX_ADDRESSES);
}

function fromHostsFile(process: Process, host: string): readonly string[] {
  const file = process.fs.readFile('/etc/hosts');
  if (!file.ok) return [];
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const found: string[] = [];
  for (const line of utf8Decode(file.value).split('\n')) {
    const [address, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const ip = address === undefined || address === '' ? undefined : canonicalIp(address);
    if (ip !== undefined && names.some((name) => name.toLowerCase() === wanted)) found.push(ip);
  }
  return found.slice(0, MAX_ADDRESSES);
}
