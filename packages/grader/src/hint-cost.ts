/**
 * A task's score once its hints are paid for. `cost`: the part of the task's whole score, 0 to 1, that the hints which
 * were taken so far cost together. The verdict stays what it is, and no score falls below 0. What was reached before a
 * hint was taken is kept by whoever keeps the best score.
 */
export function scoreAfterHints(score: number, cost: number): number {
  const reached = Math.min(1, Math.max(0, score));
  const paid = Math.min(1, Math.max(0, cost));
  // Costs are whole percents: 0.7 - 0.1 is 0.6, and not 0.6 and a little less.
  return Math.max(0, Math.round((reached - paid) * PRECISION) / PRECISION);
}

const PRECISION = 1e9;
