import type { ComponentName } from '@podwire/kubesim';
import type { Lab } from '@podwire/lab';
import type {
  PacketTraceView,
  PlaceView,
  ProbeRequestView,
  ProbeResultView,
  ServerEvent,
} from '@podwire/protocol';
import type { JournalRecord } from '../journal.ts';
import type {
  ClusterHistory,
  ClusterOrigin,
  FileEntry,
  FileOutcome,
  FileText,
  GradeOutcome,
  GradeRequest,
  OpenTerminalOutcome,
  TaskSealing,
  TerminalState,
} from '../port.ts';

/** What the provider asks of one cluster in a worker. Those with answers carry a `requestId` on the way. */
export interface ClusterCalls {
  'open-terminal': {
    readonly arguments: {
      readonly terminalId: string;
      readonly place: PlaceView;
      readonly columns: number;
      readonly rows: number;
    };
    readonly answer: OpenTerminalOutcome;
  };
  'read-file': { readonly arguments: { readonly path: string }; readonly answer: FileOutcome<FileText> };
  'write-file': {
    readonly arguments: { readonly path: string; readonly text: string };
    readonly answer: FileOutcome<FileText>;
  };
  'list-files': {
    readonly arguments: { readonly directory: string };
    readonly answer: FileOutcome<readonly FileEntry[]>;
  };
  probe: { readonly arguments: { readonly request: ProbeRequestView }; readonly answer: ProbeResultView };
  grade: { readonly arguments: { readonly request: GradeRequest }; readonly answer: GradeOutcome };
  'sealable-tasks': { readonly arguments: { readonly lab: Lab }; readonly answer: readonly TaskSealing[] };
  packet: { readonly arguments: { readonly packetId: number }; readonly answer: PacketTraceView | undefined };
  'switch-component': {
    readonly arguments: { readonly component: ComponentName; readonly running: boolean };
    readonly answer: boolean;
  };
  /** Answered when everything before it took effect and was told. */
  flush: { readonly arguments: object; readonly answer: undefined };
}
export type CallName = keyof ClusterCalls;
export type Call = {
  [Name in CallName]: { readonly name: Name } & ClusterCalls[Name]['arguments'];
}[CallName];

/** Those without answers. */
export type Command =
  | {
      readonly name: 'input';
      readonly terminalId: string;
      readonly inputSequence: number;
      readonly data: string;
    }
  | { readonly name: 'resize'; readonly terminalId: string; readonly columns: number; readonly rows: number }
  | { readonly name: 'flow'; readonly terminalId: string; readonly paused: boolean }
  | { readonly name: 'close-terminal'; readonly terminalId: string }
  | { readonly name: 'watch-topology'; readonly on: boolean }
  | { readonly name: 'watch-packets'; readonly on: boolean };

export type ToWorker =
  /** These are booted in advance, in this order, and kept; those of the last such message are no longer. */
  | { readonly kind: 'warm'; readonly origins: readonly ClusterOrigin[] }
  | {
      readonly kind: 'create';
      readonly clusterId: string;
      readonly slot: number;
      readonly origin: ClusterOrigin;
      readonly history?: ClusterHistory;
    }
  | { readonly kind: 'call'; readonly clusterId: string; readonly requestId: number; readonly call: Call }
  | { readonly kind: 'cancel'; readonly clusterId: string; readonly requestId: number }
  | { readonly kind: 'command'; readonly clusterId: string; readonly command: Command }
  /** `forgotten`: it will not come back, nor do its checkpoints matter. */
  | { readonly kind: 'drop'; readonly clusterId: string; readonly forgotten: boolean };

/** What a cluster did since it was last asked, in the order in which its owner must hear it. */
export interface ClusterNews {
  readonly records: readonly JournalRecord[];
  readonly clusterTimeMs?: number;
  readonly output: readonly { readonly terminalId: string; readonly offset: number; readonly data: string }[];
  readonly exits: readonly { readonly terminalId: string; readonly exitCode: number }[];
  readonly topologySnapshot?: ServerEvent<'topology:snapshot'>;
  readonly topologyChanges?: ServerEvent<'topology:changes'>;
  readonly packets?: ServerEvent<'packets:recent'>;
}

export type FromWorker =
  | { readonly kind: 'ready' }
  /** All that the last `warm` asked for is booted, but for what `failures` name. */
  | { readonly kind: 'warmed'; readonly failures: readonly string[] }
  | { readonly kind: 'created'; readonly clusterId: string; readonly terminals: readonly TerminalState[] }
  | { readonly kind: 'create-failed'; readonly clusterId: string; readonly message: string }
  | {
      readonly kind: 'answer';
      readonly clusterId: string;
      readonly requestId: number;
      readonly answer: unknown;
    }
  | {
      readonly kind: 'call-failed';
      readonly clusterId: string;
      readonly requestId: number;
      readonly message: string;
    }
  | { readonly kind: 'news'; readonly clusterId: string; readonly news: ClusterNews }
  | {
      readonly kind: 'ended';
      readonly clusterId: string;
      readonly reason: 'worker-crashed' | 'cpu-exceeded';
      readonly message: string;
    };

/** Layout of the memory that a worker and its watchdog share. */
export const HEARTBEAT = {
  /** Grows with every slice. */
  slices: 0,
  /** Slot of the cluster whose slice runs, `WARMING_SLOT`, or -1. */
  slot: 1,
  length: 2,
} as const;
/** What boots labs in advance runs under this slot; clusters count theirs from the next. */
export const WARMING_SLOT = 0;
