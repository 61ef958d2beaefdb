import { utf8Decode, utf8Encode } from '@podwire/sim';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function bytesToBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(index, index + 3);
    const group = (a << 16) | (b << 8) | c;
    const left = bytes.length - index;
    text += `${ALPHABET[group >> 18] ?? ''}${ALPHABET[(group >> 12) & 63] ?? ''}`;
    text += left > 1 ? (ALPHABET[(group >> 6) & 63] ?? '') : '=';
    text += left > 2 ? (ALPHABET[group & 63] ?? '') : '=';
  }
  return text;
}

/** Characters outside the alphabet are skipped: what comes here was checked before. */
export function base64ToBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  let group = 0;
  let bits = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) continue;
    group = ((group << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((group >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}

export function encodeBase64(text: string): string {
  return bytesToBase64(utf8Encode(text));
}

export function decodeBase64(text: string): string {
  return utf8Decode(base64ToBytes(text));
}
