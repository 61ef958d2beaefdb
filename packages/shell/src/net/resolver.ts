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
  const { server } = options;
  const remote = { address: server, port: options.port ?? DNS_PORT };
  const socket = process.net.connectUdp(remote);
  if (!socket.ok) return { kind: 'unreachable', server };
  try {
    const asked = questionOf(process, options);
    const startedMs = process.nowMs();
    const sent = process.net.sendTo(socket.value, remote, encodeMessage(asked));
    if (!sent.ok) return { kind: 'unreachable', server };
    for (let stray = 0; stray < MAX_STRAY_ANSWERS; stray++) {
      const leftMs = startedMs + options.timeoutMs - process.nowMs();
      const datagram = process.net.receiveFrom(socket.value);
      if (datagram === undefined) {
        if (leftMs <= 0) return { kind: 'timed-out', server };
        const errno = yield* waitSocket(process, socket.value, leftMs);
        if (errno === 'ECONNREFUSED') return { kind: 'refused', server };
        if (errno !== undefined) return { kind: 'unreachable', server };
        continue;
      }
      const decoded = decodeMessage(datagram.data);
      if (decoded.ok && decoded.message.id === asked.id)
        return {
          kind: 'answer',
          message: decoded.message,
          server,
          tookMs: process.nowMs() - startedMs,
          sizeBytes: datagram.data.length,
          protocol: 'udp',
        };
    }
    return { kind: 'timed-out', server };
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

/** Asks the configured servers in turn, as glibc does: each for `timeout`, all of them `attempts` times. */
export function* queryServers(
  process: Process,
  config: ResolverConfig,
  name: string,
  type: string,
): Task<QueryOutcome | undefined> {
  let last: QueryOutcome | undefined;
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    for (const server of config.nameServers) {
      last = yield* query(process, {
        name,
        type,
        server,
        timeoutMs: config.timeoutSeconds * 1_000,
        tcp: config.useTcp,
      });
      if (
        last.kind === 'answer' &&
        (last.message.responseCode === RESPONSE_CODE.NOERROR ||
          last.message.responseCode === RESPONSE_CODE.NXDOMAIN)
      )
        return last;
    }
  }
  return last;
}

export type Resolution =
  /** `name`: under which it was found, whole where the search list completed it. */
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly name: string }
  /** `EAI_NONAME`, `EAI_AGAIN`. */
  | { readonly kind: 'not-found' | 'try-again' };

/** getaddrinfo(3) for IPv4: an address as it is, /etc/hosts, then DNS along the search list (DNS10). */
export function* resolveHost(process: Process, host: string): Task<Resolution> {
  const literal = canonicalIp(host.replace(/^\[(.*)\]$/, '$1'));
  if (literal !== undefined) return { kind: 'found', addresses: [literal], name: host };
  const known = fromHostsFile(process, host);
  if (known.length > 0) return { kind: 'found', addresses: known, name: host };
  const config = resolverConfig(process);
  if (config.nameServers.length === 0) return { kind: 'try-again' };
  let failed = false;
  for (const name of expandSearch(host, config)) {
    const outcome = yield* queryServers(process, config, name, 'A');
    if (outcome?.kind !== 'answer') return { kind: 'try-again' };
    const addresses = addressesIn(outcome.message);
    if (addresses.length > 0) return { kind: 'found', addresses, name: name.replace(/\.$/, '') };
    if (outcome.message.responseCode === RESPONSE_CODE.SERVFAIL) failed = true;
  }
  return { kind: failed ? 'try-again' : 'not-found' };
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
    if (ip !== undefined && !ip.includes(':') && names.some((name) => name.toLowerCase() === wanted))
      found.push(ip);
  }
  return found.slice(0, MAX_ADDRESSES);
}
