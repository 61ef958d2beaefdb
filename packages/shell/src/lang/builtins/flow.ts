import { SIGNALS, absolutePath, errnoText, signalByNumber } from '@podwire/machine';
import type { Process, Signal } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { writeText } from '../../stdio/output.ts';
import { FunctionReturn, LoopJump, ShellExit } from '../control.ts';
import { waitInForeground } from '../foreground.ts';
import type { Builtin } from '../builtin.ts';
import { childStreams, errorsOf, outputOf } from '../io.ts';
import { describeJob, findJob, updateJob, waitForJob } from '../jobs.ts';
import type { Shell, TrapName } from '../shell.ts';

/** How deep `source` and `eval` may call themselves. */
const MAX_SOURCE_DEPTH = 50;

const loopJump = (kind: 'break' | 'continue'): Builtin =>
  function* (shell, argv, io) {
    const levels = Number(argv[1] ?? 1);
    if (!Number.isInteger(levels) || levels < 1) {
      yield* shell.complain(
        `${kind}: ${argv[1] ?? ''}: ${Number.isInteger(levels) ? 'loop count out of range' : 'numeric argument required'}`,
        io,
      );
      return 1;
    }
    if (shell.loopDepth === 0) {
      if (shell.place.dialect === 'bash')
        yield* shell.complain(`${kind}: only meaningful in a \`for', \`while', or \`until' loop`, io);
      return 0;
    }
    throw new LoopJump(kind, levels);
  };

export const breakBuiltin = loopJump('break');
export const continueBuiltin = loopJump('continue');

function exitCodeArgument(shell: Shell, text: string | undefined): number | undefined {
  if (text === undefined) return shell.status;
  return /^[-+]?\d+$/.test(text) ? Number(text) & 0xff : undefined;
}

export const returnBuiltin: Builtin = function* (shell, argv, io) {
  const code = exitCodeArgument(shell, argv[1]);
  if (code === undefined) yield* shell.complain(`return: ${argv[1] ?? ''}: numeric argument required`, io);
  if (!shell.variables.inFunction && shell.sourceDepth === 0) {
    yield* shell.complain("return: can only `return' from a function or sourced script", io);
    return 2;
  }
  throw new FunctionReturn(code ?? 2);
};

export const exitBuiltin: Builtin = function* (shell, argv, io) {
  if (shell.jobControl) yield* writeText(errorsOf(io), 'exit\n');
  const code = exitCodeArgument(shell, argv[1]);
  if (code === undefined) yield* shell.complain(`exit: ${argv[1] ?? ''}: numeric argument required`, io);
  throw new ShellExit(code ?? 2);
};

export const evalBuiltin: Builtin = function* (shell, argv, io) {
  const text = argv.slice(argv[1] === '--' ? 2 : 1).join(' ');
  if (text.trim() === '') return 0;
  if (shell.sourceDepth >= MAX_SOURCE_DEPTH) {
    yield* shell.complain(`eval: maximum eval nesting level exceeded (${MAX_SOURCE_DEPTH})`, io);
    throw new ShellExit(1);
  }
  shell.sourceDepth++;
  try {
    return yield* shell.executor.runText(text, io, { firstLine: shell.line });
  } finally {
    shell.sourceDepth--;
  }
};

export const sourceBuiltin: Builtin = function* (shell, argv, io) {
  const [name = '.', file] = argv;
  if (file === undefined) {
    yield* shell.complain(`${name}: filename argument required`, io);
    return 2;
  }
  const { process } = shell;
  const found = file.includes('/')
    ? undefined
    : (shell.variables.value('PATH') ?? '')
        .split(':')
        .map((directory) => `${directory}/${file}`)
        .find((path) => process.fs.stat(absolutePath(process.cwd, path)).ok);
  const data = process.fs.readFile(absolutePath(process.cwd, found ?? file));
  if (!data.ok) {
    yield* shell.complain(`${file.includes('/') ? '' : `${name}: `}${file}: ${errnoText(data.errno)}`, io);
    return 1;
  }
  if (shell.sourceDepth >= MAX_SOURCE_DEPTH) {
    yield* shell.complain(`${name}: maximum source nesting level exceeded (${MAX_SOURCE_DEPTH})`, io);
    throw new ShellExit(1);
  }
  const { positional } = shell;
  if (argv.length > 2) shell.positional = argv.slice(2);
  shell.sourceDepth++;
  shell.status = 0;
  try {
    return yield* shell.executor.runText(utf8Decode(data.value), io);
  } catch (error) {
    if (error instanceof FunctionReturn) return error.exitCode;
    throw error;
  } finally {
    shell.sourceDepth--;
    if (argv.length > 2) shell.positional = positional;
  }
};

export const execBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv[1] === '--' ? argv.slice(2) : argv.slice(1);
  if (args.length === 0) return 0;
  const replaced = shell.process.exec({
    argv: args,
    env: shell.variables.exported(),
    cwd: shell.process.cwd,
    ...childStreams(io),
  });
  if (replaced.ok) {
    shell.traps.delete('EXIT');
    throw new ShellExit(0);
  }
  const name = args[0] ?? '';
  const missing = replaced.reason === 'not-found';
  yield* shell.complain(
    `exec: ${name}: ${missing ? (name.includes('/') ? 'cannot execute: No such file or directory' : 'not found') : 'cannot execute: Permission denied'}`,
    io,
  );
  if (!shell.place.interactive) throw new ShellExit(missing ? 127 : 126);
  return missing ? 127 : 126;
};

/** `INT`, `SIGINT`, `2`, `EXIT`, `0`. */
export function signalName(text: string): TrapName | undefined {
  const upper = text.toUpperCase();
  if (upper === 'EXIT' || upper === '0') return 'EXIT';
  if (upper === 'ERR') return 'ERR';
  if (/^\d+$/.test(text)) return signalByNumber(Number(text));
  return SIGNALS.find((signal) => signal === upper || signal === `SIG${upper}`);
}

export const trapBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv.slice(argv[1] === '--' ? 2 : 1);
  if (args.length === 0 || args[0] === '-p') {
    const asked = args.slice(1).map(signalName);
    for (const [name, action] of shell.traps)
      if (asked.length === 0 || asked.includes(name))
        yield* writeText(outputOf(io), `trap -- '${action.replaceAll("'", `'\\''`)}' ${name}\n`);
    return 0;
  }
  if (args[0] === '-l') {
    yield* writeText(outputOf(io), `${SIGNALS.join(' ')}\n`);
    return 0;
  }
  const reset = args.length === 1 || args[0] === '-';
  const names = args.length === 1 ? args : args.slice(1);
  let code = 0;
  for (const text of names) {
    const name = signalName(text);
    if (text === 'RETURN' || text === 'DEBUG') {
      yield* shell.complain(`trap: ${text} is not part of this simulation`, io);
      code = 1;
      continue;
    }
    if (name === undefined) {
      yield* shell.complain(`trap: ${text}: invalid signal specification`, io);
      code = 1;
      continue;
    }
    setTrap(shell, name, reset ? undefined : (args[0] ?? ''));
  }
  return code;
};

function setTrap(shell: Shell, name: TrapName, action: string | undefined): void {
  if (action === undefined) shell.traps.delete(name);
  else shell.traps.set(name, action);
  if (name === 'EXIT' || name === 'ERR') return;
  shell.process.onSignal(
    name,
    action === undefined
      ? undefined
      : action === ''
        ? () => undefined
        : () => void shell.pendingTraps.push(name),
  );
}

export const waitBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv.slice(1).filter((argument) => argument !== '-n');
  const { process } = shell;
  if (args.length === 0) {
    for (const job of [...shell.jobs]) {
      yield* waitForJob(shell, job);
      remove(shell, job.id);
    }
    return 0;
  }
  let code = 0;
  for (const argument of args) {
    const job = argument.startsWith('%')
      ? findJob(shell, argument)
      : shell.jobs.find((candidate) => candidate.pids.includes(Number(argument)));
    if (job === undefined) {
      yield* shell.complain(
        argument.startsWith('%')
          ? `wait: ${argument}: no such job`
          : /^\d+$/.test(argument)
            ? `wait: pid ${argument} is not a child of this shell`
            : `wait: \`${argument}': not a pid or valid job spec`,
        io,
      );
      code = 127;
      continue;
    }
    yield* waitForJob(shell, job);
    updateJob(process, job);
    code = job.codes.get(Number(argument)) ?? job.status;
    remove(shell, job.id);
  }
  return code;
};

function remove(shell: Shell, id: number): void {
  const index = shell.jobs.findIndex((job) => job.id === id);
  if (index >= 0 && shell.jobs[index]?.state === 'done') shell.jobs.splice(index, 1);
}

export const jobsBuiltin: Builtin = function* (shell, argv, io) {
  for (const job of [...shell.jobs]) {
    updateJob(shell.process, job);
    const line = argv.includes('-p')
      ? String(job.group)
      : argv.includes('-l')
        ? describeJob(shell, job).replace(/^(\[\d+\].) /, `$1 ${job.pids[0] ?? ''}`)
        : describeJob(shell, job);
    yield* writeText(outputOf(io), `${line}\n`);
    remove(shell, job.id);
  }
  return 0;
};

export const fgBuiltin: Builtin = function* (shell, argv, io) {
  if (!shell.jobControl) {
    yield* shell.complain('fg: no job control', io);
    return 1;
  }
  const job = findJob(shell, argv[1]);
  if (job === undefined || job.state === 'done') {
    yield* shell.complain(`fg: ${argv[1] ?? 'current'}: no such job`, io);
    return 1;
  }
  yield* writeText(outputOf(io), `${job.source}\n`);
  shell.process.tty?.setForeground(job.group);
  shell.process.kill(-job.group, 'SIGCONT');
  job.state = 'running';
  const code = yield* waitInForeground(shell, job);
  // waitForJob may have left it stopped again.
  updateJob(shell.process, job);
  if (isStopped(job)) {
    yield* writeText(errorsOf(io), `\n${describeJob(shell, job)}\n`);
    return 148;
  }
  remove(shell, job.id);
  return code;
};

function isStopped(job: { readonly state: 'running' | 'stopped' | 'done' }): boolean {
  return job.state === 'stopped';
}

export const bgBuiltin: Builtin = function* (shell, argv, io) {
  const job = shell.jobControl ? findJob(shell, argv[1]) : undefined;
  if (job === undefined || job.state === 'done') {
    yield* shell.complain(
      shell.jobControl ? `bg: ${argv[1] ?? 'current'}: no such job` : 'bg: no job control',
      io,
    );
    return 1;
  }
  job.state = 'running';
  shell.process.kill(-job.group, 'SIGCONT');
  yield* writeText(outputOf(io), `[${job.id}]+ ${job.source} &\n`);
  return 0;
};

export const killBuiltin: Builtin = function* (shell, argv, io) {
  let args = argv.slice(1);
  let signal: Signal = 'SIGTERM';
  const [first] = args;
  if (first === '-l' || first === '-L') {
    const wanted = args[1];
    const name =
      wanted === undefined
        ? undefined
        : signalName(String(Number(wanted) > 128 ? Number(wanted) - 128 : wanted));
    yield* writeText(
      outputOf(io),
      `${wanted === undefined ? SIGNALS.map((known) => known.slice(3)).join(' ') : (name ?? '').replace(/^SIG/, '')}\n`,
    );
    return 0;
  }
  const named =
    first === '-s' || first === '-n'
      ? args[1]
      : first !== undefined && /^-[A-Za-z0-9]/.test(first) && !(/^-\d+$/.test(first) && args.length === 1)
        ? first.slice(1)
        : undefined;
  if (named !== undefined) {
    const found = signalName(named);
    if (found === undefined || found === 'ERR') {
      yield* shell.complain(`kill: ${named}: invalid signal specification`, io);
      return 1;
    }
    if (found === 'EXIT')
      return probe(shell.process, args.slice(first === '-s' || first === '-n' ? 2 : 1)) ? 0 : 1;
    signal = found;
    args = args.slice(first === '-s' || first === '-n' ? 2 : 1);
  }
  if (args[0] === '--') args = args.slice(1);
  if (args.length === 0) {
    yield* shell.complain(
      'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]',
      io,
    );
    return 2;
  }
  let code = 0;
  for (const target of args) {
    const job = target.startsWith('%') ? findJob(shell, target) : undefined;
    const pid = job === undefined ? Number(target) : -job.group;
    if (!target.startsWith('%') && !/^-?\d+$/.test(target)) {
      yield* shell.complain(`kill: ${target}: arguments must be process or job IDs`, io);
      code = 1;
    } else if (target.startsWith('%') && job === undefined) {
      yield* shell.complain(`kill: ${target}: no such job`, io);
      code = 1;
    } else if (job !== undefined && !shell.jobControl)
      for (const member of job.pids) shell.process.kill(member, signal);
    else if (!shell.process.kill(pid, signal)) {
      yield* shell.complain(`kill: (${target}) - No such process`, io);
      code = 1;
    }
  }
  yield* shell.step();
  return code;
};

function probe(process: Process, pids: readonly string[]): boolean {
  const alive = new Set(process.machine.processes().map((entry) => entry.pid));
  return pids.every((pid) => alive.has(Number(pid)));
}
