import type { SocketEvent, SocketId } from '@podwire/netsim';
import type {
  DaemonEvent,
  ExecHandle,
  FileSystem,
  MachineSpec,
  MachineView,
  Machines,
  MachinesWiring,
  Process,
  ProcessSockets,
  Signal,
  SpawnFailure,
  SpawnOptions,
  Task,
  WriteStream,
} from './contract.ts';
import { lookUpProgram } from './process/lookup.ts';
import type { Lookup } from './process/lookup.ts';
import { Scheduler } from './process/scheduler.ts';
import { parseOwner } from './process/sockets.ts';
import { TaskProcess } from './process/task.ts';
import type { TaskWorld } from './process/task.ts';
import type { DaemonState, MachinesState } from './state.ts';
import { Pipe } from './streams/pipe.ts';
import { heardOf, OutputSink } from './streams/sink.ts';
import type { SinkClock } from './streams/sink.ts';
import { emptyInput } from './streams/sources.ts';
import { Terminal } from './streams/terminal.ts';
import { Daemons } from './world/daemons.ts';
import { MachineTable } from './world/machine-table.ts';
import { environmentOf } from './world/runtime.ts';
import type { MachineEventData, MainStreams, Spawned, StartOptions } from './world/runtime.ts';

/** Standard input from outside that waits for its reader, bytes. */
const EXEC_INPUT_BYTES = 1024 * 1024;
const EXEC_BYTES_PER_MS = 65_536;
const LOG_BYTES_PER_MS = 8192;
/** Exit codes of children that nobody has waited for. */
const MAX_UNREAPED = 4096;

export class World implements Machines, TaskWorld {
  readonly #wiring: MachinesWiring;
  readonly #table: MachineTable;
  readonly #daemons: Daemons;
  readonly #scheduler: Scheduler;

  constructor(state: MachinesState, wiring: MachinesWiring) {
    this.#wiring = wiring;
    this.#table = new MachineTable(state, wiring);
    this.#daemons = new Daemons(this.#table, {
      afterEnd: (machineId, pid, parent, exitCode) => this.#afterEnd(machineId, pid, parent, exitCode),
      runChild: (...child) => this.#runChild(...child),
      childStopped: (machineId, parent) => void this.#signalOne(machineId, parent, 'SIGCHLD', false),
    });
    this.#scheduler = new Scheduler(wiring.simulation);
    wiring.simulation.on(
      'machine',
      (data) => this.#onEvent(data as MachineEventData),
      (data) => (this.#daemons.isUpkeep(data as MachineEventData) ? { kind: 'at-once' } : undefined),
    );
  }

  // Machines and volumes

  addMachine(spec: MachineSpec): void {
    this.#table.add(spec);
  }

  removeMachine(id: string): void {
    const runtime = this.#table.runtimes.get(id);
    const machine = this.#table.state.machines.get(id);
    if (runtime === undefined || machine === undefined) return;
    machine.mainPid = undefined;
    runtime.main = undefined;
    this.#killAll(id, undefined);
    this.#table.remove(id);
    this.#scheduler.forget(id);
  }

  hasMachine(id: string): boolean {
    return this.#table.state.machines.has(id);
  }

  setHostname(id: string, hostname: string): void {
    this.#table.machine(id).hostname = hostname;
  }

  putVolume(...volume: Parameters<Machines['putVolume']>): void {
    this.#table.putVolume(...volume);
  }

  fileSystem(machineId: string, pid?: number): FileSystem {
    return this.#table.fileSystem(machineId, pid);
  }

  userFileSystem(machineId: string): FileSystem {
    return this.#table.userFileSystem(machineId);
  }

  keepVolume(volumeId: string, keptId: string): void {
    this.#table.keepVolume(volumeId, keptId);
  }

  removeVolume(volumeId: string): void {
    this.#table.state.volumes.delete(volumeId);
  }

  // Processes from outside

  start(machineId: string, options: Parameters<Machines['start']>[1]): Spawned {
    const machine = this.#table.machine(machineId);
    const runtime = this.#table.runtime(machineId);
    const pid = this.#table.isTaken(machineId, 1) ? this.#table.newPid(machine) : 1;
    const main = this.#mainStreams(machineId, pid, options);
    machine.mainPid = pid;
    runtime.main = main;
    if (main.terminal !== undefined) {
      main.terminal.foreground = pid;
      runtime.terminals.set(pid, main.terminal);
    }
    const started = this.#startProgram(machineId, options, {
      ...main,
      pid,
      parent: 0,
      group: pid,
      tty: main.terminal,
    });
    if (!started.ok) {
      machine.mainPid = undefined;
      runtime.main = undefined;
      runtime.terminals.delete(pid);
    }
    return started;
  }

  #mainStreams(
    machineId: string,
    pid: number,
    options: { readonly tty?: boolean; readonly stdin?: boolean },
  ): MainStreams {
    const stdoutListeners = new Set<(data: Uint8Array) => void>();
    const stderrListeners = new Set<(data: Uint8Array) => void>();
    const deliver =
      (stream: 'stdout' | 'stderr', listeners: ReadonlySet<(data: Uint8Array) => void>) =>
      (data: Uint8Array) => {
        this.#wiring.onLog(machineId, pid, stream, data);
        for (const listener of listeners) listener(data);
      };
    if (options.tty === true) {
      const terminal = this.#newTerminal(machineId, { columns: 80, rows: 24 });
      terminal.screen.listen(deliver('stdout', stdoutListeners));
      return {
        stdin: options.stdin === true ? terminal.input : emptyInput,
        stdout: terminal.output,
        stderr: terminal.output,
        input: undefined,
        terminal,
        stdoutListeners,
        stderrListeners,
      };
    }
    const input = options.stdin === true ? new Pipe(EXEC_INPUT_BYTES) : undefined;
    const [stdout, stderr] = [this.#newSink(LOG_BYTES_PER_MS), this.#newSink(LOG_BYTES_PER_MS)];
    stdout.listen(deliver('stdout', stdoutListeners));
    stderr.listen(deliver('stderr', stderrListeners));
    return {
      stdin: input?.read ?? emptyInput,
      stdout,
      stderr,
      input,
      terminal: undefined,
      stdoutListeners,
      stderrListeners,
    };
  }

  exec(machineId: string, options: Parameters<Machines['exec']>[1]): ReturnType<Machines['exec']> {
    const input = new Pipe(EXEC_INPUT_BYTES);
    const [stdout, stderr] = [this.#newSink(EXEC_BYTES_PER_MS), this.#newSink(EXEC_BYTES_PER_MS)];
    const pid = this.#table.newPid(this.#table.machine(machineId));
    const started = this.#startProgram(machineId, options, {
      stdin: input.read,
      stdout,
      stderr,
      pid,
      parent: 0,
      group: pid,
      tty: undefined,
    });
    if (!started.ok) return started;
    const exit = this.#exitNotice(machineId, pid, [stdout, stderr]);
    return {
      ok: true,
      handle: {
        pid,
        writeStdin: (data) => writeInput(input, data),
        closeStdin: () => input.write.close(),
        onStdout: (listener) => stdout.listen(listener),
        onStderr: (listener) => stderr.listen(listener),
        onExit: exit,
        kill: (signal) => void this.signal(machineId, pid, signal),
      },
    };
  }

  openTerminal(
    machineId: string,
    options: Parameters<Machines['openTerminal']>[1],
  ): ReturnType<Machines['openTerminal']> {
    const terminal = this.#newTerminal(machineId, options);
    const pid = this.#table.newPid(this.#table.machine(machineId));
    terminal.foreground = pid;
    const env = new Map([['TERM', 'xterm-256color'], ...(options.env ?? [])]);
    this.#table.runtime(machineId).terminals.set(pid, terminal);
    const started = this.#startProgram(
      machineId,
      { ...options, env },
      {
        stdin: terminal.input,
        stdout: terminal.output,
        stderr: terminal.output,
        pid,
        parent: 0,
        group: pid,
        tty: terminal,
      },
    );
    if (!started.ok) {
      this.#table.runtime(machineId).terminals.delete(pid);
      return started;
    }
    const exit = this.#exitNotice(machineId, pid, [terminal.screen]);
    return {
      ok: true,
      handle: {
        pid,
        write: (data) => terminal.type(data),
        resize: (columns, rows) => terminal.resize(columns, rows),
        hangUp: () => this.#hangUp(machineId, terminal),
        onOutput: (listener) => terminal.screen.listen(listener),
        onExit: exit,
        pauseOutput: (paused) => terminal.screen.pause(paused),
      },
    };
  }

  attach(machineId: string): ExecHandle | undefined {
    const pid = this.#table.machine(machineId).mainPid;
    const { main } = this.#table.runtime(machineId);
    if (pid === undefined || main === undefined) return undefined;
    const { terminal } = main;
    return {
      pid,
      writeStdin: (data) =>
        terminal !== undefined
          ? terminal.type(data)
          : main.input !== undefined
            ? writeInput(main.input, data)
            : data.length,
      closeStdin: () => main.input?.write.close(),
      onStdout: (listener) => void main.stdoutListeners.add(listener),
      onStderr: (listener) => void main.stderrListeners.add(listener),
      onExit: (listener) => this.#onExitOf(machineId, pid, listener),
      kill: (signal) => void this.signal(machineId, pid, signal),
      ...(terminal === undefined
        ? {}
        : { resize: (columns: number, rows: number) => terminal.resize(columns, rows) }),
    };
  }

  /** Signals from outside the machine (the kubelet): `SIGKILL` reaches the main process too. */
  signal(machineId: string, pid: number, signal: Signal, fromOutside = true): boolean {
    if (pid < 0) {
      const group = this.#table
        .pids(machineId)
        .filter((member) => this.#table.groupOf(machineId, member) === -pid);
      for (const member of group) this.#signalOne(machineId, member, signal, fromOutside);
      return group.length > 0;
    }
    return this.#signalOne(machineId, pid, signal, fromOutside);
  }

  announce(key: string): void {
    for (const runtime of this.#table.runtimes.values())
      for (const task of [...runtime.tasks.values()]) task.announce(key);
  }

  handleSocketEvent(socket: SocketId, owner: string, event: SocketEvent): void {
    const address = parseOwner(owner);
    if (address === undefined) return;
    const { machineId, pid } = address;
    const outcome =
      event.kind === 'connected' ? 'connected' : event.kind === 'failed' ? event.errno : undefined;
    this.#table.runtimes.get(machineId)?.tasks.get(pid)?.socketEvent(socket, outcome);
    const daemon = this.#table.state.machines.get(machineId)?.daemons.get(pid);
    if (daemon === undefined) return;
    if (outcome !== undefined) daemon.connects.set(socket, outcome);
    // Through the queue, so that no daemon runs inside the network's own work on a packet.
    const data: MachineEventData = {
      kind: 'event',
      machineId,
      pid,
      event: event.kind === 'incoming' ? { kind: 'incoming', listener: socket } : { ...event, socket },
    };
    this.#wiring.simulation.schedule(0, 'machine', data);
  }

  hasAttentiveTasks(): boolean {
    for (const runtime of this.#table.runtimes.values())
      for (const task of runtime.tasks.values()) if (task.isAttentive) return true;
    return false;
  }

  hasRunningTasks(): boolean {
    for (const runtime of this.#table.runtimes.values()) if (runtime.tasks.size > 0) return true;
    return false;
  }

  sideTasks = (): readonly string[] | undefined => this.#table.sideTasks();

  // For tasks

  nowMs(): number {
    return this.#wiring.simulation.nowMs;
  }

  randomInt(bound: number): number {
    return this.#wiring.simulation.randomInt(bound);
  }

  wakeAt(task: TaskProcess, delayMs: number): number {
    const data: MachineEventData = { kind: 'wake', machineId: task.machineId, pid: task.pid };
    return this.#wiring.simulation.schedule(delayMs, 'machine', data);
  }

  cancelEvent(eventId: number): void {
    this.#wiring.simulation.cancel(eventId);
  }

  sockets(...which: Parameters<MachineTable['sockets']>): ProcessSockets {
    return this.#table.sockets(...which);
  }

  view(machineId: string): MachineView {
    return this.#table.view(machineId);
  }

  enqueue(task: TaskProcess): void {
    this.#scheduler.enqueue(task);
  }

  isAlive(machineId: string, pid: number): boolean {
    return this.#table.isTaken(machineId, pid);
  }

  spawn(parent: TaskProcess, options: SpawnOptions): Spawned {
    const pid = this.#table.newPid(this.#table.machine(parent.machineId));
    return this.#startProgram(
      parent.machineId,
      { argv: options.argv },
      {
        pid,
        parent: parent.pid,
        group: options.group === 'new' ? pid : (options.group ?? parent.group),
        tty: parent.tty,
        stdin: options.stdin ?? parent.stdin,
        stdout: options.stdout ?? parent.stdout,
        stderr: options.stderr ?? parent.stderr,
        netns: options.netns ?? parent.netns,
      },
      { env: new Map(options.env ?? parent.env), cwd: options.cwd ?? parent.cwd },
    );
  }

  /** For daemons, which hear of it by an event. */
  #runChild(
    machineId: string,
    parent: DaemonState,
    name: string,
    argv: readonly string[],
  ): SpawnFailure | undefined {
    const sink = this.#newSink(EXEC_BYTES_PER_MS);
    const pid = this.#table.newPid(this.#table.machine(machineId));
    const place = { pid, parent: parent.pid, group: parent.group, tty: undefined, netns: parent.netns };
    const started = this.#startProgram(
      machineId,
      { argv },
      { ...place, stdin: emptyInput, stdout: sink, stderr: sink },
      { env: new Map(parent.env), cwd: parent.cwd },
    );
    if (!started.ok) return started.reason;
    const output = heardOf(sink);
    this.#exitNotice(machineId, pid, [sink])((exitCode) => {
      const event: DaemonEvent = { kind: 'child', name, exitCode, output: output() };
      const data: MachineEventData = { kind: 'event', machineId, pid: parent.pid, event };
      this.#wiring.simulation.schedule(0, 'machine', data);
    });
    return undefined;
  }

  fork(parent: TaskProcess, body: (child: Process) => Task, options: Omit<SpawnOptions, 'argv'>): number {
    const machine = this.#table.machine(parent.machineId);
    const pid = this.#table.newPid(machine);
    if (this.#table.count(parent.machineId) >= this.#table.processLimit(machine)) {
      parent.childExits.set(pid, 254);
      return pid;
    }
    this.#startTask(parent.machineId, parent.argv, body, {
      pid,
      parent: parent.pid,
      group: options.group === 'new' ? pid : (options.group ?? parent.group),
      tty: parent.tty,
      stdin: options.stdin ?? parent.stdin,
      stdout: options.stdout ?? parent.stdout,
      stderr: options.stderr ?? parent.stderr,
      env: new Map(options.env ?? parent.env),
      cwd: options.cwd ?? parent.cwd,
      netns: options.netns ?? parent.netns,
    });
    return pid;
  }

  resolvable(task: TaskProcess, options: SpawnOptions): SpawnFailure | undefined {
    const found = this.#lookUp(
      task.machineId,
      options.argv,
      options.env ?? task.env,
      options.cwd ?? task.cwd,
    );
    return found.ok ? undefined : found.reason;
  }

  // Starting

  #lookUp(machineId: string, argv: readonly string[], env: ReadonlyMap<string, string>, cwd: string): Lookup {
    const fs = this.#table.userFileSystem(machineId);
    return lookUpProgram({ fs, registry: this.#wiring.programs, cwd, env, argv });
  }

  #startProgram(
    machineId: string,
    options: {
      readonly argv: readonly string[];
      readonly env?: ReadonlyMap<string, string>;
      readonly cwd?: string;
    },
    place: Omit<StartOptions, 'env' | 'cwd'>,
    inherited?: { readonly env: Map<string, string>; readonly cwd: string },
  ): Spawned {
    const machine = this.#table.machine(machineId);
    if (this.#table.count(machineId) >= this.#table.processLimit(machine))
      return { ok: false, reason: 'too-many-processes' };
    const env = inherited?.env ?? environmentOf(machine, options.env);
    const cwd = inherited?.cwd ?? options.cwd ?? machine.spec.workingDirectory;
    const found = this.#lookUp(machineId, options.argv, env, cwd);
    if (!found.ok) return found;
    const named = this.#wiring.programs.get(found.program);
    const name = named?.kind === 'dispatch' ? named.select(found.argv) : found.program;
    const program = this.#wiring.programs.get(name);
    if (program === undefined || program.kind === 'dispatch') return { ok: false, reason: 'not-executable' };
    const start: StartOptions = { ...place, env, cwd };
    if (program.kind === 'task')
      this.#startTask(machineId, found.argv, (process) => program.run(process), start);
    else this.#daemons.start(machineId, name, program, found.argv, start);
    return { ok: true, pid: place.pid };
  }

  #startTask(
    machineId: string,
    argv: readonly string[],
    body: (process: Process) => Task,
    start: StartOptions,
  ): void {
    const task = new TaskProcess(this, { ...start, machineId, argv, startedMs: this.nowMs(), body });
    this.#table.runtime(machineId).tasks.set(start.pid, task);
  }

  // Ends

  ended(task: TaskProcess, exitCode: number): void {
    const { machineId, pid } = task;
    const runtime = this.#table.runtimes.get(machineId);
    if (runtime?.tasks.get(pid) !== task) return;
    runtime.tasks.delete(pid);
    if (task.replacement !== undefined && this.#replace(task, task.replacement)) return;
    task.detachStreams();
    this.#afterEnd(machineId, pid, task.parent, exitCode);
  }

  /** execve(2): the same pid, parent, group and terminal. */
  #replace(task: TaskProcess, options: SpawnOptions): boolean {
    this.#wiring.network.closeAll(`${task.machineId}/${task.pid}`);
    const place = {
      pid: task.pid,
      parent: task.parent,
      group: task.group,
      tty: task.tty,
      stdin: options.stdin ?? task.stdin,
      stdout: options.stdout ?? task.stdout,
      stderr: options.stderr ?? task.stderr,
      netns: options.netns ?? task.netns,
    };
    const started = this.#startProgram(task.machineId, { argv: options.argv }, place, {
      env: new Map(options.env ?? task.env),
      cwd: options.cwd ?? task.cwd,
    });
    if (started.ok) task.detachStreams();
    return started.ok;
  }

  #afterEnd(machineId: string, pid: number, parent: number, exitCode: number): void {
    const machine = this.#table.state.machines.get(machineId);
    const runtime = this.#table.runtimes.get(machineId);
    if (machine === undefined || runtime === undefined) return;
    this.#wiring.network.closeAll(`${machineId}/${pid}`);
    for (const task of runtime.tasks.values()) if (task.parent === pid) task.parent = machine.mainPid ?? 1;
    for (const daemon of machine.daemons.values())
      if (daemon.parent === pid) daemon.parent = machine.mainPid ?? 1;
    this.#tellParent(runtime.tasks.get(parent), pid, exitCode);
    for (const task of [...runtime.tasks.values()]) task.poke();
    const terminal = runtime.terminals.get(pid);
    if (terminal !== undefined) {
      runtime.terminals.delete(pid);
      this.#hangUp(machineId, terminal);
    }
    const listeners = runtime.exitListeners.get(pid) ?? [];
    runtime.exitListeners.delete(pid);
    for (const listener of listeners) listener(exitCode);
    this.#wiring.onProcessEnd?.(machineId);
    if (machine.mainPid === pid) {
      const { main } = runtime;
      machine.mainPid = undefined;
      runtime.main = undefined;
      // pid_namespaces(7): the first process takes the others with it.
      if (pid === 1) this.#killAll(machineId, pid);
      const tell = (): void => this.#wiring.onExit(machineId, pid, exitCode);
      if (main?.stdout instanceof OutputSink && main.stderr instanceof OutputSink)
        whenAllDrained([main.stdout, main.stderr], tell);
      else tell();
    }
  }

  #tellParent(parent: TaskProcess | undefined, pid: number, exitCode: number): void {
    if (parent === undefined) return;
    parent.childExits.set(pid, exitCode);
    if (parent.childExits.size > MAX_UNREAPED) {
      const oldest = parent.childExits.keys().next();
      if (oldest.done !== true) parent.childExits.delete(oldest.value);
    }
    this.#signalOne(parent.machineId, parent.pid, 'SIGCHLD', false);
  }

  #exitNotice(
    machineId: string,
    pid: number,
    sinks: readonly OutputSink[],
  ): (listener: (code: number) => void) => void {
    let exited: number | undefined;
    let listeners: ((code: number) => void)[] = [];
    this.#onExitOf(machineId, pid, (code) =>
      whenAllDrained(sinks, () => {
        exited = code;
        for (const listener of listeners) listener(code);
        listeners = [];
      }),
    );
    return (listener) => {
      if (exited !== undefined) listener(exited);
      else listeners.push(listener);
    };
  }

  #onExitOf(machineId: string, pid: number, listener: (code: number) => void): void {
    const { exitListeners } = this.#table.runtime(machineId);
    exitListeners.set(pid, [...(exitListeners.get(pid) ?? []), listener]);
  }

  #killAll(machineId: string, except: number | undefined): void {
    for (const pid of this.#table.pids(machineId))
      if (pid !== except) this.#signalOne(machineId, pid, 'SIGKILL', true);
  }

  #hangUp(machineId: string, terminal: Terminal): void {
    const runtime = this.#table.runtimes.get(machineId);
    if (runtime === undefined) return;
    terminal.hangUp();
    for (const task of [...runtime.tasks.values()])
      if (task.tty === terminal) this.#signalOne(machineId, task.pid, 'SIGHUP', true);
    for (const [pid, daemon] of [...runtime.daemons])
      if (daemon.tty === terminal) this.#signalOne(machineId, pid, 'SIGHUP', true);
  }

  // Signals

  #signalOne(machineId: string, pid: number, signal: Signal, fromOutside: boolean): boolean {
    const machine = this.#table.state.machines.get(machineId);
    const task = this.#table.runtimes.get(machineId)?.tasks.get(pid);
    const mainProcess = pid === 1 && machine?.mainPid === 1;
    if (task !== undefined) {
      task.deliver(signal, { mainProcess, fromOutside });
      return true;
    }
    const daemon = machine?.daemons.get(pid);
    if (daemon === undefined) return false;
    this.#daemons.signal(machineId, daemon, signal, mainProcess && !fromOutside);
    return true;
  }

  // Events of the simulation

  #onEvent(data: MachineEventData): void {
    switch (data.kind) {
      case 'run':
        this.#scheduler.run();
        return;
      case 'next-ms':
        this.#scheduler.runCallbacks();
        return;
      case 'wake':
        this.#table.runtimes.get(data.machineId)?.tasks.get(data.pid)?.poke();
        return;
      case 'event':
        this.#daemons.deliver(data.machineId, data.pid, data.event);
        return;
      case 'end':
        this.#daemons.end(data.machineId, data.pid, data.exitCode);
        return;
      case 'timer': {
        this.#table.state.machines.get(data.machineId)?.daemons.get(data.pid)?.timers.delete(data.name);
        this.#daemons.deliver(data.machineId, data.pid, { kind: 'timer', name: data.name, data: data.data });
      }
    }
  }

  #clock(): SinkClock {
    return { nowMs: () => this.nowMs(), atNextMs: (callback) => this.#scheduler.atNextMs(callback) };
  }

  #newSink(bytesPerMs: number): OutputSink {
    return new OutputSink({ isTty: false, bytesPerMs, clock: this.#clock() });
  }

  #newTerminal(machineId: string, size: { readonly columns: number; readonly rows: number }): Terminal {
    return new Terminal({
      ...size,
      clock: this.#clock(),
      signalGroup: (group, signal) => void this.signal(machineId, -group, signal, false),
    });
  }
}

/** Bytes taken; all of them once the reader is gone, since nobody can take them any more. */
function writeInput(input: Pipe, data: Uint8Array): number {
  return input.read.closed ? data.length : (input.write as WriteStream).write(data);
}

function whenAllDrained(sinks: readonly OutputSink[], callback: () => void): void {
  let left = sinks.length;
  if (left === 0) callback();
  for (const sink of sinks) {
    sink.whenDrained(() => {
      left--;
      if (left === 0) callback();
    });
  }
}
