import type { Task } from '@podwire/machine';
import type { Io } from './io.ts';
import type { Shell } from './shell.ts';

/** A builtin command. It runs inside the shell. */
export type Builtin = (shell: Shell, argv: readonly string[], io: Io) => Task;
