/** The longest texts that are compared line by line; the cost grows with lines times differences. */
const MAX_DIFFERENCES = 2000;

/** A line of a comparison: kept, taken from the left, or added on the right. */
export type Edit = { readonly kind: 'keep' | 'remove' | 'add'; readonly line: string };

/** The shortest way from one list of lines to another (Myers, "An O(ND) Difference Algorithm"). */
export function diffLines(left: readonly string[], right: readonly string[]): readonly Edit[] {
  let [start, leftEnd, rightEnd] = [0, left.length, right.length];
  while (start < leftEnd && start < rightEnd && left[start] === right[start]) start++;
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd--;
    rightEnd--;
  }
  const keep = (lines: readonly string[]): Edit[] => lines.map((line) => ({ kind: 'keep', line }));
  return [
    ...keep(left.slice(0, start)),
    ...middle(left.slice(start, leftEnd), right.slice(start, rightEnd)),
    ...keep(left.slice(leftEnd)),
  ];
}

function middle(left: readonly string[], right: readonly string[]): Edit[] {
  const [n, m] = [left.length, right.length];
  const reach = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let differences = 0; differences <= Math.min(n + m, MAX_DIFFERENCES); differences++) {
    trace.push(new Map(reach));
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const down =
        diagonal === -differences ||
        (diagonal !== differences && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1));
      let x = down ? (reach.get(diagonal + 1) ?? 0) : (reach.get(diagonal - 1) ?? 0) + 1;
      while (x < n && x - diagonal < m && left[x] === right[x - diagonal]) x++;
      reach.set(diagonal, x);
      if (x >= n && x - diagonal >= m) return backtrack(left, right, trace);
    }
  }
  // Too different to be worth the search: everything goes, everything comes.
  return [
    ...left.map((line) => ({ kind: 'remove' as const, line })),
    ...right.map((line) => ({ kind: 'add' as const, line })),
  ];
}

function backtrack(
  left: readonly string[],
  right: readonly string[],
  trace: readonly Map<number, number>[],
): Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [left.length, right.length];
  for (let differences = trace.length - 1; differences >= 0; differences--) {
    const reach = trace[differences] ?? new Map<number, number>();
    const diagonal = x - y;
    const down =
      diagonal === -differences ||
      (diagonal !== differences && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1));
    const previous = down ? diagonal + 1 : diagonal - 1;
    const fromX = reach.get(previous) ?? 0;
    const fromY = fromX - previous;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      edits.push({ kind: 'keep', line: left[x - 1] ?? '' });
      x--;
      y--;
    }
    if (differences === 0) break;
    if (down) edits.push({ kind: 'add', line: right[y - 1] ?? '' });
    else edits.push({ kind: 'remove', line: left[x - 1] ?? '' });
    [x, y] = [fromX, fromY];
  }
  return edits.reverse();
}

export interface Hunk {
  /** 1-based first lines, and counts. */
  readonly left: { readonly start: number; readonly count: number };
  readonly right: { readonly start: number; readonly count: number };
  readonly edits: readonly Edit[];
}

/** Groups changes with `context` kept lines around them. */
export function hunksOf(edits: readonly Edit[], context: number): readonly Hunk[] {
  const hunks: Hunk[] = [];
  const changes = edits.flatMap((edit, index) => (edit.kind === 'keep' ? [] : [index]));
  let position = 0;
  let [leftLine, rightLine] = [1, 1];
  const advance = (to: number): void => {
    for (; position < to; position++) {
      if (edits[position]?.kind !== 'add') leftLine++;
      if (edits[position]?.kind !== 'remove') rightLine++;
    }
  };
  for (let index = 0; index < changes.length;) {
    const first = Math.max(0, (changes[index] ?? 0) - context);
    let last = changes[index] ?? 0;
    while (index < changes.length && (changes[index] ?? 0) <= last + 2 * context + 1)
      last = changes[index++] ?? 0;
    const end = Math.min(edits.length, last + context + 1);
    advance(first);
    const part = edits.slice(first, end);
    const leftCount = part.filter((edit) => edit.kind !== 'add').length;
    const rightCount = part.filter((edit) => edit.kind !== 'remove').length;
    hunks.push({
      left: { start: leftCount === 0 ? leftLine - 1 : leftLine, count: leftCount },
      right: { start: rightCount === 0 ? rightLine - 1 : rightLine, count: rightCount },
      edits: part,
    });
  }
  return hunks;
}
