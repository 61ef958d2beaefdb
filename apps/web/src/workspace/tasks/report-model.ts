import type { CheckResult, ProbeResultView, TaskReport } from '@podwire/protocol';
import type { Mark } from '../../design/verdict-mark.tsx';
import type { CheckState } from '../session/lab-state.ts';

export interface ProbeEvidence {
  readonly label: string;
  readonly expected: string;
  readonly result: ProbeResultView;
}

/** One check as the task column shows it: before it ran, while it runs, and with what it found. */
export interface CheckRow {
  readonly id: string;
  readonly title: string;
  readonly mark: Mark;
  /** Read aloud with the mark. */
  readonly word: string;
  readonly failure:
    | {
        readonly expected: string | undefined;
        readonly saw: string | undefined;
        readonly because: string | undefined;
      }
    | undefined;
  /** Why it was not tried. */
  readonly note: string | undefined;
  /** Probes whose packets can be looked at; the one that failed first. */
  readonly probes: readonly ProbeEvidence[];
}

export interface ReportView {
  readonly rows: readonly CheckRow[];
  /** One sentence above the rows. */
  readonly headline: string | undefined;
  readonly tone: 'none' | 'running' | 'passed' | 'failed' | 'ours';
}

const WORDS: Readonly<Record<CheckResult['verdict'], { readonly mark: Mark; readonly word: string }>> = {
  passed: { mark: 'allowed', word: 'passed' },
  failed: { mark: 'denied', word: 'failed' },
  'not-gradable': { mark: 'unknown', word: 'could not be read' },
  'our-fault': { mark: 'unknown', word: 'our fault' },
};

export function reportOf(check: CheckState | undefined): TaskReport | undefined {
  if (check?.kind === 'answered') return check.report;
  return check?.kind === 'unanswered' ? check.previous : undefined;
}

export function reportView(
  checks: readonly { readonly id: string; readonly title: string }[],
  state: CheckState | undefined,
): ReportView {
  const report = reportOf(state);
  const running = state?.kind === 'running';
  const rows = checks.map((check): CheckRow => {
    const result = report?.checks.find((candidate) => candidate.checkId === check.id);
    if (result === undefined) {
      return {
        id: check.id,
        title: check.title,
        mark: 'waiting',
        word: running ? 'being checked' : 'not checked yet',
        failure: undefined,
        note: undefined,
        probes: [],
      };
    }
    return rowOf(check.id, check.title, result);
  });
  if (running) return { rows, headline: undefined, tone: 'running' };
  if (report === undefined) return { rows, headline: undefined, tone: 'none' };
  return { rows, ...headlineOf(report) };
}

function rowOf(id: string, title: string, result: CheckResult): CheckRow {
  if (result.evidence.waitsFor !== undefined)
    return {
      id,
      title,
      mark: 'waiting',
      word: 'not tried yet',
      failure: undefined,
      note: result.because,
      probes: [],
    };
  const { mark, word } = WORDS[result.verdict];
  const held = result.verdict === 'passed' && result.metEarlier === true;
  return {
    id,
    title,
    mark,
    word: held ? 'passed earlier' : word,
    failure:
      result.verdict === 'passed'
        ? undefined
        : { expected: result.expected, saw: result.saw, because: result.because },
    note: undefined,
    probes: [...(result.evidence.probes ?? [])]
      .map(({ label, expected, result: probe }) => ({ label, expected, result: probe }))
      .sort((left, right) => Number(meets(left)) - Number(meets(right))),
  };
}

/** Whether a probe ended as its check wanted; `blocked` is met by anything but an open connection. */
function meets(probe: ProbeEvidence): boolean {
  const blocked = probe.expected === 'blocked' && probe.result.verdict !== 'open';
  return blocked || probe.result.verdict === probe.expected;
}

function headlineOf(report: TaskReport): Pick<ReportView, 'headline' | 'tone'> {
  switch (report.verdict) {
    case 'passed':
      return { headline: 'Passed.', tone: 'passed' };
    case 'failed': {
      const failed = report.checks.filter(
        (check) => check.verdict !== 'passed' && check.evidence.waitsFor === undefined,
      ).length;
      return {
        headline: failed === 1 ? 'One check failed.' : `${failed} of ${report.checks.length} checks failed.`,
        tone: 'failed',
      };
    }
    case 'not-gradable':
      return {
        headline:
          'This could not be graded, and it costs you nothing. Read what stands below, then check again.',
        tone: 'ours',
      };
    case 'our-fault':
      return {
        headline: 'Something went wrong on our side, and it costs you nothing. Check again in a moment.',
        tone: 'ours',
      };
  }
}
