const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 section 4, with padding. */
export function encodeBase64(data: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < data.length; at += 3) {
    const [a = 0, b, c] = data.subarray(at, at + 3);
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    pieces.push(
      ALPHABET.charAt(bits >> 18) +
        ALPHABET.charAt((bits >> 12) & 63) +
        (b === undefined ? '=' : ALPHABET.charAt((bits >> 6) & 63)) +
        (c === undefined ? '=' : ALPHABET.charAt(bits & 63)),
    );
  }
  return pieces.join('');
}

/** What decodes; `complete` is false when something did not. Line breaks are always ignored. */
export function decodeBase64(
  text: string,
  ignoreOthers = false,
): { readonly bytes: Uint8Array; readonly complete: boolean } {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  let padding = 0;
  for (const character of text) {
    if (character === '\n' || character === '\r') continue;
    const value = ALPHABET.indexOf(character);
    if (character === '=') {
      padding++;
      continue;
    }
    if (value < 0) {
      if (ignoreOthers) continue;
      return { bytes: Uint8Array.from(bytes), complete: false };
    }
    if (padding > 0) return { bytes: Uint8Array.from(bytes), complete: false };
    bits = ((bits << 6) | value) & 0xffffff;
    count++;
    // The second character completes the first byte with 4 bits to spare, the third the second with 2, the fourth the third.
    if (count % 4 === 2) bytes.push((bits >> 4) & 0xff);
    else if (count % 4 === 3) bytes.push((bits >> 2) & 0xff);
    else if (count % 4 === 0) bytes.push(bits & 0xff);
  }
  return { bytes: Uint8Array.from(bytes), complete: count % 4 !== 1 && (count + padding) % 4 === 0 };
}
