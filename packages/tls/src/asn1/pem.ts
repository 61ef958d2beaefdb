const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LINE_CHARS = 64;
/** Text that is searched for blocks, characters: a bundle of many certificates is smaller. */
const MAX_PEM_CHARS = 1_048_576;
/** Blocks of one text. */
const MAX_BLOCKS = 256;

export interface PemBlock {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** The blocks of a text (RFC 7468), in order; what stands around them, and blocks that are broken, are passed over. */
export function readPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const bounded = text.slice(0, MAX_PEM_CHARS);
  for (let at = 0; blocks.length < MAX_BLOCKS;) {
    const begin = bounded.indexOf('-----BEGIN ', at);
    if (begin < 0) break;
    const labelEnd = bounded.indexOf('-----', begin + 11);
    if (labelEnd < 0) break;
    const label = bounded.slice(begin + 11, labelEnd);
    const end = bounded.indexOf(`-----END ${label}-----`, labelEnd);
    at = labelEnd + 5;
    if (end < 0 || label.length > LINE_CHARS || label.includes('\n')) continue;
    const bytes = readBase64(bounded.slice(labelEnd + 5, end).replace(/\s+/g, ''));
    if (bytes === undefined) continue;
    blocks.push({ label, bytes });
    at = end;
  }
  return blocks;
}

export function writePem(label: string, bytes: Uint8Array): string {
  const base64 = writeBase64(bytes);
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += LINE_CHARS) lines.push(base64.slice(at, at + LINE_CHARS));
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function writeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63);
    text += second === undefined ? '=' : ALPHABET.charAt((bits >> 6) & 63);
    text += third === undefined ? '=' : ALPHABET.charAt(bits & 63);
  }
  return text;
}

function readBase64(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = new Uint8Array((text.length / 4) * 3 - (/=*$/.exec(text)?.[0].length ?? 0));
  for (let at = 0, out = 0; at < text.length; at += 4) {
    let bits = 0;
    for (let offset = 0; offset < 4; offset++)
      bits = (bits << 6) | Math.max(0, ALPHABET.indexOf(text.charAt(at + offset)));
    for (const shift of [16, 8, 0]) if (out < bytes.length) bytes[out++] = (bits >> shift) & 0xff;
  }
  return bytes;
}
