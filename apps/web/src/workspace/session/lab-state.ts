import type { ServerEvent, SessionView, TakenHint, TaskReport } from '@podwire/protocol';
import type { ApiFailure } from '../../connection/api.ts';
import type { TerminalLink } from '../terminal/terminal-link.ts';
import type { ServerClock } from './time-left.ts';

/** What the page knows of the learner's cluster. */
export type Phase =
  /** Asking whether a cluster of this lab is waiting. */
  | { readonly kind: 'looking' }
  /** There is none. `last`: how the one before it ended. */
  | { readonly kind: 'none'; readonly last: SessionView | undefined }
  | { readonly kind: 'starting' }
  | { readonly kind: 'start-failed'; readonly error: ApiFailure }
  | { readonly kind: 'session'; readonly session: SessionView }
  /** Another page of this browser works on it; two would type into each other's terminals. */
  | { readonly kind: 'elsewhere'; readonly session: SessionView };

export type Link = 'connecting' | 'online' | 'offline';

export type CheckState =
  | { readonly kind: 'running'; readonly sinceMs: number }
  | { readonly kind: 'answered'; readonly report: TaskReport }
  | { readonly kind: 'unanswered'; readonly error: ApiFailure; readonly previous: TaskReport | undefined };

export interface LabState {
  readonly phase: Phase;
  readonly link: Link;
  readonly clock: ServerClock | undefined;
  readonly warning: ServerEvent<'session:warning'> | undefined;
  readonly terminals: readonly TerminalLink[];
  /** By task. */
  readonly checks: ReadonlyMap<string, CheckState>;
  /** What was handed in for credit last, by task. */
  readonly handedIn: ReadonlyMap<string, TaskReport>;
  /** Hints that were taken and cost something, by task and hint. */
  readonly takenHints: ReadonlyMap<string, ReadonlyMap<string, TakenHint>>;
  /** Tasks passed now or in an earlier cluster of this lab. */
  readonly passedTasks: ReadonlySet<string>;
  readonly recentPackets: ServerEvent<'packets:recent'>['packets'];
}

export const FIRST_STATE: LabState = {
  phase: { kind: 'looking' },
  link: 'connecting',
  clock: undefined,
  warning: undefined,
  terminals: [],
  checks: new Map(),
  handedIn: new Map(),
  takenHints: new Map(),
  passedTasks: new Set(),
  recentPackets: [],
};

export function withReport(state: LabState, report: TaskReport): LabState {
  const handedIn =
    report.sealed === true ? new Map(state.handedIn).set(report.taskId, report) : state.handedIn;
  const checks =
    report.sealed === true
      ? state.checks
      : new Map(state.checks).set(report.taskId, { kind: 'answered', report });
  const passedTasks =
    report.verdict === 'passed' ? new Set(state.passedTasks).add(report.taskId) : state.passedTasks;
  return { ...state, checks, handedIn, passedTasks };
}

export function withHint(state: LabState, hint: TakenHint): LabState {
  const ofTask = new Map(state.takenHints.get(hint.taskId)).set(hint.hintId, hint);
  return { ...state, takenHints: new Map(state.takenHints).set(hint.taskId, ofTask) };
}

/** The newest packets, oldest first; messages may overlap. */
export function mergePackets(
  before: LabState['recentPackets'],
  more: LabState['recentPackets'],
  most: number,
): LabState['recentPackets'] {
  const byId = new Map(before.map((packet) => [packet.packetId, packet]));
  for (const packet of more) byId.set(packet.packetId, packet);
  return [...byId.values()]
    .sort((left, right) => left.atMs - right.atMs || left.packetId - right.packetId)
    .slice(-most);
}
