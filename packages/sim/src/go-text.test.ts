import { expect, test } from 'vitest';
import { goDuration, goQuote, parseDuration } from './go-text.ts';

test.each([
  ['0', 0],
  ['-0', 0],
  ['1.5s', 1_500],
  ['-1h30m', -5_400_000],
  ['+.5ms', 0.5],
  ['2us', 0.002],
])('time.ParseDuration("%s") is %d ms', (text, ms) => {
  const parsed = parseDuration(text);
  expect(parsed.ok ? parsed.ms + 0 : parsed.message).toBe(ms);
});

test.each([
  ['', 'time: invalid duration ""'],
  ['soon', 'time: invalid duration "soon"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5d', 'time: unknown unit "d" in duration "5d"'],
])('time.ParseDuration(%j) says why not', (text, message) => {
  expect(parseDuration(text)).toEqual({ ok: false, message });
});

test.each([
  [0, '0s'],
  [0.0005, '500ns'],
  [0.25, '250µs'],
  [250, '250ms'],
  [90_000, '1m30s'],
  [-3_600_000, '-1h0m0s'],
  [20_000, '20s'],
  [300_000, '5m0s'],
])('%d ms as time.Duration prints it: %s', (ms, text) => {
  expect(goDuration(ms)).toBe(text);
});

test('strconv.Quote', () => {
  expect(goQuote('a"b\\\n\b\x01')).toBe('"a\\"b\\\\\\n\\b\\x01"');
});
