/** The expression cannot be read. */
export class CelSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** An expression that was evaluated came to an error: CEL's own kind of value, which `&&`, `||`, `all` and `exists` may absorb. */
export class CelFailure extends Error {}

/** The expression asked for too much. Nothing absorbs this. */
export class CelBudgetExceeded extends Error {}

export function noSuchOverload(): CelFailure {
  return new CelFailure('no such overload');
}

/** As cel-go prints it: `ERROR: <input>:1:5: …`, the line, and a mark below the place. */
export function formatProblem(text: string, at: number, message: string): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1);
  const source = text.split('\n')[line - 1] ?? '';
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${source}\n | ${'.'.repeat(column)}^`;
}
