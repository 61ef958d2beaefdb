/** `break` and `continue` on their way to their loop. */
export class LoopJump extends Error {
  readonly kind: 'break' | 'continue';
  levels: number;
  constructor(kind: 'break' | 'continue', levels: number) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
  }
}

/** `return` on its way to its function or sourced file. */
export class FunctionReturn extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super('return');
    this.exitCode = exitCode;
  }
}

/** `exit`, or an error that ends the shell. */
export class ShellExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super('exit');
    this.exitCode = exitCode;
  }
}

/** An expansion or assignment failed: the rest of the line that was read is dropped (bash's DISCARD). */
export class Discarded extends Error {
  constructor() {
    super('discarded');
  }
}

/** Ctrl-C at an interactive shell: back to the prompt. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}
