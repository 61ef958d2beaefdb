export type * from './network.ts';
export type * from './packet.ts';
export type * from './trace.ts';
export { HOOKS, PRIORITY } from './ruleset.ts';
export type * from './ruleset.ts';
export {
  canonicalIp,
  compareIp,
  formatIp,
  isIpv4,
  isIpv6,
  isLoopback,
  isUnspecified,
  parseIp,
} from './address/ip.ts';
export type { ParsedIp } from './address/ip.ts';
export { addressAt, cidrContains, cidrNetwork, cidrSize, parseCidr } from './address/cidr.ts';
export type { ParsedCidr } from './address/cidr.ts';
export { renderRuleset, ruleText, tableHeading } from './netfilter/nft-text.ts';
export { frameBytes, packetBytes } from './packet/size.ts';
export { formatEndpoint } from './packet/endpoints.ts';
export { nameOfPacket, summarise } from './packet/summary.ts';
export { newNetworkState } from './state.ts';
export type { NetworkState } from './state.ts';
export { createNetwork } from './world.ts';
