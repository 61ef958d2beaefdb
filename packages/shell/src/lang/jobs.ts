import type { Process, Task } from '@podwire/machine';
import type { Job } from './job.ts';
import type { Shell } from './shell.ts';

/** The most finished or running jobs a shell remembers. */
const MAX_JOBS = 256;

export function addJob(
  shell: Shell,
  options: {
    readonly pids: readonly number[];
    readonly group: number;
    readonly source: string;
    readonly state: 'running' | 'stopped';
    readonly codes?: ReadonlyMap<number, number>;
  },
): Job {
  if (shell.jobs.length === 0) shell.nextJobId = 1;
  const job: Job = {
    id: shell.nextJobId++,
    pids: options.pids,
    group: options.group,
    source: options.source,
    state: options.state,
    codes: new Map(options.codes),
    status: 0,
  };
  shell.jobs.push(job);
  if (shell.jobs.length > MAX_JOBS) shell.jobs.shift();
  return job;
}

/** Takes in what has become of a job's processes. */
export function updateJob(process: Process, job: Job): void {
  if (job.state === 'done') return;
  const alive = new Map(process.machine.processes().map((entry) => [entry.pid, entry.state]));
  for (const pid of job.pids) {
    if (job.codes.has(pid)) continue;
    const code = process.exitCodeOf(pid);
    if (code !== undefined) job.codes.set(pid, code);
    else if (!alive.has(pid)) job.codes.set(pid, 127);
  }
  const last = job.pids.at(-1);
  if (job.pids.every((pid) => job.codes.has(pid))) {
    job.state = 'done';
    job.status = last === undefined ? 0 : (job.codes.get(last) ?? 0);
  } else if (job.pids.every((pid) => job.codes.has(pid) || alive.get(pid) === 'stopped'))
    job.state = 'stopped';
  else job.state = 'running';
}

/** Waits until all of these have ended, or (under job control) have been stopped. */
export function* waitForJob(shell: Shell, job: Job): Task<'done' | 'stopped'> {
  const { process } = shell;
  for (;;) {
    updateJob(process, job);
    if (job.state === 'done') return 'done';
    if (job.state === 'stopped' && shell.jobControl) return 'stopped';
    const left = job.pids.filter((pid) => !job.codes.has(pid));
    yield { kind: 'any', of: left.map((pid) => ({ kind: 'exit', pid })) };
    if (shell.pendingTraps.length > 0) yield* shell.attend();
  }
}

/** As `jobs` and the notices before a prompt show it. */
export function describeJob(shell: Shell, job: Job): string {
  const recent = shell.jobs.filter((other) => other.state !== 'done' || other === job);
  const mark = job === recent.at(-1) ? '+' : job === recent.at(-2) ? '-' : ' ';
  const state =
    job.state === 'running' ? 'Running' : job.state === 'stopped' ? 'Stopped' : endText(job.status);
  return `[${job.id}]${mark}  ${state.padEnd(23)} ${job.source}${job.state === 'running' ? ' &' : ''}`;
}

function endText(status: number): string {
  if (status === 0) return 'Done';
  if (status === 130) return 'Interrupt';
  if (status === 137) return 'Killed';
  if (status === 143) return 'Terminated';
  return `Exit ${status}`;
}

/** `%1`, `%+`, `%-`, `%name`; undefined when there is no such job. */
export function findJob(shell: Shell, specification: string | undefined): Job | undefined {
  const live = shell.jobs.filter((job) => job.state !== 'done');
  if (
    specification === undefined ||
    specification === '%' ||
    specification === '%%' ||
    specification === '%+'
  )
    return live.at(-1);
  if (specification === '%-') return live.at(-2) ?? live.at(-1);
  const number = /^%?(\d+)$/.exec(specification)?.[1];
  if (number !== undefined) return shell.jobs.find((job) => job.id === Number(number));
  if (!specification.startsWith('%')) return undefined;
  return live.findLast((job) => job.source.startsWith(specification.slice(1)));
}
