import { p256, p384, p521 } from '@noble/curves/nist.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import {
  childrenOf,
  expectTag,
  Malformed,
  readBits,
  readDer,
  readObjectId,
  readOrUndefined,
  readUnsigned,
  sequenceOf,
  TAG,
} from '../asn1/der.ts';
import type { Der } from '../asn1/der.ts';
import { OID } from '../asn1/oid.ts';
import { readPem, writePem } from '../asn1/pem.ts';
import * as write from '../asn1/write.ts';
import { toBigInt, toBytes } from './numbers.ts';
import { bitLength, generateRsa, RSA_BITS, signRsa, verifyRsa } from './rsa.ts';
import type { RandomBytes } from './rsa.ts';

export type CurveName = 'P-256' | 'P-384' | 'P-521';

const CURVES = {
  'P-256': { curve: p256, oid: OID.p256, bits: 256 },
  'P-384': { curve: p384, oid: OID.p384, bits: 384 },
  'P-521': { curve: p521, oid: OID.p521, bits: 521 },
} as const;

/** A public key; numbers are octets, most significant first. `spki` is its SubjectPublicKeyInfo. */
export type PublicKey =
  | { readonly kind: 'ec'; readonly curve: CurveName; readonly point: Uint8Array; readonly spki: Uint8Array }
  | {
      readonly kind: 'rsa';
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
      readonly spki: Uint8Array;
    }
  | { readonly kind: 'other'; readonly algorithm: string; readonly spki: Uint8Array };

export type PrivateKey =
  | {
      readonly kind: 'ec';
      readonly curve: CurveName;
      readonly scalar: Uint8Array;
      readonly publicKey: PublicKey;
    }
  | {
      readonly kind: 'rsa';
      readonly prime1: Uint8Array;
      readonly prime2: Uint8Array;
      readonly privateExponent: Uint8Array;
      readonly publicKey: Extract<PublicKey, { kind: 'rsa' }>;
    };

export type KeyKind =
  { readonly kind: 'ec'; readonly curve: CurveName } | { readonly kind: 'rsa'; readonly bits: number };

/** Makes a key of octets that the caller draws: the same octets make the same key. */
export function generateKey(kind: KeyKind, random: RandomBytes): PrivateKey {
  if (kind.kind === 'ec') {
    const { curve } = CURVES[kind.curve];
    return ecKey(kind.curve, curve.utils.randomSecretKey(random(curve.lengths.seed ?? 48)));
  }
  if (kind.bits < RSA_BITS.least || kind.bits > RSA_BITS.most)
    throw new Error(`an RSA key has ${RSA_BITS.least} to ${RSA_BITS.most} bits here`);
  const numbers = generateRsa(kind.bits, random);
  return {
    kind: 'rsa',
    prime1: toBytes(numbers.prime1),
    prime2: toBytes(numbers.prime2),
    privateExponent: toBytes(numbers.privateExponent),
    publicKey: rsaPublicKey(toBytes(numbers.modulus), toBytes(numbers.publicExponent)),
  };
}

function ecKey(name: CurveName, scalar: Uint8Array): PrivateKey {
  return {
    kind: 'ec',
    curve: name,
    scalar,
    publicKey: ecPublicKey(name, CURVES[name].curve.getPublicKey(scalar, false)),
  };
}

function ecPublicKey(name: CurveName, point: Uint8Array): PublicKey {
  const algorithm = write.sequence(write.objectId(OID.ecPublicKey), write.objectId(CURVES[name].oid));
  return { kind: 'ec', curve: name, point, spki: write.sequence(algorithm, write.bitString(point)) };
}

function rsaPublicKey(modulus: Uint8Array, exponent: Uint8Array): Extract<PublicKey, { kind: 'rsa' }> {
  const algorithm = write.sequence(write.objectId(OID.rsaEncryption), write.nullElement());
  const key = write.sequence(write.unsigned(modulus), write.unsigned(exponent));
  return { kind: 'rsa', modulus, exponent, spki: write.sequence(algorithm, write.bitString(key)) };
}

/** Bits of the key, as openssl counts them. */
export function keyBits(key: PublicKey): number {
  if (key.kind === 'ec') return CURVES[key.curve].bits;
  return key.kind === 'rsa' ? bitLength(toBigInt(key.modulus)) : 0;
}

/** Reads a SubjectPublicKeyInfo. Throws `Malformed`. */
export function readPublicKey(element: Der | undefined): PublicKey {
  const [algorithm, bits] = sequenceOf(element);
  const spki = expectTag(element, TAG.sequence).bytes;
  const [id, parameters] = sequenceOf(algorithm);
  const oid = readObjectId(id);
  if (oid === OID.rsaEncryption) {
    const [modulus, exponent] = sequenceOf(readDer(readBits(bits)));
    return { kind: 'rsa', modulus: readUnsigned(modulus), exponent: readUnsigned(exponent), spki };
  }
  const curve = oid === OID.ecPublicKey ? curveOf(parameters) : undefined;
  if (curve === undefined) return { kind: 'other', algorithm: oid, spki };
  return { kind: 'ec', curve, point: readBits(bits), spki };
}

function curveOf(parameters: Der | undefined): CurveName | undefined {
  const oid = readObjectId(parameters);
  return (['P-256', 'P-384', 'P-521'] as const).find((name) => CURVES[name].oid === oid);
}

/** The first private key of a PEM text: SEC 1, PKCS #1 or PKCS #8. Encrypted ones are not read. */
export function parsePrivateKey(pem: string): PrivateKey | undefined {
  for (const { label, bytes } of readPem(pem)) {
    if (label === 'EC PRIVATE KEY') return readOrUndefined(() => readSec1(bytes, undefined));
    if (label === 'RSA PRIVATE KEY') return readOrUndefined(() => readPkcs1(bytes));
    if (label === 'PRIVATE KEY') return readOrUndefined(() => readPkcs8(bytes));
  }
  return undefined;
}

function readPkcs8(bytes: Uint8Array): PrivateKey {
  const [, algorithm, key] = sequenceOf(readDer(bytes));
  const [id, parameters] = sequenceOf(algorithm);
  const content = expectTag(key, TAG.octetString).content;
  const oid = readObjectId(id);
  if (oid === OID.rsaEncryption) return readPkcs1(content);
  if (oid === OID.ecPublicKey) return readSec1(content, curveOf(parameters));
  throw new Malformed('algorithm of the key');
}

function readSec1(bytes: Uint8Array, outer: CurveName | undefined): PrivateKey {
  const [, secret, ...rest] = sequenceOf(readDer(bytes));
  const parameters = rest.find(({ tag }) => tag === 0xa0);
  const curve = outer ?? (parameters === undefined ? undefined : curveOf(childrenOf(parameters)[0]));
  if (curve === undefined) throw new Malformed('curve');
  const scalar = expectTag(secret, TAG.octetString).content;
  if (!CURVES[curve].curve.utils.isValidSecretKey(scalar)) throw new Malformed('private key');
  return ecKey(curve, scalar);
}

function readPkcs1(bytes: Uint8Array): PrivateKey {
  const [, modulus, exponent, privateExponent, prime1, prime2] = sequenceOf(readDer(bytes));
  const numbers = [modulus, exponent, privateExponent, prime1, prime2].map(readUnsigned);
  const [n = new Uint8Array(0), e = n, d = n, p = n, q = n] = numbers;
  if (toBigInt(p) * toBigInt(q) !== toBigInt(n)) throw new Malformed('primes of the key');
  return { kind: 'rsa', prime1: p, prime2: q, privateExponent: d, publicKey: rsaPublicKey(n, e) };
}

/** PKCS #8, as openssl 3 writes keys. */
export function privateKeyPem(key: PrivateKey): string {
  const version = write.smallInteger(0);
  if (key.kind === 'ec') {
    const algorithm = write.sequence(write.objectId(OID.ecPublicKey), write.objectId(CURVES[key.curve].oid));
    return writePem('PRIVATE KEY', write.sequence(version, algorithm, write.octetString(sec1(key, false))));
  }
  const algorithm = write.sequence(write.objectId(OID.rsaEncryption), write.nullElement());
  return writePem('PRIVATE KEY', write.sequence(version, algorithm, write.octetString(pkcs1(key))));
}

/** SEC 1 or PKCS #1: what `openssl ecparam -genkey` and Go's clients write. */
export function traditionalKeyPem(key: PrivateKey): string {
  return key.kind === 'ec'
    ? writePem('EC PRIVATE KEY', sec1(key, true))
    : writePem('RSA PRIVATE KEY', pkcs1(key));
}

function sec1(key: Extract<PrivateKey, { kind: 'ec' }>, withCurve: boolean): Uint8Array {
  const point = key.publicKey.kind === 'ec' ? key.publicKey.point : new Uint8Array(0);
  return write.sequence(
    write.smallInteger(1),
    write.octetString(key.scalar),
    ...(withCurve ? [write.explicit(0, write.objectId(CURVES[key.curve].oid))] : []),
    write.explicit(1, write.bitString(point)),
  );
}

function pkcs1(key: Extract<PrivateKey, { kind: 'rsa' }>): Uint8Array {
  const [d, p, q] = [key.privateExponent, key.prime1, key.prime2].map(toBigInt);
  if (d === undefined || p === undefined || q === undefined) throw new Error('an RSA key has primes');
  const coefficient = inverseOf(q, p);
  const { modulus, exponent } = key.publicKey;
  return write.sequence(
    write.smallInteger(0),
    ...[modulus, exponent, key.privateExponent, key.prime1, key.prime2].map(write.unsigned),
    ...[d % (p - 1n), d % (q - 1n), coefficient].map((number) => write.unsigned(toBytes(number))),
  );
}

function inverseOf(value: bigint, prime: bigint): bigint {
  // Fermat: primes need no extended Euclid.
  let [result, base, exponent] = [1n, value % prime, prime - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

export type DigestName = 'sha1' | 'sha256' | 'sha384' | 'sha512';
const DIGESTS = { sha1, sha256, sha384, sha512 } as const;

export function digest(name: DigestName, data: Uint8Array): Uint8Array {
  return DIGESTS[name](data);
}

/** Signature algorithms of certificates, by their identifier. */
export const SIGNATURES: Readonly<
  Record<string, { readonly name: string; readonly key: 'ec' | 'rsa'; readonly digest: DigestName }>
> = {
  [OID.sha1WithRsa]: { name: 'sha1WithRSAEncryption', key: 'rsa', digest: 'sha1' },
  [OID.sha256WithRsa]: { name: 'sha256WithRSAEncryption', key: 'rsa', digest: 'sha256' },
  [OID.sha384WithRsa]: { name: 'sha384WithRSAEncryption', key: 'rsa', digest: 'sha384' },
  [OID.sha512WithRsa]: { name: 'sha512WithRSAEncryption', key: 'rsa', digest: 'sha512' },
  [OID.ecdsaWithSha256]: { name: 'ecdsa-with-SHA256', key: 'ec', digest: 'sha256' },
  [OID.ecdsaWithSha384]: { name: 'ecdsa-with-SHA384', key: 'ec', digest: 'sha384' },
  [OID.ecdsaWithSha512]: { name: 'ecdsa-with-SHA512', key: 'ec', digest: 'sha512' },
};

/** The algorithm with which a key signs here: SHA-256, whatever its kind. */
export function signatureAlgorithmOf(key: PrivateKey): {
  readonly oid: string;
  readonly element: Uint8Array;
} {
  return key.kind === 'ec'
    ? { oid: OID.ecdsaWithSha256, element: write.sequence(write.objectId(OID.ecdsaWithSha256)) }
    : {
        oid: OID.sha256WithRsa,
        element: write.sequence(write.objectId(OID.sha256WithRsa), write.nullElement()),
      };
}

/** Signs with `signatureAlgorithmOf(key)`. Deterministic (RFC 6979 for ECDSA). */
export function signWith(key: PrivateKey, data: Uint8Array): Uint8Array {
  const hash = sha256(data);
  if (key.kind === 'ec')
    return CURVES[key.curve].curve.sign(hash, key.scalar, { prehash: false, lowS: false, format: 'der' });
  return signRsa(
    {
      modulus: toBigInt(key.publicKey.modulus),
      publicExponent: toBigInt(key.publicKey.exponent),
      privateExponent: toBigInt(key.privateExponent),
      prime1: toBigInt(key.prime1),
      prime2: toBigInt(key.prime2),
    },
    hash,
  );
}

/** Whether `signature` over `data` is the key's, by an algorithm named as in a certificate. False for what is not known. */
export function verifyWith(
  key: PublicKey,
  algorithm: string,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const how = SIGNATURES[algorithm];
  // SHA-1 is refused, as OpenSSL's default security level and Go do.
  if (how === undefined || key.kind === 'other' || how.key !== key.kind || how.digest === 'sha1')
    return false;
  const hash = digest(how.digest, data);
  if (key.kind === 'rsa') return verifyRsa(toBigInt(key.modulus), toBigInt(key.exponent), hash, signature);
  try {
    return CURVES[key.curve].curve.verify(signature, hash, key.point, {
      prehash: false,
      lowS: false,
      format: 'der',
    });
  } catch {
    // The library throws at points and signatures that are none.
    return false;
  }
}

export function samePublicKey(left: PublicKey, right: PublicKey): boolean {
  return (
    left.spki.length === right.spki.length && left.spki.every((octet, index) => octet === right.spki[index])
  );
}
