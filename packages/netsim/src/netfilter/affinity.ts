import type { Kernel } from '../kernel.ts';
import type { IpAddress } from '../packet.ts';
import type { Action, DnatTarget } from '../ruleset.ts';
import type { NetnsState } from '../state.ts';

/** Clients remembered per namespace; the oldest is forgotten first (an nft set has a `size` too). */
const MAX_AFFINITY_ENTRIES = 4096;

export interface PickedTarget {
  readonly target: DnatTarget;
  /** It is what this client had before. */
  readonly remembered: boolean;
}

/** SVC16: at random; SVC17: with affinity, the client's last target while it is fresh and still offered. */
export function pickTarget(
  kernel: Kernel,
  netns: NetnsState,
  client: IpAddress,
  version: 4 | 6,
  action: Extract<Action, { kind: 'dnat' }>,
): PickedTarget | undefined {
  const { affinity, targets } = action;
  const nowMs = kernel.simulation.nowMs;
  const isIpv6 = version === 6;
  const key = affinity === undefined ? undefined : `${affinity.name} ${client}`;
  if (affinity !== undefined && key !== undefined) {
    const entry = netns.affinity.get(key);
    const target =
      entry === undefined || entry.expiresAtMs <= nowMs
        ? undefined
        : targets.find(({ address, port }) => address === entry.address && port === entry.port);
    if (entry !== undefined && target !== undefined) {
      entry.expiresAtMs = nowMs + affinity.timeoutSeconds * 1000;
      return { target, remembered: true };
    }
  }
  const usable = targets.filter(({ address }) => address.includes(':') === isIpv6);
  const target = usable.length <= 1 ? usable[0] : usable[kernel.simulation.randomInt(usable.length)];
  if (target === undefined) return undefined;
  if (affinity !== undefined && key !== undefined) {
    netns.affinity.delete(key);
    const oldest = netns.affinity.keys().next().value;
    if (netns.affinity.size >= MAX_AFFINITY_ENTRIES && oldest !== undefined) netns.affinity.delete(oldest);
    netns.affinity.set(key, {
      address: target.address,
      port: target.port,
      expiresAtMs: nowMs + affinity.timeoutSeconds * 1000,
    });
  }
  return { target, remembered: false };
}
