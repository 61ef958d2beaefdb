const IPV4_BITS = 32;

/** The neighbouring range of the same size, IPv4 alone: 10.0.0.0/24 → 10.0.1.0/24. undefined where there is none. */
export function otherCidr(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined || parsed.length === 0) return undefined;
  // Turning the last bit of the network part stays within the range above it.
  return format((parsed.address ^ (2 ** (IPV4_BITS - parsed.length))) >>> 0, parsed.length);
}

/** The lower half of a range. */
export function narrowerCidr(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined || parsed.length >= IPV4_BITS) return undefined;
  return format(parsed.address, parsed.length + 1);
}

function parse(text: string): { readonly address: number; readonly length: number } | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (found === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, length = 0] = found.slice(1).map(Number);
  if (length > IPV4_BITS || [a, b, c, d].some((octet) => octet > 255)) return undefined;
  return { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, length };
}

function format(address: number, length: number): string {
  return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')}/${length}`;
}
