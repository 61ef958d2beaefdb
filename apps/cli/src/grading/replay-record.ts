import { readFileSync } from 'node:fs';
import { replayVerdict } from '@podwire/grader';
import type { VerdictRecord } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import { EXIT, messageOf } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

/** Grades once more from what was seen then, and says whether the verdicts are the same. */
export async function replayRecord(file: string, lab: Lab, output: Output): Promise<ExitCode> {
  let records: readonly VerdictRecord[];
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    records = (Array.isArray(parsed) ? parsed : [parsed]) as readonly VerdictRecord[];
  } catch (error) {
    output.err(`podwire grade: --replay ${file}: ${messageOf(error)}`);
    return EXIT.usage;
  }
  let same = true;
  for (const record of records) {
    const task = lab.tasks.find(({ id }) => id === record.taskId);
    const outcome = await replayVerdict(record, lab, task);
    if (outcome.kind !== 'same') same = false;
    const { taskId, verdict } = record;
    output.out(
      JSON.stringify({
        taskId,
        verdict,
        replay: outcome.kind,
        ...(outcome.kind === 'same' ? {} : { message: outcome.message }),
      }),
    );
  }
  return same ? EXIT.ok : EXIT.failed;
}
