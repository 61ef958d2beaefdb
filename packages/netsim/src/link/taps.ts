import type { Kernel } from '../kernel.ts';
import type { EthernetFrame } from '../packet.ts';
import type { InterfaceState, NetnsState } from '../state.ts';

/** Frames that wait for one tap; later ones are not captured until it is read, as with a full capture buffer. */
const TAP_QUEUE_FRAMES = 1024;

export function capture(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  direction: 'in' | 'out',
  frame: EthernetFrame,
): void {
  for (const id of netns.taps) {
    const tap = kernel.state.sockets.get(id);
    if (tap?.kind !== 'tap' || (tap.interfaceName !== 'any' && tap.interfaceName !== link.name)) continue;
    if (tap.queue.length >= TAP_QUEUE_FRAMES) continue;
    tap.queue.push(
      Object.freeze({ atMs: kernel.simulation.nowMs, interfaceName: link.name, direction, frame }),
    );
    kernel.notify(tap, { kind: 'readable' });
  }
}
