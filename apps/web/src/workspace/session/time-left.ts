import type { SessionTimers, TimerName } from '@podwire/protocol';

/**
 * The server's clock as this page knows it: a time the server told, and what the page's own monotonic clock said
 * then. The browser's wall clock may be wrong and plays no part.
 */
export interface ServerClock {
  readonly serverMs: number;
  readonly pageMs: number;
}

export function clockFrom(serverTime: string, pageMs: number): ServerClock {
  return { serverMs: Date.parse(serverTime), pageMs };
}

export function serverNowMs(clock: ServerClock, pageMs: number): number {
  return clock.serverMs + (pageMs - clock.pageMs);
}

export interface TimeLeft {
  /** What runs out first among what the learner should know of. */
  readonly timer: TimerName;
  readonly leftMs: number;
  /** `calm`: nothing to do. `soon`: say so. `now`: minutes only. */
  readonly urgency: 'calm' | 'soon' | 'now';
  readonly extendable: boolean;
}

const SOON_MS = 10 * 60_000;
const NOW_MS = 3 * 60_000;
/** Idle and orphaned end a session only when nobody works: they are of interest when they are near. */
const QUIET_TIMERS_SHOWN_MS = 5 * 60_000;

/** The time that the clock in the top bar shows; undefined when no timer runs (a paused session). */
export function timeLeft(timers: SessionTimers, nowMs: number): TimeLeft | undefined {
  const running: { timer: TimerName; leftMs: number }[] = [];
  const add = (timer: TimerName, endsAt: string | undefined, shownWithinMs = Infinity): void => {
    if (endsAt === undefined) return;
    const leftMs = Math.max(0, Date.parse(endsAt) - nowMs);
    if (leftMs <= shownWithinMs) running.push({ timer, leftMs });
  };
  // Overtime runs after the lifetime: while the lifetime lasts, its end is what counts.
  const lifetimeLeftMs = timers.lifetimeEndsAt === undefined ? 0 : Date.parse(timers.lifetimeEndsAt) - nowMs;
  if (lifetimeLeftMs > 0) add('lifetime', timers.lifetimeEndsAt);
  else add('overtime', timers.overtimeEndsAt);
  add('idle', timers.idleEndsAt, QUIET_TIMERS_SHOWN_MS);
  add('orphaned', timers.orphanedEndsAt, QUIET_TIMERS_SHOWN_MS);
  add('hardDeadline', timers.hardDeadlineAt);
  if (running.length === 0 && timers.lifetimeEndsAt !== undefined)
    running.push({ timer: 'lifetime', leftMs: 0 });
  let nearest: { timer: TimerName; leftMs: number } | undefined;
  for (const candidate of running)
    if (nearest === undefined || candidate.leftMs < nearest.leftMs) nearest = candidate;
  if (nearest === undefined) return undefined;
  const { timer, leftMs } = nearest;
  const late = timer === 'overtime' || timer === 'idle';
  const urgency = leftMs <= NOW_MS ? 'now' : leftMs <= SOON_MS || late ? 'soon' : 'calm';
  return { timer, leftMs, urgency, extendable: timers.extensionsLeft > 0 && timer !== 'hardDeadline' };
}

/** `1 h 35`, `60 min`, and from five minutes down `4:09`: seconds only where they matter. */
export function formatTimeLeft(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1_000);
  if (seconds <= 300) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`;
}

/** What the time stands for, in words. */
export function timerWords(timer: TimerName): string {
  switch (timer) {
    case 'lifetime':
      return 'left';
    case 'overtime':
      return 'of extra time left';
    case 'idle':
      return 'until it pauses, as nothing happens';
    case 'orphaned':
      return 'until it pauses, as no page is open';
    case 'hardDeadline':
      return 'left, and no more after that';
  }
}
