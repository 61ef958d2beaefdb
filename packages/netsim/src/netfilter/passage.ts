import type { IpPacket } from '../packet.ts';
import type { Action } from '../ruleset.ts';
import type { NetnsState } from '../state.ts';
import type { Connection, Direction } from './connection.ts';

export type TrackState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

/** One packet on its way through the hooks of one namespace. */
export interface Passage {
  readonly netns: NetnsState;
  packet: IpPacket;
  inInterface: string | undefined;
  outInterface: string | undefined;
  connection: Connection | undefined;
  direction: Direction;
  track: TrackState;
  /** Connection tracking has seen it: on an earlier hook, or before it was looped back. */
  tracked: boolean;
}

export function newPassage(netns: NetnsState, packet: IpPacket): Passage {
  return {
    netns,
    packet,
    inInterface: undefined,
    outInterface: undefined,
    connection: undefined,
    direction: 'original',
    track: 'untracked',
    tracked: false,
  };
}

export type RejectWith = NonNullable<Extract<Action, { kind: 'reject' }>['with']>;

export type HookVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly with: RejectWith };

export const ACCEPT: HookVerdict = Object.freeze({ kind: 'accept' });
export const DROP: HookVerdict = Object.freeze({ kind: 'drop' });
