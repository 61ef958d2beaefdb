import { concatBytes } from '../asn1/write.ts';
import { inverseModulo, powerModulo, toBigInt, toBytes } from './numbers.ts';

/** Fills as many octets as are asked for. */
export type RandomBytes = (count: number) => Uint8Array;

export interface RsaNumbers {
  readonly modulus: bigint;
  readonly publicExponent: bigint;
  readonly privateExponent: bigint;
  readonly prime1: bigint;
  readonly prime2: bigint;
}

/** Bits of a modulus that is made here: openssl's default, and what keeps the search for primes under a second. */
export const RSA_BITS = { least: 1024, most: 3072 } as const;
/** Bits of a modulus that is read: larger ones would hold the processor. */
const MAX_MODULUS_BITS = 8_192;
/** Bits of a public exponent that is read, as common libraries bound it. */
const MAX_EXPONENT_BITS = 64;
const PUBLIC_EXPONENT = 65_537n;
/** Rounds of Miller and Rabin for a random candidate of 512 bits and more (FIPS 186-5, table B.1, rounded up). */
const ROUNDS = 6;
/** Odd numbers after a random start that are sieved at a time; a prime is among them all but surely. */
const SIEVE_LENGTH = 4_096;
/** Starts that are tried: one is nearly always enough. */
const MAX_STARTS = 64;

/** Digest algorithms of PKCS #1 v1.5 signatures, by the prefix of DigestInfo (RFC 8017 section 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<number, string>> = {
  20: '3021300906052b0e03021a05000414',
  32: '3031300d060960864801650304020105000420',
  48: '3041300d060960864801650304020205000430',
  64: '3051300d060960864801650304020305000440',
};

const SMALL_PRIMES: readonly number[] = primesBelow(4_000);

function primesBelow(limit: number): readonly number[] {
  const composite = new Uint8Array(limit);
  const found: number[] = [];
  for (let candidate = 2; candidate < limit; candidate++) {
    if (composite[candidate] === 1) continue;
    if (candidate > 2) found.push(candidate);
    for (let multiple = candidate * candidate; multiple < limit; multiple += candidate)
      composite[multiple] = 1;
  }
  return found;
}

/** A key pair of `bits` bits with the public exponent 65537. */
export function generateRsa(bits: number, random: RandomBytes): RsaNumbers {
  for (let attempt = 0; attempt < MAX_STARTS; attempt++) {
    const prime1 = findPrime(Math.ceil(bits / 2), random);
    const prime2 = findPrime(Math.floor(bits / 2), random);
    if (prime1 === prime2) continue;
    const privateExponent = inverseModulo(PUBLIC_EXPONENT, (prime1 - 1n) * (prime2 - 1n));
    if (privateExponent === undefined) continue;
    return { modulus: prime1 * prime2, publicExponent: PUBLIC_EXPONENT, privateExponent, prime1, prime2 };
  }
  throw new Error('no pair of primes was found: the random source does not vary');
}

/** A prime whose two highest bits are set, so that two of them fill the modulus. */
function findPrime(bits: number, random: RandomBytes): bigint {
  for (let start = 0; start < MAX_STARTS; start++) {
    const mask = (1n << BigInt(bits)) - 1n;
    const top = 3n << BigInt(bits - 2);
    const first = (toBigInt(random(Math.ceil(bits / 8))) & mask) | top | 1n;
    const composite = new Uint8Array(SIEVE_LENGTH);
    for (const prime of SMALL_PRIMES) {
      const remainder = Number(first % BigInt(prime));
      // first + 2i ≡ 0 (mod prime)
      const half = (prime + 1) / 2;
      for (let index = ((prime - remainder) * half) % prime; index < SIEVE_LENGTH; index += prime)
        composite[index] = 1;
    }
    for (let index = 0; index < SIEVE_LENGTH; index++) {
      if (composite[index] === 1) continue;
      const candidate = first + 2n * BigInt(index);
      if (candidate >> BigInt(bits) !== 0n) break;
      if (powerModulo(2n, candidate - 1n, candidate) === 1n && isProbablePrime(candidate, random))
        return candidate;
    }
  }
  throw new Error('no prime was found: the random source does not vary');
}

function isProbablePrime(candidate: bigint, random: RandomBytes): boolean {
  let odd = candidate - 1n;
  let twos = 0;
  while ((odd & 1n) === 0n) {
    odd >>= 1n;
    twos++;
  }
  for (let round = 0; round < ROUNDS; round++) {
    const base = 2n + (toBigInt(random(8)) % (candidate - 3n));
    let power = powerModulo(base, odd, candidate);
    if (power === 1n || power === candidate - 1n) continue;
    let passes = false;
    for (let square = 1; square < twos && !passes; square++) {
      power = (power * power) % candidate;
      passes = power === candidate - 1n;
    }
    if (!passes) return false;
  }
  return true;
}

function encoded(digest: Uint8Array, length: number): Uint8Array | undefined {
  const prefix = DIGEST_INFO[digest.length];
  if (prefix === undefined) return undefined;
  const info = concatBytes(toBytes(BigInt(`0x${prefix}`)), digest);
  const padding = length - info.length - 3;
  if (padding < 8) return undefined;
  return concatBytes(Uint8Array.of(0, 1), new Uint8Array(padding).fill(0xff), Uint8Array.of(0), info);
}

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) over a digest. */
export function signRsa(key: RsaNumbers, digest: Uint8Array): Uint8Array {
  const length = Math.ceil(bitLength(key.modulus) / 8);
  const message = encoded(digest, length);
  if (message === undefined) throw new Error('the key is too short for the digest');
  return toBytes(powerModulo(toBigInt(message), key.privateExponent, key.modulus), length);
}

export function verifyRsa(
  modulus: bigint,
  exponent: bigint,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = bitLength(modulus);
  const length = Math.ceil(bits / 8);
  if (bits > MAX_MODULUS_BITS || bitLength(exponent) > MAX_EXPONENT_BITS || signature.length !== length)
    return false;
  const message = encoded(digest, length);
  const value = toBigInt(signature);
  if (message === undefined || value >= modulus) return false;
  return powerModulo(value, exponent, modulus) === toBigInt(message);
}
