import type { DiagnosticCode } from '@podwire/lab';

/** Something that proving a lab brought to light. Codes are those of the linter, `PW06…`. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** Relative to the lab's folder: `solution/mend-it.sh`. */
  readonly file: string;
  /** What to look for in the file, for its line: an id, or the id of a mutant. */
  readonly anchor?: string;
  readonly message: string;
  readonly remedy: string;
}

/** How well the checks tell a right solution from a nearly right one. */
export interface MutationScore {
  /** Mutants that the cluster took. */
  readonly total: number;
  readonly caught: number;
  /** Not caught, and listed by the author with a reason. */
  readonly accepted: readonly { readonly id: string; readonly reason: string }[];
  readonly survivors: readonly { readonly id: string; readonly taskId: string; readonly what: string }[];
  /** Left out, because there were too many. */
  readonly skipped: number;
}

/** A task that is not graded for credit, and the checks that ask for something done: its solution fails them when it is replayed. */
export interface InPlaceOnly {
  readonly taskId: string;
  readonly unmet: readonly string[];
}

export interface LabProof {
  readonly labId: string;
  readonly backend: string;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly tasks: number;
  readonly wrongCases: number;
  /** Ids of the tasks that can be handed in for credit; absent where the proof was not carried so far. */
  readonly sealable?: readonly string[];
  readonly inPlaceOnly?: readonly InPlaceOnly[];
  /** absent where the proof was not carried so far. */
  readonly mutants?: MutationScore;
}

/** 0 to 1. A lab whose solutions make, do and answer nothing has nothing to mutate: 1. */
export function scoreOf({ total, caught, accepted }: MutationScore): number {
  const counted = total - accepted.length;
  return counted === 0 ? 1 : caught / counted;
}
