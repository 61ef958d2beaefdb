import type { Evidence } from '@podwire/protocol';

/** What one check came to, before weights, needs and earlier results are considered. */
export type CheckOutcome =
  | { readonly passed: true; readonly evidence: Evidence }
  /** All three in words for the learner; none gives the solution away. */
  | {
      readonly passed: false;
      readonly expected: string;
      readonly saw: string;
      readonly because: string;
      readonly evidence: Evidence;
    };

export function passed(evidence: Evidence): CheckOutcome {
  return { passed: true, evidence };
}

export function failed(expected: string, saw: string, because: string, evidence: Evidence): CheckOutcome {
  return { passed: false, expected, saw, because, evidence };
}
