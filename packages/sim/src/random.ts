/**
 * A seeded random source whose state is plain data, so that it forks and replays with the rest.
 * Algorithm: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, passes PractRand and BigCrush.
 */
export interface RandomState {
  a: number;
  b: number;
  c: number;
  counter: number;
}

const WARM_UP_ROUNDS = 12;

export function seedRandom(seed: number): RandomState {
  const state: RandomState = {
    a: seed | 0,
    b: Math.floor(seed / 2 ** 32) | 0,
    c: 0x9e3779b9 | 0,
    counter: 1,
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) nextUint32(state);
  return state;
}

/** A uniformly drawn integer in [0, 2^32). */
export function nextUint32(state: RandomState): number {
  const sum = (((state.a + state.b) | 0) + state.counter) | 0;
  state.counter = (state.counter + 1) | 0;
  state.a = state.b ^ (state.b >>> 9);
  state.b = (state.c + (state.c << 3)) | 0;
  state.c = ((state.c << 21) | (state.c >>> 11)) + sum;
  state.c |= 0;
  return sum >>> 0;
}

/** A uniformly drawn number in [0, 1). */
export function nextFloat(state: RandomState): number {
  return nextUint32(state) / 2 ** 32;
}

/** A uniformly drawn integer in [0, bound). `bound` is a positive integer below 2^32. */
export function nextInt(state: RandomState, bound: number): number {
  return Math.floor(nextFloat(state) * bound);
}

/** Alphabet of the API server's generated names: no vowels and no look-alikes (k8s.io/apimachinery util/rand). */
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A random suffix such as `x7k2p`, as the API server appends to `generateName`. */
export function nextName(state: RandomState, length: number): string {
  let name = '';
  for (let i = 0; i < length; i++) name += NAME_ALPHABET[nextInt(state, NAME_ALPHABET.length)] ?? '';
  return name;
}

/** A version 4 UUID (RFC 9562 section 5.4). */
export function nextUuid(state: RandomState): string {
  let hex = '';
  for (let i = 0; i < 4; i++) hex += nextUint32(state).toString(16).padStart(8, '0');
  const variant = ((parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
