import type { Task } from '@podwire/machine';

/** A step of a command: yields when it must wait, throws `Failure` to end. */
export type Step<Result = undefined> = Task<Result>;
