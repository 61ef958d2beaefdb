import type { Simulation } from '@podwire/sim';
import type {
  Datagram,
  EchoEvent,
  Network,
  NetnsId,
  NetErrno,
  NetResult,
  SocketAddress,
  SocketEvent,
  SocketId,
} from '@podwire/netsim';

/** errno(3) names, as programs print them through `errnoText`. */
export type Errno =
  | NetErrno
  | 'ENOENT'
  | 'EEXIST'
  | 'EISDIR'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EACCES'
  | 'EROFS'
  | 'ENOSPC'
  | 'EFBIG'
  | 'ELOOP'
  | 'EBADF'
  | 'EBUSY'
  | 'EPERM'
  | 'EXDEV'
  | 'ENAMETOOLONG'
  | 'EIO'
  | 'ENOEXEC'
  | 'E2BIG';

export type Signal =
  | 'SIGINT'
  | 'SIGTERM'
  | 'SIGKILL'
  | 'SIGHUP'
  | 'SIGPIPE'
  | 'SIGQUIT'
  | 'SIGTSTP'
  | 'SIGCONT'
  | 'SIGWINCH'
  | 'SIGCHLD'
  | 'SIGSTOP'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGALRM';

/** Thrown by a write that a file or a device cannot take (`ENOSPC`, `EFBIG`, `EIO`); uncaught, it ends the task as `write error` with exit code 1. */
export class StreamFailure extends Error {
  readonly errno: Errno;
  constructor(errno: Errno) {
    super(`stream failed: ${errno}`);
    this.name = 'StreamFailure';
    this.errno = errno;
  }
}

/** Thrown into a task when a signal ends it; `finally` blocks run. Exit code is 128 + the signal's number. */
export class Killed extends Error {
  readonly signal: Signal;
  constructor(signal: Signal) {
    super(`killed by ${signal}`);
    this.name = 'Killed';
    this.signal = signal;
  }
}

/**
 * What a task gives up the processor for. Yield one and the task goes on when it holds; the value of
 * the `yield` says which member of an `any` it was (0 for the others), or is -1 when a signal with a
 * handler came instead (the EINTR of this world: look, and wait again). Every loop that may run long
 * without waiting yields `{ kind: 'step' }` each time round, so that the processor budget can hold it.
 */
export type Wait =
  | { readonly kind: 'step' }
  | { readonly kind: 'sleep'; readonly ms: number }
  /** A stream has data or is at its end. */
  | { readonly kind: 'readable'; readonly stream: ReadStream }
  /** A stream has room, or its reader is gone. */
  | { readonly kind: 'writable'; readonly stream: WriteStream }
  /** Something happened on a socket since this task last looked: connected, readable, incoming, failed… */
  | { readonly kind: 'socket'; readonly socket: SocketId }
  | { readonly kind: 'exit'; readonly pid: number }
  /** Something that the host machine announces by this key, for example a change of API objects. */
  | { readonly kind: 'signal'; readonly key: string }
  | { readonly kind: 'any'; readonly of: readonly Wait[] };

/** A running program: yields waits, returns its exit code. Helpers are generators too, called by `yield*`. */
export type Task<Result = number> = Generator<Wait, Result, number>;

export interface ReadStream {
  /** undefined at the end of the stream; empty when nothing is there yet. */
  read(maxBytes?: number): Uint8Array | undefined;
  readonly isTty: boolean;
  /** Whether a read gives something (or the end) at once. Absent: always. */
  ready?(): boolean;
  /** Says that the holder reads no more. Processes' ends close by themselves when the last of them ends. */
  close?(): void;
}

export interface WriteStream {
  /** Bytes taken: fewer than given when the pipe is full. Throws `Killed('SIGPIPE')` when nobody reads any more. */
  write(data: Uint8Array): number;
  readonly isTty: boolean;
  /** Whether a write is taken at once, at least in part. Absent: always. */
  ready?(): boolean;
  /** Says that the holder writes no more. */
  close?(): void;
}

/** A terminal as its programs see it. */
export interface Tty {
  readonly columns: number;
  readonly rows: number;
  /** Raw: bytes as typed, no echo, no signals from Ctrl-C. Cooked: lines, echo, Ctrl-C/D/Z/\\. */
  setRaw(raw: boolean): void;
  /** The process group that Ctrl-C reaches. */
  setForeground(pid: number): void;
  readonly foreground: number;
  /** The terminal itself, whatever the process' own streams are: what /dev/tty opens. */
  readonly input: ReadStream;
  readonly output: WriteStream;
}

export type FileKind = 'file' | 'directory' | 'symlink';

export interface FileInfo {
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** Permission bits, for example 0o644. */
  readonly mode: number;
  readonly owner: string;
  /** Absent: the one named after the owner. */
  readonly group?: string;
  readonly modifiedMs: number;
  /** Symlinks only. */
  readonly target?: string;
  /** A character device such as `/dev/null`; its kind is `file`. */
  readonly device?: string;
}

export type FsResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly errno: Errno };

/** The files one machine sees: an image's read-only layer, a writable layer, and mounts. Paths are absolute. */
export interface FileSystem {
  stat(path: string): FsResult<FileInfo>;
  lstat(path: string): FsResult<FileInfo>;
  readFile(path: string): FsResult<Uint8Array>;
  writeFile(
    path: string,
    data: Uint8Array,
    options?: { readonly append?: boolean; readonly mode?: number; readonly exclusive?: boolean },
  ): FsResult<undefined>;
  list(path: string): FsResult<readonly string[]>;
  mkdir(path: string, options?: { readonly parents?: boolean; readonly mode?: number }): FsResult<undefined>;
  remove(path: string, options?: { readonly recursive?: boolean }): FsResult<undefined>;
  rename(from: string, to: string): FsResult<undefined>;
  symlink(target: string, path: string): FsResult<undefined>;
  chmod(path: string, mode: number): FsResult<undefined>;
  realpath(path: string): FsResult<string>;
}

/** Sockets of the process' network namespace. The process owns what it opens; its end closes them. */
export interface ProcessSockets {
  readonly netns: NetnsId;
  /** `<machineId>/<pid>`: the name under which the network knows this process' sockets, taps and traces. */
  readonly owner: string;
  /** The whole network, for programs that look rather than talk: ip, ss, conntrack, nft, tcpdump. */
  readonly network: Network;
  listenTcp(local: SocketAddress): NetResult<SocketId>;
  accept(listener: SocketId): NetResult<SocketId>;
  connectTcp(remote: SocketAddress, local?: Partial<SocketAddress>): NetResult<SocketId>;
  send(socket: SocketId, data: Uint8Array): NetResult<number>;
  receive(socket: SocketId, maxBytes?: number): NetResult<Uint8Array | undefined>;
  shutdown(socket: SocketId): void;
  close(socket: SocketId): void;
  bindUdp(local: SocketAddress): NetResult<SocketId>;
  connectUdp(remote: SocketAddress): NetResult<SocketId>;
  sendTo(socket: SocketId, remote: SocketAddress, data: Uint8Array): NetResult<undefined>;
  receiveFrom(socket: SocketId): Datagram | undefined;
  openPing(): SocketId;
  sendEcho(
    socket: SocketId,
    to: string,
    echo: {
      readonly sequence: number;
      readonly bytes: number;
      readonly ttl?: number;
      readonly dontFragment?: boolean;
    },
  ): NetResult<undefined>;
  receiveEcho(socket: SocketId): EchoEvent | undefined;
  /** 'connected', the errno of a failure, or undefined while the connect is under way. */
  connectOutcome(socket: SocketId): 'connected' | NetErrno | undefined;
}

export interface SpawnOptions {
  readonly argv: readonly string[];
  readonly env?: ReadonlyMap<string, string>;
  readonly cwd?: string;
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  readonly stderr?: WriteStream;
  /** The child's process group: `new` makes it the leader of one. Default: the parent's. */
  readonly group?: number | 'new';
  /** The child's network namespace, and its children's (setns(2)). Default: the parent's. */
  readonly netns?: NetnsId;
}

export type SpawnFailure = 'not-found' | 'not-executable' | 'too-many-processes';

/** What a program sees of itself and its machine. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly argv: readonly string[];
  readonly env: Map<string, string>;
  cwd: string;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  /** Present when the process has a controlling terminal. */
  readonly tty?: Tty;
  readonly fs: FileSystem;
  readonly net: ProcessSockets;
  readonly machine: MachineView;
  /** Virtual time, ms since the epoch. */
  nowMs(): number;
  randomInt(bound: number): number;
  pipe(): { readonly read: ReadStream; readonly write: WriteStream };
  /** Looks the program up as execvp does: a path, or a name on $PATH. */
  spawn(
    options: SpawnOptions,
  ): { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly reason: SpawnFailure };
  /** Runs a generator of the caller's own as a child, as fork(2) would: pipelines and subshells. */
  fork(body: (child: Process) => Task, streams?: Omit<SpawnOptions, 'argv'>): number;
  /** Becomes another program under the same pid (execve): takes effect when the calling task returns. */
  exec(options: SpawnOptions): { readonly ok: true } | { readonly ok: false; readonly reason: SpawnFailure };
  /** undefined while it runs. Reaps it. */
  exitCodeOf(pid: number): number | undefined;
  /** A negative pid names a process group, as in kill(2). */
  kill(pid: number, signal: Signal): boolean;
  /** Runs `handler` instead of ending on this signal, and interrupts the wait; undefined restores the default. */
  onSignal(signal: Signal, handler: (() => void) | undefined): void;
}

/** A machine: a container, a node, or the learner's own toolbox. */
export interface MachineView {
  readonly id: string;
  readonly hostname: string;
  readonly user: string;
  /** Ids of the user's groups, its own first; absent: as the user's entry in /etc/passwd says. */
  readonly groups?: readonly string[];
  /** Whether it may change interfaces and routes (CAP_NET_ADMIN); absent: it may. */
  readonly administersNetwork?: boolean;
  processes(): readonly {
    readonly pid: number;
    readonly parent: number;
    readonly group: number;
    readonly hasTty: boolean;
    readonly argv: readonly string[];
    readonly startedMs: number;
    readonly state: 'running' | 'waiting' | 'stopped';
  }[];
  /**
   * Services that the world outside offers to programs here, by name; a program asks for what it needs
   * and says what is missing when it isn't there. `kubernetes` gives kubectl its way to the API server.
   */
  service(name: string): unknown;
}

/** A program whose run is a generator: clients, shells, tools. Ends when a cluster is forked; a replay starts it again. */
export interface TaskProgram {
  readonly kind: 'task';
  readonly run: (process: Process) => Task;
}

/**
 * A program that waits for events and keeps its memory as data: servers. Forks with its cluster.
 * `State` obeys the rule of `forkState`.
 */
export interface DaemonProgram<State = unknown> {
  readonly kind: 'daemon';
  start(daemon: DaemonContext): State;
  onEvent(daemon: DaemonContext, state: State, event: DaemonEvent): void;
  /** Timers that only look whether anything changed: while the world rests they may come late, once for many. */
  readonly upkeepTimers?: readonly string[];
}

export type DaemonEvent =
  | { readonly kind: 'incoming'; readonly listener: SocketId }
  | { readonly kind: 'connected' | 'readable' | 'writable' | 'end'; readonly socket: SocketId }
  | { readonly kind: 'failed'; readonly socket: SocketId; readonly errno: NetErrno }
  | { readonly kind: 'timer'; readonly name: string; readonly data: unknown }
  | { readonly kind: 'signal'; readonly signal: Signal }
  /** A child that `run` started has ended, having written this to its stdout and stderr. */
  | {
      readonly kind: 'child';
      readonly name: string;
      readonly exitCode: number;
      readonly output: Uint8Array;
    };

export interface DaemonContext {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly fs: FileSystem;
  readonly net: ProcessSockets;
  readonly machine: MachineView;
  nowMs(): number;
  randomInt(bound: number): number;
  /** Standard output: the container's log. */
  log(text: string): void;
  logError(text: string): void;
  timer(name: string, delayMs: number, data?: unknown): void;
  cancelTimer(name: string): void;
  /**
   * Starts another program of the machine as a child, without input; what it writes comes with the event `child` of
   * this name. In a copy of the cluster the child is gone, and nothing comes.
   */
  run(name: string, argv: readonly string[]): SpawnFailure | undefined;
  exit(code: number): void;
}

/** One binary of many commands, such as busybox: which registered program runs depends on its arguments. */
export interface DispatchProgram {
  readonly kind: 'dispatch';
  /** Name in the registry of a task or daemon program. */
  readonly select: (argv: readonly string[]) => string;
}

export type Program = TaskProgram | DaemonProgram | DispatchProgram;

/** Programs by name. A machine's image says which paths of its file system hold which of them. */
export type ProgramRegistry = ReadonlyMap<string, Program>;

/** What a container image brings: files, and which of them are programs of the registry. */
export interface ImageLayer {
  /** Absolute path → name in the `ProgramRegistry`, for example `/bin/sh` → `sh`. Frozen and shared. */
  readonly programs: ReadonlyMap<string, string>;
  /** Absolute path → text. Parents are made. Frozen and shared. */
  readonly files: ReadonlyMap<string, string>;
  readonly directories?: readonly string[];
}

export interface Mount {
  readonly path: string;
  /** Volumes are shared by all machines that mount the same id; the kubelet fills them. The id of a machine mounts that machine's own files. */
  readonly volumeId: string;
  readonly readOnly: boolean;
  /** A directory or file inside the volume. */
  readonly subPath?: string;
  /** Kept in memory alone, as /proc/mounts shows; else on the disk of the host. */
  readonly inMemory?: boolean;
}

/** A file that is put into a volume. */
export interface VolumeFile {
  readonly content: string | Uint8Array;
  /** Permission bits; 0644 when absent. */
  readonly mode?: number;
}

export interface MachineSpec {
  readonly id: string;
  readonly hostname: string;
  readonly netns: NetnsId;
  readonly image: ImageLayer;
  readonly mounts: readonly Mount[];
  readonly env: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  readonly user: string;
  /** Ids of the user's groups, its own first. */
  readonly groups?: readonly string[];
  /** Nothing is written to its image's own files. */
  readonly readOnlyRoot?: boolean;
  /** Whether it may change interfaces and routes (CAP_NET_ADMIN); absent: it may. */
  readonly administersNetwork?: boolean;
  readonly limits?: { readonly processes?: number; readonly writableBytes?: number };
}

export interface StartedProcess {
  readonly pid: number;
}

/** What the outside holds of a terminal: keystrokes in, bytes out. Not part of forkable state. */
export interface TerminalHandle {
  readonly pid: number;
  /** Keystrokes. Bytes that find the input queue full are refused: the count taken is returned. */
  write(data: Uint8Array): number;
  resize(columns: number, rows: number): void;
  hangUp(): void;
  /** Called inside `Simulation.run` with each piece of output. */
  onOutput(listener: (data: Uint8Array) => void): void;
  onExit(listener: (code: number) => void): void;
  /** Output stops flowing to the listener until resumed: the programs block as on a full pty. */
  pauseOutput(paused: boolean): void;
}

export interface ExecHandle {
  readonly pid: number;
  writeStdin(data: Uint8Array): number;
  closeStdin(): void;
  onStdout(listener: (data: Uint8Array) => void): void;
  onStderr(listener: (data: Uint8Array) => void): void;
  onExit(listener: (code: number) => void): void;
  kill(signal: Signal): void;
  /** Terminals only. */
  resize?(columns: number, rows: number): void;
}

export interface VolumeOptions {
  readonly replace?: boolean;
  readonly sizeLimitBytes?: number;
  /** The group that its files and its root belong to. */
  readonly group?: string;
}

/** All machines of one world. State is `MachinesState`: plain data, but for running tasks. */
export interface Machines {
  addMachine(spec: MachineSpec): void;
  /** Ends every process and frees the writable layer. Volumes stay until `removeVolume`. */
  removeMachine(id: string): void;
  hasMachine(id: string): boolean;
  setHostname(id: string, hostname: string): void;
  putVolume(volumeId: string, files: ReadonlyMap<string, string | VolumeFile>, options?: VolumeOptions): void;
  /**
   * Gives what the volume holds now an id of its own, where it stays when the volume is filled anew with `replace`:
   * what a bind mount of one file keeps. Does nothing without that volume.
   */
  keepVolume(volumeId: string, keptId: string): void;
  removeVolume(volumeId: string): void;
  /** Files of a machine from outside: editors, `kubectl cp`, the kubelet. */
  fileSystem(machineId: string): FileSystem;
  /** The same as the machine's own user sees and owns them. */
  userFileSystem(machineId: string): FileSystem;
  /** The image's main process. Its stdout and stderr go to `MachineEvents.onLog`, its end to `onExit`. */
  start(
    machineId: string,
    options: {
      readonly argv: readonly string[];
      readonly env?: ReadonlyMap<string, string>;
      readonly cwd?: string;
      readonly tty?: boolean;
      readonly stdin?: boolean;
    },
  ): { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly reason: SpawnFailure };
  exec(
    machineId: string,
    options: {
      readonly argv: readonly string[];
      readonly env?: ReadonlyMap<string, string>;
      readonly cwd?: string;
    },
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure };
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
    | { readonly ok: false; readonly reason: SpawnFailure };
  /** Terminal or pipes of the main process, for `kubectl attach`. */
  attach(machineId: string): ExecHandle | undefined;
  signal(machineId: string, pid: number, signal: Signal): boolean;
  /** Wakes every task that waits for this key (`Wait` of kind `signal`). */
  announce(key: string): void;
  /** To be called by the network for every socket whose owner is a process here. */
  handleSocketEvent(socket: SocketId, owner: string, event: SocketEvent): void;
  /** Whether a generator is running anywhere: such a world forks by replay, not by copy. */
  hasRunningTasks(): boolean;
  /**
   * Owners of the sockets of every generator that runs beside a machine's main process: what a copy of the world
   * loses. undefined: a generator is a main process, whose machine would stand in the copy without it.
   */
  sideTasks(): readonly string[] | undefined;
  /** Whether a generator would notice traffic or changes of the API, which terminals and sleepers do not. */
  hasAttentiveTasks(): boolean;
}

export interface MachinesWiring {
  /** Events of the machines have the target `machine`. */
  readonly simulation: Simulation;
  readonly network: Network;
  readonly programs: ProgramRegistry;
  readonly onExit: (machineId: string, pid: number, exitCode: number) => void;
  readonly onLog: (machineId: string, pid: number, stream: 'stdout' | 'stderr', data: Uint8Array) => void;
  /** A process ended, the main one or another: whoever watches the machine's files may look. */
  readonly onProcessEnd?: (machineId: string) => void;
  readonly service: (machineId: string, name: string) => unknown;
}
