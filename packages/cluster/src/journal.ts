import type { ComponentName, Place, ProbeRequest } from '@podwire/kubesim';

/**
 * Something that came into a cluster from outside. Together with the cluster's origin these give the same
 * cluster again: nothing else may change one. Bytes are base64, since a journal's store may not take every
 * character.
 */
export type JournalEntry =
  | {
      readonly kind: 'terminal-opened';
      readonly terminalId: string;
      readonly place: Place;
      readonly columns: number;
      readonly rows: number;
    }
  /** Bytes that the terminal took. `inputSequence`: the message they are of; `taken`: how many of its bytes were taken by now; `whole`: all of them. */
  | {
      readonly kind: 'terminal-input';
      readonly terminalId: string;
      readonly bytes: string;
      readonly inputSequence: number;
      readonly taken: number;
      readonly whole: boolean;
    }
  | {
      readonly kind: 'terminal-resized';
      readonly terminalId: string;
      readonly columns: number;
      readonly rows: number;
    }
  /** The reader is too far behind (or no longer is): programs block on output. */
  | { readonly kind: 'terminal-flow'; readonly terminalId: string; readonly paused: boolean }
  | { readonly kind: 'terminal-closed'; readonly terminalId: string }
  | { readonly kind: 'api-written'; readonly request: ApiWrite }
  | { readonly kind: 'file-written'; readonly path: string; readonly bytes: string }
  | { readonly kind: 'probe-started'; readonly request: ProbeRequest }
  /** A check ran a command by our own programs. `files`: what it found in its home folder. */
  | {
      readonly kind: 'command-examined';
      readonly place: Place;
      readonly argv: readonly string[];
      readonly limitMs: number;
      readonly files: readonly (readonly [string, string])[];
    }
  /** The cluster rested: time passed until then without its upkeep being run. */
  | { readonly kind: 'time-skipped'; readonly untilMs: number }
  | { readonly kind: 'component-switched'; readonly name: ComponentName; readonly running: boolean };

export interface ApiWrite {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query string. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

/** One entry and the moment of virtual time at which it took effect, after every event due by then. */
export interface JournalRecord {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Ms since the epoch by the cluster's clock; may have a fraction. */
  readonly virtualMs: number;
  readonly entry: JournalEntry;
}
