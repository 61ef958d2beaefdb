import { describe, expect, it } from 'vitest';
import { nextScheduled, parseSchedule } from './schedule.ts';

const at = (text: string): number => Date.parse(text);

describe('cron schedules', () => {
  it.each([
    ['*/5 * * * *', '2026-01-05T09:02:00Z', '2026-01-05T09:05:00.000Z'],
    ['0 0 * * *', '2026-01-05T09:02:00Z', '2026-01-06T00:00:00.000Z'],
    ['30 8 1 * *', '2026-01-05T09:02:00Z', '2026-02-01T08:30:00.000Z'],
    ['0 12 * * mon', '2026-01-05T13:00:00Z', '2026-01-12T12:00:00.000Z'],
    ['0 0 13 * fri', '2026-01-10T00:00:00Z', '2026-01-13T00:00:00.000Z'],
    ['@hourly', '2026-01-05T09:02:00Z', '2026-01-05T10:00:00.000Z'],
    ['@every 1h30m', '2026-01-05T09:00:00Z', '2026-01-05T10:30:00.000Z'],
  ])('%s after %s is %s', (schedule, after, next) => {
    const ms = nextScheduled(parseSchedule(schedule), at(after));
    expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(next);
  });

  it('a day that never comes is none', () =>
    expect(nextScheduled(parseSchedule('0 0 30 2 *'), at('2026-01-05T09:00:00Z'))).toBeUndefined());

  it.each([
    ['x', 'expected exactly 5 fields, found 1: [x]'],
    ['61 * * * *', 'end of range (61) above maximum (59): 61'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['@foo', 'unrecognized descriptor: @foo'],
  ])('%s is refused: %s', (schedule, message) =>
    expect(parseSchedule(schedule)).toEqual({ ok: false, message }),
  );
});
