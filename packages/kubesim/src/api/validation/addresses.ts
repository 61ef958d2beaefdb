import { canonicalIp, parseCidr } from '@podwire/netsim';

/** What is wrong with an IP address where old forms are still taken (leading zeros), as upstream's legacy fields do. */
export function ipAddress(value: string): string[] {
  return canonicalIp(withoutLeadingZeros(value)) === undefined
    ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
    : [];
}

export function cidr(value: string): string[] {
  return value.includes('/') && parseCidr(withoutLeadingZeros(value)) !== undefined
    ? []
    : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
}

function withoutLeadingZeros(value: string): string {
  return value.includes(':') ? value : value.replaceAll(/(^|\.)0+(?=\d)/g, '$1');
}

export function isIpv6Text(value: string): boolean {
  return value.includes(':');
}
