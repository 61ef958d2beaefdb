import type { Diagnostic } from './diagnostic.ts';

interface Kept {
  readonly inputs: readonly unknown[];
  readonly result: unknown;
  readonly diagnostics: readonly Diagnostic[];
}

/** What was read of each part of a course, for as long as what it was read from stays the same. */
export class Remembered {
  #before = new Map<string, Kept>();
  #now = new Map<string, Kept>();

  /** `inputs` are all that the result depends on; texts are compared whole. */
  read<Result>(
    key: string,
    inputs: readonly unknown[],
    into: Diagnostic[],
    readIt: (diagnostics: Diagnostic[]) => Result,
  ): Result {
    const before = this.#before.get(key);
    const same =
      before?.inputs.length === inputs.length &&
      before.inputs.every((input, index) => input === inputs[index])
        ? before
        : undefined;
    const diagnostics: Diagnostic[] = [];
    const kept = same ?? { inputs, result: readIt(diagnostics), diagnostics };
    this.#now.set(key, kept);
    into.push(...kept.diagnostics);
    return kept.result as Result;
  }

  /** What was not asked for since the last time is forgotten. */
  turn(): void {
    [this.#before, this.#now] = [this.#now, new Map<string, Kept>()];
  }
}
