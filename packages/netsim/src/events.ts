import type { NetnsId, SocketEvent, SocketId } from './network.ts';
import type { Direction } from './netfilter/connection.ts';
import type { TrackState } from './netfilter/passage.ts';
import type { EthernetFrame, IpAddress, IpPacket } from './packet.ts';

/** The network's name among the simulation's event targets. */
export const NET_TARGET = 'net';

/** The connection a looped-back packet already belongs to: the kernel keeps it on the packet (`skb->_nfct`). */
export interface KeptConnection {
  /** Key of its original direction; undefined when it was never confirmed. */
  readonly originalKey: string | undefined;
  readonly direction: Direction;
  readonly track: TrackState;
}

export type NetEvent =
  /** A frame reaches an interface. */
  | {
      readonly kind: 'frame';
      readonly netns: NetnsId;
      readonly interfaceName: string;
      readonly frame: EthernetFrame;
      readonly kept: KeptConnection | undefined;
    }
  /** A VXLAN device has wrapped a frame; the outer packet sets out. */
  | { readonly kind: 'encapsulated'; readonly netns: NetnsId; readonly packet: IpPacket }
  /** A neighbour request may have gone unanswered. */
  | {
      readonly kind: 'neighbor-timer';
      readonly netns: NetnsId;
      readonly interfaceName: string;
      readonly address: IpAddress;
      readonly round: number;
    }
  | { readonly kind: 'tcp-timer'; readonly socket: SocketId }
  | { readonly kind: 'socket-event'; readonly socket: SocketId; readonly event: SocketEvent };
