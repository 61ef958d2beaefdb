/**
 * A set of pods, one bit for each by its place in `PolicyWorld.pods`. Unions and intersections take 32 pods at a
 * time, which is what makes a thousand policies over a thousand pods a matter of milliseconds.
 */
export type PodSet = Uint32Array;

const WORD_BITS = 32;

export function emptyPodSet(podCount: number): PodSet {
  return new Uint32Array(Math.ceil(podCount / WORD_BITS));
}

export function everyPod(podCount: number): PodSet {
  const set = emptyPodSet(podCount).fill(0xffffffff);
  const spare = set.length * WORD_BITS - podCount;
  if (spare > 0) set[set.length - 1] = 0xffffffff >>> spare;
  return set;
}

export function addPod(set: PodSet, place: number): void {
  const word = place >>> 5;
  set[word] = (set[word] ?? 0) | (1 << (place & 31));
}

export function hasPod(set: PodSet, place: number): boolean {
  return (((set[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}

/** Adds the other's members to the set. */
export function unite(set: PodSet, other: PodSet): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) | (other[word] ?? 0);
}

/** Takes out of the set what the other has not. */
export function intersect(set: PodSet, other: PodSet): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) & (other[word] ?? 0);
}

/** Takes out of the set what the other has. */
export function subtract(set: PodSet, other: PodSet): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) & ~(other[word] ?? 0);
}

export function forEachPod(set: PodSet, visit: (place: number) => void): void {
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word] ?? 0; bits !== 0; bits &= bits - 1)
      visit(word * WORD_BITS + (31 - Math.clz32(bits & -bits)));
  }
}

export function podCount(set: PodSet): number {
  let count = 0;
  for (const word of set) {
    // Counts the bits of a word in parallel: pairs, then nibbles, then bytes.
    let bits = word - ((word >>> 1) & 0x55555555);
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return count;
}
