import { signalExitCode } from '@podwire/machine';
import type { Task } from '@podwire/machine';
import { writeText } from '../stdio/output.ts';
import { Interrupted } from './control.ts';
import { errorsOf } from './io.ts';
import { waitForJob } from './jobs.ts';
import type { Job } from './job.ts';
import type { Shell } from './shell.ts';

/** Waits for a job that owns the terminal meanwhile. */
export function* waitInForeground(shell: Shell, job: Job): Task {
  const { tty } = shell.process;
  if (shell.jobControl) tty?.setForeground(job.group);
  try {
    yield* waitForJob(shell, job);
  } finally {
    if (shell.jobControl) tty?.setForeground(shell.process.group);
  }
  if (job.state === 'done' && job.status === signalExitCode('SIGINT') && shell.jobControl) {
    shell.status = job.status;
    // The line of the ^C ends here, and so does everything that was to follow.
    yield* writeText(errorsOf(shell.io), '\n');
    throw new Interrupted();
  }
  return job.status;
}
