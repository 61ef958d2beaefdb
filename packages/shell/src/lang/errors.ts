/** The program text is wrong. `expansion`: bash finds it only when the word is expanded, and prints it without `syntax error`. */
export class SyntaxProblem extends Error {
  readonly sort: 'syntax' | 'expansion';
  constructor(message: string, sort: 'syntax' | 'expansion' = 'syntax') {
    super(message);
    this.name = 'SyntaxProblem';
    this.sort = sort;
  }
}

/** The program text ends within a construct: an interactive shell asks for more. */
export class IncompleteError extends Error {
  readonly awaited: string;
  /** Whether the end of the text is what is reported, rather than where a quote began. */
  readonly atEnd: boolean;
  constructor(awaited: string, message = 'syntax error: unexpected end of file') {
    super(message);
    this.name = 'IncompleteError';
    this.awaited = awaited;
    this.atEnd = message.startsWith('syntax error') || awaited === ')';
  }
}

/** Ends the current command with a message and status 1, as a failed expansion does; a script ends altogether where POSIX says so. */
export class ExpansionFailure extends Error {
  readonly fatal: boolean;
  constructor(message: string, fatal = false) {
    super(message);
    this.name = 'ExpansionFailure';
    this.fatal = fatal;
  }
}
