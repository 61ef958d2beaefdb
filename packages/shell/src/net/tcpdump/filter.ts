import { canonicalIp, cidrContains, frameBytes, parseCidr } from '@podwire/netsim';
import type { CapturedFrame } from '@podwire/netsim';

export type FrameFilter = (frame: CapturedFrame) => boolean;

const MAX_WORDS = 64;
const MAX_DEPTH = 16;

/** Says in a few words what part of pcap-filter(7) is here. */
const KNOWN =
  'host, net, port, portrange, src, dst, tcp, udp, icmp, icmp6, sctp, arp, ip, ip6, less, greater, tcp[tcpflags], and, or, not and ( ) are part of this simulation';

class NoFilter extends Error {}

/** An expression of pcap-filter(7): what libpcap knows beyond this is refused rather than guessed at. */
export function parseFilter(operands: readonly string[]): FrameFilter | string {
  const words = operands
    .flatMap((operand) =>
      operand
        .replace(FLAG_TEST, flagWord)
        .replace(/(\(|\)|!(?!=)|&&|\|\|)/g, ' $1 ')
        .split(/\s+/),
    )
    .filter((word) => word !== '');
  if (words.length === 0) return () => true;
  if (words.length > MAX_WORDS) return 'expression is too long';
  const parser = new FilterParser(words);
  try {
    return parser.parse();
  } catch (error) {
    if (error instanceof NoFilter) return error.message;
    throw error;
  }
}

/** Bits of the octet of TCP's flags, by the names of pcap-filter(7). */
const FLAG_BITS: Readonly<Record<string, number>> = {
  'tcp-fin': 0x01,
  'tcp-syn': 0x02,
  'tcp-rst': 0x04,
  'tcp-push': 0x08,
  'tcp-ack': 0x10,
  'tcp-urg': 0x20,
};
const ALL_BITS = 0xff;

/** `tcp[tcpflags] & (tcp-syn|tcp-fin) != 0`, `tcp[13] = 2`: the one expression over octets that is here. */
const FLAG_TEST = /tcp\[(?:tcpflags|13)\]\s*(?:&\s*(\([^()]*\)|[\w-]+)\s*)?(!=|==|=)\s*(\([^()]*\)|[\w-]+)/g;

/** One word for the parser: the mask, the value, and whether they are to be equal. */
const FLAG_WORD = /^flags:(\d+):(\d+):(=|!=)$/;

function flagWord(whole: string, mask: string | undefined, operator: string, value: string): string {
  const bits = mask === undefined ? ALL_BITS : bitsOf(mask);
  const wanted = bitsOf(value);
  if (bits === undefined || wanted === undefined) return whole;
  return ` flags:${bits}:${wanted}:${operator === '!=' ? '!=' : '='} `;
}

/** `tcp-syn`, `18`, `0x12`, or several of them with `|` or `+` between. */
function bitsOf(text: string): number | undefined {
  let bits = 0;
  for (const part of text.replace(/[()\s]/g, '').split(/[|+]/)) {
    const bit = FLAG_BITS[part] ?? (/^(0x[\da-f]{1,2}|\d{1,3})$/i.test(part) ? Number(part) : undefined);
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

function flagsOf({ frame: { payload } }: CapturedFrame): number | undefined {
  // As libpcap's own code for tcp[], which reads IPv4 alone.
  if (payload.kind !== 'ip' || payload.version !== 4 || payload.transport.kind !== 'tcp') return undefined;
  const { fin, syn, rst, psh, ack } = payload.transport.flags;
  return [fin, syn, rst, psh, ack].reduce((bits, set, place) => (set ? bits | (1 << place) : bits), 0);
}

type Side = 'src' | 'dst' | undefined;
const PROTOCOLS = ['tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'arp', 'ip', 'ip6'] as const;
type Protocol = (typeof PROTOCOLS)[number];
const TYPES = ['host', 'net', 'port', 'portrange'] as const;
type Type = (typeof TYPES)[number];

/** What stands before a value: `tcp dst port`. */
interface Qualifiers {
  readonly protocol: Protocol | undefined;
  readonly side: Side;
  readonly type: Type;
}

class FilterParser {
  readonly #words: readonly string[];
  #at = 0;
  #depth = 0;
  /** The qualifiers of the primitive before: `host a or b` asks for the host b as well. */
  #last: Qualifiers | undefined;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  parse(): FrameFilter {
    const filter = this.#chain();
    const rest = this.#words[this.#at];
    if (rest !== undefined) throw this.#problem(rest);
    return filter;
  }

  #problem(near: string | undefined): NoFilter {
    return new NoFilter(`syntax error${near === undefined ? '' : ` near "${near}"`}; ${KNOWN}`);
  }

  /** `and` and `or` bind equally, from left to right. */
  #chain(): FrameFilter {
    let left = this.#factor();
    for (;;) {
      const word = this.#words[this.#at];
      const isOr = word === 'or' || word === '||';
      if (!isOr && word !== 'and' && word !== '&&') return left;
      this.#at++;
      const [first, second] = [left, this.#factor()];
      left = isOr ? (frame) => first(frame) || second(frame) : (frame) => first(frame) && second(frame);
    }
  }

  #factor(): FrameFilter {
    const word = this.#words[this.#at];
    if (word === 'not' || word === '!') {
      this.#at++;
      const negated = this.#nested(() => this.#factor());
      return (frame) => !negated(frame);
    }
    if (word === '(') {
      this.#at++;
      const inner = this.#nested(() => this.#chain());
      if (this.#words[this.#at++] !== ')') throw this.#problem(undefined);
      return inner;
    }
    return this.#primitive();
  }

  #nested(read: () => FrameFilter): FrameFilter {
    if (++this.#depth > MAX_DEPTH) throw new NoFilter('expression is nested too deeply');
    const filter = read();
    this.#depth--;
    return filter;
  }

  #primitive(): FrameFilter {
    const start = this.#at;
    const flags = FLAG_WORD.exec(this.#words[start] ?? '');
    if (flags !== null) {
      this.#at++;
      const [mask = 0, value = 0] = flags.slice(1, 3).map(Number);
      const isEqual = flags[3] === '=';
      return (frame) => {
        const found = flagsOf(frame);
        return found !== undefined && ((found & mask) === value) === isEqual;
      };
    }
    const protocol = PROTOCOLS.find((name) => name === this.#words[this.#at]);
    if (protocol !== undefined) this.#at++;
    const word = this.#words[this.#at];
    if (word === 'less' || word === 'greater') {
      const bytes = Number(this.#words[this.#at + 1]);
      if (protocol !== undefined || !Number.isInteger(bytes)) throw this.#problem(word);
      this.#at += 2;
      return ({ frame }) => (word === 'less' ? frameBytes(frame) <= bytes : frameBytes(frame) >= bytes);
    }
    const side: Side = word === 'src' || word === 'dst' ? word : undefined;
    if (side !== undefined) this.#at++;
    const type = TYPES.find((name) => name === this.#words[this.#at]);
    if (type !== undefined) this.#at++;
    if (protocol !== undefined && side === undefined && type === undefined)
      return (frame) => isOf(frame, protocol);
    const value = this.#words[this.#at];
    if (value === undefined) throw this.#problem(this.#words[start]);
    let qualifiers: Qualifiers = { protocol, side, type: type ?? 'host' };
    if (type === undefined && side === undefined && protocol === undefined) {
      // A bare value takes the qualifiers of the one before it.
      if (this.#last === undefined || !/^[\d.:a-f/-]+$/i.test(value)) throw this.#problem(value);
      qualifiers = this.#last;
    }
    this.#at++;
    this.#last = qualifiers;
    const test = this.#test(qualifiers.type, qualifiers.side, value);
    const of = qualifiers.protocol;
    return of === undefined ? test : (frame) => isOf(frame, of) && test(frame);
  }

  #test(type: Type, side: Side, value: string): FrameFilter {
    switch (type) {
      case 'host': {
        const address = canonicalIp(value);
        if (address === undefined) throw new NoFilter(`unknown host '${value}' (give its address)`);
        return (frame) => addressesOf(frame, side).includes(address);
      }
      case 'net': {
        const cidr = netOf(value);
        if (cidr === undefined || parseCidr(cidr) === undefined)
          throw new NoFilter(`unknown network '${value}'`);
        return (frame) => addressesOf(frame, side).some((address) => cidrContains(cidr, address));
      }
      case 'port': {
        const port = /^\d{1,5}$/.test(value) ? Number(value) : SERVICES[value];
        if (port === undefined) throw new NoFilter(`unknown port '${value}'`);
        return (frame) => portsOf(frame, side).includes(port);
      }
      case 'portrange': {
        const [from = '', to = from] = value.split('-');
        if (!/^\d{1,5}$/.test(from) || !/^\d{1,5}$/.test(to))
          throw new NoFilter(`unknown port in range '${value}'`);
        return (frame) => portsOf(frame, side).some((port) => port >= Number(from) && port <= Number(to));
      }
    }
  }
}

/** Ports by the names of /etc/services that people type. */
const SERVICES: Readonly<Record<string, number>> = { domain: 53, ssh: 22, http: 80, https: 443 };

/** `10.244.0.0/16`, `10.244` (a whole number of octets), `fd00::/64`. */
function netOf(value: string): string | undefined {
  const [address = '', prefix] = value.split('/');
  if (address.includes(':'))
    return canonicalIp(address) === undefined ? undefined : `${address}/${prefix ?? 128}`;
  const octets = address.split('.');
  const whole = [...octets, '0', '0', '0'].slice(0, 4).join('.');
  if (octets.length > 4 || canonicalIp(whole) === undefined) return undefined;
  const bits = prefix === undefined ? octets.length * 8 : Number(prefix);
  return Number.isInteger(bits) && bits >= 0 && bits <= 32 ? `${whole}/${bits}` : undefined;
}

function isOf({ frame }: CapturedFrame, protocol: Protocol): boolean {
  const { payload } = frame;
  if (payload.kind !== 'ip') return protocol === (payload.targetAddress.includes(':') ? 'icmp6' : 'arp');
  if (protocol === 'ip') return payload.version === 4;
  if (protocol === 'ip6') return payload.version === 6;
  const { kind } = payload.transport;
  if (kind === 'icmp') return protocol === (payload.version === 4 ? 'icmp' : 'icmp6');
  return kind === protocol;
}

function addressesOf({ frame }: CapturedFrame, side: Side): readonly string[] {
  const { payload } = frame;
  const source = payload.kind === 'ip' ? payload.source : payload.senderAddress;
  const destination = payload.kind === 'ip' ? payload.destination : payload.targetAddress;
  return side === 'src' ? [source] : side === 'dst' ? [destination] : [source, destination];
}

function portsOf({ frame }: CapturedFrame, side: Side): readonly number[] {
  if (frame.payload.kind !== 'ip' || frame.payload.transport.kind === 'icmp') return [];
  const { sourcePort, destinationPort } = frame.payload.transport;
  return side === 'src' ? [sourcePort] : side === 'dst' ? [destinationPort] : [sourcePort, destinationPort];
}
