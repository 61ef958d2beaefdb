import { describe, expect, it } from 'vitest';
import type { SliceOutcome } from './hosted-cluster.ts';
import { Scheduler } from './scheduler.ts';
import type { Scheduled, SchedulerClock } from './scheduler.ts';

/** Time and turns that the test holds. */
class Clock implements SchedulerClock {
  nowMs = 0;
  readonly #soon: (() => void)[] = [];
  readonly timers = new Map<() => void, number>();

  wallMs = (): number => this.nowMs;
  monotonicMs = (): number => this.nowMs;
  soon = (callback: () => void): void => void this.#soon.push(callback);
  after = (delayMs: number, callback: () => void): { cancel(): void } => {
    this.timers.set(callback, this.nowMs + delayMs);
    return { cancel: () => this.timers.delete(callback) };
  };

  turns(limit = 100): void {
    for (let count = 0; count < limit; count++) this.#soon.shift()?.();
  }

  advanceTo(ms: number): void {
    this.nowMs = ms;
    for (const [callback, atMs] of [...this.timers]) {
      if (atMs > ms) continue;
      this.timers.delete(callback);
      callback();
    }
    this.turns();
  }
}

function member(slot: number, outcome: () => SliceOutcome, log: number[], faults: unknown[] = []): Scheduled {
  return {
    slot,
    slice: () => {
      log.push(slot);
      return outcome();
    },
    afterSlice: () => undefined,
    onFault: (fault) => void faults.push(fault),
  };
}

const BUSY = (): SliceOutcome => ({ kind: 'busy' });

describe('the scheduler of a worker', () => {
  it('gives busy clusters turns in a fixed round', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    for (const slot of [1, 2, 3]) scheduler.add(member(slot, BUSY, log));
    clock.turns(9);
    expect(log).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });

  it('lets one that was woken pass those that never rest, however many they are', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    const typing = member(9, () => ({ kind: 'asleep', wakeAtMs: undefined }), log);
    for (const slot of [1, 2, 3]) scheduler.add(member(slot, BUSY, log));
    scheduler.add(typing);
    clock.turns(5);
    scheduler.wake(typing);
    clock.turns(2);
    expect(log).toEqual([1, 2, 3, 9, 1, 9, 2]);
  });

  it('does not let those that are woken again and again keep busy ones from their turns', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    const restless = [8, 9].map((slot): Scheduled =>
      member(
        slot,
        () => {
          for (const each of restless) scheduler.wake(each);
          return { kind: 'asleep', wakeAtMs: undefined };
        },
        log,
      ),
    );
    scheduler.add(member(1, BUSY, log));
    for (const each of restless) scheduler.add(each);
    clock.turns(40);
    expect(log.filter((slot) => slot === 1).length).toBeGreaterThanOrEqual(4);
  });

  it('wakes a sleeper at its time while another never rests', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    const wakes = [300, undefined];
    scheduler.add(member(1, BUSY, log));
    clock.turns(1);
    scheduler.add(member(2, () => ({ kind: 'asleep', wakeAtMs: wakes.shift() }), log));
    clock.turns(4);
    expect(log).toEqual([1, 2, 1, 1, 1]);
    clock.advanceTo(300);
    expect(log.filter((slot) => slot === 2)).toHaveLength(2);
  });

  it('gives what runs in the background its turns while nobody else wants one', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    scheduler.add({ ...member(0, BUSY, log), inBackground: true });
    clock.turns(2);
    let left = 3;
    scheduler.add(member(1, () => (--left > 0 ? BUSY() : { kind: 'asleep', wakeAtMs: undefined }), log));
    clock.turns(5);
    expect(log).toEqual([0, 0, 1, 1, 1, 0, 0]);
  });

  it('runs nothing and sets no timer while every cluster is at rest', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    const resting = member(1, () => ({ kind: 'asleep', wakeAtMs: undefined }), log);
    scheduler.add(resting);
    clock.turns();
    expect(log).toEqual([1]);
    expect(clock.timers.size).toBe(0);
    scheduler.wake(resting);
    clock.turns();
    expect(log).toEqual([1, 1]);
  });

  it('wakes each cluster at its own time by one timer', () => {
    const clock = new Clock();
    const log: number[] = [];
    const scheduler = new Scheduler(clock, () => undefined);
    const wakes = new Map([
      [1, [500]],
      [2, [200, 900]],
    ]);
    for (const slot of [1, 2])
      scheduler.add(member(slot, () => ({ kind: 'asleep', wakeAtMs: wakes.get(slot)?.shift() }), log));
    clock.turns();
    expect([...clock.timers.values()]).toEqual([200]);
    clock.advanceTo(200);
    expect(log).toEqual([1, 2, 2]);
    clock.advanceTo(500);
    expect(log).toEqual([1, 2, 2, 1]);
    clock.advanceTo(900);
    expect(log).toEqual([1, 2, 2, 1, 2]);
    expect(clock.timers.size).toBe(0);
  });

  it('drops a cluster that throws or runs away, tells it, and goes on with the others', () => {
    const clock = new Clock();
    const log: number[] = [];
    const faults: unknown[] = [];
    const slots: number[] = [];
    const scheduler = new Scheduler(clock, (slot) => void slots.push(slot));
    const broken = new Error('broken');
    scheduler.add(
      member(
        1,
        () => {
          throw broken;
        },
        log,
        faults,
      ),
    );
    scheduler.add(member(2, () => ({ kind: 'runaway' }), log, faults));
    scheduler.add(member(3, BUSY, log));
    clock.turns(5);
    expect(log).toEqual([1, 2, 3, 3, 3]);
    expect(faults).toEqual([{ kind: 'threw', error: broken }, { kind: 'runaway' }]);
    expect(slots.slice(0, 6)).toEqual([1, -1, 2, -1, 3, -1]);
  });
});
