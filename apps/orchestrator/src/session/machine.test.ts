import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_STATES } from '@podwire/protocol';
import type { SessionState } from '@podwire/protocol';
import { extensionsLeft, newMachine, nextTickMs, step, timersOf } from './machine.ts';
import type { Effect, Machine, MachineEvent, MachineSettings } from './machine.ts';

const MINUTE = 60_000;
const SETTINGS: MachineSettings = {
  lifetimeMs: 60 * MINUTE,
  overtimeMs: 30 * MINUTE,
  idleMs: 30 * MINUTE,
  orphanedMs: 20 * MINUTE,
  hardDeadlineMs: 240 * MINUTE,
  extensionMs: 30 * MINUTE,
  maxExtensions: 4,
  suspendable: true,
  keepPausedMs: 30 * 24 * 60 * MINUTE,
};
const ENDING = { ...SETTINGS, suspendable: false };

function after(
  machine: Machine,
  events: readonly (readonly [MachineEvent, number])[],
  settings = SETTINGS,
): { machine: Machine; effects: readonly Effect[] } {
  let current = machine;
  let effects: readonly Effect[] = [];
  for (const [event, atMs] of events) {
    const transition = step(current, event, atMs, settings);
    if (!transition.ok) throw new Error(`${event.kind} refused in ${current.state}: ${transition.refusal}`);
    current = transition.machine;
    effects = transition.effects;
  }
  return { machine: current, effects };
}

const READY = after(newMachine(0), [
  [{ kind: 'start' }, 0],
  [{ kind: 'page-opened' }, 0],
  [{ kind: 'ready' }, 0],
]).machine;

function inState(state: SessionState): Machine {
  const requested = newMachine(0);
  switch (state) {
    case 'requested':
      return requested;
    case 'starting':
      return after(requested, [[{ kind: 'start' }, 0]]).machine;
    case 'ready':
      return READY;
    case 'paused':
      return after(READY, [[{ kind: 'pause' }, 0]]).machine;
    case 'ending':
      return after(READY, [[{ kind: 'end', reason: 'learner-ended' }, 0]]).machine;
    case 'ended':
      return after(READY, [
        [{ kind: 'end', reason: 'learner-ended' }, 0],
        [{ kind: 'cluster-gone' }, 0],
      ]).machine;
  }
}

/** Which state follows; `-`: refused, nothing changes. */
const TABLE: readonly (readonly [MachineEvent, ...string[]])[] = [
  //                                                 requested  starting   ready      paused     ending     ended
  [{ kind: 'start' }, 'starting', '-', '-', '-', '-', '-'],
  [{ kind: 'ready' }, '-', 'ready', '-', '-', '-', '-'],
  [{ kind: 'activity' }, 'requested', 'starting', 'ready', 'paused', 'ending', '-'],
  [{ kind: 'extend' }, '-', '-', 'ready', '-', '-', '-'],
  [{ kind: 'pause' }, '-', '-', 'paused', '-', '-', '-'],
  [{ kind: 'resume' }, '-', '-', '-', 'ready', '-', '-'],
  [{ kind: 'end', reason: 'replaced' }, 'ending', 'ending', 'ending', 'ending', '-', '-'],
  [{ kind: 'cluster-gone' }, '-', '-', '-', '-', 'ended', '-'],
  [{ kind: 'tick' }, 'requested', 'starting', 'ready', 'paused', 'ending', 'ended'],
];

describe('the states of a session', () => {
  for (const [event, ...expected] of TABLE) {
    it.each(SESSION_STATES.map((state, index) => [state, expected[index] ?? '?'] as const))(
      `${event.kind} in %s: %s`,
      (state, next) => {
        const transition = step(inState(state), event, 0, SETTINGS);
        expect(transition.ok ? transition.machine.state : '-').toBe(next);
      },
    );
  }
});

/** What a session that was ready at 0, with a page open and its learner active at 0, has become. */
const STRIKES: readonly (readonly [
  string,
  MachineSettings,
  readonly (readonly [MachineEvent, number])[],
  Partial<Machine>,
])[] = [
  [
    'idle pauses a cluster that can come back',
    SETTINGS,
    [[{ kind: 'tick' }, 30 * MINUTE]],
    { state: 'paused', pausedMs: 30 * MINUTE },
  ],
  [
    'idle ends one that can’t',
    ENDING,
    [[{ kind: 'tick' }, 30 * MINUTE]],
    { state: 'ending', endReason: 'idle' },
  ],
  [
    'reading counts as activity',
    SETTINGS,
    [
      [{ kind: 'activity' }, 20 * MINUTE],
      [{ kind: 'tick' }, 49 * MINUTE],
    ],
    { state: 'ready' },
  ],
  [
    'being alone pauses',
    SETTINGS,
    [
      [{ kind: 'pages-closed' }, 5 * MINUTE],
      [{ kind: 'tick' }, 25 * MINUTE],
    ],
    { state: 'paused', pausedMs: 25 * MINUTE },
  ],
  [
    'being alone ends what can’t be paused',
    ENDING,
    [
      [{ kind: 'pages-closed' }, 5 * MINUTE],
      [{ kind: 'tick' }, 25 * MINUTE],
    ],
    { state: 'ending', endReason: 'orphaned' },
  ],
  [
    'coming back in time stops being alone',
    SETTINGS,
    [
      [{ kind: 'pages-closed' }, 5 * MINUTE],
      [{ kind: 'page-opened' }, 24 * MINUTE],
      [{ kind: 'tick' }, 26 * MINUTE],
    ],
    { state: 'ready' },
  ],
  [
    'overtime follows the lifetime',
    SETTINGS,
    [
      [{ kind: 'activity' }, 70 * MINUTE],
      [{ kind: 'tick' }, 89 * MINUTE],
    ],
    { state: 'ready' },
  ],
  [
    'the end of overtime ends',
    SETTINGS,
    [
      [{ kind: 'activity' }, 70 * MINUTE],
      [{ kind: 'tick' }, 90 * MINUTE],
    ],
    { state: 'ending', endReason: 'lifetime-over' },
  ],
  [
    'an extension in overtime counts from then',
    SETTINGS,
    [
      [{ kind: 'activity' }, 70 * MINUTE],
      [{ kind: 'extend' }, 80 * MINUTE],
      [{ kind: 'activity' }, 138 * MINUTE],
      [{ kind: 'tick' }, 139 * MINUTE],
    ],
    { state: 'ready', lifetimeEndsMs: 110 * MINUTE },
  ],
  [
    'what strikes first strikes, although the server slept',
    SETTINGS,
    [
      [{ kind: 'pages-closed' }, 0],
      [{ kind: 'tick' }, 600 * MINUTE],
    ],
    { state: 'paused', pausedMs: 20 * MINUTE },
  ],
  [
    'a pause stops every timer',
    SETTINGS,
    [
      [{ kind: 'pause' }, 10 * MINUTE],
      [{ kind: 'resume' }, 10_000 * MINUTE],
    ],
    { state: 'ready', lifetimeEndsMs: 10_050 * MINUTE, hardDeadlineMs: 10_230 * MINUTE },
  ],
  [
    'a paused session that nobody came back to ends',
    SETTINGS,
    [
      [{ kind: 'pause' }, 0],
      [{ kind: 'tick' }, SETTINGS.keepPausedMs],
    ],
    { state: 'ending', endReason: 'orphaned' },
  ],
];

describe('the timers of a session', () => {
  it.each(STRIKES)('%s', (_, settings, events, expected) => {
    expect(after(READY, events, settings).machine).toMatchObject(expected);
  });

  it('are five while ready and none otherwise', () => {
    const alone = after(READY, [[{ kind: 'pages-closed' }, 0]]).machine;
    expect(Object.keys(timersOf(alone, SETTINGS)).sort()).toEqual([
      'hardDeadline',
      'idle',
      'lifetime',
      'orphaned',
      'overtime',
    ]);
    expect(timersOf(inState('paused'), SETTINGS)).toEqual({});
  });

  it('are extended as often as allowed, and never beyond the hard deadline', () => {
    let machine = READY;
    for (const left of [4, 3, 2, 1]) {
      expect(extensionsLeft(machine, SETTINGS)).toBe(left);
      machine = after(machine, [[{ kind: 'extend' }, 0]]).machine;
    }
    expect(step(machine, { kind: 'extend' }, 0, SETTINGS)).toEqual({
      ok: false,
      refusal: 'no-extensions-left',
    });
    const short = { ...SETTINGS, hardDeadlineMs: 70 * MINUTE };
    const limited = after(
      after(
        newMachine(0),
        [
          [{ kind: 'start' }, 0],
          [{ kind: 'ready' }, 0],
        ],
        short,
      ).machine,
      [[{ kind: 'extend' }, 0]],
      short,
    ).machine;
    expect(limited.lifetimeEndsMs).toBe(70 * MINUTE);
    expect(extensionsLeft(limited, short)).toBe(0);
  });

  it('warn five minutes and one minute before they strike, once each', () => {
    const warnings: string[] = [];
    let machine = READY;
    for (let nowMs = 0; nowMs <= 92 * MINUTE && machine.state === 'ready';) {
      const atMs = nextTickMs(machine, SETTINGS);
      if (atMs === undefined) break;
      nowMs = Math.max(atMs, nowMs);
      const result = after(machine, [
        [{ kind: 'tick' }, nowMs],
        ...(nowMs >= 25 * MINUTE && nowMs < 85 * MINUTE ? [[{ kind: 'activity' }, nowMs] as const] : []),
      ]);
      const ticked = after(machine, [[{ kind: 'tick' }, nowMs]]);
      for (const effect of ticked.effects)
        if (effect.kind === 'warn' && effect.timer !== 'idle')
          warnings.push(`${effect.timer} ${effect.minutesLeft} at ${nowMs / MINUTE}`);
      machine = result.machine;
    }
    expect(warnings).toEqual([
      'lifetime 5 at 55',
      'lifetime 1 at 59',
      'overtime 5 at 85',
      'overtime 1 at 89',
    ]);
    expect(machine.endReason).toBe('lifetime-over');
  });

  it('give only the later warning when both were missed', () => {
    const { effects, machine } = after(READY, [
      [{ kind: 'activity' }, 45 * MINUTE],
      [{ kind: 'tick' }, 59.5 * MINUTE],
    ]);
    expect(effects).toEqual([{ kind: 'warn', timer: 'lifetime', endsAtMs: 60 * MINUTE, minutesLeft: 1 }]);
    expect(after(machine, [[{ kind: 'tick' }, 59.6 * MINUTE]]).effects).toEqual([]);
  });

  it('give no warning that is longer than the timer', () => {
    const brief = { ...SETTINGS, idleMs: 2 * MINUTE };
    expect(after(READY, [[{ kind: 'tick' }, 0.5 * MINUTE]], brief).effects).toEqual([]);
    expect(nextTickMs(READY, brief)).toBe(MINUTE);
  });

  it('always make progress: a tick at the time that was asked for changes when the next is', () => {
    const event = fc.oneof(
      fc.constantFrom<MachineEvent>(
        { kind: 'activity' },
        { kind: 'page-opened' },
        { kind: 'pages-closed' },
        { kind: 'extend' },
        { kind: 'pause' },
        { kind: 'resume' },
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.integer({ min: 0, max: 40 * MINUTE })), { maxLength: 40 }),
        fc.boolean(),
        (events, suspendable) => {
          const settings = { ...SETTINGS, suspendable };
          let machine = READY;
          let nowMs = 0;
          for (const [each, delayMs] of events) {
            const untilMs = nowMs + delayMs;
            for (let guard = 0; ; guard++) {
              const atMs = nextTickMs(machine, settings);
              if (atMs === undefined || atMs > untilMs) break;
              nowMs = Math.max(nowMs, atMs);
              expect(guard).toBeLessThan(100);
              machine = after(machine, [[{ kind: 'tick' }, nowMs]], settings).machine;
            }
            nowMs = untilMs;
            const transition = step(machine, each, nowMs, settings);
            if (transition.ok) machine = transition.machine;
            // Never alive beyond what the timers allow.
            if (machine.state === 'ready')
              for (const atMs of Object.values(timersOf(machine, settings)).slice(1))
                expect(atMs).toBeGreaterThanOrEqual(nowMs);
          }
        },
      ),
    );
  });
});
