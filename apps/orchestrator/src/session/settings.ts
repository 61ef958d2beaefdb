import type { TimerSettings } from '@podwire/lab';
import type { MachineSettings } from './machine.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** An extension gives half of the planned time again, at least so much. */
const MIN_EXTENSION_MINUTES = 15;
const MAX_EXTENSIONS = 4;
const KEEP_PAUSED_DAYS = 60;

export function machineSettings(timers: TimerSettings, suspendable: boolean): MachineSettings {
  return {
    lifetimeMs: timers.lifetimeMinutes * MINUTE_MS,
    overtimeMs: timers.overtimeMinutes * MINUTE_MS,
    idleMs: timers.idleMinutes * MINUTE_MS,
    orphanedMs: timers.orphanedMinutes * MINUTE_MS,
    hardDeadlineMs: timers.hardDeadlineMinutes * MINUTE_MS,
    extensionMs: Math.max(MIN_EXTENSION_MINUTES, Math.round(timers.lifetimeMinutes / 2)) * MINUTE_MS,
    maxExtensions: MAX_EXTENSIONS,
    suspendable,
    keepPausedMs: KEEP_PAUSED_DAYS * DAY_MS,
  };
}
