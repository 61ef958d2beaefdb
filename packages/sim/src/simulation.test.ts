import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSimulationState, Simulation } from './simulation.ts';
import type { Upkeep } from './simulation.ts';

interface Planned {
  readonly name: string;
  readonly upkeep?: Upkeep;
}

/** A simulation that writes down what ran, and when. */
function recording(): { readonly simulation: Simulation; readonly ran: string[] } {
  const simulation = new Simulation(newSimulationState({ seed: 1, startMs: 0 }));
  const ran: string[] = [];
  simulation.on(
    'event',
    (data) => void ran.push(`${(data as Planned).name} ${simulation.nowMs}`),
    (data) => (data as Planned).upkeep,
  );
  simulation.on('other', () => void ran.push(`other ${simulation.nowMs}`));
  return { simulation, ran };
}

const IN_STEP = { kind: 'in-step', everyMs: 10 } as const;
const AT_ONCE = { kind: 'at-once' } as const;

describe('time that is skipped', () => {
  it('runs what keeps things as they are once, at its end or in step', () => {
    const { simulation, ran } = recording();
    simulation.schedule(5, 'event', { name: 'probe', upkeep: IN_STEP });
    simulation.schedule(7, 'event', { name: 'heartbeat', upkeep: AT_ONCE });
    simulation.schedule(100, 'other', undefined);
    expect(simulation.nextWorkMs()).toBe(100);
    simulation.skipTo(62);
    expect(simulation.nowMs).toBe(62);
    expect(ran).toEqual([]);
    simulation.run({ untilMs: 200, maxEvents: 100 });
    expect(ran).toEqual(['heartbeat 62', 'probe 65', 'other 100']);
  });

  it('lets a check that is due at the very end come after the heartbeat that it looks at', () => {
    const { simulation, ran } = recording();
    simulation.schedule(20, 'event', { name: 'check', upkeep: IN_STEP });
    simulation.schedule(10, 'event', { name: 'heartbeat', upkeep: AT_ONCE });
    simulation.skipTo(40);
    simulation.run({ untilMs: 60, maxEvents: 100 });
    expect(ran).toEqual(['heartbeat 40', 'check 50']);
  });

  it('is refused when work is due in it, and events of targets that judge nothing are work', () => {
    const { simulation } = recording();
    simulation.schedule(30, 'other', undefined);
    expect(() => simulation.skipTo(31)).toThrow('work is due');
    simulation.skipTo(30);
    expect(simulation.nowMs).toBe(30);
  });

  it('leaves postponed events cancellable, and a cancelled one out', () => {
    const { simulation, ran } = recording();
    const id = simulation.schedule(5, 'event', { name: 'heartbeat', upkeep: AT_ONCE });
    const gone = simulation.schedule(6, 'other', undefined);
    simulation.cancel(gone);
    simulation.skipTo(50);
    simulation.cancel(id);
    simulation.run({ untilMs: 100, maxEvents: 100 });
    expect(ran).toEqual([]);
  });

  it('keeps the order of time whatever is planned, skipped and cancelled', () => {
    const event = fc.record({
      delayMs: fc.integer({ min: 0, max: 100 }),
      upkeep: fc.constantFrom(undefined, AT_ONCE, IN_STEP, { kind: 'in-step', everyMs: 7 } as const),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.integer({ min: 0, max: 100 }), (events, skipMs) => {
        const { simulation, ran } = recording();
        for (const [number, { delayMs, upkeep }] of events.entries())
          simulation.schedule(delayMs, 'event', {
            name: String(number),
            ...(upkeep === undefined ? {} : { upkeep }),
          });
        const workMs = simulation.nextWorkMs() ?? Infinity;
        simulation.skipTo(Math.min(skipMs, workMs));
        simulation.run({ untilMs: 1_000, maxEvents: 1_000 });
        const times = ran.map((line) => Number(line.split(' ')[1]));
        expect(times).toEqual(times.toSorted((left, right) => left - right));
        expect(new Set(ran.map((line) => line.split(' ')[0])).size).toBe(events.length);
      }),
    );
  });
});
