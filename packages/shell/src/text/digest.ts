function hex(words: readonly number[], littleEndian: boolean): string {
  return words
    .map((word) => {
      const text = (word >>> 0).toString(16).padStart(8, '0');
      return littleEndian ? (text.match(/../g) ?? []).reverse().join('') : text;
    })
    .join('');
}

/** Merkle–Damgård padding to blocks of 64 bytes. */
function padded(data: Uint8Array, littleEndian: boolean): DataView {
  const length = Math.ceil((data.length + 9) / 64) * 64;
  const bytes = new Uint8Array(length);
  bytes.set(data);
  bytes[data.length] = 0x80;
  const view = new DataView(bytes.buffer);
  const low = (data.length * 8) >>> 0;
  const high = Math.floor(data.length / 2 ** 29);
  view.setUint32(length - 8, littleEndian ? low : high, littleEndian);
  view.setUint32(length - 4, littleEndian ? high : low, littleEndian);
  return view;
}

const rotateLeft = (value: number, count: number): number => (value << count) | (value >>> (32 - count));
const rotateRight = (value: number, count: number): number => (value >>> count) | (value << (32 - count));

const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const MD5_SINES = Array.from(
  { length: 64 },
  (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0,
);

/** RFC 1321. */
export function md5Hex(data: Uint8Array): string {
  const view = padded(data, true);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let index = 0; index < 64; index++) {
      const round = index >> 4;
      const mix =
        round === 0
          ? (b & c) | (~b & d)
          : round === 1
            ? (d & b) | (~d & c)
            : round === 2
              ? b ^ c ^ d
              : c ^ (b | ~d);
      const word =
        (round === 0 ? index : round === 1 ? 5 * index + 1 : round === 2 ? 3 * index + 5 : 7 * index) % 16;
      const sum = (a + mix + (MD5_SINES[index] ?? 0) + view.getInt32(block + word * 4, true)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotateLeft(sum, MD5_SHIFTS[round * 4 + (index % 4)] ?? 0)) | 0];
    }
    [a, b, c, d].forEach((value, index) => (state[index] = ((state[index] ?? 0) + value) | 0));
  }
  return hex(state, true);
}

/** FIPS 180-4. */
export function sha1Hex(data: Uint8Array): string {
  const view = padded(data, false);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  const words = new Array<number>(80).fill(0);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let index = 0; index < 80; index++) {
      words[index] =
        index < 16
          ? view.getInt32(block + index * 4)
          : rotateLeft(
              (words[index - 3] ?? 0) ^
                (words[index - 8] ?? 0) ^
                (words[index - 14] ?? 0) ^
                (words[index - 16] ?? 0),
              1,
            );
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let index = 0; index < 80; index++) {
      const round = Math.floor(index / 20);
      const mix = round === 0 ? (b & c) | (~b & d) : round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round] ?? 0;
      const next = (rotateLeft(a, 5) + mix + e + constant + (words[index] ?? 0)) | 0;
      [a, b, c, d, e] = [next, a, rotateLeft(b, 30), c, d];
    }
    [a, b, c, d, e].forEach((value, index) => (state[index] = ((state[index] ?? 0) + value) | 0));
  }
  return hex(state, false);
}

/** The first 32 bits of the fractional parts of roots of the first primes, as SHA-256 defines its constants. */
function primeRoots(count: number, root: (prime: number) => number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++)
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes.map((prime) => {
    const value = root(prime);
    return Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
  });
}

const SHA256_ROUNDS = primeRoots(64, Math.cbrt);
const SHA256_START = primeRoots(8, Math.sqrt);

/** FIPS 180-4. */
export function sha256Hex(data: Uint8Array): string {
  const view = padded(data, false);
  const state = [...SHA256_START];
  const words = new Array<number>(64).fill(0);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let index = 0; index < 64; index++) {
      const early = words[index - 15] ?? 0;
      const late = words[index - 2] ?? 0;
      words[index] =
        index < 16
          ? view.getInt32(block + index * 4)
          : ((words[index - 16] ?? 0) +
              (rotateRight(early, 7) ^ rotateRight(early, 18) ^ (early >>> 3)) +
              (words[index - 7] ?? 0) +
              (rotateRight(late, 17) ^ rotateRight(late, 19) ^ (late >>> 10))) |
            0;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let index = 0; index < 64; index++) {
      const one =
        (h +
          (rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)) +
          ((e & f) ^ (~e & g)) +
          (SHA256_ROUNDS[index] ?? 0) +
          (words[index] ?? 0)) |
        0;
      const two =
        ((rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => (state[index] = ((state[index] ?? 0) + value) | 0));
  }
  return hex(state, false);
}
