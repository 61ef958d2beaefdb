import type { SocketId } from '@podwire/netsim';
import type { DomainName } from './records.ts';
import type { CacheEntry, ClientAddress, Exchange } from './exchange.ts';
import type { ForwardConfig, ServerConfig } from './plugin-config.ts';

/** What a listening or bound socket is for. */
export type Door =
  | { readonly kind: 'dns-udp' | 'dns-tcp'; readonly port: number }
  | { readonly kind: 'http'; readonly page: 'health' | 'ready' | 'metrics' };

/** A TCP connection of a client. */
export type Guest =
  | {
      readonly kind: 'dns';
      readonly port: number;
      readonly client: ClientAddress;
      buffer: Uint8Array;
      output: Uint8Array;
      closing: boolean;
    }
  | {
      readonly kind: 'http';
      readonly page: 'health' | 'ready' | 'metrics';
      buffer: Uint8Array;
      output: Uint8Array;
      closing: boolean;
    };

/** Where a reply goes. */
export type ReturnPath =
  | { readonly kind: 'udp'; readonly socket: SocketId; readonly client: ClientAddress }
  | { readonly kind: 'tcp'; readonly socket: SocketId };

/** A question that an upstream was asked. */
export interface Pending {
  readonly exchange: Exchange;
  readonly back: ReturnPath;
  /** Upstreams not tried yet. */
  readonly remaining: ForwardConfig['to'];
  readonly upstream: ForwardConfig['to'][number];
  readonly id: number;
  /** As the client asked: what came over TCP is asked over TCP. */
  readonly protocol: 'udp' | 'tcp';
  /** Of a TCP stream, what has come so far. */
  buffer: Uint8Array;
}

/** What `loop` knows of the query by which it looks for queries that come back. */
export interface LoopProbe {
  readonly zone: DomainName;
  readonly port: number;
  readonly name: DomainName;
  /** How often it came past. */
  seen: number;
  /** From when on it is not looked for any more. */
  untilMs: number;
}

/** All that a CoreDNS process remembers. Plain data. */
export interface DnsState {
  /** The Corefile's words as `reload` compares them; of the last one that was tried. */
  corefile: string;
  servers: readonly ServerConfig[];
  readonly doors: Map<SocketId, Door>;
  readonly guests: Map<SocketId, Guest>;
  readonly pending: Map<SocketId, Pending>;
  readonly loops: LoopProbe[];
  /** Sockets on which a probe waits for its answer, with its place in `loops`. */
  readonly probing: Map<SocketId, number>;
  readonly cache: Map<string, CacheEntry>;
  /** For metrics: `type rcode` → count. */
  readonly answered: Map<string, number>;
  stopping: boolean;
}

export function newDnsState(): DnsState {
  return {
    corefile: '',
    servers: [],
    doors: new Map(),
    guests: new Map(),
    pending: new Map(),
    loops: [],
    probing: new Map(),
    cache: new Map(),
    answered: new Map(),
    stopping: false,
  };
}
