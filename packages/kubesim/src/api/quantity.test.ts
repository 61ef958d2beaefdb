import { describe, expect, it } from 'vitest';
import { canonicalQuantity, compareQuantities } from './quantity.ts';
import { humanDuration } from './time.ts';

describe('quantities', () => {
  it.each([
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1024Mi', '1Gi'],
    ['1500Mi', '1500Mi'],
    ['1e3', '1e3'],
    ['100k', '100k'],
    ['0', '0'],
    ['-1', '-1'],
    ['1.5Gi', '1536Mi'],
    ['abc', undefined],
    ['', undefined],
    ['1 Gi', undefined],
    ['1e999999999', undefined],
  ])('API6: %s is written %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));

  it('compares across units', () => {
    expect(compareQuantities('1Gi', '1024Mi')).toBe(0);
    expect(compareQuantities('999m', '1')).toBe(-1);
    expect(compareQuantities('1', 'x')).toBeUndefined();
  });
});

describe('ages in tables', () => {
  it.each([
    [0, '0s'],
    [119_000, '119s'],
    [125_000, '2m5s'],
    [600_000, '10m'],
    [3 * 3_600_000, '3h'],
    [3 * 3_600_000 + 60_000, '3h1m'],
    [50 * 3_600_000, '2d2h'],
    [-5000, '<invalid>'],
  ])('API3: %i ms is %s', (ms, text) => expect(humanDuration(ms)).toBe(text));
});
