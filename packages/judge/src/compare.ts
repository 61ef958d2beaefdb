import type { Observation } from './observe/observation.ts';

export interface Difference {
  readonly key: string;
  /** undefined: only the other side has it. */
  readonly expected: readonly string[] | undefined;
  readonly found: readonly string[] | undefined;
}

/**
 * What the truth and the judged cluster do not have in common. `lenient`: of answers that were drawn, few
 * tries may have shown one side less than the other.
 */
export function compare(
  truth: Observation,
  judged: Observation,
  { lenient = false }: { readonly lenient?: boolean } = {},
): readonly Difference[] {
  const keys = [...new Set([...Object.keys(truth), ...Object.keys(judged)])].sort();
  return keys.flatMap((key): readonly Difference[] => {
    const [expected, found] = [truth[key], judged[key]];
    if (expected !== undefined && found !== undefined && agree(key, expected, found, lenient)) return [];
    return [{ key, expected, found }];
  });
}

function agree(key: string, left: readonly string[], right: readonly string[], lenient: boolean): boolean {
  if (lenient && key.startsWith('reach'))
    return left.every((answer) => right.includes(answer)) || right.every((answer) => left.includes(answer));
  return left.length === right.length && left.every((answer, index) => answer === right[index]);
}

/** The lines of a difference that stand on one side alone. */
export function linesApart({ expected = [], found = [] }: Difference): {
  readonly expected: readonly string[];
  readonly found: readonly string[];
} {
  return {
    expected: expected.filter((line) => !found.includes(line)),
    found: found.filter((line) => !expected.includes(line)),
  };
}
