import type {
  Cluster,
  ClusterHistory,
  ClusterListener,
  ClusterProvider,
  JournalRecord,
  TerminalState,
} from '@podwire/cluster';
import { ClusterError } from '@podwire/cluster';
import type { ServerEvent, ServerEventName } from '@podwire/protocol';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { LiveSession } from './live-session.ts';
import type { SessionPage } from './live-session.ts';
import { newMachine } from './machine.ts';
import { machineSettings } from './settings.ts';
import type { SessionStore, StoredSession } from './store.ts';

const MINUTE = 60_000;
const TIMERS = {
  lifetimeMinutes: 60,
  overtimeMinutes: 30,
  idleMinutes: 30,
  orphanedMinutes: 20,
  hardDeadlineMinutes: 240,
};
const TERMINAL: TerminalState = {
  terminalId: 't1',
  place: { kind: 'toolbox' },
  columns: 80,
  rows: 24,
  inputSequence: 0,
  paused: false,
};

interface Created {
  readonly listener: ClusterListener;
  readonly history: ClusterHistory | undefined;
  readonly calls: string[];
}

/** A session with a provider, a store and a clock that the test holds. */
class Bench {
  nowMs = 1_000_000;
  readonly created: Created[] = [];
  readonly timers = new Map<() => void, number>();
  readonly saved: StoredSession['machine'][] = [];
  readonly gone: string[] = [];
  journal: JournalRecord[] = [];
  restored: readonly TerminalState[] = [];
  failures = 0;
  /** What the next starts end with. */
  error = new ClusterError('start-failed', 'It broke.', 'Try again.');
  /** While set, a start takes until it settles. */
  until: Promise<void> | undefined;
  /** Sessions whose leftovers were removed. */
  readonly removed: string[] = [];
  readonly session: LiveSession;

  /** When what was suspended has stopped. */
  away: Promise<void> = Promise.resolve();

  constructor() {
    const provider: ClusterProvider = {
      backend: 'simulated',
      refusal: () => undefined,
      occupancy: () => ({ clusters: 0, limit: 10 }),
      close: () => Promise.resolve(),
      remove: (id) => Promise.resolve(void this.removed.push(id)),
      create: async (id, _origin, listener, options) => {
        listener.onProgress?.({ kind: 'queued', place: 2, waiting: 3 });
        await this.until;
        if (this.failures-- > 0) throw this.error;
        const calls: string[] = [];
        this.created.push({ listener, history: options?.history, calls });
        const note =
          (name: string) =>
          (...args: unknown[]) =>
            void calls.push([name, ...args].join(' '));
        const cluster: Partial<Cluster> = {
          id,
          restoredTerminals: options?.history === undefined ? [] : this.restored,
          openTerminal: () => Promise.resolve({ kind: 'opened' }),
          sendInput: note('input'),
          setTerminalFlow: note('flow'),
          resizeTerminal: note('resize'),
          closeTerminal: note('close'),
          watchTopology: note('topology'),
          watchPackets: note('packets'),
          suspend: async () => {
            note('suspend')();
            await this.away;
          },
          destroy: () => Promise.resolve(note('destroy')()),
        };
        return cluster as Cluster;
      },
    };
    const store = {
      save: (session: StoredSession) => Promise.resolve(void this.saved.push(session.machine)),
      journal: () => Promise.resolve(this.journal),
    } as unknown as SessionStore;
    this.session = new LiveSession(
      {
        facts: { id: 's1', labId: 'one', backend: 'simulated', seed: 1, parameters: {} },
        learnerId: 'ada',
        requestKey: 'key-of-ada',
        origin: {
          labId: 'one',
          labDigest: 'd',
          seed: 1,
          startMs: 500,
          needs: { nodes: 1, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
          setup: [],
          files: [],
        },
        machine: newMachine(this.nowMs),
        settings: machineSettings(TIMERS, 'simulated'),
        clock: { clusterTimeMs: 500, markedAtMs: this.nowMs },
      },
      {
        provider,
        store,
        journal: {
          append: (_id, records) => void this.journal.push(...records),
          flushed: () => Promise.resolve(),
        },
        nowMs: () => this.nowMs,
        after: (delayMs, callback) => {
          this.timers.set(callback, this.nowMs + delayMs);
          return { cancel: () => this.timers.delete(callback) };
        },
        log: pino({ level: 'silent' }),
        makeRoom: () => Promise.resolve(),
        onGone: (id) => void this.gone.push(id),
      },
    );
  }

  /** Timers strike in order; what they set in motion settles in between. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers]
        .filter(([, atMs]) => atMs <= untilMs)
        .sort((left, right) => left[1] - right[1])[0];
      if (due === undefined) break;
      this.timers.delete(due[0]);
      this.nowMs = Math.max(this.nowMs, due[1]);
      due[0]();
      await this.settle();
    }
    this.nowMs = untilMs;
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }
}

class Page implements SessionPage {
  readonly heard: { readonly name: ServerEventName; readonly message: unknown }[] = [];
  emit<Name extends ServerEventName>(name: Name, message: ServerEvent<Name>): void {
    this.heard.push({ name, message });
  }
  of<Name extends ServerEventName>(name: Name): ServerEvent<Name>[] {
    return this.heard.filter((each) => each.name === name).map((each) => each.message as ServerEvent<Name>);
  }
}

class Screen extends Page {
  text = '';
  sendOutput({ offset, data }: ServerEvent<'terminal:output'>): void {
    this.text = this.text.slice(0, offset) + data;
  }
  sendExit(exit: ServerEvent<'terminal:exit'>): void {
    this.emit('terminal:exit', exit);
  }
}

async function ready(): Promise<{ bench: Bench; page: Screen }> {
  const bench = new Bench();
  await bench.session.start();
  const page = new Screen();
  bench.session.join(page);
  return { bench, page };
}

describe('a session on this server', () => {
  it('starts from nothing and is stored at each change of state', async () => {
    const { bench, page } = await ready();
    expect(bench.created[0]?.history).toBeUndefined();
    expect(bench.saved.map((machine) => machine.state)).toEqual(['starting', 'ready']);
    expect(page.of('session:state').at(-1)).toMatchObject({
      state: 'ready',
      timers: { extensionsLeft: 4, extensionMinutes: 30 },
    });
  });

  it('begins with its journal where a killed server had not yet written that it was ready', async () => {
    const bench = new Bench();
    bench.journal.push({
      sequence: 1,
      virtualMs: 700,
      entry: { kind: 'terminal-closed', terminalId: 't1' },
    });
    await bench.session.start();
    expect(bench.created[0]?.history?.records).toHaveLength(1);
    expect(bench.session.view().state).toBe('ready');
  });

  it('is written once its row is there, and then as it is by then', async () => {
    const bench = new Bench();
    let inserted = (): void => undefined;
    const started = bench.session.start(new Promise<void>((resolve) => (inserted = resolve)));
    await started;
    expect(bench.saved).toEqual([]);
    inserted();
    await bench.settle();
    expect(bench.saved.map((machine) => machine.state)).toEqual(['ready']);
  });

  it('tells how a start goes until it is over', async () => {
    const bench = new Bench();
    let goOn = (): void => undefined;
    bench.until = new Promise((resolve) => (goOn = resolve));
    const page = new Screen();
    bench.session.join(page);
    const started = bench.session.start();
    await bench.settle();
    expect(page.of('session:state').at(-1)).toMatchObject({
      state: 'starting',
      progress: { kind: 'queued', place: 2, waiting: 3 },
    });
    goOn();
    await started;
    expect(bench.session.view()).toMatchObject({ state: 'ready' });
    expect(bench.session.view().progress).toBeUndefined();
  });

  it('ends when nothing is left that could come back, and says so', async () => {
    const { bench } = await ready();
    bench.session.pause();
    await bench.settle();
    bench.failures = 1;
    bench.error = new ClusterError('gone', 'Its containers are gone.', 'Start the lab again.');
    await bench.session.resume();
    await bench.settle();
    expect(bench.session.view()).toMatchObject({
      state: 'ended',
      endReason: 'worker-crashed',
      endMessage: 'Its containers are gone. Start the lab again.',
    });
    expect(bench.removed).toEqual(['s1']);
  });

  it('removes what a paused cluster still has when it is ended', async () => {
    const { bench } = await ready();
    bench.session.pause();
    await bench.settle();
    bench.session.end('learner-ended');
    await bench.settle();
    expect(bench.removed).toEqual(['s1']);
    expect(bench.session.view().state).toBe('ended');
  });

  it('ends with a typed reason and words when it can’t be started', async () => {
    const bench = new Bench();
    bench.failures = 1;
    await bench.session.start();
    await bench.settle();
    expect(bench.session.view()).toMatchObject({ state: 'ended', endReason: 'start-failed' });
    expect(bench.session.view().endMessage).toContain('our fault');
    expect(bench.gone).toEqual(['s1']);
  });

  it('warns, then pauses when nobody types or reads; the cluster leaves memory and comes back where its clock stood', async () => {
    const { bench, page } = await ready();
    bench.created[0]?.listener.onClock(9_000);
    await bench.pass(30 * MINUTE);
    expect(page.of('session:warning').map((warning) => warning.timer)).toEqual(['idle', 'idle']);
    expect(page.of('session:warning')[0]?.message).toContain('pauses in 5 minutes');
    expect(bench.session.view().state).toBe('paused');
    expect(bench.created[0]?.calls.at(-1)).toBe('suspend');
    await bench.pass(7 * 24 * 60 * MINUTE);
    await bench.session.resume();
    await bench.settle();
    expect(bench.created[1]?.history?.clusterTimeMs).toBe(9_000);
    expect(bench.session.view().state).toBe('ready');
    // Half an hour of the planned hour is left, and is still left a week later.
    expect(Date.parse(bench.session.view().timers.lifetimeEndsAt ?? '')).toBe(bench.nowMs + 30 * MINUTE);
  });

  it('pauses when its last page is gone for long, not when one comes back', async () => {
    const { bench, page } = await ready();
    bench.session.leave(page);
    await bench.pass(19 * MINUTE);
    bench.session.join(page);
    await bench.pass(5 * MINUTE);
    expect(bench.session.view().state).toBe('ready');
    bench.session.leave(page);
    await bench.pass(20 * MINUTE);
    expect(bench.session.view().state).toBe('paused');
  });

  it('resumed while it is still being paused, it waits for the old cluster to leave', async () => {
    const { bench } = await ready();
    bench.session.pause();
    await bench.session.resume();
    await bench.settle();
    expect(bench.created[0]?.calls).toContain('suspend');
    expect(bench.created).toHaveLength(2);
    expect(bench.session.view().state).toBe('ready');
  });

  it('resumed at once, it is not brought back before its containers have stopped', async () => {
    const { bench } = await ready();
    let stopped = (): void => undefined;
    bench.away = new Promise((resolve) => (stopped = resolve));
    bench.session.pause();
    const resumed = bench.session.resume();
    await bench.settle();
    expect(bench.created).toHaveLength(1);
    stopped();
    await resumed;
    await bench.settle();
    expect(bench.created).toHaveLength(2);
  });

  it('gets a lost cluster back while a page looks on: same terminal, same text, typing goes on', async () => {
    const { bench, page } = await ready();
    const terminal = await bench.session.openTerminal(
      { terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 },
      true,
    );
    terminal.attach(page, 0);
    bench.created[0]?.listener.onTerminalOutput('t1', 0, '$ ');
    terminal.input(1, 'a');
    bench.restored = [TERMINAL];
    bench.created[0]?.listener.onEnd({ kind: 'lost', message: '' });
    await bench.settle();
    bench.created[1]?.listener.onTerminalOutput('t1', 0, '$ a');
    expect(page.text).toBe('$ a');
    expect(bench.created[1]?.calls).toEqual(['input t1 1 a']);
    expect(bench.session.terminals.get('t1')).toBe(terminal);
  });

  it('gives a cluster up that is lost again and again, and says whose fault it is', async () => {
    const { bench, page } = await ready();
    for (let time = 0; time < 3; time++) {
      bench.created.at(-1)?.listener.onEnd({ kind: 'lost', message: '' });
      await bench.settle();
    }
    expect(bench.created).toHaveLength(3);
    expect(page.of('session:state').at(-1)).toMatchObject({ state: 'ended', endReason: 'worker-crashed' });
  });

  it.each(['cpu-exceeded', 'memory-exceeded', 'worker-crashed'] as const)(
    'ends with %s when its own cluster is the cause',
    async (kind) => {
      const { bench, page } = await ready();
      bench.created[0]?.listener.onEnd({ kind, message: '' });
      await bench.settle();
      expect(page.of('session:state').at(-1)).toMatchObject({ state: 'ended', endReason: kind });
    },
  );

  it('hands a page that reloads after its shell ended a new shell, and one that reconnects the old text', async () => {
    const { bench, page } = await ready();
    const request = { terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 } as const;
    const first = await bench.session.openTerminal(request, true);
    first.attach(page, 0);
    bench.created[0]?.listener.onTerminalExit('t1', 0);
    expect(page.of('terminal:exit')).toEqual([{ terminalId: 't1', exitCode: 0 }]);
    expect(await bench.session.openTerminal(request, false)).toBe(first);
    expect(await bench.session.openTerminal(request, true)).not.toBe(first);
    expect(bench.created[0]?.calls).toContain('close t1');
  });

  it('says that a shell is another than before until a page is known to draw it, since the answer may be lost', async () => {
    const { bench } = await ready();
    const ask = { terminalId: 't1', place: TERMINAL.place, columns: 80, rows: 24 };
    const terminal = await bench.session.openTerminal(ask, false);
    expect(bench.session.hasBegun(terminal)).toBe(true);
    const asked = await bench.session.openTerminal(ask, false);
    expect([asked === terminal, bench.session.hasBegun(asked)]).toEqual([true, true]);
    bench.session.isDrawn(terminal);
    expect(bench.session.hasBegun(terminal)).toBe(false);
  });

  it('tells topology only to pages that watch, and asks the cluster only while one does', async () => {
    const { bench, page } = await ready();
    const other = new Page();
    bench.session.join(other);
    bench.session.watchTopology(page, true);
    bench.created[0]?.listener.onTopologySnapshot({ revision: 1, objects: [] });
    expect([page, other].map((each) => each.of('topology:snapshot').length)).toEqual([1, 0]);
    bench.session.leave(page);
    expect(bench.created[0]?.calls).toEqual(['topology true', 'topology false', 'packets false']);
  });

  it('takes its timers up where the server left them', async () => {
    const { bench, page } = await ready();
    bench.session.leave(page);
    bench.nowMs += 600 * MINUTE;
    bench.session.wake();
    await bench.settle();
    expect(bench.session.view().state).toBe('paused');
    expect(bench.session.machine.pausedMs).toBe(1_000_000 + 20 * MINUTE);
  });
});
