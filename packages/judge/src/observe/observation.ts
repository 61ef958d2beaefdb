/**
 * What was seen of one cluster: under each key the answers that came, sorted, each once. Keys begin with
 * what was asked: `reach`, `dns`, `object`, `kubectl` or `refusal`.
 */
export type Observation = Readonly<Record<string, readonly string[]>>;

export function answersOf(answers: Iterable<string>): readonly string[] {
  return [...new Set(answers)].sort();
}
