import type { ComponentName } from '@podwire/kubesim';
import type { Look, VerdictRecord } from '@podwire/grader';
import type { Backend, Lab, ManifestFile, Task } from '@podwire/lab';
import type { NodeAddresses, ReadSubmission } from '@podwire/prover';
import type {
  PacketTraceView,
  PlaceView,
  ProbeRequestView,
  ProbeResultView,
  ServerEvent,
  TaskReport,
} from '@podwire/protocol';
import type { JournalRecord } from './journal.ts';

/** What a cluster begins with. Plain JSON: stored with the session, so that a later version of the lab changes nothing. */
export interface ClusterOrigin {
  readonly labId: string;
  readonly labDigest: string;
  readonly seed: number;
  /** The cluster's clock at its start, ms since the epoch. */
  readonly startMs: number;
  readonly needs: Lab['cluster'];
  readonly setup: readonly ManifestFile[];
  readonly files: readonly ManifestFile[];
  /** What was drawn for the learner, hidden values too. It is in `setup` and `files` already: the cluster itself has no use for it. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A cluster that was, to be had again. */
export interface ClusterHistory {
  /** In order, without gaps. */
  readonly records: readonly JournalRecord[];
  /** The cluster's clock when it is to go on: never before the last record. */
  readonly clusterTimeMs: number;
}

/** Why a cluster ended by itself. `lost`: its worker died through no fault of its own; it can be had again from its journal. */
export type ClusterEnd =
  | { readonly kind: 'worker-crashed'; readonly message: string }
  | { readonly kind: 'cpu-exceeded'; readonly message: string }
  | { readonly kind: 'memory-exceeded'; readonly message: string }
  | { readonly kind: 'disk-exceeded'; readonly message: string }
  | { readonly kind: 'lost'; readonly message: string };

/** How the start (or the return) of a cluster goes, for the learner who waits. */
export type StartProgress =
  /** No room yet: so many are before this one, itself included. */
  | { readonly kind: 'queued'; readonly place: number; readonly waiting: number }
  | {
      readonly kind: 'step';
      readonly text: string;
      /** From 1. */
      readonly number: number;
      readonly of: number;
      /** Until the cluster is ready, by the last runs; absent while there were none. */
      readonly remainingMs?: number;
      /** From 1: an attempt that failed for a passing reason is made again. */
      readonly attempt: number;
    };

/** Whether a backend can be had on this server now. Both texts are for the learner. */
export type Offer =
  { readonly ok: true } | { readonly ok: false; readonly because: string; readonly remedy: string };

/**
 * What a start would take now. `warm`: one stands ready, and what is left to do is to put the lab into it. `readyMs`: by
 * the last runs, absent while there were none; 0 where the lab is in it, too.
 */
export interface StartExpectation {
  readonly warm: boolean;
  readonly readyMs?: number;
}

/** What a cluster tells its owner, in order. Calls must not throw and must not wait. */
export interface ClusterListener {
  /** To be stored before input is acknowledged. */
  onJournal(records: readonly JournalRecord[]): void;
  /** The cluster's clock, told every now and then and after each jump, for `ClusterHistory.clusterTimeMs`. */
  onClock(clusterTimeMs: number): void;
  /** `offset`: characters of output before `data`, over the terminal's whole life. */
  onTerminalOutput(terminalId: string, offset: number, data: string): void;
  onTerminalExit(terminalId: string, exitCode: number): void;
  onTopologySnapshot(snapshot: ServerEvent<'topology:snapshot'>): void;
  onTopologyChanges(changes: ServerEvent<'topology:changes'>): void;
  onPackets(packets: ServerEvent<'packets:recent'>): void;
  /** Where starting takes long enough to wonder. Nothing more is told once the cluster is there. */
  onProgress?(progress: StartProgress): void;
  /** Nothing follows. Not called after `destroy` or `suspend`. */
  onEnd(end: ClusterEnd): void;
}

export interface TerminalState {
  readonly terminalId: string;
  readonly place: PlaceView;
  readonly columns: number;
  readonly rows: number;
  /** The last input message that was wholly taken. */
  readonly inputSequence: number;
  /** Output is held back: see `setTerminalFlow`. */
  readonly paused: boolean;
  readonly exitCode?: number;
}

export type OpenTerminalOutcome =
  | { readonly kind: 'opened' }
  | {
      readonly kind: 'refused';
      readonly reason:
        'no-such-place' | 'not-found' | 'not-executable' | 'too-many-processes' | 'already-open';
      readonly message: string;
    };

/** Whether a task can be graded sealed. */
export interface TaskSealing {
  readonly taskId: string;
  /** Checks that the lab's own solution does not meet when it is replayed: they ask for something done. None: it can. */
  readonly unmet: readonly string[];
}

/** A learner's work, read from their cluster. Plain data. */
export interface HandedIn {
  readonly submission: ReadSubmission;
  /** Of the learner's own cluster. */
  readonly nodes: NodeAddresses;
  /** What answers that ask for a value of the learner's own cluster are compared with. */
  readonly answerLooks: readonly Look[];
}

export interface GradeRequest {
  readonly task: Task;
  readonly answers: Readonly<Record<string, string | readonly string[]>>;
  /** Checks of mode `once` that were met before. */
  readonly metBefore: readonly string[];
  /** For credit: what the learner made is replayed in a cluster of this lab that they never touch, and graded there. */
  readonly sealed?: {
    readonly lab: Lab;
    readonly learnerSeed: number;
    readonly seed: number;
    /** The lab with other parameters, where it asks for that: what was made is graded in a cluster of this one. */
    readonly elsewhere?: Lab;
    /** Read already, in a cluster of a backend that has others grade it: of the learner's own cluster nothing else is asked. */
    readonly handedIn?: HandedIn;
  };
  /** Keeps what the verdict rests on: `GradeOutcome.record`. */
  readonly record?: Pick<
    VerdictRecord,
    'labId' | 'labDigest' | 'seed' | 'versions' | 'parameters' | 'redrawn'
  >;
}

/** A report without what only its keeper knows. */
export type GradeOutcome = Pick<
  TaskReport,
  'verdict' | 'score' | 'checks' | 'clusterTimeMs' | 'durationMs' | 'notes'
> & {
  /** A `VerdictRecord` as JSON, gzipped: with it the verdict can be had again. Absent where it was not asked for, or too large. */
  readonly record?: Uint8Array;
};

export type FileOutcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errno: string; readonly message: string };

export interface FileText {
  readonly text: string;
  readonly modifiedMs: number;
}

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink';
}

/** One learner's cluster. Every method rejects with `ClusterError` once the cluster is gone or the signal is aborted. */
export interface Cluster {
  readonly id: string;
  /** Terminals that the cluster came back with. */
  readonly restoredTerminals: readonly TerminalState[];
  openTerminal(
    terminal: {
      readonly terminalId: string;
      readonly place: PlaceView;
      readonly columns: number;
      readonly rows: number;
    },
    signal?: AbortSignal,
  ): Promise<OpenTerminalOutcome>;
  /** Taken when a journal record says so; messages are numbered from 1 and given in order. */
  sendInput(terminalId: string, inputSequence: number, data: string): void;
  resizeTerminal(terminalId: string, columns: number, rows: number): void;
  setTerminalFlow(terminalId: string, paused: boolean): void;
  closeTerminal(terminalId: string): void;
  readFile(path: string, signal?: AbortSignal): Promise<FileOutcome<FileText>>;
  writeFile(path: string, text: string, signal?: AbortSignal): Promise<FileOutcome<FileText>>;
  listFiles(directory: string, signal?: AbortSignal): Promise<FileOutcome<readonly FileEntry[]>>;
  probe(request: ProbeRequestView, signal?: AbortSignal): Promise<ProbeResultView>;
  grade(request: GradeRequest, signal?: AbortSignal): Promise<GradeOutcome>;
  /** Which tasks can be graded sealed. Absent where none can. */
  sealableTasks?(lab: Lab, signal?: AbortSignal): Promise<readonly TaskSealing[]>;
  packet(packetId: number, signal?: AbortSignal): Promise<PacketTraceView | undefined>;
  watchTopology(on: boolean): void;
  watchPackets(on: boolean): void;
  switchComponent(name: ComponentName, running: boolean, signal?: AbortSignal): Promise<boolean>;
  /** Leaves memory; the journal gives it back. Resolves when the last journal records were told. */
  suspend(): Promise<void>;
  destroy(): Promise<void>;
}

/** A way to give each learner a cluster: one folder per backend. */
export interface ClusterProvider {
  readonly backend: Backend;
  /** Why this backend can't run a lab with these needs, or undefined when it can. */
  refusal(needs: Lab['cluster']): string | undefined;
  /** Resolves when the cluster is ready, probed and not assumed. Rejects with `ClusterError`. */
  create(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    options?: { readonly history?: ClusterHistory; readonly signal?: AbortSignal },
  ): Promise<Cluster>;
  /**
   * Clusters that are likely to be asked for soon: made ready in the background, in this order, and kept so
   * until the next call. Resolves when they are. Those that fail here fail again when they are asked for.
   */
  prewarm?(origins: readonly ClusterOrigin[]): Promise<void>;
  /** Absent where a backend is always to be had. */
  offer?(): Promise<Offer>;
  /** Absent where a cluster is there at once. */
  expectation?(origin: Pick<ClusterOrigin, 'needs' | 'setup' | 'files'>): StartExpectation;
  // Where clusters outlive the process that made them:
  /** Removes what a process that was killed has left and no living session owns. @returns those removed. */
  reconcile?(living: ReadonlySet<string>): Promise<readonly string[]>;
  /** Whether the cluster of a session runs, although nobody in this process has it. */
  lives?(id: string): Promise<boolean>;
  /** Removes all that a session that is not running here has; what is gone already is no error. */
  remove?(id: string): Promise<void>;
  /** How many clusters it holds, and at most can hold. */
  occupancy(): { readonly clusters: number; readonly limit: number };
  close(): Promise<void>;
}
