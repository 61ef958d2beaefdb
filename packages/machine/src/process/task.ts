import type { NetErrno, SocketId, NetnsId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import { Killed, StreamFailure } from '../contract.ts';
import type {
  FileSystem,
  MachineView,
  Process,
  ProcessSockets,
  ReadStream,
  Signal,
  SpawnFailure,
  SpawnOptions,
  Task,
  Wait,
  WriteStream,
} from '../contract.ts';
import { errnoText } from '../errno.ts';
import { defaultAction, signalExitCode } from '../signals.ts';
import { Pipe } from '../streams/pipe.ts';
import { isPollable, streamReady } from '../streams/pollable.ts';
import type { Waiter } from '../streams/pollable.ts';
import type { Terminal } from '../streams/terminal.ts';

/** What starting a process costs of the budget, steps: what keeps a fork loop as cheap as any other loop. */
const SPAWN_STEPS = 8;
/** The most `yield`s that clean-up code of a killed task gets before it is dropped. */
const MAX_CLEANUP_YIELDS = 64;
/** Exit code of a program that broke (SIGABRT). */
const ABORTED_EXIT_CODE = 134;

export interface Streams {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}

export interface TaskOptions extends Streams {
  readonly machineId: string;
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly argv: readonly string[];
  readonly env: Map<string, string>;
  readonly cwd: string;
  readonly tty: Terminal | undefined;
  /** Absent: the machine's own. */
  readonly netns?: NetnsId | undefined;
  readonly startedMs: number;
  readonly body: (process: Process) => Task;
}

/** What a task asks of its world. */
export interface TaskWorld {
  nowMs(): number;
  randomInt(bound: number): number;
  wakeAt(task: TaskProcess, delayMs: number): number;
  cancelEvent(eventId: number): void;
  enqueue(task: TaskProcess): void;
  isAlive(machineId: string, pid: number): boolean;
  fileSystem(machineId: string, pid: number): FileSystem;
  sockets(
    machineId: string,
    pid: number,
    connects: ReadonlyMap<SocketId, 'connected' | NetErrno>,
    netns?: NetnsId,
  ): ProcessSockets;
  view(machineId: string): MachineView;
  spawn(
    parent: TaskProcess,
    options: SpawnOptions,
  ): { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly reason: SpawnFailure };
  fork(parent: TaskProcess, body: (child: Process) => Task, streams: Omit<SpawnOptions, 'argv'>): number;
  resolvable(task: TaskProcess, options: SpawnOptions): SpawnFailure | undefined;
  signal(machineId: string, pid: number, signal: Signal): boolean;
  ended(task: TaskProcess, exitCode: number): void;
}

/** One running generator and all that it holds. Lives outside the forkable state. */
export class TaskProcess implements Process, Waiter {
  readonly machineId: string;
  readonly pid: number;
  parent: number;
  readonly group: number;
  argv: readonly string[];
  readonly env: Map<string, string>;
  cwd: string;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly tty?: Terminal;
  readonly fs: FileSystem;
  readonly net: ProcessSockets;
  /** Another network namespace than the machine's. */
  readonly netns?: NetnsId;
  readonly machine: MachineView;
  readonly startedMs: number;
  /** The program it becomes when it returns (execve). */
  replacement: SpawnOptions | undefined;
  stopped = false;
  readonly childExits = new Map<number, number>();
  readonly connects = new Map<SocketId, 'connected' | NetErrno>();
  readonly #world: TaskWorld;
  readonly #generator: Task;
  readonly #handlers = new Map<Signal, () => void>();
  readonly #socketNews = new Set<SocketId>();
  readonly #announced = new Set<string>();
  #state: 'parked' | 'queued' | 'running' | 'ended' = 'parked';
  #wait: Wait = { kind: 'step' };
  #deadlines: number[] = [];
  #wakeEvents: number[] = [];
  #resumeValue = 0;
  #pendingSignal: Signal | undefined;
  #extraSteps = 0;

  constructor(world: TaskWorld, options: TaskOptions) {
    this.#world = world;
    this.machineId = options.machineId;
    this.pid = options.pid;
    this.parent = options.parent;
    this.group = options.group;
    this.argv = options.argv;
    this.env = options.env;
    this.cwd = options.cwd;
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    if (options.tty !== undefined) this.tty = options.tty;
    this.startedMs = options.startedMs;
    this.fs = world.fileSystem(options.machineId, options.pid);
    if (options.netns !== undefined) this.netns = options.netns;
    this.net = world.sockets(options.machineId, options.pid, this.connects, options.netns);
    this.machine = world.view(options.machineId);
    for (const stream of this.#streams()) if (isPollable(stream)) stream.attach();
    this.#generator = options.body(this);
    this.#queue(0);
  }

  get state(): 'running' | 'waiting' | 'stopped' {
    if (this.stopped) return 'stopped';
    return this.#state === 'parked' ? 'waiting' : 'running';
  }

  /** It would notice what happens on the network or in the API, or has not come to a wait yet. */
  get isAttentive(): boolean {
    if (this.#state !== 'parked') return this.#state !== 'ended';
    return members(this.#wait).some(({ kind }) => kind === 'socket' || kind === 'signal');
  }

  get alive(): boolean {
    return this.#state !== 'ended';
  }

  // What programs call

  nowMs(): number {
    return this.#world.nowMs();
  }

  randomInt(bound: number): number {
    return this.#world.randomInt(bound);
  }

  pipe(): { readonly read: ReadStream; readonly write: WriteStream } {
    return new Pipe();
  }

  spawn(
    options: SpawnOptions,
  ): { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly reason: SpawnFailure } {
    this.#extraSteps += SPAWN_STEPS;
    return this.#world.spawn(this, options);
  }

  fork(body: (child: Process) => Task, streams: Omit<SpawnOptions, 'argv'> = {}): number {
    this.#extraSteps += SPAWN_STEPS;
    return this.#world.fork(this, body, streams);
  }

  exec(options: SpawnOptions): { readonly ok: true } | { readonly ok: false; readonly reason: SpawnFailure } {
    const reason = this.#world.resolvable(this, options);
    if (reason !== undefined) return { ok: false, reason };
    this.replacement = options;
    return { ok: true };
  }

  exitCodeOf(pid: number): number | undefined {
    const code = this.childExits.get(pid);
    this.childExits.delete(pid);
    return code;
  }

  kill(pid: number, signal: Signal): boolean {
    return this.#world.signal(this.machineId, pid, signal);
  }

  onSignal(signal: Signal, handler: (() => void) | undefined): void {
    if (handler === undefined) this.#handlers.delete(signal);
    else this.#handlers.set(signal, handler);
  }

  // What the world calls

  /** Goes on until the next wait; returns the steps that it took. */
  resume(): number {
    if (this.#state !== 'queued') return 0;
    if (this.stopped) {
      this.#state = 'parked';
      return 0;
    }
    this.#state = 'running';
    this.#extraSteps = 0;
    const result = this.#next();
    if (result === undefined) return 1 + this.#extraSteps;
    if (result.done === true) this.#end(result.value);
    else if (this.#pendingSignal !== undefined) this.#terminate(this.#pendingSignal);
    else this.#park(result.value);
    return 1 + this.#extraSteps;
  }

  /** Something that the task may wait for has changed. */
  poke(): void {
    if (this.#state !== 'parked' || this.stopped) return;
    const index = this.#readyMember();
    if (index !== undefined) this.#queue(index);
  }

  socketEvent(socket: SocketId, outcome: 'connected' | NetErrno | undefined): void {
    if (outcome !== undefined) this.connects.set(socket, outcome);
    this.#socketNews.add(socket);
    this.poke();
  }

  announce(key: string): void {
    if (this.#state !== 'parked') return;
    this.#announced.add(key);
    this.poke();
    this.#announced.delete(key);
  }

  deliver(signal: Signal, options: { readonly mainProcess: boolean; readonly fromOutside: boolean }): void {
    if (this.#state === 'ended') return;
    if (signal === 'SIGCONT' || signal === 'SIGKILL') this.stopped = false;
    const handler = signal === 'SIGKILL' || signal === 'SIGSTOP' ? undefined : this.#handlers.get(signal);
    if (handler !== undefined) {
      handler();
      if (this.#state === 'parked' && !this.stopped) this.#queue(-1);
      return;
    }
    // pid_namespaces(7): the first process of a namespace gets no signal it has no handler for, but SIGKILL from outside.
    if (
      options.mainProcess &&
      !(signal === 'SIGKILL' && options.fromOutside) &&
      defaultAction(signal) !== 'continue'
    )
      return;
    switch (defaultAction(signal)) {
      case 'ignore':
        return;
      case 'continue':
        this.poke();
        return;
      case 'stop':
        this.stopped = true;
        this.#world.signal(this.machineId, this.parent, 'SIGCHLD');
        return;
      case 'end':
        if (this.#state === 'running') this.#pendingSignal = signal;
        else this.#terminate(signal);
    }
  }

  detachStreams(): void {
    for (const stream of this.#streams()) if (isPollable(stream)) stream.detach();
  }

  // The generator

  #streams(): readonly (ReadStream | WriteStream)[] {
    return [this.stdin, this.stdout, this.stderr];
  }

  #next(): IteratorResult<Wait, number> | undefined {
    try {
      return this.#generator.next(this.#resumeValue);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Killed) {
      this.#end(signalExitCode(error.signal));
    } else if (error instanceof StreamFailure) {
      this.#complain(`write error: ${errnoText(error.errno)}`);
      this.#end(1);
    } else {
      this.#complain(`Aborted (internal error: ${error instanceof Error ? error.message : String(error)})`);
      this.#end(ABORTED_EXIT_CODE);
    }
  }

  #complain(text: string): void {
    try {
      this.stderr.write(utf8Encode(`${this.argv[0]?.split('/').at(-1) ?? ''}: ${text}\n`));
    } catch {
      // Nobody reads its standard error any more: the exit code still tells.
    }
  }

  #queue(value: number): void {
    this.#leaveWait();
    this.#resumeValue = value;
    this.#state = 'queued';
    this.#world.enqueue(this);
  }

  #park(wait: Wait): void {
    this.#wait = wait;
    this.#state = 'parked';
    const now = this.#world.nowMs();
    this.#deadlines = members(wait).map((member) =>
      member.kind === 'sleep' ? now + Math.max(0, member.ms) : Number.POSITIVE_INFINITY,
    );
    const index = this.#readyMember();
    if (index !== undefined) {
      this.#queue(index);
      return;
    }
    for (const member of members(wait)) {
      if (member.kind === 'sleep' && Number.isFinite(member.ms))
        this.#wakeEvents.push(this.#world.wakeAt(this, Math.max(0, member.ms)));
      if ((member.kind === 'readable' || member.kind === 'writable') && isPollable(member.stream))
        member.stream.waiters.add(this);
    }
  }

  #leaveWait(): void {
    for (const event of this.#wakeEvents) this.#world.cancelEvent(event);
    this.#wakeEvents = [];
    for (const member of members(this.#wait)) {
      if ((member.kind === 'readable' || member.kind === 'writable') && isPollable(member.stream))
        member.stream.waiters.delete(this);
    }
  }

  #readyMember(): number | undefined {
    const all = members(this.#wait);
    const index = all.findIndex((member, position) => this.#isReady(member, position));
    return index < 0 ? undefined : index;
  }

  #isReady(wait: Wait, position: number): boolean {
    switch (wait.kind) {
      case 'step':
        return true;
      case 'sleep':
        return this.#world.nowMs() >= (this.#deadlines[position] ?? 0);
      case 'readable':
      case 'writable':
        return streamReady(wait.stream);
      case 'socket':
        return this.#socketNews.delete(wait.socket);
      case 'exit':
        return !this.#world.isAlive(this.machineId, wait.pid);
      case 'signal':
        return this.#announced.has(wait.key);
      case 'any':
        return wait.of.some((member) => this.#isReady(member, position));
    }
  }

  #terminate(signal: Signal): void {
    this.#leaveWait();
    this.#state = 'running';
    try {
      let result = this.#generator.throw(new Killed(signal));
      for (let round = 0; result.done !== true && round < MAX_CLEANUP_YIELDS; round++)
        result = this.#generator.return(0);
    } catch {
      // The signal came back out, as it should: the exit code names it.
    }
    this.replacement = undefined;
    this.#end(signalExitCode(signal));
  }

  #end(exitCode: number): void {
    this.#leaveWait();
    this.#state = 'ended';
    this.#world.ended(this, exitCode & 0xff);
  }
}

function members(wait: Wait): readonly Wait[] {
  return wait.kind === 'any' ? wait.of : [wait];
}
