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
      /** What was handed in could not be read: it costs no attempt. */
      readonly unreadable?: true;
    };

export function passed(evidence: Evidence): CheckOutcome {
  return { passed: true, evidence };
}

export function failed(expected: string, saw: string, because: string, evidence: Evidence): CheckOutcome {
  return { passed: false, expected, saw, because, evidence };
}

export function notGradable(because: string): CheckOutcome {
  return {
    passed: false,
    unreadable: true,
    expected: 'manifests that can be read',
    saw: 'something else',
    because,
    evidence: {},
  };
}

/** Why one probe of a check did not end as it should. */
export interface Miss {
  readonly expected: string;
  readonly saw: string;
  readonly because: string;
}
