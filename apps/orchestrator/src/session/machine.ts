import type { EndReason, SessionState, TimerName } from '@podwire/protocol';

/**
 * The life of a lab session as a pure function: state and event in, state and effects out. All times are
 * the server's, in ms since the epoch. Timers count only while the session is not paused.
 */

export interface MachineSettings {
  readonly lifetimeMs: number;
  readonly overtimeMs: number;
  readonly idleMs: number;
  readonly orphanedMs: number;
  readonly hardDeadlineMs: number;
  readonly extensionMs: number;
  readonly maxExtensions: number;
  /** A cluster that can leave memory and come back is paused where another would be ended. */
  readonly suspendable: boolean;
  /** A paused session that nobody came back to ends after so long. */
  readonly keepPausedMs: number;
}

export interface Machine {
  readonly state: SessionState;
  readonly endReason?: EndReason;
  readonly createdMs: number;
  readonly readyMs?: number;
  readonly pausedMs?: number;
  readonly endedMs?: number;
  /** Set once ready. */
  readonly lifetimeEndsMs?: number;
  readonly hardDeadlineMs?: number;
  readonly lastActivityMs: number;
  /** Since when no page is open; absent while one is. */
  readonly aloneSinceMs?: number;
  readonly extensionsUsed: number;
  /** Warnings that were given, as `timer:endsAt:minutes`. */
  readonly warned: readonly string[];
}

export type MachineEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'activity' }
  | { readonly kind: 'page-opened' }
  | { readonly kind: 'pages-closed' }
  | { readonly kind: 'extend' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'end'; readonly reason: EndReason }
  | { readonly kind: 'cluster-gone' }
  /** Time has passed. */
  | { readonly kind: 'tick' };

export type Effect =
  | {
      readonly kind: 'warn';
      readonly timer: TimerName;
      readonly endsAtMs: number;
      readonly minutesLeft: number;
    }
  /** The cluster is to leave memory. */
  | { readonly kind: 'suspend'; readonly because: 'learner' | 'idle' | 'orphaned' }
  /** The cluster is to be there again. */
  | { readonly kind: 'restore' }
  /** The cluster is to be destroyed; `cluster-gone` follows. */
  | { readonly kind: 'destroy' };

export type Transition =
  | { readonly ok: true; readonly machine: Machine; readonly effects: readonly Effect[] }
  /** The event does not fit the state; nothing changed. */
  | { readonly ok: false; readonly refusal: 'wrong-state' | 'no-extensions-left' | 'not-suspendable' };

export const WARNING_MINUTES = [5, 1] as const;
const MINUTE_MS = 60_000;
const WARNED_TIMERS = ['lifetime', 'overtime', 'idle', 'hardDeadline'] as const;
/** Warnings remembered; each timer gives two at a time, and timers that moved on leave theirs behind. */
const MAX_WARNED = 20;
/** A tick after a long sleep of the machine passes each timer once; more rounds than that cannot be. */
const MAX_STRIKES_PER_TICK = 10;

export function newMachine(nowMs: number): Machine {
  return {
    state: 'requested',
    createdMs: nowMs,
    lastActivityMs: nowMs,
    aloneSinceMs: nowMs,
    extensionsUsed: 0,
    warned: [],
  };
}

/** When each of the five timers strikes; absent while it does not run. */
export function timersOf(machine: Machine, settings: MachineSettings): Partial<Record<TimerName, number>> {
  if (machine.state !== 'ready') return {};
  const { lifetimeEndsMs, hardDeadlineMs, aloneSinceMs } = machine;
  return {
    ...(lifetimeEndsMs === undefined
      ? {}
      : { lifetime: lifetimeEndsMs, overtime: lifetimeEndsMs + settings.overtimeMs }),
    ...(hardDeadlineMs === undefined ? {} : { hardDeadline: hardDeadlineMs }),
    idle: machine.lastActivityMs + settings.idleMs,
    ...(aloneSinceMs === undefined ? {} : { orphaned: aloneSinceMs + settings.orphanedMs }),
  };
}

export function extensionsLeft(machine: Machine, settings: MachineSettings): number {
  const { lifetimeEndsMs, hardDeadlineMs } = machine;
  const byCount = settings.maxExtensions - machine.extensionsUsed;
  if (lifetimeEndsMs === undefined || hardDeadlineMs === undefined) return byCount;
  const byDeadline = Math.ceil((hardDeadlineMs - lifetimeEndsMs) / settings.extensionMs);
  return Math.max(0, Math.min(byCount, byDeadline));
}

/** When `tick` has something to do next. */
export function nextTickMs(machine: Machine, settings: MachineSettings): number | undefined {
  if (machine.state === 'paused' && machine.pausedMs !== undefined)
    return machine.pausedMs + settings.keepPausedMs;
  const due = strikes(machine, settings).map((strike) => strike.atMs);
  for (const warning of pendingWarnings(machine, settings)) due.push(warning.atMs);
  return due.length === 0 ? undefined : Math.min(...due);
}

export function step(
  machine: Machine,
  event: MachineEvent,
  nowMs: number,
  settings: MachineSettings,
): Transition {
  switch (event.kind) {
    case 'start':
      return machine.state === 'requested' ? changed({ ...machine, state: 'starting' }) : wrongState();
    case 'ready':
      return becomeReady(machine, nowMs, settings);
    case 'activity':
      // Whoever types is there, whatever the state; only a running session has an idle timer.
      return machine.state === 'ended'
        ? wrongState()
        : changed({ ...machine, lastActivityMs: Math.max(nowMs, machine.lastActivityMs) });
    case 'page-opened': {
      const { aloneSinceMs: _, ...present } = machine;
      return changed({ ...present, lastActivityMs: Math.max(nowMs, machine.lastActivityMs) });
    }
    case 'pages-closed':
      return changed({ ...machine, aloneSinceMs: machine.aloneSinceMs ?? nowMs });
    case 'extend':
      return extend(machine, nowMs, settings);
    case 'pause':
      if (machine.state !== 'ready') return wrongState();
      return settings.suspendable
        ? pause(machine, nowMs, 'learner')
        : { ok: false, refusal: 'not-suspendable' };
    case 'resume':
      return resume(machine, nowMs);
    case 'end':
      return end(machine, event.reason);
    case 'cluster-gone':
      return machine.state === 'ending'
        ? changed({ ...machine, state: 'ended', endedMs: nowMs })
        : wrongState();
    case 'tick':
      return tick(machine, nowMs, settings);
  }
}

function changed(machine: Machine, effects: readonly Effect[] = []): Transition {
  return { ok: true, machine, effects };
}

function wrongState(): Transition {
  return { ok: false, refusal: 'wrong-state' };
}

function becomeReady(machine: Machine, nowMs: number, settings: MachineSettings): Transition {
  if (machine.state !== 'starting') return wrongState();
  return changed({
    ...machine,
    state: 'ready',
    readyMs: nowMs,
    // The time a slow start takes is not the learner's.
    lifetimeEndsMs: nowMs + settings.lifetimeMs,
    hardDeadlineMs: nowMs + settings.hardDeadlineMs,
    lastActivityMs: nowMs,
    ...(machine.aloneSinceMs === undefined ? {} : { aloneSinceMs: nowMs }),
  });
}

function extend(machine: Machine, nowMs: number, settings: MachineSettings): Transition {
  const { lifetimeEndsMs, hardDeadlineMs } = machine;
  if (machine.state !== 'ready' || lifetimeEndsMs === undefined || hardDeadlineMs === undefined)
    return wrongState();
  if (extensionsLeft(machine, settings) === 0) return { ok: false, refusal: 'no-extensions-left' };
  return changed({
    ...machine,
    lifetimeEndsMs: Math.min(hardDeadlineMs, Math.max(lifetimeEndsMs, nowMs) + settings.extensionMs),
    extensionsUsed: machine.extensionsUsed + 1,
    lastActivityMs: Math.max(nowMs, machine.lastActivityMs),
  });
}

function pause(machine: Machine, atMs: number, because: 'learner' | 'idle' | 'orphaned'): Transition {
  return changed({ ...machine, state: 'paused', pausedMs: atMs }, [{ kind: 'suspend', because }]);
}

/** Every timer stands still while paused: what was left is left. */
function resume(machine: Machine, nowMs: number): Transition {
  if (machine.state !== 'paused' || machine.pausedMs === undefined) return wrongState();
  const { pausedMs, ...rest } = machine;
  const away = Math.max(0, nowMs - pausedMs);
  return changed(
    {
      ...rest,
      state: 'ready',
      lastActivityMs: nowMs,
      warned: [],
      ...(rest.lifetimeEndsMs === undefined ? {} : { lifetimeEndsMs: rest.lifetimeEndsMs + away }),
      ...(rest.hardDeadlineMs === undefined ? {} : { hardDeadlineMs: rest.hardDeadlineMs + away }),
      ...(rest.aloneSinceMs === undefined ? {} : { aloneSinceMs: nowMs }),
    },
    [{ kind: 'restore' }],
  );
}

function end(machine: Machine, reason: EndReason): Transition {
  if (machine.state === 'ending' || machine.state === 'ended') return wrongState();
  return changed({ ...machine, state: 'ending', endReason: reason }, [{ kind: 'destroy' }]);
}

interface Strike {
  readonly atMs: number;
  readonly timer: Exclude<TimerName, 'lifetime'>;
}

/** `lifetime` does nothing when it is over: overtime runs from then on. */
function strikes(machine: Machine, settings: MachineSettings): readonly Strike[] {
  const timers = timersOf(machine, settings);
  return (['hardDeadline', 'overtime', 'idle', 'orphaned'] as const).flatMap((timer) => {
    const atMs = timers[timer];
    return atMs === undefined ? [] : [{ atMs, timer }];
  });
}

/** Timers strike in the order of their times, each at its own: after a night's sleep of the server, too. */
function tick(machine: Machine, nowMs: number, settings: MachineSettings): Transition {
  const effects: Effect[] = [];
  let current = machine;
  for (let round = 0; round < MAX_STRIKES_PER_TICK; round++) {
    if (
      current.state === 'paused' &&
      current.pausedMs !== undefined &&
      current.pausedMs + settings.keepPausedMs <= nowMs
    ) {
      return merge(effects, end(current, 'orphaned'));
    }
    const due = strikes(current, settings)
      .filter((strike) => strike.atMs <= nowMs)
      .reduce<Strike | undefined>(
        (first, strike) => (first === undefined || strike.atMs < first.atMs ? strike : first),
        undefined,
      );
    if (due === undefined) break;
    const struck = strike(current, due, settings);
    if (!struck.ok) return struck;
    current = struck.machine;
    effects.push(...struck.effects);
  }
  const warnings = pendingWarnings(current, settings, nowMs).filter((warning) => warning.atMs <= nowMs);
  for (const { timer, endsAtMs } of warnings)
    effects.push({
      kind: 'warn',
      timer,
      endsAtMs,
      minutesLeft: Math.max(1, Math.round((endsAtMs - nowMs) / MINUTE_MS)),
    });
  const warned = [...current.warned, ...warnings.flatMap((warning) => warning.keys)].slice(-MAX_WARNED);
  return changed(warnings.length === 0 ? current : { ...current, warned }, effects);
}

function merge(effects: readonly Effect[], transition: Transition): Transition {
  return transition.ok ? { ...transition, effects: [...effects, ...transition.effects] } : transition;
}

function strike(machine: Machine, due: Strike, settings: MachineSettings): Transition {
  switch (due.timer) {
    case 'hardDeadline':
      return end(machine, 'hard-deadline');
    case 'overtime':
      return end(machine, 'lifetime-over');
    case 'idle':
    case 'orphaned':
      return settings.suspendable ? pause(machine, due.atMs, due.timer) : end(machine, due.timer);
  }
}

interface PendingWarning {
  readonly timer: TimerName;
  readonly endsAtMs: number;
  /** When to give it. */
  readonly atMs: number;
  /** This warning, and the earlier ones of the same timer that it makes pointless. */
  readonly keys: readonly string[];
}

/** One warning a timer: the latest that is due, or else the next. Nobody is there to be warned of being alone. */
function pendingWarnings(
  machine: Machine,
  settings: MachineSettings,
  nowMs = -Infinity,
): readonly PendingWarning[] {
  const timers = timersOf(machine, settings);
  const begins: Readonly<Record<(typeof WARNED_TIMERS)[number], number>> = {
    lifetime: machine.readyMs ?? machine.createdMs,
    overtime: timers.lifetime ?? machine.createdMs,
    idle: machine.lastActivityMs,
    hardDeadline: machine.readyMs ?? machine.createdMs,
  };
  return WARNED_TIMERS.flatMap((timer) => {
    const endsAtMs = timers[timer];
    if (endsAtMs === undefined) return [];
    const keyOf = (minutes: number): string => `${timer}:${endsAtMs}:${minutes}`;
    // A timer shorter than its warning would be warned of before it began.
    const open = WARNING_MINUTES.filter(
      (minutes) => endsAtMs - minutes * MINUTE_MS > begins[timer] && !machine.warned.includes(keyOf(minutes)),
    );
    const due = open.filter((minutes) => endsAtMs - minutes * MINUTE_MS <= nowMs);
    const minutes = due.at(-1) ?? open[0];
    if (minutes === undefined) return [];
    return [
      {
        timer,
        endsAtMs,
        atMs: endsAtMs - minutes * MINUTE_MS,
        keys: due.length === 0 ? [keyOf(minutes)] : due.map(keyOf),
      },
    ];
  });
}
