import type { NetnsId } from '@podwire/netsim';
import type { DaemonEvent, SpawnFailure } from '../contract.ts';
import type { MachineState } from '../state.ts';
import type { TaskProcess } from '../process/task.ts';
import type { Streams } from '../process/task.ts';
import type { Pipe } from '../streams/pipe.ts';
import type { Terminal } from '../streams/terminal.ts';

/** Events of the simulation with the target `machine`. */
export type MachineEventData =
  | { readonly kind: 'run' | 'next-ms' }
  | { readonly kind: 'wake'; readonly machineId: string; readonly pid: number }
  | {
      readonly kind: 'timer';
      readonly machineId: string;
      readonly pid: number;
      readonly name: string;
      readonly data: unknown;
    }
  /** A daemon that wished to end while it was starting. */
  | { readonly kind: 'end'; readonly machineId: string; readonly pid: number; readonly exitCode: number }
  | {
      readonly kind: 'event';
      readonly machineId: string;
      readonly pid: number;
      readonly event: DaemonEvent;
    };

/** What a daemon holds beside its state: its ends of pipes, its terminal. */
export interface DaemonRuntime {
  readonly streams: Streams;
  readonly tty: Terminal | undefined;
}

/** What of a machine runs outside the forkable state. */
export interface MachineRuntime {
  readonly tasks: Map<number, TaskProcess>;
  readonly daemons: Map<number, DaemonRuntime>;
  readonly exitListeners: Map<number, ((code: number) => void)[]>;
  /** Terminals by the pid that leads their session. */
  readonly terminals: Map<number, Terminal>;
  main: MainStreams | undefined;
}

export interface MainStreams extends Streams {
  readonly input: Pipe | undefined;
  readonly terminal: Terminal | undefined;
  readonly stdoutListeners: Set<(data: Uint8Array) => void>;
  readonly stderrListeners: Set<(data: Uint8Array) => void>;
}

export type Spawned =
  { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly reason: SpawnFailure };

/** Where a new process stands. */
export interface StartOptions extends Streams {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly env: Map<string, string>;
  readonly cwd: string;
  readonly tty: Terminal | undefined;
  /** Absent: the machine's own. */
  readonly netns?: NetnsId | undefined;
}

export function newRuntime(): MachineRuntime {
  return {
    tasks: new Map(),
    daemons: new Map(),
    exitListeners: new Map(),
    terminals: new Map(),
    main: undefined,
  };
}

/** What a process that is started from outside finds in its environment. */
export function environmentOf(
  { hostname, spec }: MachineState,
  extra: ReadonlyMap<string, string> | undefined,
): Map<string, string> {
  const defaults: [string, string][] = [
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', hostname],
  ];
  const env = new Map([...defaults, ...spec.env, ...(extra ?? [])]);
  if (!env.has('HOME')) env.set('HOME', spec.user === 'root' ? '/root' : `/home/${spec.user}`);
  return env;
}
