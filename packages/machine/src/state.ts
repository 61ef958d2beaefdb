import type { NetErrno, SocketId, NetnsId } from '@podwire/netsim';
import type { DaemonEvent, MachineSpec } from './contract.ts';
import type { FileTree } from './files/tree.ts';

/** All that the machines of one world remember, as plain data (the rule of `forkState`); running tasks are outside. */
export interface MachinesState {
  readonly machines: Map<string, MachineState>;
  readonly volumes: Map<string, FileTree>;
}

export interface MachineState {
  readonly spec: MachineSpec;
  hostname: string;
  readonly tree: FileTree;
  readonly bootMs: number;
  nextPid: number;
  /** The image's main process, while it runs. */
  mainPid: number | undefined;
  readonly daemons: Map<number, DaemonState>;
}

export interface DaemonState {
  readonly pid: number;
  parent: number;
  readonly group: number;
  /** Name in the registry. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  /** Absent: the machine's own. */
  readonly netns?: NetnsId;
  readonly startedMs: number;
  stopped: boolean;
  /** What happened while it was stopped. */
  readonly deferred: DaemonEvent[];
  /** The program's own state. */
  memory: unknown;
  /** Timer name → event id. */
  readonly timers: Map<string, number>;
  readonly connects: Map<SocketId, 'connected' | NetErrno>;
}

export function newMachinesState(): MachinesState {
  return { machines: new Map(), volumes: new Map() };
}
