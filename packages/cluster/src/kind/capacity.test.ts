import { describe, expect, it } from 'vitest';
import { Capacity } from './capacity.ts';

const GIBIBYTE = 2 ** 30;

describe('capacity', () => {
  it('is what is free without the host’s reserve and what starts were promised', () => {
    const capacity = new Capacity(() => 10 * GIBIBYTE);
    expect(capacity.freeBytes).toBe(9 * GIBIBYTE);
    capacity.promise('a', 2 * GIBIBYTE);
    expect(capacity.freeBytes).toBe(7 * GIBIBYTE);
    capacity.settle('a');
    expect(capacity.freeBytes).toBe(9 * GIBIBYTE);
  });

  it('follows what clusters are measured to take', () => {
    const capacity = new Capacity(() => 0);
    const before = capacity.bytesFor({ nodes: 3 });
    for (let sample = 0; sample < 50; sample++) {
      capacity.measured('control-plane', GIBIBYTE);
      capacity.measured('worker', GIBIBYTE / 2);
    }
    expect(before).toBeLessThan(2 * GIBIBYTE);
    expect(capacity.bytesFor({ nodes: 3 }) / GIBIBYTE).toBeCloseTo(2, 3);
  });
});
