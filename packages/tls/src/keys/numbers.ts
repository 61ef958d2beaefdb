/** Octets, most significant first, as a number. */
export function toBigInt(bytes: Uint8Array): bigint {
  let text = '';
  for (const octet of bytes) text += octet.toString(16).padStart(2, '0');
  return text === '' ? 0n : BigInt(`0x${text}`);
}

/** A number in at least `length` octets, most significant first. */
export function toBytes(value: bigint, length = 0): Uint8Array {
  const digits = value.toString(16);
  const octets = Math.max(length, Math.ceil(digits.length / 2));
  const padded = digits.padStart(octets * 2, '0');
  return Uint8Array.from({ length: octets }, (_, index) =>
    Number.parseInt(padded.slice(index * 2, index * 2 + 2), 16),
  );
}

/** Bits of the exponent that are taken at a time. */
const WINDOW_BITS = 5n;

/** base ** exponent mod modulus. */
export function powerModulo(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus <= 1n) return 0n;
  const powers = [1n];
  for (let index = 1; index < 1 << Number(WINDOW_BITS); index++)
    powers.push(((powers[index - 1] ?? 1n) * (base % modulus)) % modulus);
  const digits = exponent.toString(1 << Number(WINDOW_BITS));
  let result = 1n;
  for (const digit of digits) {
    for (let square = 0; square < Number(WINDOW_BITS); square++) result = (result * result) % modulus;
    const value = Number.parseInt(digit, 1 << Number(WINDOW_BITS));
    if (value > 0) result = (result * (powers[value] ?? 1n)) % modulus;
  }
  return result;
}

/** The inverse of `value`; undefined where there is none. */
export function inverseModulo(value: bigint, modulus: bigint): bigint | undefined {
  let [previous, current] = [modulus, value % modulus];
  let [before, factor] = [0n, 1n];
  while (current !== 0n) {
    const quotient = previous / current;
    [previous, current] = [current, previous - quotient * current];
    [before, factor] = [factor, before - quotient * factor];
  }
  if (previous !== 1n) return undefined;
  return before < 0n ? before + modulus : before;
}
