import type { EndReason, SessionView, StartProgressView, TimerName } from '@podwire/protocol';
import { extensionsLeft, timersOf } from './machine.ts';
import type { Machine, MachineSettings } from './machine.ts';

/** What of a session is not the machine's. */
export interface SessionFacts {
  readonly id: string;
  readonly labId: string;
  readonly backend: SessionView['backend'];
  readonly seed: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly endMessage?: string;
}

const MINUTE_MS = 60_000;

const END_MESSAGES: Readonly<Record<EndReason, string>> = {
  'learner-ended': 'You ended this lab. Your results are kept.',
  'lifetime-over': 'The time for this lab is over. Your results are kept; you can start it again.',
  idle: 'Nothing was typed or read for a long time, so the cluster was given back. Your results are kept.',
  orphaned: 'No page showed this lab for a long time, so the cluster was given back. Your results are kept.',
  'hard-deadline':
    'This cluster reached the longest time that one may run. Your results are kept; you can start again.',
  replaced: 'You started this lab afresh, so the earlier cluster was given back. Your results are kept.',
  'start-failed': 'The cluster could not be started. That is our fault; nothing of yours is lost. Try again.',
  'worker-crashed': 'The cluster failed. That is our fault; your results are kept. Start the lab again.',
  'cpu-exceeded':
    'The cluster used more processor time than a lab may have, so it was ended. Your results are kept. Look for a loop that never rests.',
  'memory-exceeded':
    'The cluster used more memory than a lab may have, so it was ended. Your results are kept.',
  'disk-exceeded':
    'The cluster wrote more to its disks than a lab may, so it was ended. Your results are kept.',
  'operator-ended': 'Whoever runs this site ended the lab. Your results are kept.',
};

export function endMessage(reason: EndReason): string {
  return END_MESSAGES[reason];
}

export function sessionView(
  facts: SessionFacts,
  machine: Machine,
  settings: MachineSettings,
  nowMs: number,
  progress?: StartProgressView,
): SessionView {
  const timers = timersOf(machine, settings);
  const at = (ms: number | undefined, name: string): Record<string, string> =>
    ms === undefined ? {} : { [name]: iso(ms) };
  return {
    id: facts.id,
    labId: facts.labId,
    state: machine.state,
    ...(machine.endReason === undefined
      ? {}
      : { endReason: machine.endReason, endMessage: facts.endMessage ?? endMessage(machine.endReason) }),
    backend: facts.backend,
    ...(progress === undefined ? {} : { progress }),
    createdAt: iso(machine.createdMs),
    ...at(machine.readyMs, 'readyAt'),
    ...at(machine.endedMs, 'endedAt'),
    timers: {
      ...at(timers.lifetime, 'lifetimeEndsAt'),
      ...at(timers.overtime, 'overtimeEndsAt'),
      ...at(timers.idle, 'idleEndsAt'),
      ...at(timers.orphaned, 'orphanedEndsAt'),
      ...at(timers.hardDeadline, 'hardDeadlineAt'),
      extensionsLeft: machine.state === 'ready' ? extensionsLeft(machine, settings) : 0,
      extensionMinutes: settings.extensionMs / MINUTE_MS,
    },
    serverTime: iso(nowMs),
    parameters: { ...facts.parameters },
    seed: facts.seed,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function warningMessage(timer: TimerName, minutesLeft: number, suspendable: boolean): string {
  const inMinutes = minutesLeft === 1 ? 'in one minute' : `in ${minutesLeft} minutes`;
  switch (timer) {
    case 'lifetime':
      return `The time planned for this lab is over ${inMinutes}. You can extend it; otherwise some time is left to finish.`;
    case 'overtime':
      return `This lab ends ${inMinutes}. Extend it to go on; what you have passed is kept either way.`;
    case 'idle':
      return suspendable
        ? `Nothing was typed or read for a while. The lab pauses ${inMinutes}; nothing is lost, and you can go on later.`
        : `Nothing was typed or read for a while. The lab ends ${inMinutes}.`;
    case 'orphaned':
      return `No page shows this lab. It stops ${inMinutes}.`;
    case 'hardDeadline':
      return `This cluster reaches the longest time that one may run ${inMinutes} and can't be extended further. What you have passed is kept.`;
  }
}
