import type { TaskReport } from '@podwire/protocol';

const PERCENT = 100;

interface CreditWords {
  /** Beside the heading. */
  readonly short: string;
  readonly headline: string;
  readonly stored: string;
}

/** What became of a submission, in words: a fault of ours is called one, and says that nothing was lost by it. */
export function creditWords(report: TaskReport): CreditWords {
  const percent = `${Math.round(report.score * PERCENT)} %`;
  const when = new Date(report.createdAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  const forHints =
    report.hintCost === undefined || report.hintCost === 0
      ? ''
      : `, after ${Math.round(report.hintCost * PERCENT)} % for hints`;
  switch (report.verdict) {
    case 'passed':
      return {
        short: `passed, ${percent}`,
        headline: `Passed, with ${percent} of the score${forHints}.`,
        stored: `Stored ${when}. Your best score counts.`,
      };
    case 'failed':
      return {
        short: `not passed, ${percent}`,
        headline: `Not passed: ${percent} of the score${forHints}.`,
        stored: `Stored ${when}. You may hand in again; your best score counts.`,
      };
    case 'not-gradable':
      return {
        short: 'could not be graded',
        headline: 'What you handed in could not be graded. It costs you nothing.',
        stored: `Stored ${when}. Read below what could not be read, then hand in again.`,
      };
    case 'our-fault':
      return {
        short: 'our fault',
        headline: 'Something went wrong on our side while grading. It costs you nothing.',
        stored: `Stored ${when}, and reported to us. Hand in again in a moment; your cluster is as you left it.`,
      };
  }
}
