/** One mistake in a course file: where, what is wrong, and what to write instead. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** Relative to the course's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string;
}

/** Every code, with what it stands for. `docs/authoring/diagnostics.md` has a section for each. */
export const DIAGNOSTIC_CODES = {
  PW0101: 'A file of the course is missing',
  PW0102: 'The front matter is missing or is not at the top',
  PW0103: 'The YAML cannot be read',
  PW0104: 'A field is unknown, missing or of the wrong kind',
  PW0105: 'A file belongs to nothing',
  PW0106: 'A file is more than can be read',
  PW0201: 'An id is used twice',
  PW0202: 'An id is missing or is not well formed',
  PW0203: 'A reference leads nowhere',
  PW0204: 'A directive is unknown or stands in the wrong place',
  PW0205: 'A task has no checks',
  PW0206: 'Tasks or checks need one another in a circle',
  PW0207: 'A task can never be opened',
  PW0208: 'An id is not that of its place',
  PW0209: 'A parameter is not defined',
  PW0210: 'A parameter is not used',
  PW0211: 'A directive does not say what it needs to',
  PW0212: 'A directive runs into the text beside it',
  PW0213: 'A directive is not closed, or colons close nothing',
  PW0301: 'A check cannot be read',
  PW0302: 'A check does not say exactly one thing to look at',
  PW0303: 'A check does not say clearly what to look at',
  PW0304: 'A question has no usable answer',
  PW0305: 'A CEL expression cannot be read',
  PW0306: 'A check needs more than a backend of the lab gives',
  PW0401: 'A manifest cannot be read',
  PW0402: 'The API refuses a manifest',
  PW0403: 'The cluster cannot be made as asked',
  PW0501: 'An image has no alternative text',
  PW0502: 'A solution or a wrong case does not say what it belongs to',
  PW0503: 'A link leads nowhere',
  PW0504: 'A translation is stale',
  PW0505: 'A link works on the site alone',
  PW0601: 'The setup is refused or does not come to rest',
  PW0602: 'A task passes before the learner did anything',
  PW0603: 'A check passes before the learner did anything',
  PW0604: 'A solution does not pass its task',
  PW0605: 'A wrong case does not fail where its author said',
  PW0606: 'A small mistake in the solution is not noticed',
  PW0607: 'An accepted mutant does not survive',
  PW0608: 'A script does not end',
} as const;
export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** Collects what is found in one file. */
export interface DiagnosticSink {
  readonly file: string;
  report(found: Omit<Diagnostic, 'file' | 'severity'> & { readonly severity?: Diagnostic['severity'] }): void;
}

/** For what has been reported once already. */
export function quietSink(): DiagnosticSink {
  return { file: '', report: () => undefined };
}

export function sinkFor(file: string, into: Diagnostic[]): DiagnosticSink {
  return {
    file,
    report: (found) => into.push({ ...found, file, severity: found.severity ?? 'error' }),
  };
}
