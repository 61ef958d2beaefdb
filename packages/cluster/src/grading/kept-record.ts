import { gzipSync } from 'node:zlib';
import { recordOf } from '@podwire/grader';
import type { LookRecorder, TaskGrade } from '@podwire/grader';
import type { GradeOutcome, GradeRequest } from '../port.ts';

/** A record compresses to a twentieth; what is larger still is not kept, and neither is waited for. */
const MAX_RECORD_BYTES = 4 * 1_024 * 1_024;
/** zlib's fastest: a learner waits for the verdict. */
const GZIP_LEVEL = 1;

/** What is kept of a verdict, where that was asked for. */
export function keptRecord(
  request: GradeRequest,
  recorder: LookRecorder | undefined,
  grade: TaskGrade,
): Pick<GradeOutcome, 'record'> {
  if (recorder === undefined || request.record === undefined) return {};
  const facts = { taskId: request.task.id, answers: request.answers, metEarlier: request.metBefore };
  const sealed = request.sealed !== undefined;
  const record = recordOf({ ...request.record, ...facts, sealed }, recorder, grade);
  if (record === undefined) return {};
  const bytes = gzipSync(JSON.stringify(record), { level: GZIP_LEVEL });
  return bytes.length > MAX_RECORD_BYTES ? {} : { record: bytes };
}
