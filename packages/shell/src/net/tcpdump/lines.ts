import { decodeMessage, responseCodeName } from '@podwire/kubesim';
import type { DnsMessage } from '@podwire/kubesim';
import { frameBytes, packetBytes, summarise } from '@podwire/netsim';
import type { CapturedFrame, InterfaceInfo } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { dataText } from '../dns/record-text.ts';

export interface LineOptions {
  /** `-e`: the header of the link. */
  readonly link: boolean;
  /** `-v`: how the IP header is, and what records are called. */
  readonly verbose: boolean;
  /** `-q`: less. */
  readonly quick: boolean;
  /** `-S`: sequence numbers as they are, rather than from the start of the connection. */
  readonly absolute: boolean;
  /** `-i any`. */
  readonly any: boolean;
  /** `-A`: what is carried, as text. */
  readonly text: boolean;
  readonly times: boolean;
}

type Packet = Extract<CapturedFrame['frame']['payload'], { readonly kind: 'ip' }>;
type Segment = Extract<Packet['transport'], { readonly kind: 'tcp' }>;

/** Connections whose numbers are remembered; more than a learner watches. */
const MAX_FLOWS = 1024;
const SEQUENCES = 2 ** 32;

/** The first sequence number that each side of a connection was seen with, by `address.port>address.port`. */
export class SequenceNumbers {
  readonly #first = new Map<string, number>();

  /** The segment with numbers that count from the start of its connection, where both are known. */
  relative(packet: Packet, segment: Segment): Segment {
    const from = `${packet.source}.${segment.sourcePort}`;
    const to = `${packet.destination}.${segment.destinationPort}`;
    const [way, back] = [`${from}>${to}`, `${to}>${from}`];
    if (segment.flags.syn) {
      if (!segment.flags.ack) this.#first.delete(back);
      this.#remember(way, segment.sequence);
      return segment;
    }
    const [mine, theirs] = [this.#first.get(way), this.#first.get(back)];
    if (mine === undefined || theirs === undefined) {
      if (!segment.flags.rst) {
        this.#remember(way, segment.sequence);
        this.#remember(back, (segment.acknowledgment + SEQUENCES - 1) % SEQUENCES);
      }
      return segment;
    }
    return {
      ...segment,
      sequence: (segment.sequence - mine + SEQUENCES) % SEQUENCES,
      acknowledgment: (segment.acknowledgment - theirs + SEQUENCES) % SEQUENCES,
    };
  }

  #remember(way: string, sequence: number): void {
    const oldest = this.#first.size >= MAX_FLOWS ? this.#first.keys().next().value : undefined;
    if (oldest !== undefined && !this.#first.has(way)) this.#first.delete(oldest);
    this.#first.set(way, sequence);
  }
}

/** One frame as tcpdump 4.99 prints it; checksums and TCP's timestamps are not modelled, and not shown. */
export function frameText(
  captured: CapturedFrame,
  options: LineOptions,
  numbers: SequenceNumbers,
  link: InterfaceInfo | undefined,
): string {
  const { frame, atMs } = captured;
  const place = options.any ? `${captured.interfaceName.padEnd(5)} ${wayOf(captured, link)} ` : '';
  const head = `${options.times ? `${clock(atMs)} ` : ''}${place}`;
  const { payload } = frame;
  if (payload.kind !== 'ip') {
    const said = summarise(frame);
    const family = said.startsWith('ARP') ? 'ARP (0x0806)' : 'IPv6 (0x86dd)';
    return `${head}${options.link ? `${linkText(captured, options, link, family)}: ` : ''}${said}\n`;
  }
  const shown =
    payload.transport.kind === 'tcp' && !options.absolute
      ? { ...payload, transport: numbers.relative(payload, payload.transport) }
      : payload;
  const whole = summarise({ ...frame, payload: shown });
  const cut = whole.indexOf(': ');
  const family = payload.version === 4 ? 'IP' : 'IP6';
  const ends = whole.slice(family.length + 1, cut);
  const body = `${ends}: ${bodyText(shown, whole.slice(cut + 2), options)}`;
  const ether = payload.version === 4 ? 'IPv4 (0x0800)' : 'IPv6 (0x86dd)';
  const start = options.link ? `${linkText(captured, options, link, ether)}: ` : `${family} `;
  const ip = options.verbose ? ipText(payload) : '';
  return `${head}${start}${ip}${body}\n${options.text ? payloadText(payload) : ''}`;
}

function clock(atMs: number): string {
  const micros = String(Math.floor((atMs % 1_000) * 1_000)).padStart(6, '0');
  return `${new Date(Math.floor(atMs)).toISOString().slice(11, 19)}.${micros}`;
}

/** Which way: what a bridge takes in for somebody else is `P`, for all `B`, for a group `M`. */
function wayOf({ direction, frame }: CapturedFrame, link: InterfaceInfo | undefined): string {
  if (direction === 'out') return 'Out';
  if (frame.destination === 'ff:ff:ff:ff:ff:ff') return 'B  ';
  if (/^(?:33:33|01:00:5e):/.test(frame.destination)) return 'M  ';
  return link === undefined || link.kind === 'loopback' || link.mac === frame.destination ? 'In ' : 'P  ';
}

/** A cooked header is six octets longer than Ethernet's. */
const COOKED_BYTES = 6;

function linkText(
  { frame }: CapturedFrame,
  { any }: LineOptions,
  link: InterfaceInfo | undefined,
  ethertype: string,
): string {
  const bytes = frameBytes(frame);
  return any
    ? `ifindex ${link?.index ?? 0} ${frame.source} ethertype ${ethertype}, length ${bytes + COOKED_BYTES}`
    : `${frame.source} > ${frame.destination}, ethertype ${ethertype}, length ${bytes}`;
}

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

function ipText(packet: Packet): string {
  const { transport, ttl, version, dontFragment, id } = packet;
  const protocol =
    transport.kind === 'icmp'
      ? version === 4
        ? 'ICMP (1)'
        : 'ICMPv6 (58)'
      : `${transport.kind.toUpperCase()} (${PROTOCOL_NUMBERS[transport.kind]})`;
  const bytes = packetBytes(packet);
  return version === 4
    ? `(tos 0x0, ttl ${ttl}, id ${id % 65_536}, offset 0, flags [${dontFragment ? 'DF' : 'none'}], proto ${protocol}, length ${bytes})\n    `
    : `(hlim ${ttl}, next-header ${protocol} payload length: ${bytes - 40}) `;
}

function bodyText(packet: Packet, said: string, { quick, verbose }: LineOptions): string {
  const { transport } = packet;
  if (transport.kind === 'tcp') {
    if (quick) return `tcp ${transport.data.length}`;
    return said + httpText(transport, verbose);
  }
  if (transport.kind !== 'udp' || transport.encapsulated !== undefined || quick) return said;
  if (transport.sourcePort !== DNS_PORT && transport.destinationPort !== DNS_PORT) return said;
  const decoded = decodeMessage(transport.data);
  return decoded.ok ? dnsText(decoded.message, transport.data.length, verbose) : said;
}

const DNS_PORT = 53;
const HTTP_PORTS = [80, 8080, 3128];
const HTTP_START =
  /^(?:(?:GET|PUT|COPY|HEAD|LOCK|MOVE|POST|PATCH|TRACE|DELETE|OPTIONS|CONNECT|PROPFIND) |HTTP\/)/;

/** `: HTTP: GET / HTTP/1.1`, and with `-v` the whole head. */
function httpText({ sourcePort, destinationPort, data }: Segment, verbose: boolean): string {
  if (data.length === 0) return '';
  if (!HTTP_PORTS.includes(sourcePort) && !HTTP_PORTS.includes(destinationPort)) return '';
  const text = utf8Decode(data);
  if (!HTTP_START.test(text)) return `: HTTP${verbose ? `, length: ${data.length}` : ''}`;
  const lines = (text.split('\r\n\r\n')[0] ?? '').split('\r\n');
  return verbose
    ? `: HTTP, length: ${data.length}\n${[...lines, ''].map((line) => `\t${line}`).join('\n')}`
    : `: HTTP: ${lines[0] ?? ''}`;
}

/** `4711+ A? web. (21)`, `4711*- 1/0/0 A 10.96.0.1 (37)`. */
function dnsText(message: DnsMessage, bytes: number, verbose: boolean): string {
  const { id, questions, answers, authorities, additionals, edns, responseCode } = message;
  const more = additionals.length + (edns === undefined ? 0 : 1);
  if (!message.response) {
    const [question] = questions;
    const counts = [
      answers.length > 0 ? ` [${answers.length}a]` : '',
      authorities.length > 0 ? ` [${authorities.length}n]` : '',
      more > 0 ? ` [${more}au]` : '',
    ].join('');
    const asked = question === undefined ? '' : ` ${question.type}? ${question.name}`;
    return `${id}${message.recursionDesired ? '+' : ''}${message.checkingDisabled ? '%' : ''}${counts}${asked} (${bytes})`;
  }
  const flags = `${message.authoritative ? '*' : ''}${message.recursionAvailable ? '' : '-'}${message.truncated ? '|' : ''}${message.authenticData ? '$' : ''}`;
  const records = answers.map(({ name, data }) => {
    const type = data.type === 'opaque' ? `Type${data.typeNumber}` : data.type;
    const value =
      data.type === 'SRV' ? `${data.target}:${data.port} ${data.priority} ${data.weight}` : dataText(data);
    return `${verbose ? `${name} ` : ''}${type}${data.type === 'opaque' ? '' : ` ${value}`}`;
  });
  const list = records.length === 0 ? '' : ` ${records.join(', ')}`;
  return `${id}${RESPONSES[responseCodeName(responseCode)] ?? ''}${flags} ${answers.length}/${authorities.length}/${more}${list} (${bytes})`;
}

const RESPONSES: Readonly<Record<string, string>> = {
  FORMERR: ' FormErr',
  SERVFAIL: ' ServFail',
  NXDOMAIN: ' NXDomain',
  NOTIMP: ' NotImp',
  REFUSED: ' Refused',
};

/** `-A`: what a packet carries, with a dot for each octet that is no text. Headers are left out. */
function payloadText({ transport }: Packet): string {
  if (transport.kind === 'icmp' || transport.data.length === 0) return '';
  const letters = Array.from(transport.data, (octet) =>
    octet === 10 || octet === 13 || octet === 9 || (octet >= 32 && octet < 127)
      ? String.fromCharCode(octet)
      : '.',
  );
  return `${letters.join('').replace(/\r/g, '')}\n`;
}
