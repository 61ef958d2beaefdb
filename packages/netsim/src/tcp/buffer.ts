/** Small pieces are joined up to this size, so that a stream of single bytes doesn't become a list of single bytes. */
const JOIN_BELOW_BYTES = 4096;

/** Appends bytes that nobody else will change. */
export function append(chunks: Uint8Array[], data: Uint8Array): void {
  const last = chunks[chunks.length - 1];
  if (last !== undefined && last.length + data.length <= JOIN_BELOW_BYTES) {
    const joined = new Uint8Array(last.length + data.length);
    joined.set(last);
    joined.set(data, last.length);
    chunks[chunks.length - 1] = joined;
  } else {
    chunks.push(data);
  }
}

/** Drops the first `count` bytes. */
export function discard(chunks: Uint8Array[], count: number): void {
  let left = count;
  let whole = 0;
  for (const chunk of chunks) {
    if (chunk.length > left) break;
    left -= chunk.length;
    whole++;
  }
  if (whole > 0) chunks.splice(0, whole);
  const first = chunks[0];
  if (left > 0 && first !== undefined) chunks[0] = first.subarray(left);
}

/** The bytes from `offset` on, `length` of them: a view where they lie in one piece, else a copy. */
export function slice(chunks: readonly Uint8Array[], offset: number, length: number): Uint8Array {
  let skip = offset;
  let index = 0;
  for (; index < chunks.length; index++) {
    const chunk = chunks[index];
    if (chunk === undefined || chunk.length > skip) break;
    skip -= chunk.length;
  }
  const first = chunks[index];
  if (first !== undefined && first.length >= skip + length) return first.subarray(skip, skip + length);
  const result = new Uint8Array(length);
  let filled = 0;
  for (; index < chunks.length && filled < length; index++) {
    const chunk = chunks[index];
    if (chunk === undefined) break;
    const piece = chunk.subarray(skip, skip + length - filled);
    result.set(piece, filled);
    filled += piece.length;
    skip = 0;
  }
  return result;
}
