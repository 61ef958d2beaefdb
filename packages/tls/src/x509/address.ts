/** The octets of an IPv4 or IPv6 address; undefined for what is none. */
export function addressOctets(text: string): Uint8Array | undefined {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) {
    const octets = host.split('.').map(Number);
    return octets.every((octet) => octet < 256) ? Uint8Array.from(octets) : undefined;
  }
  return host.includes(':') && /^[0-9a-fA-F:]+$/.test(host) ? ipv6Octets(host) : undefined;
}

function ipv6Octets(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => half.split(':').filter((group) => group !== ''));
  const [before = [], after = []] = groups;
  const missing = 8 - before.length - after.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after];
  if (all.length !== 8 || all.some((group) => group.length > 4)) return undefined;
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

/** As openssl prints an address of a certificate. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return '<invalid>';
  return Array.from({ length: 8 }, (_, index) =>
    ((octets[index * 2] ?? 0) * 256 + (octets[index * 2 + 1] ?? 0)).toString(16).toUpperCase(),
  ).join(':');
}
