import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Encode } from '@podwire/sim';
import { concatBytes } from '../asn1/write.ts';

/** Octets at the end of a record, where TLS 1.3 has its authentication tag. */
const TAG_BYTES = 16;

export function sessionSecret(parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(...parts));
}

/** What Finished holds: both sides know it once they have the same secret. */
export function finishedValue(secret: Uint8Array, role: 'client' | 'server'): Uint8Array {
  return sha256(concatBytes(utf8Encode(`${role} finished`), secret));
}

function seedOf(secret: Uint8Array, role: 'client' | 'server', sequence: number): Uint8Array {
  return sha256(concatBytes(utf8Encode(`${role} ${sequence}`), secret));
}

/** Exclusive-or with the stream of an xorshift generator: hides text from a reader, not from a cryptographer. */
function apply(seed: Uint8Array, data: Uint8Array): Uint8Array {
  const view = new DataView(seed.buffer, seed.byteOffset);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getUint32(at) | 1) as [number, number, number, number];
  const masked = new Uint8Array(data.length);
  let word = 0;
  for (let at = 0; at < data.length; at++) {
    if ((at & 3) === 0) {
      const last = a ^ (a << 11);
      [a, b, c] = [b, c, d];
      d = d ^ (d >>> 19) ^ last ^ (last >>> 8);
      word = d;
    }
    masked[at] = (data[at] ?? 0) ^ (word & 0xff);
    word >>>= 8;
  }
  return masked;
}

export function maskRecord(
  secret: Uint8Array,
  role: 'client' | 'server',
  sequence: number,
  data: Uint8Array,
): Uint8Array {
  const seed = seedOf(secret, role, sequence);
  return concatBytes(apply(seed, data), sha256(concatBytes(seed, data)).subarray(0, TAG_BYTES));
}

/** undefined when the record is not what the peer sent. */
export function unmaskRecord(
  secret: Uint8Array,
  role: 'client' | 'server',
  sequence: number,
  record: Uint8Array,
): Uint8Array | undefined {
  if (record.length < TAG_BYTES) return undefined;
  const seed = seedOf(secret, role, sequence);
  const data = apply(seed, record.subarray(0, record.length - TAG_BYTES));
  const tag = sha256(concatBytes(seed, data)).subarray(0, TAG_BYTES);
  const given = record.subarray(record.length - TAG_BYTES);
  return tag.every((octet, index) => octet === given[index]) ? data : undefined;
}
