import { isIpv6, parseCidr } from '@podwire/netsim';
import type { Service } from 'kubernetes-types/core/v1';
import type { FieldErrors } from '../validation/field-errors.ts';

export type IpFamily = 'IPv4' | 'IPv6';

const KNOWN_FAMILIES: readonly string[] = ['IPv4', 'IPv6'];

/** Families of the cluster's service ranges, the first one being the default (SVC28). */
export function clusterFamilies(serviceCidrs: readonly string[]): readonly IpFamily[] {
  return serviceCidrs.map((cidr) => (parseCidr(cidr)?.version === 6 ? 'IPv6' : 'IPv4'));
}

export function familyOf(address: string): IpFamily {
  return isIpv6(address) ? 'IPv6' : 'IPv4';
}

/** Addresses and families belong to every type but ExternalName. */
export function takesClusterIp(service: Service): boolean {
  return service.spec?.type !== 'ExternalName';
}

export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIPs?.[0] === 'None' || service.spec?.clusterIP === 'None';
}

/** `clusterIP` is the first of `clusterIPs`: a client may write either, and clears both through the first. */
export function normalizeClusterIps(service: Service, previous: Service | undefined): void {
  const { spec } = service;
  if (spec === undefined) return;
  const first = spec.clusterIP;
  if (previous === undefined) {
    if (first !== undefined && spec.clusterIPs === undefined) spec.clusterIPs = [first];
    return;
  }
  const before = previous.spec?.clusterIP;
  const sameList = JSON.stringify(spec.clusterIPs) === JSON.stringify(previous.spec?.clusterIPs);
  if (before !== undefined && first === undefined && sameList) delete spec.clusterIPs;
  else if (first !== before && first !== undefined && sameList) spec.clusterIPs = [first];
  else if (first === before && !sameList && spec.clusterIPs?.[0] !== undefined)
    spec.clusterIP = spec.clusterIPs[0];
}

/** Writes `ipFamilyPolicy` and `ipFamilies` as the server defaults them, or says what contradicts. */
export function defaultFamilies(
  service: Service,
  previous: Service | undefined,
  families: readonly IpFamily[],
  errors: FieldErrors,
): void {
  const { spec } = service;
  if (spec === undefined || !takesClusterIp(service)) return;
  const [primary = 'IPv4', secondary] = families;
  const asked = spec.ipFamilies as IpFamily[] | undefined;
  for (const [index, family] of (asked ?? []).entries()) {
    if (!KNOWN_FAMILIES.includes(family))
      errors.notSupported(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']);
    else if (
      !families.includes(family) &&
      !(isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0)
    )
      errors.invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster');
    else if (asked?.indexOf(family) !== index) errors.duplicate(`spec.ipFamilies[${index}]`, family);
  }
  if (
    spec.ipFamilyPolicy === 'RequireDualStack' &&
    secondary === undefined &&
    !(isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0)
  )
    errors.invalid(
      'spec.ipFamilyPolicy',
      spec.ipFamilyPolicy,
      'this cluster is not configured for dual-stack services',
    );
  if (errors.list.length > 0) return;
  const addresses = (spec.clusterIPs ?? []).filter((address) => address !== 'None' && address !== '');
  const wanted = asked ?? (previous?.spec?.ipFamilies as IpFamily[] | undefined) ?? addresses.map(familyOf);
  const two = wanted.length > 1 || addresses.length > 1;
  if (spec.ipFamilyPolicy === 'SingleStack' && two && previous === undefined)
    errors.invalid(
      'spec.ipFamilyPolicy',
      spec.ipFamilyPolicy,
      'must be RequireDualStack or PreferDualStack when multiple IP families are specified',
    );
  // Endpoints that the user keeps may be of either family.
  if (
    previous === undefined &&
    asked === undefined &&
    spec.ipFamilyPolicy === undefined &&
    isHeadless(service) &&
    Object.keys(spec.selector ?? {}).length === 0
  ) {
    spec.ipFamilyPolicy = 'RequireDualStack';
    spec.ipFamilies = [primary, primary === 'IPv4' ? 'IPv6' : 'IPv4'];
    return;
  }
  spec.ipFamilyPolicy ??= previous?.spec?.ipFamilyPolicy ?? (two ? 'RequireDualStack' : 'SingleStack');
  const first = wanted[0] ?? primary;
  if (spec.ipFamilyPolicy === 'SingleStack') spec.ipFamilies = [first];
  else spec.ipFamilies = [first, ...families.filter((family) => family !== first)].slice(0, 2);
}
