import type {
  ApiTransport,
  ClusterOptions,
  Place,
  ProbeRequest,
  ProbeResult,
  SimulatedCluster,
} from '@podwire/kubesim';
import type { FileSystem, TerminalHandle } from '@podwire/machine';
import { Simulation, newSimulationState, utf8Decode, utf8Encode } from '@podwire/sim';
import type { ClusterFactory } from '../boot.ts';

/**
 * A toy with the manners of a simulated cluster: a clock, a queue of events, terminals that act on lines,
 * files, and probes that take their time. Lines: `tick N` prints every 100 ms, `random` draws a number,
 * `at` prints the time, `flood N` prints N lines, `exit`, `throw` fails inside an event, `spin` never rests,
 * `hang` never returns.
 */
const INPUT_QUEUE_BYTES = 1_024;
const TICK_MS = 100;
const ECHO_DELAY_MS = 0.25;

interface ToyTerminal {
  readonly handle: TerminalHandle;
  output(text: string): void;
  queued: string;
  line: string;
  paused: boolean;
  held: string;
}

export class ToyCluster implements SimulatedCluster {
  readonly config: ClusterOptions['config'];
  readonly api: ApiTransport;
  readonly files = new Map<string, string>();
  readonly #simulation: Simulation;
  readonly #terminals: ToyTerminal[] = [];
  readonly #probes: { request: ProbeRequest; result?: ProbeResult }[] = [];
  readonly created: unknown[] = [];
  #failures = 0;

  constructor(options: ClusterOptions) {
    this.config = options.config;
    this.#simulation = new Simulation(newSimulationState(options.config));
    this.#simulation.on('input', (data) => this.#read(data as number));
    this.#simulation.on('tick', (data) => this.#tick(data as { terminal: number; left: number }));
    this.#simulation.on('spin', () => void this.#simulation.schedule(0, 'spin', undefined));
    this.#simulation.on('probe', (data) => this.#endProbe(data as number));
    this.api = {
      handle: (request) => {
        if (request.method === 'POST' && request.body !== undefined)
          this.created.push(JSON.parse(utf8Decode(request.body)));
        const body =
          request.path === '/api/v1'
            ? {
                resources: [
                  { name: 'pods', kind: 'Pod', namespaced: true },
                  { name: 'pods/status', kind: 'Pod', namespaced: true },
                ],
              }
            : { items: this.created, metadata: { resourceVersion: String(this.created.length) } };
        return {
          status: request.method === 'POST' ? 201 : 200,
          headers: {},
          body: utf8Encode(JSON.stringify(body)),
        };
      },
      upgrade: () => ({ kind: 'refused', response: { status: 404, headers: {} } }),
      connectPort: () => ({ kind: 'refused', response: { status: 404, headers: {} } }),
    };
  }

  nowMs = (): number => this.#simulation.nowMs;
  nextEventMs = (): number | undefined => this.#simulation.nextEventMs();
  run: SimulatedCluster['run'] = (limits) => this.#simulation.run(limits);
  restsUntilMs = (): number => this.#simulation.nextWorkMs() ?? Infinity;
  skipTo = (untilMs: number): void => this.#simulation.skipTo(untilMs);

  settle(): boolean {
    this.#simulation.run({ untilMs: this.nowMs() + 1_000, maxEvents: 1_000 });
    return true;
  }

  openTerminal(place: Place): ReturnType<SimulatedCluster['openTerminal']> {
    if (place.kind !== 'toolbox') return { ok: false, reason: 'no-such-place' };
    const listeners: ((data: Uint8Array) => void)[] = [];
    const exits: ((code: number) => void)[] = [];
    const index = this.#terminals.length;
    const terminal: ToyTerminal = {
      queued: '',
      line: '',
      paused: false,
      held: '',
      output: (text) => {
        if (terminal.paused) terminal.held += text;
        else for (const listener of listeners) listener(utf8Encode(text));
      },
      handle: {
        pid: index + 1,
        write: (data) => {
          const taken = data.subarray(0, Math.max(0, INPUT_QUEUE_BYTES - terminal.queued.length));
          terminal.queued += utf8Decode(taken);
          if (taken.length > 0) this.#simulation.schedule(ECHO_DELAY_MS, 'input', index);
          return taken.length;
        },
        resize: (columns, rows) => terminal.output(`[${columns}x${rows}]`),
        hangUp: () => exits.forEach((exit) => exit(129)),
        onOutput: (listener) => void listeners.push(listener),
        onExit: (listener) => void exits.push(listener),
        pauseOutput: (paused) => {
          terminal.paused = paused;
          const { held } = terminal;
          if (paused || held === '') return;
          terminal.held = '';
          terminal.output(held);
        },
      },
    };
    this.#terminals.push(terminal);
    this.#simulation.schedule(1, 'tick', { terminal: index, left: 0 });
    return { ok: true, handle: { ...terminal.handle, hangUp: () => exits.forEach((exit) => exit(129)) } };
  }

  #read(index: number): void {
    const terminal = this.#terminals[index];
    if (terminal === undefined) return;
    const { queued } = terminal;
    terminal.queued = '';
    terminal.output(queued.replaceAll('\r', '\r\n'));
    const lines = (terminal.line + queued).split('\r');
    terminal.line = lines.pop() ?? '';
    for (const line of lines) this.#obey(index, terminal, line);
  }

  #obey(index: number, terminal: ToyTerminal, line: string): void {
    const [word, argument] = line.split(' ');
    switch (word) {
      case 'tick':
        this.#simulation.schedule(TICK_MS, 'tick', { terminal: index, left: Number(argument) });
        return;
      case 'random':
        terminal.output(`${this.#simulation.randomInt(1_000_000)}\r\n`);
        return;
      case 'at':
        terminal.output(`${this.nowMs()}\r\n`);
        return;
      case 'flood':
        for (let count = 0; count < Number(argument); count++) terminal.output(`line ${count}\r\n`);
        return;
      case 'exit':
        terminal.handle.hangUp();
        return;
      case 'throw':
        throw new Error('a broken invariant');
      case 'spin':
        this.#simulation.schedule(0, 'spin', undefined);
        return;
      case 'hang':
        for (;;);
      // falls through
      default:
        terminal.output(`$ ${line}\r\n`);
    }
  }

  #tick(tick: { terminal: number; left: number }): void {
    this.#terminals[tick.terminal]?.output(
      tick.left === 0 ? '> ' : `tick ${tick.left} ${this.#simulation.randomInt(100)}\r\n`,
    );
    if (tick.left > 1) this.#simulation.schedule(TICK_MS, 'tick', { ...tick, left: tick.left - 1 });
  }

  exec(): ReturnType<SimulatedCluster['exec']> {
    return { ok: false, reason: 'no-such-place' };
  }

  execTrusted = (): ReturnType<SimulatedCluster['execTrusted']> => this.exec();
  filesAt = (): FileSystem | undefined => this.toolboxFiles();

  toolboxFiles(): FileSystem {
    const missing = { ok: false, errno: 'ENOENT' } as const;
    const done = { ok: true, value: undefined } as const;
    const info = (text: string) =>
      ({
        kind: 'file',
        sizeBytes: text.length,
        mode: 0o644,
        owner: 'root',
        modifiedMs: this.nowMs(),
      }) as const;
    const stat: FileSystem['stat'] = (path) => {
      const text = this.files.get(path);
      return text === undefined ? missing : { ok: true, value: info(text) };
    };
    return {
      stat,
      lstat: stat,
      readFile: (path) => {
        const text = this.files.get(path);
        return text === undefined ? missing : { ok: true, value: utf8Encode(text) };
      },
      writeFile: (path, data) => {
        if (path.startsWith('/sys/')) return { ok: false, errno: 'EROFS' };
        this.files.set(path, utf8Decode(data));
        return done;
      },
      list: (directory) => ({
        ok: true,
        value: [...this.files.keys()]
          .filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1)),
      }),
      mkdir: () => done,
      remove: () => missing,
      rename: () => missing,
      symlink: () => missing,
      chmod: () => missing,
      realpath: (path) => ({ ok: true, value: path }),
    };
  }

  startProbe(request: ProbeRequest): ReturnType<SimulatedCluster['startProbe']> {
    // 82 never works, by a mistake of the cluster's own; 83 does from the second time on.
    if (request.port === 82 || (request.port === 83 && this.#failures++ === 0))
      throw new Error('the toy has lost its wire');
    const probe: { request: ProbeRequest; result?: ProbeResult } = { request };
    this.#probes.push(probe);
    this.#simulation.schedule(request.port === 81 ? request.timeoutMs : 2, 'probe', this.#probes.length - 1);
    return { result: () => probe.result, cancel: () => undefined };
  }

  #endProbe(index: number): void {
    const probe = this.#probes[index];
    if (probe === undefined) return;
    const open = probe.request.port !== 81;
    probe.result = {
      verdict: open ? 'open' : 'timed-out',
      durationMs: open ? 2 : probe.request.timeoutMs,
      packets: [],
      because: open ? 'It answered.' : 'Nothing answered.',
    };
  }

  changesSince(revision: number): ReturnType<SimulatedCluster['changesSince']> {
    return {
      revision: this.created.length,
      changes: this.created.slice(revision).map((object, index) => ({
        type: 'ADDED',
        kind: 'Pod',
        table: 'pods',
        object: object as never,
        revision: revision + index + 1,
      })),
    };
  }

  stopComponent = (name: string): boolean => name === 'coredns';
  startComponent = (name: string): boolean => name === 'coredns';
  components = (): ReturnType<SimulatedCluster['components']> => [{ name: 'coredns', running: true }];
  recentPackets = (): ReturnType<SimulatedCluster['recentPackets']> => [];
  snapshot = (): undefined => undefined;
  fork = (): SimulatedCluster | undefined => undefined;
  forkWithoutPrograms = (): SimulatedCluster | undefined => undefined;
}

export const toyFactory: ClusterFactory = {
  create: (options) => new ToyCluster(options),
  programs: new Map(),
  homeDirectory: '/home/learner',
};
