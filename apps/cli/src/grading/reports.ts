import type { GradedSubmission } from './grade-submission.ts';

/** One line a submission. */
export function renderCsv(graded: readonly GradedSubmission[]): string {
  const head = ['submission', 'lab', 'verdict', 'score', 'failed checks', 'message'];
  const rows = graded.map(({ submission, lab, verdict, score, tasks, message }) => [
    submission,
    lab,
    verdict,
    score.toFixed(4),
    tasks
      .flatMap(({ taskId, checks }) =>
        checks.filter((check) => check.verdict !== 'passed').map(({ checkId }) => `${taskId}/${checkId}`),
      )
      .join(' '),
    message ?? '',
  ]);
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** RFC 4180; a leading sign that spreadsheets take for a formula is made text. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A suite a submission, a case a check. */
export function renderJunit(graded: readonly GradedSubmission[]): string {
  const suites = graded.map((each) => {
    const cases = each.tasks.flatMap(({ taskId, checks }) =>
      checks.map(({ checkId, verdict, expected, saw, because }) => {
        const name = `<testcase classname="${xml(`${each.lab}.${taskId}`)}" name="${xml(checkId)}"`;
        if (verdict === 'passed') return `    ${name}/>`;
        const tag = verdict === 'failed' ? 'failure' : 'error';
        const text = `expected ${expected ?? ''}; saw ${saw ?? ''}. ${because ?? ''}`;
        return `    ${name}><${tag} message="${xml(text)}"/></testcase>`;
      }),
    );
    if (each.tasks.length === 0)
      cases.push(
        `    <testcase classname="${xml(each.lab)}" name="submission"><error message="${xml(each.message ?? each.verdict)}"/></testcase>`,
      );
    const failures = cases.filter((text) => text.includes('<failure')).length;
    const errors = cases.filter((text) => text.includes('<error')).length;
    return `  <testsuite name="${xml(each.submission)}" tests="${cases.length}" failures="${failures}" errors="${errors}" time="${(each.durationMs / 1_000).toFixed(3)}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function xml(text: string): string {
  return (
    text
      // XML 1.0 section 2.2 has no other control characters than these three.
      .replace(/\p{Cc}/gu, (sign) => ('\t\n\r'.includes(sign) ? sign : '\uFFFD'))
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
