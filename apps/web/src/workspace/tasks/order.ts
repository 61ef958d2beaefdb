/** The options in the learner's order; what is new or unknown to it stands as the page gives it. */
export function inOrder(ids: readonly string[], answer: readonly string[]): readonly string[] {
  const known = answer.filter((id, index) => ids.includes(id) && answer.indexOf(id) === index);
  return [...known, ...ids.filter((id) => !known.includes(id))];
}

/** One of them a place up (-1) or down (1); at the end of the list nothing moves. */
export function moved(order: readonly string[], id: string, by: -1 | 1): readonly string[] {
  const from = order.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return order;
  const next = order.filter((other) => other !== id);
  next.splice(to, 0, id);
  return next;
}
