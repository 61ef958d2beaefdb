interface Hint {
  readonly id: string;
  readonly cost: number | undefined;
}

/** The hints that stand on the page, and the one that can be asked for now. Whoever paid for one sees those before it. */
export function nextHint<Given extends Hint>(
  hints: readonly Given[],
  asked: number,
  taken: ReadonlySet<string>,
): { readonly shown: readonly Given[]; readonly next: Given | undefined } {
  const paidUpTo = hints.findLastIndex((hint) => taken.has(hint.id)) + 1;
  const wanted = hints.slice(0, Math.max(asked, paidUpTo));
  const unpaid = wanted.findIndex((hint) => hint.cost !== undefined && !taken.has(hint.id));
  const shown = unpaid < 0 ? wanted : wanted.slice(0, unpaid);
  return { shown, next: hints[shown.length] };
}
