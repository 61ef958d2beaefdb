import { noSuchOverload } from '../problems.ts';
import type { CelValue, Meter } from '../values.ts';

/** What a function does. A member function gets what it is called on as the first argument. */
export type CelFunction = (args: readonly CelValue[], meter: Meter) => CelValue;

export interface Library {
  readonly globals: Readonly<Record<string, CelFunction>>;
  readonly members: Readonly<Record<string, CelFunction>>;
}

/** @throws CelFailure when the argument is no string: then there is no such overload. */
export function textArgument(args: readonly CelValue[], index: number): string {
  const value = args[index];
  if (typeof value !== 'string') throw noSuchOverload();
  return value;
}

export function intArgument(args: readonly CelValue[], index: number): number {
  const value = args[index];
  if (typeof value !== 'bigint') throw noSuchOverload();
  return Number(value);
}

/** @throws CelFailure unless there are so many. */
export function expectArguments(args: readonly CelValue[], least: number, most = least): void {
  if (args.length < least || args.length > most) throw noSuchOverload();
}
