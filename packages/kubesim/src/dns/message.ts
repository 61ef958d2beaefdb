import { formatAddress, parseAddress } from '../nodes/address.ts';
import { typeName, typeNumber } from './records.ts';
import type { DnsMessage, Edns, Question, RecordData, ResourceRecord } from './records.ts';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { Malformed, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authenticData: 0x0020,
  checkingDisabled: 0x0010,
} as const;
const TYPE_OPT = 41;
const EDNS_DNSSEC_OK = 0x8000;
/** Largest message: TCP's length prefix has 16 bits. */
export const MAX_MESSAGE_BYTES = 65_535;
/** What a client without EDNS takes over UDP (RFC 1035 section 4.2.1). */
export const CLASSIC_UDP_BYTES = 512;

export type DecodeResult =
  { readonly ok: true; readonly message: DnsMessage } | { readonly ok: false; readonly reason: string };

/** Reads a message as it is on the wire (without TCP's length prefix). Never throws, whatever the bytes are. */
export function decodeMessage(bytes: Uint8Array): DecodeResult {
  if (bytes.length > MAX_MESSAGE_BYTES) return { ok: false, reason: 'message is too long' };
  try {
    return { ok: true, message: readMessage(new WireReader(bytes)) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, reason: error.message };
    throw error;
  }
}

function readMessage(reader: WireReader): DnsMessage {
  const id = reader.uint16();
  const flags = reader.uint16();
  const counts = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()] as const;
  // Counts need no bound of their own: each entry takes bytes, and the message has few.
  const questions = readMany(counts[0], () => readQuestion(reader));
  const answers = readMany(counts[1], () => readRecord(reader));
  const authorities = readMany(counts[2], () => readRecord(reader));
  const additionals = readMany(counts[3], () => readRecord(reader));
  const opt = additionals.find((entry) => entry.data.type === 'opaque' && entry.data.typeNumber === TYPE_OPT);
  const upperCode = opt === undefined ? 0 : (opt.ttlSeconds >>> 24) & 0xff;
  return {
    id,
    response: (flags & FLAG.response) !== 0,
    opcode: (flags >>> 11) & 0xf,
    authoritative: (flags & FLAG.authoritative) !== 0,
    truncated: (flags & FLAG.truncated) !== 0,
    recursionDesired: (flags & FLAG.recursionDesired) !== 0,
    recursionAvailable: (flags & FLAG.recursionAvailable) !== 0,
    authenticData: (flags & FLAG.authenticData) !== 0,
    checkingDisabled: (flags & FLAG.checkingDisabled) !== 0,
    responseCode: (upperCode << 4) | (flags & 0xf),
    questions,
    answers,
    authorities,
    additionals: additionals.filter((entry) => entry !== opt),
    ...(opt === undefined ? {} : { edns: ednsOf(opt) }),
  };
}

function readMany<Item>(count: number, read: () => Item): readonly Item[] {
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(read());
  return items;
}

function readQuestion(reader: WireReader): Question {
  return { name: reader.name(), type: typeName(reader.uint16()), class: reader.uint16() };
}

function readRecord(reader: WireReader): ResourceRecord {
  const name = reader.name();
  const type = reader.uint16();
  const recordClass = reader.uint16();
  const ttlSeconds = reader.uint32();
  const length = reader.uint16();
  const end = reader.offset + length;
  const data = readData(reader, type, length);
  if (reader.offset !== end) throw new Malformed('record data has another length than it says');
  return { name, class: recordClass, ttlSeconds, data };
}

function ednsOf(opt: ResourceRecord): Edns {
  return {
    udpSizeBytes: opt.class,
    version: (opt.ttlSeconds >>> 16) & 0xff,
    dnssecOk: (opt.ttlSeconds & EDNS_DNSSEC_OK) !== 0,
    options: opt.data.type === 'opaque' ? opt.data.bytes : new Uint8Array(),
  };
}

function readData(reader: WireReader, number: number, length: number): RecordData {
  switch (typeName(number)) {
    case 'A':
      return { type: 'A', address: readAddress(reader, length, 4) };
    case 'AAAA':
      return { type: 'AAAA', address: readAddress(reader, length, 16) };
    case 'CNAME':
      return { type: 'CNAME', target: reader.name() };
    case 'NS':
      return { type: 'NS', target: reader.name() };
    case 'PTR':
      return { type: 'PTR', target: reader.name() };
    case 'MX':
      return { type: 'MX', preference: reader.uint16(), target: reader.name() };
    case 'SRV':
      return {
        type: 'SRV',
        priority: reader.uint16(),
        weight: reader.uint16(),
        port: reader.uint16(),
        target: reader.name(),
      };
    case 'TXT':
      return { type: 'TXT', texts: readTexts(reader, length) };
    case 'SOA':
      return {
        type: 'SOA',
        primary: reader.name(),
        mailbox: reader.name(),
        serial: reader.uint32(),
        refreshSeconds: reader.uint32(),
        retrySeconds: reader.uint32(),
        expireSeconds: reader.uint32(),
        minimumSeconds: reader.uint32(),
      };
    default:
      return { type: 'opaque', typeNumber: number, bytes: reader.bytes(length) };
  }
}

function readAddress(reader: WireReader, length: number, expected: 4 | 16): string {
  if (length !== expected) throw new Malformed('address has the wrong length');
  let value = 0n;
  for (const byte of reader.bytes(length)) value = (value << 8n) | BigInt(byte);
  return formatAddress({ bits: expected === 4 ? 32 : 128, value });
}

function readTexts(reader: WireReader, length: number): readonly string[] {
  const end = reader.offset + length;
  const texts: string[] = [];
  while (reader.offset < end) texts.push(utf8Decode(reader.bytes(reader.byte())));
  return texts;
}

/**
 * A message as it goes on the wire.
 * @throws RangeError when a name in it is none, or it exceeds 65,535 bytes.
 */
export function encodeMessage(message: DnsMessage): Uint8Array {
  const bytes = written(message, true);
  if (bytes.length > MAX_MESSAGE_BYTES) throw new RangeError('DNS message exceeds 65,535 bytes');
  return bytes;
}

/** How long a message is without compressing names: what CoreDNS writes into its log. */
export function plainLength(message: DnsMessage): number {
  return written(message, false).length;
}

/** The bytes of a message, however many they are. */
function written(message: DnsMessage, compress: boolean): Uint8Array {
  const writer = new WireWriter(compress);
  writer.uint16(message.id);
  writer.uint16(flagsOf(message));
  writer.uint16(message.questions.length);
  writer.uint16(message.answers.length);
  writer.uint16(message.authorities.length);
  writer.uint16(message.additionals.length + (message.edns === undefined ? 0 : 1));
  for (const { name, type, class: questionClass } of message.questions) {
    writer.name(name);
    writer.uint16(typeNumber(type) ?? 0);
    writer.uint16(questionClass);
  }
  for (const record of [...message.answers, ...message.authorities, ...message.additionals])
    writeRecord(writer, record);
  if (message.edns !== undefined) writeEdns(writer, message.edns, message.responseCode);
  return writer.finish();
}

function flagsOf(message: DnsMessage): number {
  let flags = ((message.opcode & 0xf) << 11) | (message.responseCode & 0xf);
  for (const [name, bit] of Object.entries(FLAG) as readonly (readonly [keyof typeof FLAG, number])[])
    if (message[name]) flags |= bit;
  return flags;
}

function writeEdns(writer: WireWriter, edns: Edns, responseCode: number): void {
  writer.byte(0);
  writer.uint16(TYPE_OPT);
  writer.uint16(edns.udpSizeBytes);
  writer.byte(responseCode >>> 4);
  writer.byte(edns.version);
  writer.uint16(edns.dnssecOk ? EDNS_DNSSEC_OK : 0);
  writer.counted(() => {
    writer.bytes(edns.options);
  });
}

function writeRecord(
  writer: WireWriter,
  { name, class: recordClass, ttlSeconds, data }: ResourceRecord,
): void {
  writer.name(name);
  writer.uint16(data.type === 'opaque' ? data.typeNumber : (typeNumber(data.type) ?? 0));
  writer.uint16(recordClass);
  writer.uint32(ttlSeconds);
  writer.counted(() => {
    writeData(writer, data);
  });
}

function writeData(writer: WireWriter, data: RecordData): void {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      writeAddress(writer, data.address);
      return;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      writer.name(data.target);
      return;
    case 'MX':
      writer.uint16(data.preference);
      writer.name(data.target);
      return;
    case 'SRV':
      writer.uint16(data.priority);
      writer.uint16(data.weight);
      writer.uint16(data.port);
      writer.name(data.target, { compress: false });
      return;
    case 'TXT':
      for (const text of data.texts) writeText(writer, utf8Encode(text));
      return;
    case 'SOA':
      writer.name(data.primary);
      writer.name(data.mailbox);
      for (const value of [
        data.serial,
        data.refreshSeconds,
        data.retrySeconds,
        data.expireSeconds,
        data.minimumSeconds,
      ])
        writer.uint32(value);
      return;
    case 'opaque':
      writer.bytes(data.bytes);
      return;
  }
}

function writeAddress(writer: WireWriter, address: string): void {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new RangeError(`"${address}" is no address`);
  for (let shift = BigInt(parsed.bits - 8); shift >= 0n; shift -= 8n)
    writer.byte(Number((parsed.value >> shift) & 0xffn));
}

/** A character string holds at most 255 bytes; what is longer is cut into several. */
function writeText(writer: WireWriter, bytes: Uint8Array): void {
  for (let at = 0; at === 0 || at < bytes.length; at += 255) {
    const piece = bytes.subarray(at, at + 255);
    writer.byte(piece.length);
    writer.bytes(piece);
  }
}

/** A question as a client asks it. */
export function queryMessage(
  id: number,
  question: Question,
  options: { readonly recursionDesired?: boolean; readonly edns?: Edns } = {},
): DnsMessage {
  return {
    id,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: options.recursionDesired ?? true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    responseCode: 0,
    questions: [question],
    answers: [],
    authorities: [],
    additionals: [],
    ...(options.edns === undefined ? {} : { edns: options.edns }),
  };
}

/**
 * The bytes of a message within a size, as CoreDNS sends it: names are compressed only where they have to be; when
 * that is not enough, records go from the back until it fits, and TC says so (DNS13). The question and OPT always stay.
 */
export function encodeWithin(message: DnsMessage, maxBytes: number): Uint8Array {
  const plain = written(message, false);
  if (plain.length <= maxBytes) return plain;
  const whole = written(message, true);
  if (whole.length <= maxBytes) return whole;
  let fits = 0;
  let tooMany = message.answers.length + message.authorities.length + message.additionals.length;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >>> 1;
    if (written(firstRecords(message, middle), true).length <= maxBytes) fits = middle;
    else tooMany = middle;
  }
  return written(firstRecords(message, fits), true);
}

function firstRecords(message: DnsMessage, count: number): DnsMessage {
  const { answers, authorities, additionals } = message;
  const left = Math.max(0, count - answers.length);
  return {
    ...message,
    truncated: true,
    answers: answers.slice(0, count),
    authorities: authorities.slice(0, left),
    additionals: additionals.slice(0, Math.max(0, left - authorities.length)),
  };
}

/** A message behind its length, as TCP carries it (RFC 1035 section 4.2.2). */
export function frameForTcp(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + 2);
  framed[0] = message.length >>> 8;
  framed[1] = message.length & 0xff;
  framed.set(message, 2);
  return framed;
}

/** Cuts whole messages off the front of what a TCP stream has brought so far. */
export function unframeTcp(buffer: Uint8Array): {
  readonly messages: readonly Uint8Array[];
  readonly rest: Uint8Array;
} {
  const messages: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const high = buffer[offset];
    const low = buffer[offset + 1];
    if (high === undefined || low === undefined) break;
    const end = offset + 2 + high * 0x100 + low;
    if (end > buffer.length) break;
    messages.push(buffer.slice(offset + 2, end));
    offset = end;
  }
  return { messages, rest: buffer.slice(offset) };
}
