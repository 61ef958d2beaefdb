import type { Difference } from './compare.ts';

export interface KnownChoice {
  readonly id: string;
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

/** Where Kubernetes leaves it open and the judge's cluster chose otherwise than ours. Short, and each with its reason. */
export const KNOWN_CHOICES: readonly KnownChoice[] = [];

export function unexplained(differences: readonly Difference[]): readonly Difference[] {
  return differences.filter((difference) => !KNOWN_CHOICES.some(({ covers }) => covers(difference)));
}
