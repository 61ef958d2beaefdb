import { expect, test } from 'vitest';
import { nextDueMs, parseCron } from './cron-schedule.ts';

const at = (text: string): number => Date.parse(`${text}:00Z`);

test.each([
  ['*/15 * * * *', '2026-01-01T10:07', '2026-01-01T10:15'],
  ['0 3 * * *', '2026-01-01T03:00', '2026-01-02T03:00'],
  ['30 8 * * mon-fri', '2026-01-02T09:00', '2026-01-05T08:30'],
  ['0 0 29 2 *', '2026-01-01T00:00', '2028-02-29T00:00'],
  ['0 12 1 * 7', '2026-01-01T12:00', '2026-01-04T12:00'],
  ['@hourly', '2026-01-01T10:00', '2026-01-01T11:00'],
  ['5/20 * * * *', '2026-01-01T10:06', '2026-01-01T10:25'],
])('%s after %s is %s', (text, after, due) => {
  const schedule = parseCron(text);
  expect(schedule === undefined ? undefined : nextDueMs(schedule, at(after))).toBe(at(due));
});

test('a day that never comes is never due', () => {
  const schedule = parseCron('0 0 31 2 *');
  expect(schedule === undefined ? 'unparsed' : nextDueMs(schedule, at('2026-01-01T00:00'))).toBeUndefined();
});

test.each([
  '',
  '* * * *',
  '60 * * * *',
  '* 24 * * *',
  '*/0 * * * *',
  '5-1 * * * *',
  'a b c d e',
  '* * * * * *',
])('"%s" is no schedule', (text) => {
  expect(parseCron(text)).toBeUndefined();
});
