import { describe, expect, it } from 'vitest';
import type { SessionTimers } from '@podwire/protocol';
import { clockFrom, formatTimeLeft, serverNowMs, timeLeft } from './time-left.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const timers = (own: Partial<SessionTimers>): SessionTimers => ({
  extensionsLeft: 2,
  extensionMinutes: 30,
  ...own,
});

describe('the clock of the server', () => {
  it('goes on with the page, whatever the wall clock of the browser says', () => {
    const clock = clockFrom('2026-03-01T10:00:00Z', 5_000);
    expect(serverNowMs(clock, 65_000)).toBe(NOW + 60_000);
  });
});

describe('time left', () => {
  it('is that of the lifetime while it lasts', () => {
    expect(
      timeLeft(timers({ lifetimeEndsAt: at(40), overtimeEndsAt: at(70), hardDeadlineAt: at(200) }), NOW),
    ).toEqual({
      timer: 'lifetime',
      leftMs: 40 * 60_000,
      urgency: 'calm',
      extendable: true,
    });
  });
  it('is that of the overtime after it, and says so', () => {
    expect(timeLeft(timers({ lifetimeEndsAt: at(-1), overtimeEndsAt: at(29) }), NOW)).toMatchObject({
      timer: 'overtime',
      urgency: 'soon',
    });
  });
  it('keeps the idle timer to itself until it is near', () => {
    const far = timers({ lifetimeEndsAt: at(40), idleEndsAt: at(20) });
    const near = timers({ lifetimeEndsAt: at(40), idleEndsAt: at(4) });
    expect(timeLeft(far, NOW)?.timer).toBe('lifetime');
    expect(timeLeft(near, NOW)).toMatchObject({ timer: 'idle', urgency: 'soon' });
  });
  it('cannot be extended beyond the hard deadline or without extensions left', () => {
    expect(timeLeft(timers({ lifetimeEndsAt: at(40), hardDeadlineAt: at(5) }), NOW)).toMatchObject({
      timer: 'hardDeadline',
      extendable: false,
    });
    expect(timeLeft(timers({ lifetimeEndsAt: at(2), extensionsLeft: 0 }), NOW)).toMatchObject({
      urgency: 'now',
      extendable: false,
    });
  });
  it('never goes below zero', () => {
    expect(timeLeft(timers({ lifetimeEndsAt: at(-5) }), NOW)?.leftMs).toBe(0);
  });
  it('is nothing when no timer runs', () => {
    expect(timeLeft(timers({}), NOW)).toBeUndefined();
  });
});

describe('formatTimeLeft', () => {
  it.each([
    [95 * 60_000, '1 h 35'],
    [60 * 60_000, '60 min'],
    [42 * 60_000, '42 min'],
    [41.2 * 60_000, '42 min'],
    [5 * 60_000, '5:00'],
    [249_000, '4:09'],
    [0, '0:00'],
  ])('%i ms is %s', (ms, text) => {
    expect(formatTimeLeft(ms)).toBe(text);
  });
});
