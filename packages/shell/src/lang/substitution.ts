import { signalExitCode } from '@podwire/machine';
import type { ReadStream, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { joinBytes, readChunk } from '../stdio/input.ts';
import { Interrupted } from './control.ts';
import { ExpansionFailure } from './errors.ts';
import { waitForJob } from './jobs.ts';
import type { Job } from './job.ts';
import type { Shell } from './shell.ts';

/** What `$(…)` may yield, bytes. */
const MAX_SUBSTITUTION_BYTES = 4 * 1024 * 1024;

/** The output of a command substitution, without its last line feeds. */
export function* collectOutput(shell: Shell, pid: number, stream: ReadStream): Task<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = yield* readChunk(stream);
    if (chunk === undefined) break;
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_SUBSTITUTION_BYTES) {
      shell.process.kill(pid, 'SIGKILL');
      throw new ExpansionFailure('command substitution: output is too large');
    }
    yield* shell.step();
  }
  const job: Job = {
    id: 0,
    pids: [pid],
    group: shell.process.group,
    source: '',
    state: 'running',
    codes: new Map(),
    status: 0,
  };
  yield* waitForJob(shell, job);
  shell.substitutionStatus = job.status;
  shell.status = job.status;
  if (job.status === signalExitCode('SIGINT') && shell.place.interactive) throw new Interrupted();
  return utf8Decode(joinBytes(chunks)).replaceAll('\0', '').replace(/\n+$/, '');
}
