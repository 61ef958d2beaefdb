import { createMachines, newMachinesState } from '@podwire/machine';
import type { MachineSpec, Machines, ProgramRegistry, TerminalHandle } from '@podwire/machine';
import type { Network } from '@podwire/netsim';
import { Simulation, newSimulationState, utf8Decode, utf8Encode } from '@podwire/sim';
import { programs } from '../programs.ts';

/** A machine with every program and no network, for tests. */
export interface Bench {
  readonly machines: Machines;
  readonly simulation: Simulation;
  /** Runs a program to its end, or for a minute of virtual time. */
  exec(
    argv: readonly string[],
    options?: {
      readonly stdin?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly forMs?: number;
    },
  ): RunResult;
  sh(script: string, stdin?: string): RunResult;
  bash(script: string, stdin?: string): RunResult;
  terminal(
    argv: readonly string[],
    size?: { readonly columns: number; readonly rows: number },
  ): TerminalBench;
  run(ms: number): void;
  read(path: string): string;
  write(path: string, text: string): void;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | undefined;
}

export interface TerminalBench {
  readonly handle: TerminalHandle;
  type(text: string): void;
  /** Everything shown so far. */
  screen(): string;
  /** What came since the last call. */
  fresh(): string;
  code(): number | undefined;
}

const START_MS = 1_759_312_800_000; // 2025-10-01T10:00:00Z

export function newBench(
  options: {
    readonly programs?: ProgramRegistry;
    readonly spec?: Partial<MachineSpec>;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Bench {
  const simulation = new Simulation(newSimulationState({ seed: 7, startMs: START_MS }));
  const registry = options.programs ?? programs;
  const network = { closeAll: () => undefined } as unknown as Network;
  const machines = createMachines(newMachinesState(), {
    simulation,
    network,
    programs: registry,
    onExit: () => undefined,
    onLog: () => undefined,
    service: () => undefined,
  });
  const paths = new Map([...registry.keys()].map((name) => [`/bin/${name}`, name]));
  machines.addMachine({
    id: 'box',
    hostname: 'podwire',
    netns: 'box',
    image: {
      programs: paths,
      files: new Map(Object.entries(options.files ?? {})),
      directories: ['/home/learner', '/work'],
    },
    mounts: [],
    env: new Map([['PATH', '/bin']]),
    workingDirectory: '/work',
    user: 'root',
    ...options.spec,
  });
  return bench(machines, simulation);
}

function bench(machines: Machines, simulation: Simulation): Bench {
  const run = (ms: number, condition?: () => boolean): void =>
    void simulation.run({
      untilMs: simulation.nowMs + ms,
      maxEvents: 1_000_000,
      ...(condition === undefined ? {} : { condition }),
    });
  const exec: Bench['exec'] = (argv, { stdin, env, forMs = 60_000 } = {}) => {
    const started = machines.exec('box', {
      argv,
      ...(env === undefined ? {} : { env: new Map(Object.entries(env)) }),
    });
    if (!started.ok) return { stdout: '', stderr: started.reason, code: 127 };
    const out: Uint8Array[] = [];
    const err: Uint8Array[] = [];
    let code: number | undefined;
    started.handle.onStdout((data) => out.push(data));
    started.handle.onStderr((data) => err.push(data));
    started.handle.onExit((value) => (code = value));
    if (stdin !== undefined) started.handle.writeStdin(utf8Encode(stdin));
    started.handle.closeStdin();
    run(forMs, () => code !== undefined);
    return { stdout: decode(out), stderr: decode(err), code };
  };
  return {
    machines,
    simulation,
    exec,
    sh: (script, stdin) => exec(['sh', '-c', script], stdin === undefined ? {} : { stdin }),
    bash: (script, stdin) => exec(['bash', '-c', script], stdin === undefined ? {} : { stdin }),
    run,
    read: (path) => {
      const data = machines.fileSystem('box').readFile(path);
      return data.ok ? utf8Decode(data.value) : data.errno;
    },
    write: (path, text) => {
      machines.fileSystem('box').writeFile(path, utf8Encode(text));
    },
    terminal: (argv, size = { columns: 80, rows: 24 }) => {
      const opened = machines.openTerminal('box', { argv, ...size });
      if (!opened.ok) throw new Error(opened.reason);
      const out: Uint8Array[] = [];
      let seen = 0;
      let code: number | undefined;
      opened.handle.onOutput((data) => out.push(data));
      opened.handle.onExit((value) => (code = value));
      run(50);
      return {
        handle: opened.handle,
        type: (text) => {
          opened.handle.write(utf8Encode(text));
          run(200);
        },
        screen: () => decode(out),
        fresh: () => {
          const text = decode(out.slice(seen));
          seen = out.length;
          return text;
        },
        code: () => code,
      };
    },
  };
}

function decode(chunks: readonly Uint8Array[]): string {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return utf8Decode(all);
}
