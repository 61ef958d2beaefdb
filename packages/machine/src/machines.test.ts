import type { Network } from '@podwire/netsim';
import { Simulation, forkState, newSimulationState, utf8Decode, utf8Encode } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import { Killed } from './contract.ts';
import type { DaemonProgram, Machines, Process, Program, Task, TaskProgram } from './contract.ts';
import { createMachines } from './machines.ts';
import { newMachinesState } from './state.ts';
import type { MachinesState } from './state.ts';

const START_MS = Date.UTC(2025, 9, 1);

function task(run: (process: Process) => Task): TaskProgram {
  return { kind: 'task', run };
}

function* writeAll(process: Process, text: string): Task<void> {
  let data = utf8Encode(text);
  while (data.length > 0) {
    data = data.subarray(process.stdout.write(data));
    if (data.length > 0) yield { kind: 'writable', stream: process.stdout };
  }
}

const cat = task(function* (process) {
  for (;;) {
    const data = process.stdin.read();
    if (data === undefined) return 0;
    if (data.length === 0) yield { kind: 'readable', stream: process.stdin };
    else yield* writeAll(process, utf8Decode(data));
  }
});

const spin = task(function* () {
  for (;;) yield { kind: 'step' };
});

const yes = task(function* (process) {
  for (;;) {
    yield* writeAll(process, 'y\n'.repeat(4096));
    yield { kind: 'step' };
  }
});

const sleeper = task(function* (process) {
  yield { kind: 'sleep', ms: Number(process.argv[1]) };
  yield* writeAll(process, `slept until ${process.nowMs() - START_MS}\n`);
  return 0;
});

/** `upper`: a pipeline of two forks, as a shell makes it. */
const pipeline = task(function* (process) {
  const { read, write } = process.pipe();
  const left = process.fork(
    function* (child) {
      yield* writeAll(child, 'through the pipe\n');
      return 3;
    },
    { stdout: write },
  );
  const right = process.spawn({ argv: ['cat'], stdin: read });
  yield { kind: 'exit', pid: left };
  if (right.ok) yield { kind: 'exit', pid: right.pid };
  return process.exitCodeOf(left) ?? 99;
});

const trapper = task(function* (process) {
  let interrupted = 0;
  process.onSignal('SIGTERM', () => interrupted++);
  const value = yield { kind: 'sleep', ms: 60_000 };
  yield* writeAll(process, `${interrupted} ${value}\n`);
  return 7;
});

const tidy = task(function* (process) {
  try {
    yield { kind: 'sleep', ms: 60_000 };
  } finally {
    process.stdout.write(utf8Encode('tidied\n'));
  }
  return 0;
});

const broken = task(function* () {
  yield { kind: 'step' };
  throw new Error('boom');
});

const ticker: DaemonProgram<{ ticks: number }> = {
  kind: 'daemon',
  start: (daemon) => {
    daemon.timer('tick', 1000);
    return { ticks: 0 };
  },
  onEvent: (daemon, state, event) => {
    if (event.kind === 'timer') {
      state.ticks++;
      daemon.log(`tick ${state.ticks}\n`);
      daemon.timer('tick', 1000);
    } else if (event.kind === 'signal') daemon.exit(0);
  },
};

const registry = new Map<string, Program>(
  Object.entries({
    cat,
    spin,
    yes,
    sleeper,
    pipeline,
    trapper,
    tidy,
    broken,
    ticker: ticker as DaemonProgram,
  }),
);

interface Bench {
  readonly simulation: Simulation;
  readonly machines: Machines;
  readonly state: MachinesState;
  readonly log: string[];
  readonly exits: string[];
  run(ms: number): void;
}

function bench(): Bench {
  const simulation = new Simulation(newSimulationState({ seed: 1, startMs: START_MS }));
  const state = newMachinesState();
  const { machines, log, exits } = wire(simulation, state);
  const image = {
    programs: new Map([...registry.keys()].map((name) => [`/bin/${name}`, name])),
    files: new Map([
      ['/etc/motd', 'hello\n'],
      ['/opt/run.sh', '#!/bin/cat -x\nbody\n'],
    ]),
  };
  machines.addMachine({
    id: 'pod/a',
    hostname: 'a',
    netns: 'n',
    image,
    mounts: [
      { path: '/data', volumeId: 'v', readOnly: false },
      { path: '/ro', volumeId: 'v', readOnly: true },
    ],
    env: new Map(),
    workingDirectory: '/',
    user: 'root',
    limits: { writableBytes: 1_000_000 },
  });
  machines.putVolume('v', new Map([['key', 'value']]));
  return {
    simulation,
    machines,
    state,
    log,
    exits,
    run: (ms) => void simulation.run({ untilMs: simulation.nowMs + ms, maxEvents: 100_000 }),
  };
}

function wire(
  simulation: Simulation,
  state: MachinesState,
): { machines: Machines; log: string[]; exits: string[] } {
  const log: string[] = [];
  const exits: string[] = [];
  const network = { closeAll: () => undefined, hasNetns: () => false } as unknown as Network;
  const machines = createMachines(state, {
    simulation,
    network,
    programs: registry,
    onExit: (_machine, pid, code) => exits.push(`${pid}:${code}`),
    onLog: (_machine, _pid, _stream, data) => log.push(utf8Decode(data)),
    service: () => undefined,
  });
  return { machines, log, exits };
}

function exec(
  b: Bench,
  argv: readonly string[],
): {
  out: () => string;
  err: () => string;
  code: () => number | undefined;
  write: (text: string) => number;
  end: () => void;
  kill: (signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT') => void;
} {
  const started = b.machines.exec('pod/a', { argv });
  if (!started.ok) throw new Error(started.reason);
  let [out, err]: [string, string] = ['', ''];
  let code: number | undefined;
  started.handle.onStdout((data) => (out += utf8Decode(data)));
  started.handle.onStderr((data) => (err += utf8Decode(data)));
  started.handle.onExit((value) => (code = value));
  return {
    out: () => out,
    err: () => err,
    code: () => code,
    write: (text) => started.handle.writeStdin(utf8Encode(text)),
    end: () => started.handle.closeStdin(),
    kill: (signal) => started.handle.kill(signal),
  };
}

describe('processes', () => {
  it('carries standard input to standard output until its end', () => {
    const b = bench();
    const run = exec(b, ['cat']);
    run.write('one\n');
    b.run(5);
    expect(run.out()).toBe('one\n');
    expect(run.code()).toBeUndefined();
    run.end();
    b.run(5);
    expect(run.code()).toBe(0);
  });

  it('closes a pipe when its writer ends and gives its exit code to the parent', () => {
    const b = bench();
    const run = exec(b, ['pipeline']);
    b.run(10);
    expect(run.out()).toBe('through the pipe\n');
    expect(run.code()).toBe(3);
  });

  it('sleeps in virtual time', () => {
    const b = bench();
    const run = exec(b, ['sleeper', '1500']);
    b.run(1499);
    expect(run.code()).toBeUndefined();
    b.run(10);
    expect(run.out()).toBe('slept until 1500\n');
  });

  it('says why a program cannot start', () => {
    const b = bench();
    expect(b.machines.exec('pod/a', { argv: ['nothing'] })).toEqual({ ok: false, reason: 'not-found' });
    expect(b.machines.exec('pod/a', { argv: ['/etc/motd'] })).toEqual({
      ok: false,
      reason: 'not-executable',
    });
    expect(b.machines.exec('pod/a', { argv: ['/etc'] })).toEqual({ ok: false, reason: 'not-executable' });
  });

  it('bounds what a busy loop costs and lets others run', () => {
    const b = bench();
    exec(b, ['spin']);
    const other = exec(b, ['sleeper', '50']);
    let events = 0;
    b.simulation.run({
      untilMs: b.simulation.nowMs + 100,
      maxEvents: 100_000,
      condition: () => (events++, false),
    });
    expect(events).toBeLessThan(500);
    expect(other.code()).toBe(0);
  });

  it('bounds what endless output costs', () => {
    const b = bench();
    const run = exec(b, ['yes']);
    b.run(100);
    expect(run.out().length).toBeGreaterThan(1000);
    expect(run.out().length).toBeLessThan(101 * 65_536 + 1);
  });

  it('refuses more processes than the machine may have', () => {
    const b = bench();
    for (let count = 0; count < 256; count++)
      expect(b.machines.exec('pod/a', { argv: ['spin'] }).ok).toBe(true);
    expect(b.machines.exec('pod/a', { argv: ['spin'] })).toEqual({ ok: false, reason: 'too-many-processes' });
  });

  it('reports a broken program on its standard error and lives on', () => {
    const b = bench();
    const run = exec(b, ['broken']);
    b.run(5);
    expect(run.err()).toContain('boom');
    expect(run.code()).toBe(134);
  });
});

describe('signals', () => {
  it('ends a task with 128 + n and runs its clean-up', () => {
    const b = bench();
    const run = exec(b, ['tidy']);
    b.run(5);
    run.kill('SIGINT');
    b.run(5);
    expect(run.out()).toBe('tidied\n');
    expect(run.code()).toBe(130);
  });

  it('runs a handler instead and interrupts the wait with -1', () => {
    const b = bench();
    const run = exec(b, ['trapper']);
    b.run(5);
    run.kill('SIGTERM');
    b.run(5);
    expect(run.out()).toBe('1 -1\n');
    expect(run.code()).toBe(7);
  });

  it('spares the first process of a machine all but SIGKILL from outside, and then ends the rest', () => {
    const b = bench();
    b.machines.start('pod/a', { argv: ['spin'] });
    const other = exec(b, ['cat']);
    b.run(5);
    b.machines.signal('pod/a', 1, 'SIGTERM');
    b.run(5);
    expect(b.exits).toEqual([]);
    b.machines.signal('pod/a', 1, 'SIGKILL');
    b.run(5);
    expect(b.exits).toEqual(['1:137']);
    expect(other.code()).toBe(137);
  });

  it('is the exception that a writer to a closed pipe gets', () => {
    const b = bench();
    let seen: unknown;
    registry.set(
      'closed',
      task(function* (process) {
        const { read, write } = process.pipe();
        read.close?.();
        try {
          write.write(utf8Encode('x'));
        } catch (error) {
          seen = error;
        }
        yield { kind: 'step' };
        return 0;
      }),
    );
    b.machines
      .fileSystem('pod/a')
      .writeFile('/bin/closed', utf8Encode('\x7fELF\x02\x01\x01\x00program:closed\n'), { mode: 0o755 });
    exec(b, ['closed']);
    b.run(5);
    expect(seen).toBeInstanceOf(Killed);
  });
});

describe('daemons', () => {
  it('keeps its memory as data, so that a fork goes on by itself', () => {
    const b = bench();
    b.machines.start('pod/a', { argv: ['ticker'] });
    b.run(2500);
    expect(b.log.join('')).toBe('tick 1\ntick 2\n');
    expect(b.machines.hasRunningTasks()).toBe(false);
    const simulation = new Simulation(forkState(b.simulation.state));
    const copy = wire(simulation, forkState(b.state));
    simulation.run({ untilMs: simulation.nowMs + 1000, maxEvents: 100 });
    expect(copy.log.join('')).toBe('tick 3\n');
    expect(b.log.join('')).toBe('tick 1\ntick 2\n');
    copy.machines.signal('pod/a', 1, 'SIGTERM');
    expect(copy.exits).toEqual(['1:0']);
    b.run(1000);
    expect(b.log.join('')).toBe('tick 1\ntick 2\ntick 3\n');
  });
});

describe('a daemon that ends while it starts', () => {
  it('tells its end to whoever started it, after its pid', () => {
    const b = bench();
    registry.set('refuser', {
      kind: 'daemon',
      start: (daemon) => {
        daemon.logError('refuser: no\n');
        daemon.exit(2);
        return {};
      },
      onEvent: () => undefined,
    });
    b.machines
      .fileSystem('pod/a')
      .writeFile('/bin/refuser', utf8Encode('\x7fELF\x02\x01\x01\x00program:refuser\n'), { mode: 0o755 });
    const run = exec(b, ['refuser']);
    expect(run.code()).toBeUndefined();
    b.run(5);
    expect(run.code()).toBe(2);
    expect(run.err()).toBe('refuser: no\n');
  });
});

describe('terminals', () => {
  function terminal(
    b: Bench,
    argv: readonly string[],
  ): {
    type: (text: string) => void;
    screen: () => string;
    code: () => number | undefined;
    hangUp: () => void;
  } {
    const opened = b.machines.openTerminal('pod/a', { argv, columns: 80, rows: 24 });
    if (!opened.ok) throw new Error(opened.reason);
    let screen = '';
    let code: number | undefined;
    opened.handle.onOutput((data) => (screen += utf8Decode(data)));
    opened.handle.onExit((value) => (code = value));
    return {
      type: (text) => {
        opened.handle.write(utf8Encode(text));
        b.run(5);
      },
      screen: () => screen,
      code: () => code,
      hangUp: () => opened.handle.hangUp(),
    };
  }

  it.each([
    ['echoes and turns the return key into a new line', 'hi\r', 'hi\r\nhi\r\n'],
    ['erases with backspace', 'hxi\x7f\x7fi\r', 'hxi\b \b\b \bi\r\nhi\r\n'],
    ['erases a whole multi-byte character', 'aé\x7f\r', 'aé\b \b\r\na\r\n'],
    ['erases a wide character by its two columns', '漢\x7fb\r', '漢\b \b\b \bb\r\nb\r\n'],
    ['kills the line', 'abc\x15d\r', `abc${'\b \b'.repeat(3)}d\r\nd\r\n`],
    ['erases a word', 'ab cd\x17e\r', `ab cd${'\b \b'.repeat(2)}e\r\nab e\r\n`],
    ['takes the next key literally after Ctrl-V', '\x16\x03\r', '^C\r\n\x03\r\n'],
  ])('%s', (_name, typed, screen) => {
    const b = bench();
    const tty = terminal(b, ['cat']);
    tty.type(typed);
    expect(tty.screen()).toBe(screen);
  });

  it('ends the input at Ctrl-D on an empty line', () => {
    const b = bench();
    const tty = terminal(b, ['cat']);
    tty.type('x\x04');
    expect(tty.screen()).toBe('xx');
    tty.type('\x04');
    expect(tty.code()).toBe(0);
  });

  it('sends SIGINT to the foreground group at Ctrl-C', () => {
    const b = bench();
    const tty = terminal(b, ['spin']);
    tty.type('\x03');
    expect(tty.screen()).toBe('^C');
    expect(tty.code()).toBe(130);
  });

  it('ends its programs when it hangs up', () => {
    const b = bench();
    const tty = terminal(b, ['cat']);
    tty.hangUp();
    b.run(5);
    expect(tty.code()).toBe(129);
  });
});

describe('files', () => {
  const text = (machines: Machines, path: string): string => {
    const data = machines.fileSystem('pod/a').readFile(path);
    return data.ok ? utf8Decode(data.value) : data.errno;
  };

  it('writes beside the image and never into it', () => {
    const b = bench();
    const fs = b.machines.fileSystem('pod/a');
    expect(fs.writeFile('/etc/motd', utf8Encode('more\n'), { append: true })).toEqual({
      ok: true,
      value: undefined,
    });
    expect(text(b.machines, '/etc/motd')).toBe('hello\nmore\n');
    const copy = forkState(b.state);
    fs.remove('/etc/motd');
    expect(text(b.machines, '/etc/motd')).toBe('ENOENT');
    const other = wire(new Simulation(newSimulationState({ seed: 1, startMs: START_MS })), copy);
    expect(text(other.machines, '/etc/motd')).toBe('hello\nmore\n');
  });

  it('shares volumes and keeps read-only mounts', () => {
    const b = bench();
    const fs = b.machines.fileSystem('pod/a');
    expect(fs.writeFile('/ro/x', utf8Encode('x'))).toEqual({ ok: false, errno: 'EROFS' });
    fs.writeFile('/data/x', utf8Encode('x'));
    expect(text(b.machines, '/ro/x')).toBe('x');
    expect(fs.list('/ro')).toEqual({ ok: true, value: ['key', 'x'] });
    b.machines.putVolume('v', new Map([['new', '1']]), { replace: true });
    expect(fs.list('/data')).toEqual({ ok: true, value: ['new'] });
    expect(fs.list('/')).toMatchObject({ value: expect.arrayContaining(['data', 'ro']) });
  });

  it('bounds symlink loops, sizes and path lengths', () => {
    const b = bench();
    const fs = b.machines.fileSystem('pod/a');
    fs.symlink('/b', '/a');
    fs.symlink('/a', '/b');
    expect(fs.readFile('/a')).toEqual({ ok: false, errno: 'ELOOP' });
    expect(fs.writeFile('/big', new Uint8Array(2_000_000))).toEqual({ ok: false, errno: 'ENOSPC' });
    expect(fs.stat(`/${'a'.repeat(5000)}`)).toEqual({ ok: false, errno: 'ENAMETOOLONG' });
    expect(fs.rename('/etc', '/etc/sub')).toEqual({ ok: false, errno: 'EINVAL' });
    expect(fs.rename('/etc/motd', '/data/motd')).toEqual({ ok: false, errno: 'EXDEV' });
    expect(fs.rename('/etc/motd', '/tmp/motd').ok).toBe(true);
    expect(text(b.machines, '/tmp/motd')).toBe('hello\n');
    expect(fs.remove('/data', { recursive: true })).toEqual({ ok: false, errno: 'EBUSY' });
  });

  it('gives back the room of what is removed', () => {
    const b = bench();
    const fs = b.machines.fileSystem('pod/a');
    for (let round = 0; round < 10; round++) {
      expect(fs.writeFile('/tmp/big', new Uint8Array(600_000)).ok).toBe(true);
      expect(fs.remove('/tmp/big').ok).toBe(true);
    }
  });

  it('runs scripts through their interpreter', () => {
    const b = bench();
    b.machines.fileSystem('pod/a').chmod('/opt/run.sh', 0o755);
    const run = exec(b, ['/opt/run.sh']);
    b.run(5);
    const [process] = [
      ...(b.machines.fileSystem('pod/a').readFile('/proc/2/cmdline').ok
        ? [
            utf8Decode(
              (b.machines.fileSystem('pod/a').readFile('/proc/2/cmdline') as { value: Uint8Array }).value,
            ),
          ]
        : []),
    ];
    expect(process).toBe('/bin/cat\0-x\0/opt/run.sh\0');
    run.kill('SIGKILL');
  });
});
