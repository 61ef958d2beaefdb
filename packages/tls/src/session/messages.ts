import { utf8Decode, utf8Encode } from '@podwire/sim';
import { concatBytes } from '../asn1/write.ts';
import { Malformed } from '../asn1/der.ts';

/** Handshake message types (RFC 8446 section 4). */
export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  encryptedExtensions: 8,
  certificate: 11,
  certificateVerify: 15,
  finished: 20,
} as const;

const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  keyShare: 51,
} as const;

const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;
const X25519 = 0x001d;
/** TLS_AES_256_GCM_SHA384, which OpenSSL prefers, and the two other suites of TLS 1.3. */
const CIPHERS = [0x1302, 0x1303, 0x1301] as const;
const SIGNATURE_SCHEMES = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601] as const;
export const RANDOM_BYTES = 32;
/** Certificates that a peer may show. */
const MAX_CERTIFICATES = 16;
/** Extensions and protocols of one message that are read. */
const MAX_ITEMS = 64;

const u8 = (value: number): Uint8Array => Uint8Array.of(value);
const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const u24 = (value: number): Uint8Array => Uint8Array.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
const vector8 = (data: Uint8Array): Uint8Array => concatBytes(u8(data.length), data);
const vector16 = (data: Uint8Array): Uint8Array => concatBytes(u16(data.length), data);
const vector24 = (data: Uint8Array): Uint8Array => concatBytes(u24(data.length), data);
const numbers16 = (values: readonly number[]): Uint8Array => concatBytes(...values.map(u16));
const extension = (type: number, data: Uint8Array): Uint8Array => concatBytes(u16(type), vector16(data));

export function message(type: number, body: Uint8Array): Uint8Array {
  return concatBytes(u8(type), vector24(body));
}

/** Reads what vectors hold; reading past the end throws `Malformed`. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new Malformed('message too short');
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  number(octets: number): number {
    return this.take(octets).reduce((value, octet) => value * 256 + octet, 0);
  }

  vector(lengthOctets: number): Reader {
    return new Reader(this.take(this.number(lengthOctets)));
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }
}

export interface ClientHello {
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  readonly offersTls13: boolean;
  readonly share: Uint8Array;
}

export function writeClientHello(
  hello: Pick<ClientHello, 'random' | 'sessionId' | 'serverName' | 'alpn' | 'share'>,
): Uint8Array {
  const { serverName, alpn } = hello;
  const extensions = [
    ...(serverName === undefined
      ? []
      : [extension(EXTENSION.serverName, vector16(concatBytes(u8(0), vector16(utf8Encode(serverName)))))]),
    extension(EXTENSION.supportedGroups, vector16(u16(X25519))),
    extension(EXTENSION.signatureAlgorithms, vector16(numbers16(SIGNATURE_SCHEMES))),
    ...(alpn.length === 0
      ? []
      : [extension(EXTENSION.alpn, vector16(concatBytes(...alpn.map((name) => vector8(utf8Encode(name))))))]),
    extension(EXTENSION.supportedVersions, vector8(u16(TLS_1_3))),
    extension(EXTENSION.keyShare, vector16(concatBytes(u16(X25519), vector16(hello.share)))),
  ];
  return message(
    MESSAGE.clientHello,
    concatBytes(
      u16(TLS_1_2),
      hello.random,
      vector8(hello.sessionId),
      vector16(numbers16(CIPHERS)),
      vector8(u8(0)),
      vector16(concatBytes(...extensions)),
    ),
  );
}

function readExtensions(reader: Reader): ReadonlyMap<number, Reader> {
  const found = new Map<number, Reader>();
  if (reader.atEnd) return found;
  const list = reader.vector(2);
  while (!list.atEnd && found.size < MAX_ITEMS) found.set(list.number(2), list.vector(2));
  return found;
}

/** Reads the body of a ClientHello. Throws `Malformed`. */
export function readClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body);
  reader.number(2);
  const random = reader.take(RANDOM_BYTES);
  const sessionId = reader.vector(1).rest();
  reader.vector(2);
  reader.vector(1);
  const extensions = readExtensions(reader);
  const versions = extensions.get(EXTENSION.supportedVersions)?.vector(1);
  let offersTls13 = false;
  while (versions?.atEnd === false) if (versions.number(2) === TLS_1_3) offersTls13 = true;
  const alpn: string[] = [];
  const protocols = extensions.get(EXTENSION.alpn)?.vector(2);
  while (protocols?.atEnd === false && alpn.length < MAX_ITEMS)
    alpn.push(utf8Decode(protocols.vector(1).rest()));
  const names = extensions.get(EXTENSION.serverName)?.vector(2);
  let serverName: string | undefined;
  if (names !== undefined && names.number(1) === 0) serverName = utf8Decode(names.vector(2).rest());
  return {
    random,
    sessionId,
    serverName: serverName?.toLowerCase().replace(/\.$/, ''),
    alpn,
    offersTls13,
    share: shareOf(extensions.get(EXTENSION.keyShare)?.vector(2)),
  };
}

function shareOf(shares: Reader | undefined): Uint8Array {
  while (shares?.atEnd === false) {
    const group = shares.number(2);
    const share = shares.vector(2).rest();
    if (group === X25519) return share;
  }
  return new Uint8Array(0);
}

export function writeServerHello(hello: {
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly share: Uint8Array;
}): Uint8Array {
  return message(
    MESSAGE.serverHello,
    concatBytes(
      u16(TLS_1_2),
      hello.random,
      vector8(hello.sessionId),
      u16(CIPHERS[0]),
      u8(0),
      vector16(
        concatBytes(
          extension(EXTENSION.supportedVersions, u16(TLS_1_3)),
          extension(EXTENSION.keyShare, concatBytes(u16(X25519), vector16(hello.share))),
        ),
      ),
    ),
  );
}

export function readServerHello(body: Uint8Array): {
  readonly random: Uint8Array;
  readonly share: Uint8Array;
  readonly isTls13: boolean;
} {
  const reader = new Reader(body);
  reader.number(2);
  const random = reader.take(RANDOM_BYTES);
  reader.vector(1);
  reader.number(2);
  reader.number(1);
  const extensions = readExtensions(reader);
  const share = extensions.get(EXTENSION.keyShare);
  share?.number(2);
  return {
    random,
    share: share?.vector(2).rest() ?? new Uint8Array(0),
    isTls13: extensions.get(EXTENSION.supportedVersions)?.number(2) === TLS_1_3,
  };
}

export function writeEncryptedExtensions(alpn: string | undefined): Uint8Array {
  const chosen =
    alpn === undefined ? new Uint8Array(0) : extension(EXTENSION.alpn, vector16(vector8(utf8Encode(alpn))));
  return message(MESSAGE.encryptedExtensions, vector16(chosen));
}

/** The protocol that the server chose. */
export function readEncryptedExtensions(body: Uint8Array): string | undefined {
  const protocols = readExtensions(new Reader(body)).get(EXTENSION.alpn)?.vector(2);
  return protocols === undefined ? undefined : utf8Decode(protocols.vector(1).rest());
}

export function writeCertificateMessage(chain: readonly Uint8Array[]): Uint8Array {
  const entries = chain.map((der) => concatBytes(vector24(der), u16(0)));
  return message(MESSAGE.certificate, concatBytes(u8(0), vector24(concatBytes(...entries))));
}

export function readCertificateMessage(body: Uint8Array): readonly Uint8Array[] {
  const reader = new Reader(body);
  reader.vector(1);
  const list = reader.vector(3);
  const chain: Uint8Array[] = [];
  while (!list.atEnd) {
    if (chain.length >= MAX_CERTIFICATES) throw new Malformed('too many certificates');
    chain.push(Uint8Array.from(list.vector(3).rest()));
    list.vector(2);
  }
  return chain;
}

/** The place of CertificateVerify, with a signature of no octets: who has loaded the pair holds the key. */
export function writeCertificateVerify(): Uint8Array {
  return message(
    MESSAGE.certificateVerify,
    concatBytes(u16(SIGNATURE_SCHEMES[0]), vector16(new Uint8Array(0))),
  );
}
