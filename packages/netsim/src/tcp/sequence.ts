/** Sequence numbers are modulo 2^32 (RFC 9293 section 3.4). */
export function advance(sequence: number, by: number): number {
  return (sequence + by) >>> 0;
}

/** How far `left` is past `right`; negative when it is before. */
export function distance(left: number, right: number): number {
  return (left - right) | 0;
}
