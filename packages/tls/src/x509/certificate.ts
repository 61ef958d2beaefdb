import {
  childrenOf,
  expectTag,
  Malformed,
  readBits,
  readDer,
  readObjectId,
  readOrUndefined,
  readSmallInteger,
  readTime,
  readUnsigned,
  sequenceOf,
  TAG,
} from '../asn1/der.ts';
import type { Der } from '../asn1/der.ts';
import { OID } from '../asn1/oid.ts';
import { readPem, writePem } from '../asn1/pem.ts';
import { readPublicKey } from '../keys/key.ts';
import type { PublicKey } from '../keys/key.ts';
import { readName } from './name.ts';
import type { DistinguishedName } from './name.ts';
import { utf8Decode } from '@podwire/sim';

export type GeneralName =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly octets: Uint8Array }
  | { readonly kind: 'email' | 'uri'; readonly name: string }
  | { readonly kind: 'other' };

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** A certificate of X.509 version 3 (RFC 5280 section 4.1), as data. */
export interface Certificate {
  readonly der: Uint8Array;
  /** What the signature is over. */
  readonly toBeSigned: Uint8Array;
  readonly version: number;
  readonly serial: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  readonly issuer: DistinguishedName;
  /** Names as they are written: chains are built of equal bytes. */
  readonly issuerBytes: Uint8Array;
  readonly subject: DistinguishedName;
  readonly subjectBytes: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: PublicKey;
  readonly extensions: readonly Extension[];
  readonly subjectAltNames: readonly GeneralName[];
  /** From basicConstraints; false where there are none. */
  readonly isAuthority: boolean;
  readonly pathLength?: number;
  /** Bits of keyUsage by their number; absent where every use is allowed. */
  readonly keyUsage?: ReadonlySet<number>;
  /** Object identifiers; absent where every use is allowed. */
  readonly extendedKeyUsage?: readonly string[];
  readonly subjectKeyId?: Uint8Array;
  readonly authorityKeyId?: Uint8Array;
}

/** Octets of one certificate: real ones have a few thousand. */
const MAX_CERTIFICATE_BYTES = 65_536;

export function parseCertificate(der: Uint8Array): Certificate | undefined {
  if (der.length > MAX_CERTIFICATE_BYTES) return undefined;
  return readOrUndefined(() => readCertificate(der));
}

/** The certificates of a PEM text, in order. undefined when it has none, or one that cannot be read. */
export function parseCertificates(pem: string): readonly Certificate[] | undefined {
  const blocks = readPem(pem).filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE');
  const read = blocks.flatMap(({ bytes }) => parseCertificate(bytes) ?? []);
  return read.length === 0 || read.length < blocks.length ? undefined : read;
}

export function certificatePem({ der }: Pick<Certificate, 'der'>): string {
  return writePem('CERTIFICATE', der);
}

function readCertificate(der: Uint8Array): Certificate {
  const [toBeSigned, algorithm, signature] = sequenceOf(readDer(der));
  const fields = sequenceOf(toBeSigned);
  const versioned = fields[0]?.tag === 0xa0;
  const version = versioned ? readSmallInteger(childrenOf(expectTag(fields[0], 0xa0))[0]) + 1 : 1;
  const [serial, , issuer, validity, subject, publicKey, ...optional] = versioned ? fields.slice(1) : fields;
  const [notBefore, notAfter] = sequenceOf(validity);
  const extended = optional.find(({ tag }) => tag === 0xa3);
  const extensions = extended === undefined ? [] : sequenceOf(childrenOf(extended)[0]).map(readExtension);
  return {
    der: Uint8Array.from(der),
    toBeSigned: expectTag(toBeSigned, TAG.sequence).bytes,
    version,
    serial: readUnsigned(serial),
    signatureAlgorithm: readObjectId(sequenceOf(algorithm)[0]),
    signature: readBits(signature),
    issuer: readName(issuer),
    issuerBytes: expectTag(issuer, TAG.sequence).bytes,
    subject: readName(subject),
    subjectBytes: expectTag(subject, TAG.sequence).bytes,
    notBeforeMs: readTime(notBefore),
    notAfterMs: readTime(notAfter),
    publicKey: readPublicKey(publicKey),
    extensions,
    ...readKnown(extensions),
  };
}

function readExtension(element: Der): Extension {
  const [id, second, third] = sequenceOf(element);
  const critical = second?.tag === TAG.boolean && second.content[0] !== 0;
  const value = second?.tag === TAG.boolean ? third : second;
  return { oid: readObjectId(id), critical, value: expectTag(value, TAG.octetString).content };
}

type Known = Pick<
  Certificate,
  | 'subjectAltNames'
  | 'isAuthority'
  | 'pathLength'
  | 'keyUsage'
  | 'extendedKeyUsage'
  | 'subjectKeyId'
  | 'authorityKeyId'
>;

function readKnown(extensions: readonly Extension[]): Known {
  const valueOf = (oid: string): Der | undefined => {
    const found = extensions.find((each) => each.oid === oid);
    return found === undefined ? undefined : readDer(found.value);
  };
  const constraints = valueOf(OID.basicConstraints);
  const usage = valueOf(OID.keyUsage);
  const extended = valueOf(OID.extendedKeyUsage);
  const names = valueOf(OID.subjectAltName);
  const subjectKeyId = valueOf(OID.subjectKeyId);
  const authority = valueOf(OID.authorityKeyId);
  const [isAuthority, pathLength] = constraints === undefined ? [] : sequenceOf(constraints);
  const authorityKeyId =
    authority === undefined ? undefined : sequenceOf(authority).find(({ tag }) => tag === 0x80);
  return {
    subjectAltNames: names === undefined ? [] : sequenceOf(names).map(readGeneralName),
    isAuthority: isAuthority?.tag === TAG.boolean && isAuthority.content[0] !== 0,
    ...(pathLength === undefined ? {} : { pathLength: readSmallInteger(pathLength) }),
    ...(usage === undefined ? {} : { keyUsage: bitNumbers(readBits(usage)) }),
    ...(extended === undefined ? {} : { extendedKeyUsage: sequenceOf(extended).map(readObjectId) }),
    ...(subjectKeyId === undefined ? {} : { subjectKeyId: expectTag(subjectKeyId, TAG.octetString).content }),
    ...(authorityKeyId === undefined ? {} : { authorityKeyId: authorityKeyId.content }),
  };
}

function bitNumbers(bytes: Uint8Array): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [index, octet] of bytes.subarray(0, 2).entries())
    for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) found.add(index * 8 + bit);
  return found;
}

function readGeneralName({ tag, content }: Der): GeneralName {
  switch (tag) {
    case 0x81:
      return { kind: 'email', name: utf8Decode(content) };
    case 0x82:
      return { kind: 'dns', name: utf8Decode(content) };
    case 0x86:
      return { kind: 'uri', name: utf8Decode(content) };
    case 0x87:
      if (content.length !== 4 && content.length !== 16) throw new Malformed('address');
      return { kind: 'ip', octets: content };
    default:
      return { kind: 'other' };
  }
}
