import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import { readAll } from './input.ts';
import { programName } from './options.ts';
import { complain } from './output.ts';

export function taskProgram(run: (process: Process) => Task): TaskProgram {
  return { kind: 'task', run };
}

/** The whole of a file operand (`-` is standard input); undefined after a message. */
export function* readOperand(process: Process, name: string): Task<Uint8Array | undefined> {
  if (name === '-') return yield* readAll(process.stdin);
  const info = process.fs.stat(absolutePath(process.cwd, name));
  if (info.ok && info.value.device === 'stdin') return yield* readAll(process.stdin);
  const data = process.fs.readFile(absolutePath(process.cwd, name));
  if (data.ok) return data.value;
  yield* complain(process, `${programName(process)}: ${name}: ${errnoText(data.errno)}`);
  return undefined;
}

/** Waits for a child, whatever interrupts the wait. */
export function* waitForExit(process: Process, pid: number): Task {
  for (;;) {
    const code = process.exitCodeOf(pid);
    if (code !== undefined) return code;
    yield { kind: 'exit', pid };
  }
}
