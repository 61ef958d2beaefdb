import { describe, expect, it } from 'vitest';
import { parseSchedule } from './schedule.ts';

describe('cron schedules', () => {
  it.each([
    ['*/15 8-17 * * mon-fri', 'minutes', [0, 15, 30, 45]],
    ['5/20 * * * *', 'minutes', [5, 25, 45]],
    ['0 0 1,15 * *', 'days', [1, 15]],
    ['@daily', 'hours', [0]],
    ['0 0 * jan,dec *', 'months', [1, 12]],
  ] as const)('%s: %s %j', (text, field, values) => {
    const parsed = parseSchedule(text);
    expect(parsed.ok && 'schedule' in parsed && [...parsed.schedule[field]]).toEqual(values);
  });

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
