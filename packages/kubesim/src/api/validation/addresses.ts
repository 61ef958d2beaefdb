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

/** Addresses no endpoint may have (core ValidateEndpointIP). */
export function reservedAddress(address: string): string[] {
  if (canonicalIp(address) === undefined) return ['must be a valid IP address'];
  if (address === '0.0.0.0' || address === '::') return [`may not be unspecified (${address})`];
  if (address.startsWith('127.') || address === '::1')
    return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  if (address.startsWith('169.254.') || /^fe[89ab]/i.test(address))
    return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  if (address.startsWith('224.0.0.') || /^ff02:/i.test(address))
    return ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'];
  return [];
}
