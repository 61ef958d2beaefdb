import type { NetErrno, SocketEvent, SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import type {
  DaemonContext,
  DaemonEvent,
  DaemonProgram,
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
  TerminalHandle,
  WriteStream,
} from './contract.ts';
import { createFileSystem } from './files/file-system.ts';
import { imageTree } from './files/node.ts';
import { procTree } from './files/proc.ts';
import type { ProcEntry } from './files/proc.ts';
import type { Namespace } from './files/resolve.ts';
import { emptyVolumeRoot, newTree } from './files/tree.ts';
import { normalizePath } from './files/path.ts';
import { lookUpProgram } from './process/lookup.ts';
import type { Lookup } from './process/lookup.ts';
import { Scheduler } from './process/scheduler.ts';
import { parseOwner, processSockets } from './process/sockets.ts';
import { TaskProcess } from './process/task.ts';
import type { Streams, TaskWorld } from './process/task.ts';
import { defaultAction, signalExitCode } from './signals.ts';
import type { DaemonState, MachineState, MachinesState } from './state.ts';
import { Pipe } from './streams/pipe.ts';
import { isPollable } from './streams/pollable.ts';
import { OutputSink } from './streams/sink.ts';
import type { SinkClock } from './streams/sink.ts';
import { emptyInput } from './streams/sources.ts';
import { Terminal } from './streams/terminal.ts';

const DEFAULT_PROCESS_LIMIT = 256;
/** What one machine may write to its own layer unless its spec says otherwise, bytes. */
const DEFAULT_WRITABLE_BYTES = 64 * 1024 * 1024;
const DEFAULT_VOLUME_BYTES = 32 * 1024 * 1024;
/** Standard input from outside that waits for its reader, bytes. */
const EXEC_INPUT_BYTES = 1024 * 1024;
const EXEC_BYTES_PER_MS = 65_536;
const LOG_BYTES_PER_MS = 8192;
/** Events kept for a stopped daemon; older ones are dropped, as its socket buffers would overflow. */
const MAX_DEFERRED_EVENTS = 1024;
/** The most timers that one daemon has pending. */
const MAX_TIMERS = 4096;
/** Exit codes of children that nobody has waited for. */
const MAX_UNREAPED = 4096;
/** Exit code of a daemon that broke (SIGABRT). */
const ABORTED_EXIT_CODE = 134;

type MachineEventData =
  | { readonly kind: 'run' | 'next-ms' }
  | { readonly kind: 'wake'; readonly machineId: string; readonly pid: number }
  | {
      readonly kind: 'timer';
      readonly machineId: string;
      readonly pid: number;
      readonly name: string;
      readonly data: unknown;
    }
  | {
      readonly kind: 'socket';
      readonly machineId: string;
      readonly pid: number;
      readonly event: DaemonEvent;
    };

/** What a daemon holds beside its state: its ends of pipes, its terminal. */
interface DaemonRuntime {
  readonly streams: Streams;
  readonly tty: Terminal | undefined;
}

interface MachineRuntime {
  readonly tasks: Map<number, TaskProcess>;
  readonly daemons: Map<number, DaemonRuntime>;
  readonly exitListeners: Map<number, ((code: number) => void)[]>;
  /** Terminals by the pid that leads their session. */
  readonly terminals: Map<number, Terminal>;
  main: MainStreams | undefined;
}

interface MainStreams extends Streams {
  readonly input: Pipe | undefined;
  readonly terminal: Terminal | undefined;
  readonly stdoutListeners: Set<(data: Uint8Array) => void>;
  readonly stderrListeners: Set<(data: Uint8Array) => void>;
}

type Spawned =
  { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly reason: SpawnFailure };

interface StartOptions extends Streams {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly env: Map<string, string>;
  readonly cwd: string;
  readonly tty: Terminal | undefined;
}

export class World implements Machines, TaskWorld {
  readonly #state: MachinesState;
  readonly #wiring: MachinesWiring;
  readonly #scheduler: Scheduler;
  readonly #runtimes = new Map<string, MachineRuntime>();
  readonly #views = new Map<string, MachineView>();

  constructor(state: MachinesState, wiring: MachinesWiring) {
    this.#state = state;
    this.#wiring = wiring;
    this.#scheduler = new Scheduler(wiring.simulation);
    wiring.simulation.on('machine', (data) => this.#onEvent(data as MachineEventData));
    for (const id of state.machines.keys()) this.#runtimes.set(id, newRuntime());
  }

  // Machines and volumes

  addMachine(spec: MachineSpec): void {
    if (this.#state.machines.has(spec.id)) throw new Error(`machine "${spec.id}" exists already`);
    freezeImage(spec.image);
    const mounts = spec.mounts.map((mount) => Object.freeze({ ...mount, path: normalizePath(mount.path) }));
    const frozen: MachineSpec = Object.freeze({
      ...spec,
      mounts: Object.freeze(mounts),
      env: Object.freeze(new Map(spec.env)),
      limits: Object.freeze({ ...spec.limits }),
    });
    const { nowMs } = this.#wiring.simulation;
    this.#state.machines.set(spec.id, {
      spec: frozen,
      hostname: spec.hostname,
      tree: newTree(imageTree(spec.image), spec.limits?.writableBytes ?? DEFAULT_WRITABLE_BYTES),
      bootMs: nowMs,
      nextPid: 2,
      mainPid: undefined,
      daemons: new Map(),
    });
    this.#runtimes.set(spec.id, newRuntime());
    this.#makeMountPoints(frozen);
  }

  /** Directories (or, under a subPath that is a file, files) for the volumes to stand on, so that listings show them. */
  #makeMountPoints(spec: MachineSpec): void {
    const fs = this.fileSystem(spec.id);
    for (const mount of spec.mounts) {
      const slash = mount.path.lastIndexOf('/');
      if (slash > 0) fs.mkdir(mount.path.slice(0, slash), { parents: true });
      const found = fs.stat(mount.path);
      const state = this.#machine(spec.id);
      const bare = createFileSystem({
        space: () => ({ ...this.#namespace(state, undefined), mounts: [] }),
        who: { user: 'root' },
        nowMs: () => this.nowMs(),
      });
      if (bare.stat(mount.path).ok) continue;
      if (found.ok && found.value.kind === 'file') bare.writeFile(mount.path, new Uint8Array());
      else bare.mkdir(mount.path, { parents: true });
    }
  }

  removeMachine(id: string): void {
    const runtime = this.#runtimes.get(id);
    const machine = this.#state.machines.get(id);
    if (runtime === undefined || machine === undefined) return;
    machine.mainPid = undefined;
    runtime.main = undefined;
    this.#killAll(id, undefined);
    this.#state.machines.delete(id);
    this.#runtimes.delete(id);
    this.#views.delete(id);
    this.#scheduler.forget(id);
  }

  hasMachine(id: string): boolean {
    return this.#state.machines.has(id);
  }

  setHostname(id: string, hostname: string): void {
    this.#machine(id).hostname = hostname;
  }

  putVolume(
    volumeId: string,
    files: ReadonlyMap<string, string>,
    options: { readonly replace?: boolean; readonly sizeLimitBytes?: number } = {},
  ): void {
    const known = this.#state.volumes.get(volumeId);
    const limit = options.sizeLimitBytes ?? DEFAULT_VOLUME_BYTES;
    const tree =
      known !== undefined && options.replace !== true
        ? known
        : newTree(emptyVolumeRoot(this.nowMs()), known?.limitBytes ?? limit);
    const space: Namespace = { tree, mounts: [], volume: () => undefined, proc: () => tree };
    const fs = createFileSystem({ space: () => space, who: { user: 'root' }, nowMs: () => this.nowMs() });
    for (const [path, text] of files) {
      const absolute = normalizePath(`/${path}`);
      fs.mkdir(absolute.slice(0, absolute.lastIndexOf('/')), { parents: true });
      fs.writeFile(absolute, utf8Encode(text));
    }
    this.#state.volumes.set(volumeId, tree);
  }

  removeVolume(volumeId: string): void {
    this.#state.volumes.delete(volumeId);
  }

  // Processes from outside

  start(
    machineId: string,
    options: {
      readonly argv: readonly string[];
      readonly env?: ReadonlyMap<string, string>;
      readonly cwd?: string;
      readonly tty?: boolean;
      readonly stdin?: boolean;
    },
  ): Spawned {
    const machine = this.#machine(machineId);
    const runtime = this.#runtime(machineId);
    const pid = this.#isTaken(machineId, 1) ? this.#newPid(machine) : 1;
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

  exec(
    machineId: string,
    options: {
      readonly argv: readonly string[];
      readonly env?: ReadonlyMap<string, string>;
      readonly cwd?: string;
    },
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure } {
    const input = new Pipe(EXEC_INPUT_BYTES);
    const [stdout, stderr] = [this.#newSink(EXEC_BYTES_PER_MS), this.#newSink(EXEC_BYTES_PER_MS)];
    const pid = this.#newPid(this.#machine(machineId));
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
    options: {
      readonly argv: readonly string[];
      readonly env?: ReadonlyMap<string, string>;
      readonly cwd?: string;
      readonly columns: number;
      readonly rows: number;
    },
  ):
    | { readonly ok: true; readonly handle: TerminalHandle }
    | { readonly ok: false; readonly reason: SpawnFailure } {
    const terminal = this.#newTerminal(machineId, options);
    const pid = this.#newPid(this.#machine(machineId));
    terminal.foreground = pid;
    const env = new Map([['TERM', 'xterm-256color'], ...(options.env ?? [])]);
    this.#runtime(machineId).terminals.set(pid, terminal);
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
      this.#runtime(machineId).terminals.delete(pid);
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
    const pid = this.#machine(machineId).mainPid;
    const { main } = this.#runtime(machineId);
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
      const group = this.#pids(machineId).filter((member) => this.#groupOf(machineId, member) === -pid);
      for (const member of group) this.#signalOne(machineId, member, signal, fromOutside);
      return group.length > 0;
    }
    return this.#signalOne(machineId, pid, signal, fromOutside);
  }

  announce(key: string): void {
    for (const runtime of this.#runtimes.values())
      for (const task of [...runtime.tasks.values()]) task.announce(key);
  }

  handleSocketEvent(socket: SocketId, owner: string, event: SocketEvent): void {
    const address = parseOwner(owner);
    if (address === undefined) return;
    const { machineId, pid } = address;
    const outcome =
      event.kind === 'connected' ? 'connected' : event.kind === 'failed' ? event.errno : undefined;
    this.#runtimes.get(machineId)?.tasks.get(pid)?.socketEvent(socket, outcome);
    const daemon = this.#state.machines.get(machineId)?.daemons.get(pid);
    if (daemon === undefined) return;
    if (outcome !== undefined) daemon.connects.set(socket, outcome);
    // Through the queue, so that no daemon runs inside the network's own work on a packet.
    const data: MachineEventData = {
      kind: 'socket',
      machineId,
      pid,
      event: event.kind === 'incoming' ? { kind: 'incoming', listener: socket } : { ...event, socket },
    };
    this.#wiring.simulation.schedule(0, 'machine', data);
  }

  hasRunningTasks(): boolean {
    for (const runtime of this.#runtimes.values()) if (runtime.tasks.size > 0) return true;
    return false;
  }

  fileSystem(machineId: string, pid?: number): FileSystem {
    const machine = this.#machine(machineId);
    const user = pid === undefined ? 'root' : machine.spec.user;
    return createFileSystem({
      space: () => this.#namespace(machine, pid),
      who: { user },
      nowMs: () => this.nowMs(),
    });
  }

  userFileSystem(machineId: string): FileSystem {
    const machine = this.#machine(machineId);
    return createFileSystem({
      space: () => this.#namespace(machine, undefined),
      who: { user: machine.spec.user },
      nowMs: () => this.nowMs(),
    });
  }

  #namespace(machine: MachineState, self: number | undefined): Namespace {
    return {
      tree: machine.tree,
      mounts: machine.spec.mounts,
      volume: (id) => this.#state.volumes.get(id),
      proc: () =>
        procTree({
          processes: this.#procEntries(machine.spec.id),
          self,
          mounts: [
            'overlay / overlay rw 0 0',
            'proc /proc proc rw 0 0',
            ...machine.spec.mounts.map(
              (mount) => `tmpfs ${mount.path} tmpfs ${mount.readOnly ? 'ro' : 'rw'} 0 0`,
            ),
          ],
          uptimeSeconds: (this.nowMs() - machine.bootMs) / 1000,
          hostname: machine.hostname,
          nowMs: this.nowMs(),
        }),
    };
  }

  #procEntries(machineId: string): ProcEntry[] {
    const tasks = [...(this.#runtimes.get(machineId)?.tasks.values() ?? [])].map((task) => ({
      pid: task.pid,
      parent: task.parent,
      argv: task.argv,
      env: task.env,
      cwd: task.cwd,
      state: task.state,
    }));
    const daemons = [...(this.#state.machines.get(machineId)?.daemons.values() ?? [])].map((daemon) => ({
      pid: daemon.pid,
      parent: daemon.parent,
      argv: daemon.argv,
      env: daemon.env,
      cwd: daemon.cwd,
      state: daemon.stopped ? ('stopped' as const) : ('waiting' as const),
    }));
    return [...tasks, ...daemons].sort((left, right) => left.pid - right.pid);
  }

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

  enqueue(task: TaskProcess): void {
    this.#scheduler.enqueue(task);
  }

  isAlive(machineId: string, pid: number): boolean {
    return this.#isTaken(machineId, pid);
  }

  sockets(machineId: string, pid: number, connects: Map<SocketId, 'connected' | NetErrno>): ProcessSockets {
    const { netns } = this.#machine(machineId).spec;
    return processSockets({ network: this.#wiring.network, netns, owner: `${machineId}/${pid}`, connects });
  }

  view(machineId: string): MachineView {
    let view = this.#views.get(machineId);
    if (view === undefined) {
      view = this.#newView(machineId);
      this.#views.set(machineId, view);
    }
    return view;
  }

  #newView(machineId: string): MachineView {
    const machine = this.#machine(machineId);
    return {
      id: machineId,
      get hostname() {
        return machine.hostname;
      },
      user: machine.spec.user,
      processes: () => {
        const runtime = this.#runtime(machineId);
        const tasks = [...runtime.tasks.values()].map((task) => ({
          pid: task.pid,
          parent: task.parent,
          group: task.group,
          hasTty: task.tty !== undefined,
          argv: task.argv,
          startedMs: task.startedMs,
          state: task.state,
        }));
        const daemons = [...machine.daemons.values()].map((daemon) => ({
          pid: daemon.pid,
          parent: daemon.parent,
          group: daemon.group,
          hasTty: runtime.daemons.get(daemon.pid)?.tty !== undefined,
          argv: daemon.argv,
          startedMs: daemon.startedMs,
          state: daemon.stopped ? ('stopped' as const) : ('waiting' as const),
        }));
        return [...tasks, ...daemons].sort((left, right) => left.pid - right.pid);
      },
      service: (name) => this.#wiring.service(machineId, name),
    };
  }

  spawn(parent: TaskProcess, options: SpawnOptions): Spawned {
    const pid = this.#newPid(this.#machine(parent.machineId));
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
      },
      { env: new Map(options.env ?? parent.env), cwd: options.cwd ?? parent.cwd },
    );
  }

  fork(parent: TaskProcess, body: (child: Process) => Task, options: Omit<SpawnOptions, 'argv'>): number {
    const machine = this.#machine(parent.machineId);
    const pid = this.#newPid(machine);
    if (this.#count(parent.machineId) >= this.#processLimit(machine)) {
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
    const machine = this.#machine(machineId);
    const fs = createFileSystem({
      space: () => this.#namespace(machine, undefined),
      who: { user: machine.spec.user },
      nowMs: () => this.nowMs(),
    });
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
    const machine = this.#machine(machineId);
    if (this.#count(machineId) >= this.#processLimit(machine))
      return { ok: false, reason: 'too-many-processes' };
    const env = inherited?.env ?? this.#outsideEnv(machine, options.env);
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
    else this.#startDaemon(machineId, name, program as DaemonProgram, found.argv, start);
    return { ok: true, pid: place.pid };
  }

  #outsideEnv(machine: MachineState, extra: ReadonlyMap<string, string> | undefined): Map<string, string> {
    const defaults: [string, string][] = [
      ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ['HOSTNAME', machine.hostname],
    ];
    const env = new Map([...defaults, ...machine.spec.env, ...(extra ?? [])]);
    if (!env.has('HOME'))
      env.set('HOME', machine.spec.user === 'root' ? '/root' : `/home/${machine.spec.user}`);
    return env;
  }

  #startTask(
    machineId: string,
    argv: readonly string[],
    body: (process: Process) => Task,
    start: StartOptions,
  ): void {
    const task = new TaskProcess(this, { ...start, machineId, argv, startedMs: this.nowMs(), body });
    this.#runtime(machineId).tasks.set(start.pid, task);
  }

  #startDaemon(
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
      startedMs: this.nowMs(),
      stopped: false,
      deferred: [],
      memory: undefined,
      timers: new Map(),
      connects: new Map(),
    };
    this.#machine(machineId).daemons.set(start.pid, daemon);
    const streams = { stdin: start.stdin, stdout: start.stdout, stderr: start.stderr };
    for (const stream of Object.values(streams)) if (isPollable(stream)) stream.attach();
    this.#runtime(machineId).daemons.set(start.pid, { streams, tty: start.tty });
    this.#guarded(machineId, daemon, () => {
      const memory = program.start(this.#daemonContext(machineId, daemon));
      daemon.memory = memory;
    });
  }

  // Daemons

  #daemonContext(machineId: string, daemon: DaemonState): DaemonContext {
    const { pid } = daemon;
    return {
      pid,
      argv: daemon.argv,
      env: daemon.env,
      fs: this.fileSystem(machineId, pid),
      net: this.sockets(machineId, pid, daemon.connects),
      machine: this.view(machineId),
      nowMs: () => this.nowMs(),
      randomInt: (bound) => this.randomInt(bound),
      log: (text) => this.#daemonOutput(machineId, pid, 'stdout', text),
      logError: (text) => this.#daemonOutput(machineId, pid, 'stderr', text),
      timer: (name, delayMs, data) => this.#setTimer(machineId, daemon, name, delayMs, data),
      cancelTimer: (name) => {
        const event = daemon.timers.get(name);
        if (event !== undefined) this.cancelEvent(event);
        daemon.timers.delete(name);
      },
      exit: (code) => this.#endDaemon(machineId, pid, code & 0xff),
    };
  }

  #setTimer(machineId: string, daemon: DaemonState, name: string, delayMs: number, data: unknown): void {
    if (this.#state.machines.get(machineId)?.daemons.get(daemon.pid) !== daemon) return;
    const previous = daemon.timers.get(name);
    if (previous !== undefined) this.cancelEvent(previous);
    else if (daemon.timers.size >= MAX_TIMERS) throw new Error(`more than ${MAX_TIMERS} timers`);
    const event: MachineEventData = { kind: 'timer', machineId, pid: daemon.pid, name, data };
    daemon.timers.set(name, this.#wiring.simulation.schedule(delayMs, 'machine', event));
  }

  /** A fork keeps its daemons but not their terminals: the main process goes on logging, others fall silent. */
  #daemonOutput(machineId: string, pid: number, stream: 'stdout' | 'stderr', text: string): void {
    const data = utf8Encode(text);
    const runtime = this.#runtimes.get(machineId)?.daemons.get(pid);
    if (runtime === undefined) {
      if (this.#state.machines.get(machineId)?.mainPid === pid)
        this.#wiring.onLog(machineId, pid, stream, data);
      return;
    }
    try {
      runtime.streams[stream].write(data);
    } catch {
      // Its reader is gone; a server that logs to a broken pipe goes on (SIGPIPE ignored, as in Go and nginx).
    }
  }

  #daemonEvent(machineId: string, pid: number, event: DaemonEvent): void {
    const daemon = this.#state.machines.get(machineId)?.daemons.get(pid);
    if (daemon === undefined) return;
    if (daemon.stopped) {
      daemon.deferred.push(event);
      if (daemon.deferred.length > MAX_DEFERRED_EVENTS) daemon.deferred.shift();
      return;
    }
    const program = this.#wiring.programs.get(daemon.program);
    if (program?.kind !== 'daemon')
      throw new Error(`program "${daemon.program}" is no daemon of this registry`);
    this.#guarded(machineId, daemon, () =>
      (program as DaemonProgram).onEvent(this.#daemonContext(machineId, daemon), daemon.memory, event),
    );
  }

  #guarded(machineId: string, daemon: DaemonState, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#daemonOutput(
        machineId,
        daemon.pid,
        'stderr',
        `${daemon.argv[0] ?? daemon.program}: Aborted (internal error: ${error instanceof Error ? error.message : String(error)})\n`,
      );
      this.#endDaemon(machineId, daemon.pid, ABORTED_EXIT_CODE);
    }
  }

  #endDaemon(machineId: string, pid: number, exitCode: number): void {
    const daemon = this.#state.machines.get(machineId)?.daemons.get(pid);
    if (daemon === undefined) return;
    for (const event of daemon.timers.values()) this.cancelEvent(event);
    this.#machine(machineId).daemons.delete(pid);
    const runtime = this.#runtimes.get(machineId);
    const streams = runtime?.daemons.get(pid)?.streams;
    runtime?.daemons.delete(pid);
    if (streams !== undefined)
      for (const stream of [streams.stdin, streams.stdout, streams.stderr])
        if (isPollable(stream)) stream.detach();
    this.#afterEnd(machineId, pid, daemon.parent, exitCode);
  }

  // Ends

  ended(task: TaskProcess, exitCode: number): void {
    const { machineId, pid } = task;
    const runtime = this.#runtimes.get(machineId);
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
    };
    const started = this.#startProgram(task.machineId, { argv: options.argv }, place, {
      env: new Map(options.env ?? task.env),
      cwd: options.cwd ?? task.cwd,
    });
    if (started.ok) task.detachStreams();
    return started.ok;
  }

  #afterEnd(machineId: string, pid: number, parent: number, exitCode: number): void {
    const machine = this.#state.machines.get(machineId);
    const runtime = this.#runtimes.get(machineId);
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
    const { exitListeners } = this.#runtime(machineId);
    exitListeners.set(pid, [...(exitListeners.get(pid) ?? []), listener]);
  }

  #killAll(machineId: string, except: number | undefined): void {
    for (const pid of this.#pids(machineId))
      if (pid !== except) this.#signalOne(machineId, pid, 'SIGKILL', true);
  }

  #hangUp(machineId: string, terminal: Terminal): void {
    const runtime = this.#runtimes.get(machineId);
    if (runtime === undefined) return;
    terminal.hangUp();
    for (const task of [...runtime.tasks.values()])
      if (task.tty === terminal) this.#signalOne(machineId, task.pid, 'SIGHUP', true);
    for (const [pid, daemon] of [...runtime.daemons])
      if (daemon.tty === terminal) this.#signalOne(machineId, pid, 'SIGHUP', true);
  }

  // Signals

  #signalOne(machineId: string, pid: number, signal: Signal, fromOutside: boolean): boolean {
    const machine = this.#state.machines.get(machineId);
    const task = this.#runtimes.get(machineId)?.tasks.get(pid);
    const mainProcess = pid === 1 && machine?.mainPid === 1;
    if (task !== undefined) {
      task.deliver(signal, { mainProcess, fromOutside });
      return true;
    }
    const daemon = machine?.daemons.get(pid);
    if (daemon === undefined) return false;
    this.#signalDaemon(machineId, daemon, signal, mainProcess && !fromOutside);
    return true;
  }

  /** Ending signals go to the daemon as events: servers choose how they stop. */
  #signalDaemon(machineId: string, daemon: DaemonState, signal: Signal, protectedMain: boolean): void {
    if (signal === 'SIGKILL') {
      if (!protectedMain) this.#endDaemon(machineId, daemon.pid, signalExitCode('SIGKILL'));
      return;
    }
    switch (defaultAction(signal)) {
      case 'ignore':
        return;
      case 'stop':
        if (daemon.pid === 1) return;
        daemon.stopped = true;
        this.#signalOne(machineId, daemon.parent, 'SIGCHLD', false);
        return;
      case 'continue': {
        daemon.stopped = false;
        for (const event of daemon.deferred.splice(0)) this.#daemonEvent(machineId, daemon.pid, event);
        return;
      }
      case 'end':
        this.#daemonEvent(machineId, daemon.pid, { kind: 'signal', signal });
    }
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
        this.#runtimes.get(data.machineId)?.tasks.get(data.pid)?.poke();
        return;
      case 'socket':
        this.#daemonEvent(data.machineId, data.pid, data.event);
        return;
      case 'timer': {
        this.#state.machines.get(data.machineId)?.daemons.get(data.pid)?.timers.delete(data.name);
        this.#daemonEvent(data.machineId, data.pid, { kind: 'timer', name: data.name, data: data.data });
      }
    }
  }

  // Small things

  #machine(id: string): MachineState {
    const machine = this.#state.machines.get(id);
    if (machine === undefined) throw new Error(`no machine "${id}"`);
    return machine;
  }

  #runtime(id: string): MachineRuntime {
    const runtime = this.#runtimes.get(id);
    if (runtime === undefined) throw new Error(`no machine "${id}"`);
    return runtime;
  }

  #newPid(machine: MachineState): number {
    return machine.nextPid++;
  }

  #isTaken(machineId: string, pid: number): boolean {
    return (
      this.#runtimes.get(machineId)?.tasks.has(pid) === true ||
      this.#state.machines.get(machineId)?.daemons.has(pid) === true
    );
  }

  #pids(machineId: string): number[] {
    return [
      ...(this.#runtimes.get(machineId)?.tasks.keys() ?? []),
      ...(this.#state.machines.get(machineId)?.daemons.keys() ?? []),
    ];
  }

  #count(machineId: string): number {
    return this.#runtime(machineId).tasks.size + this.#machine(machineId).daemons.size;
  }

  #processLimit(machine: MachineState): number {
    return machine.spec.limits?.processes ?? DEFAULT_PROCESS_LIMIT;
  }

  #groupOf(machineId: string, pid: number): number | undefined {
    return (
      this.#runtimes.get(machineId)?.tasks.get(pid)?.group ??
      this.#state.machines.get(machineId)?.daemons.get(pid)?.group
    );
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

function newRuntime(): MachineRuntime {
  return {
    tasks: new Map(),
    daemons: new Map(),
    exitListeners: new Map(),
    terminals: new Map(),
    main: undefined,
  };
}

function freezeImage(image: MachineSpec['image']): void {
  Object.freeze(image.programs);
  Object.freeze(image.files);
  if (image.directories !== undefined) Object.freeze(image.directories);
  Object.freeze(image);
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
