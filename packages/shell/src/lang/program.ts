import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { runFromInput, runInteractive } from '../interactive/session.ts';
import { complain } from '../stdio/output.ts';
import { builtins } from './builtins/index.ts';
import { newShell, runToExit } from './interpreter.ts';
import type { Dialect, Shell } from './shell.ts';

interface Invocation {
  readonly command?: string;
  readonly script?: string;
  readonly interactive: boolean;
  readonly login: boolean;
  readonly readInput: boolean;
  readonly options: readonly string[];
  readonly positional: readonly string[];
}

function parseInvocation(argv: readonly string[]): Invocation | string {
  let index = 1;
  let [command, interactive, login, readInput] = [false, false, (argv[0] ?? '').startsWith('-'), false];
  const options: string[] = [];
  for (; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') {
      index++;
      break;
    }
    if (argument === '--login') login = true;
    else if (argument === '--norc' || argument === '--noprofile' || argument === '--posix') continue;
    else if (argument.startsWith('--')) return `${argument}: invalid option`;
    else if (/^[-+][A-Za-z]+$/.test(argument)) {
      for (const letter of argument.slice(1)) {
        if (letter === 'c') command = true;
        else if (letter === 'i') interactive = true;
        else if (letter === 'l') login = true;
        else if (letter === 's') readInput = true;
        else if (letter === 'o') options.push(`${argument.charAt(0)}o`, argv[++index] ?? '');
        else if ('euxfnvCabhmBEHPT'.includes(letter)) options.push(argument.charAt(0) + letter);
        else return `-${letter}: invalid option`;
      }
    } else break;
  }
  const rest = argv.slice(index);
  const [first] = rest;
  if (command && first === undefined) return '-c: option requires an argument';
  const base = { interactive, login, options, readInput };
  if (command) return { ...base, command: first ?? '', positional: rest.slice(1) };
  return readInput || first === undefined
    ? { ...base, positional: rest }
    : { ...base, script: first, positional: rest.slice(1) };
}

function* runShell(process: Process, dialect: Dialect): Task {
  const invoked = (process.argv[0] ?? dialect).replace(/^-/, '');
  const own = invoked.split('/').at(-1) ?? dialect;
  const invocation = parseInvocation(process.argv);
  if (typeof invocation === 'string') return yield* complain(process, `${own}: ${invocation}`, 2);
  const { command, script, positional } = invocation;
  const interactive =
    invocation.interactive ||
    (command === undefined && script === undefined && process.stdin.isTty && process.tty !== undefined);
  // `sh -c 'text' name args`: the first of the rest is $0, else what the shell was called by.
  const name = command !== undefined ? (positional[0] ?? invoked) : (script ?? own);
  const { shell, interpreter } = newShell(process, {
    place: {
      dialect,
      name,
      interactive: interactive && command === undefined,
      numbered: !(interactive && command === undefined),
      fromArgument: command !== undefined,
    },
    positional: command !== undefined ? positional.slice(1) : positional,
    builtins,
  });
  prepareVariables(shell);
  const text = yield* programText(process, shell, invocation, own);
  if (typeof text === 'number') return text;
  return yield* runToExit(shell, function* () {
    if (invocation.options.length > 0)
      yield* interpreter.runArgv(['set', ...invocation.options], shell.io, { functions: false });
    if (text === undefined)
      return yield* shell.place.interactive
        ? runInteractive(shell, { login: invocation.login })
        : runFromInput(shell);
    return yield* interpreter.runText(text, shell.io, { mayExec: true, script: script !== undefined });
  });
}

/** The program, undefined when it comes from standard input, or the exit code when the script can't be read. */
function* programText(
  process: Process,
  shell: Shell,
  invocation: Invocation,
  own: string,
): Task<string | number | undefined> {
  if (invocation.command !== undefined) return invocation.command;
  if (invocation.script === undefined) return undefined;
  const data = process.fs.readFile(absolutePath(process.cwd, invocation.script));
  if (data.ok) return utf8Decode(data.value);
  const text =
    shell.place.dialect === 'sh'
      ? `can't open '${invocation.script}': ${errnoText(data.errno)}`
      : `${invocation.script}: ${errnoText(data.errno)}`;
  return yield* complain(
    process,
    `${own}: ${text}`,
    data.errno === 'ENOENT' ? (shell.place.dialect === 'sh' ? 2 : 127) : 126,
  );
}

function prepareVariables(shell: Shell): void {
  const { variables, process } = shell;
  const level = Number(variables.value('SHLVL') ?? 0);
  variables.set('SHLVL', String((Number.isInteger(level) ? level : 0) + 1));
  variables.mark('SHLVL', { exported: true });
  variables.set('PWD', process.cwd);
  variables.mark('PWD', { exported: true });
  variables.set('PPID', String(process.parent));
  variables.set('IFS', ' \t\n');
  variables.set('OPTIND', '1');
  if (shell.place.dialect === 'bash') {
    variables.setArray(
      'BASH_VERSINFO',
      new Map(['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu'].map((part, at) => [String(at), part])),
    );
    const user = process.machine.user === 'root' ? '0' : '1000';
    variables.set('UID', user);
    variables.set('EUID', user);
    variables.set('BASH_VERSION', '5.2.15(1)-release');
    variables.set('HOSTNAME', process.machine.hostname);
  }
  if (variables.value('PATH') === undefined)
    variables.set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
}

export const bashProgram: TaskProgram = { kind: 'task', run: (process) => runShell(process, 'bash') };
export const shProgram: TaskProgram = { kind: 'task', run: (process) => runShell(process, 'sh') };
