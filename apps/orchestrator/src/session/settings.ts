import type { Backend, TimerSettings } from '@podwire/lab';
import type { MachineSettings } from './machine.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** An extension gives half of the planned time again, at least so much. */
const MIN_EXTENSION_MINUTES = 15;
const MAX_EXTENSIONS = 4;
/** A simulated cluster at rest is its journal; a kind cluster's containers take a gibibyte of disk. */
const KEEP_PAUSED_DAYS: Readonly<Record<Backend, number>> = { simulated: 60, kind: 7, kubernetes: 0 };

export function machineSettings(timers: TimerSettings, backend: Backend): MachineSettings {
  return {
    lifetimeMs: timers.lifetimeMinutes * MINUTE_MS,
    overtimeMs: timers.overtimeMinutes * MINUTE_MS,
    idleMs: timers.idleMinutes * MINUTE_MS,
    orphanedMs: timers.orphanedMinutes * MINUTE_MS,
    hardDeadlineMs: timers.hardDeadlineMinutes * MINUTE_MS,
    extensionMs: Math.max(MIN_EXTENSION_MINUTES, Math.round(timers.lifetimeMinutes / 2)) * MINUTE_MS,
    maxExtensions: MAX_EXTENSIONS,
    suspendable: backend !== 'kubernetes',
    keepPausedMs: KEEP_PAUSED_DAYS[backend] * DAY_MS,
  };
}
