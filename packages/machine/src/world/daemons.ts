import { utf8Encode } from '@podwire/sim';
import type { DaemonContext, DaemonEvent, DaemonProgram, Signal, SpawnFailure } from '../contract.ts';
import { defaultAction, signalExitCode } from '../signals.ts';
import type { DaemonState } from '../state.ts';
import { isPollable } from '../streams/pollable.ts';
import type { MachineTable } from './machine-table.ts';
import type { MachineEventData, StartOptions } from './runtime.ts';

/** Events kept for a stopped daemon; older ones are dropped, as its socket buffers would overflow. */
const MAX_DEFERRED_EVENTS = 1024;
/** The most timers that one daemon has pending. */
const MAX_TIMERS = 4096;
/** Exit code of a daemon that broke (SIGABRT). */
const ABORTED_EXIT_CODE = 134;

/** Whom the daemons tell. */
export interface DaemonHooks {
  afterEnd(machineId: string, pid: number, parent: number, exitCode: number): void;
  childStopped(machineId: string, parent: number): void;
  runChild(
    machineId: string,
    parent: DaemonState,
    name: string,
    argv: readonly string[],
  ): SpawnFailure | undefined;
}

/** Programs that wait for events and keep their memory as data. */
export class Daemons {
  readonly #table: MachineTable;
  readonly #hooks: DaemonHooks;
  #starting: DaemonState | undefined;

  constructor(table: MachineTable, hooks: DaemonHooks) {
    this.#table = table;
    this.#hooks = hooks;
  }

  /** Whoever starts a daemon learns its pid before it learns of its end. */
  #exit(machineId: string, pid: number, exitCode: number): void {
    if (
      this.#starting?.pid !== pid ||
      this.#table.state.machines.get(machineId)?.daemons.get(pid) !== this.#starting
    ) {
      this.end(machineId, pid, exitCode);
      return;
    }
    const event: MachineEventData = { kind: 'end', machineId, pid, exitCode };
    this.#table.wiring.simulation.schedule(0, 'machine', event);
  }

  start(
    machineId: string,
    name: string,
    program: DaemonProgram,
    argv: readonly string[],
    start: StartOptions,
  ): void {
    const daemon: DaemonState = {
      pid: start.pid,
      parent: start.parent,
      group: start.group,
      program: name,
      argv: [...argv],
      env: new Map(start.env),
      cwd: start.cwd,
      ...(start.netns === undefined ? {} : { netns: start.netns }),
      startedMs: this.#table.wiring.simulation.nowMs,
      stopped: false,
      deferred: [],
      memory: undefined,
      timers: new Map(),
      connects: new Map(),
    };
    this.#table.machine(machineId).daemons.set(start.pid, daemon);
    const streams = { stdin: start.stdin, stdout: start.stdout, stderr: start.stderr };
    for (const stream of Object.values(streams)) if (isPollable(stream)) stream.attach();
    this.#table.runtime(machineId).daemons.set(start.pid, { streams, tty: start.tty });
    this.#starting = daemon;
    this.#guarded(machineId, daemon, () => {
      const memory = program.start(this.#context(machineId, daemon));
      daemon.memory = memory;
    });
    this.#starting = undefined;
  }

  #context(machineId: string, daemon: DaemonState): DaemonContext {
    const { pid } = daemon;
    return {
      pid,
      argv: daemon.argv,
      env: daemon.env,
      fs: this.#table.fileSystem(machineId, pid),
      net: this.#table.sockets(machineId, pid, daemon.connects, daemon.netns),
      machine: this.#table.view(machineId),
      nowMs: () => this.#table.wiring.simulation.nowMs,
      randomInt: (bound) => this.#table.wiring.simulation.randomInt(bound),
      log: (text) => this.#output(machineId, pid, 'stdout', text),
      logError: (text) => this.#output(machineId, pid, 'stderr', text),
      timer: (name, delayMs, data) => this.#setTimer(machineId, daemon, name, delayMs, data),
      cancelTimer: (name) => {
        const event = daemon.timers.get(name);
        if (event !== undefined) this.#table.wiring.simulation.cancel(event);
        daemon.timers.delete(name);
      },
      run: (name, argv) => this.#hooks.runChild(machineId, daemon, name, argv),
      exit: (code) => this.#exit(machineId, pid, code & 0xff),
    };
  }

  #setTimer(machineId: string, daemon: DaemonState, name: string, delayMs: number, data: unknown): void {
    if (this.#table.state.machines.get(machineId)?.daemons.get(daemon.pid) !== daemon) return;
    const previous = daemon.timers.get(name);
    if (previous !== undefined) this.#table.wiring.simulation.cancel(previous);
    else if (daemon.timers.size >= MAX_TIMERS) throw new Error(`more than ${MAX_TIMERS} timers`);
    const event: MachineEventData = { kind: 'timer', machineId, pid: daemon.pid, name, data };
    daemon.timers.set(name, this.#table.wiring.simulation.schedule(delayMs, 'machine', event));
  }

  /** A fork keeps its daemons but not their terminals: the main process goes on logging, others fall silent. */
  #output(machineId: string, pid: number, stream: 'stdout' | 'stderr', text: string): void {
    const data = utf8Encode(text);
    const runtime = this.#table.runtimes.get(machineId)?.daemons.get(pid);
    if (runtime === undefined) {
      if (this.#table.state.machines.get(machineId)?.mainPid === pid)
        this.#table.wiring.onLog(machineId, pid, stream, data);
      return;
    }
    try {
      runtime.streams[stream].write(data);
    } catch {
      // Its reader is gone; a server that logs to a broken pipe goes on (SIGPIPE ignored, as in Go and nginx).
    }
  }

  isUpkeep(event: MachineEventData): boolean {
    if (event.kind !== 'timer') return false;
    const daemon = this.#table.state.machines.get(event.machineId)?.daemons.get(event.pid);
    const program = daemon === undefined ? undefined : this.#table.wiring.programs.get(daemon.program);
    return program?.kind === 'daemon' && program.upkeepTimers?.includes(event.name) === true;
  }

  deliver(machineId: string, pid: number, event: DaemonEvent): void {
    const daemon = this.#table.state.machines.get(machineId)?.daemons.get(pid);
    if (daemon === undefined) return;
    if (daemon.stopped) {
      daemon.deferred.push(event);
      if (daemon.deferred.length > MAX_DEFERRED_EVENTS) daemon.deferred.shift();
      return;
    }
    const program = this.#table.wiring.programs.get(daemon.program);
    if (program?.kind !== 'daemon')
      throw new Error(`program "${daemon.program}" is no daemon of this registry`);
    this.#guarded(machineId, daemon, () =>
      program.onEvent(this.#context(machineId, daemon), daemon.memory, event),
    );
  }

  #guarded(machineId: string, daemon: DaemonState, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#output(
        machineId,
        daemon.pid,
        'stderr',
        `${daemon.argv[0] ?? daemon.program}: Aborted (internal error: ${error instanceof Error ? error.message : String(error)})\n`,
      );
      this.#exit(machineId, daemon.pid, ABORTED_EXIT_CODE);
    }
  }

  end(machineId: string, pid: number, exitCode: number): void {
    const daemon = this.#table.state.machines.get(machineId)?.daemons.get(pid);
    if (daemon === undefined) return;
    for (const event of daemon.timers.values()) this.#table.wiring.simulation.cancel(event);
    this.#table.machine(machineId).daemons.delete(pid);
    const runtime = this.#table.runtimes.get(machineId);
    const streams = runtime?.daemons.get(pid)?.streams;
    runtime?.daemons.delete(pid);
    if (streams !== undefined)
      for (const stream of [streams.stdin, streams.stdout, streams.stderr])
        if (isPollable(stream)) stream.detach();
    this.#hooks.afterEnd(machineId, pid, daemon.parent, exitCode);
  }

  /** Ending signals go to the daemon as events: servers choose how they stop. */
  signal(machineId: string, daemon: DaemonState, signal: Signal, protectedMain: boolean): void {
    if (signal === 'SIGKILL') {
      if (!protectedMain) this.end(machineId, daemon.pid, signalExitCode('SIGKILL'));
      return;
    }
    switch (defaultAction(signal)) {
      case 'ignore':
        return;
      case 'stop':
        if (daemon.pid === 1) return;
        daemon.stopped = true;
        this.#hooks.childStopped(machineId, daemon.parent);
        return;
      case 'continue': {
        daemon.stopped = false;
        for (const event of daemon.deferred.splice(0)) this.deliver(machineId, daemon.pid, event);
        return;
      }
      case 'end':
        this.deliver(machineId, daemon.pid, { kind: 'signal', signal });
    }
  }
}
