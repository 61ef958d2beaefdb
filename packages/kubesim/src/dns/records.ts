import type { IpAddress } from '@podwire/netsim';

/** Types with a name here (IANA DNS parameters); all others are written `TYPE65` (RFC 3597 section 5). */
const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['A', 1],
  ['NS', 2],
  ['CNAME', 5],
  ['SOA', 6],
  ['PTR', 12],
  ['HINFO', 13],
  ['MX', 15],
  ['TXT', 16],
  ['AAAA', 28],
  ['SRV', 33],
  ['OPT', 41],
  ['SVCB', 64],
  ['HTTPS', 65],
  ['IXFR', 251],
  ['AXFR', 252],
  ['ANY', 255],
  ['CAA', 257],
]);
const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  [...TYPE_NUMBERS].map(([name, number]) => [number, name]),
);

/** A record type by name: `A`, `SRV`, `TYPE65`. */
export type RecordType = string;

export function typeName(number: number): RecordType {
  return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** undefined when there is no such type. Case does not matter. */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  const known = TYPE_NUMBERS.get(upper);
  if (known !== undefined) return known;
  const number = /^TYPE(\d{1,5})$/.exec(upper)?.[1];
  return number !== undefined && Number(number) <= 0xffff ? Number(number) : undefined;
}

export const CLASS_IN = 1;

/** RFC 1035 section 4.1.1. Others are kept as numbers. */
export const RESPONSE_CODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const;

const RESPONSE_CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RESPONSE_CODE).map(([name, number]) => [number, name]),
);

/** `NXDOMAIN`, or `RCODE16` for what has no name here. */
export function responseCodeName(code: number): string {
  return RESPONSE_CODE_NAMES.get(code) ?? `RCODE${code}`;
}

/** A domain name in presentation form with its trailing dot; odd octets as `\DDD` (RFC 1035 section 5.1). */
export type DomainName = string;

export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: IpAddress }
  | { readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: DomainName }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: DomainName;
    }
  | { readonly type: 'MX'; readonly preference: number; readonly target: DomainName }
  | { readonly type: 'TXT'; readonly texts: readonly string[] }
  | {
      readonly type: 'SOA';
      readonly primary: DomainName;
      readonly mailbox: DomainName;
      readonly serial: number;
      readonly refreshSeconds: number;
      readonly retrySeconds: number;
      readonly expireSeconds: number;
      readonly minimumSeconds: number;
    }
  /** Any other type, undecoded. */
  | { readonly type: 'opaque'; readonly typeNumber: number; readonly bytes: Uint8Array };

export interface ResourceRecord {
  readonly name: DomainName;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly data: RecordData;
}

export interface Question {
  readonly name: DomainName;
  readonly type: RecordType;
  readonly class: number;
}

/** The OPT pseudo-record (RFC 6891). */
export interface Edns {
  readonly udpSizeBytes: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  /** Undecoded options. */
  readonly options: Uint8Array;
}

export interface DnsMessage {
  readonly id: number;
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  /** With the upper bits that EDNS carries. */
  readonly responseCode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without OPT, which is `edns`. */
  readonly additionals: readonly ResourceRecord[];
  readonly edns?: Edns;
}

/** The type of a record, by name. */
export function recordType(data: RecordData): RecordType {
  return data.type === 'opaque' ? typeName(data.typeNumber) : data.type;
}
