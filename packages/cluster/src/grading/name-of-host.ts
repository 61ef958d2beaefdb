/** A host without its port and the brackets of an IPv6 address: what a certificate is shown for. */
export function nameOfHost(host: string): string {
  return /^\[([^\]]+)\]/u.exec(host)?.[1] ?? host.replace(/:\d+$/u, '');
}
