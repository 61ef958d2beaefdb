import { cidrContains } from '../address/cidr.ts';
import { canonicalIp, isUnspecified, parseIp } from '../address/ip.ts';
import type { Kernel } from '../kernel.ts';
import type { NetErrno, NetResult, SocketAddress } from '../network.ts';
import type { IpAddress } from '../packet.ts';
import type { NetnsState } from '../state.ts';
import type { RouteDecision } from '../ip/views.ts';

/** net.ipv4.ip_local_port_range. */
const EPHEMERAL = { from: 32_768, to: 60_999 } as const;
const MAX_PORT = 65_535;

export function failed(errno: NetErrno): { readonly ok: false; readonly errno: NetErrno } {
  return { ok: false, errno };
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= MAX_PORT;
}

/** A free ephemeral port: a random first guess, then upwards, as Linux looks for one. */
export function ephemeralPort(kernel: Kernel, isFree: (port: number) => boolean): number | undefined {
  const count = EPHEMERAL.to - EPHEMERAL.from + 1;
  const start = kernel.simulation.randomInt(count);
  for (let step = 0; step < count; step++) {
    const port = EPHEMERAL.from + ((start + step) % count);
    if (isFree(port)) return port;
  }
  return undefined;
}

/** Whether a process here may bind this address: a wildcard, or one of the namespace's own. */
export function checkBind(kernel: Kernel, netns: NetnsState, local: SocketAddress): NetErrno | undefined {
  if (parseIp(local.address) === undefined || !isPort(local.port)) return 'EINVAL';
  if (!isUnspecified(local.address) && !kernel.views.topology(netns).isLocal(local.address))
    return 'EADDRNOTAVAIL';
  return undefined;
}

/** IPv4 addresses in IPv6 clothes go out as IPv4 (RFC 4038 section 4.2). */
const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** Addresses in their one text form; what is no address stays as it is, for the checks to refuse. */
export function canonicalAddress(address: string): IpAddress {
  const canonical = canonicalIp(address) ?? address;
  return V4_MAPPED.exec(canonical)?.[1] ?? canonical;
}

/** Multicast and broadcast are not modelled; there is no route to them. */
function isForMany(address: IpAddress): boolean {
  return cidrContains('224.0.0.0/3', address) || cidrContains('ff00::/8', address);
}

export interface Way {
  readonly source: IpAddress;
  readonly decision: RouteDecision;
}

/** Which address a connection to `remote` would come from. */
export function wayTo(
  kernel: Kernel,
  netns: NetnsState,
  remote: SocketAddress,
  wanted: IpAddress | undefined,
): NetResult<Way> {
  const ip = parseIp(remote.address);
  if (ip === undefined || !isPort(remote.port)) return failed('EINVAL');
  const topology = kernel.views.topology(netns);
  const decision = topology.route(remote.address);
  if (decision === undefined || isForMany(remote.address)) return failed('ENETUNREACH');
  if (wanted !== undefined && !isUnspecified(wanted)) {
    if (parseIp(wanted)?.version !== ip.version) return failed('EAFNOSUPPORT');
    return topology.isLocal(wanted)
      ? { ok: true, value: { source: wanted, decision } }
      : failed('EADDRNOTAVAIL');
  }
  const source = topology.sourceFor(remote.address, decision);
  return source === undefined ? failed('EADDRNOTAVAIL') : { ok: true, value: { source, decision } };
}
