import { SIGNALS, signalByNumber, signalExitCode } from '@podwire/machine';
import type { DaemonProgram, Process, Signal, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { findCommand } from '../lang/builtins/names.ts';
import { parseOptions, programName, usageError } from '../stdio/options.ts';
import { complain, print, writeText } from '../stdio/output.ts';
import { taskProgram, waitForExit } from '../stdio/program.ts';
import { echoText } from '../text/echo.ts';
import { formatAll } from '../text/printf.ts';
import { formatDate, parseDate } from '../text/date.ts';

/** `1.5`, `2m`, `1h`, `3d`, `infinity`, in ms; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  if (/^inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  if (match === null) return undefined;
  const unit =
    { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] === '' ? 's' : (match[2] ?? 's')] ?? 1000;
  return Number(match[1]) * unit;
}

/** The longest single timer, ms; longer sleeps are made of several. */
const MAX_TIMER_MS = 86_400_000;

/** sleep(1). A daemon, so that a pod that only sleeps is copied with its cluster. */
export const sleepProgram: DaemonProgram<{ leftMs: number }> = {
  kind: 'daemon',
  start: (daemon) => {
    const args = daemon.argv.slice(1).filter((argument) => argument !== '--');
    const durations = args.map(parseDuration);
    const bad = durations.indexOf(undefined);
    if (args.length === 0 || bad >= 0) {
      daemon.logError(
        args.length === 0
          ? "sleep: missing operand\nTry 'sleep --help' for more information.\n"
          : `sleep: invalid time interval '${args[bad] ?? ''}'\nTry 'sleep --help' for more information.\n`,
      );
      daemon.exit(1);
      return { leftMs: 0 };
    }
    const total = durations.reduce<number>((sum, duration) => sum + (duration ?? 0), 0);
    const first = Math.min(total, MAX_TIMER_MS);
    daemon.timer('wake', first);
    return { leftMs: total - first };
  },
  onEvent: (daemon, state, event) => {
    if (event.kind === 'signal') {
      // As the first process of a container it has no handler, and the kernel spares it.
      if (daemon.pid !== 1) daemon.exit(signalExitCode(event.signal));
      return;
    }
    if (event.kind !== 'timer') return;
    if (state.leftMs <= 0) {
      daemon.exit(0);
      return;
    }
    const next = Math.min(state.leftMs, MAX_TIMER_MS);
    state.leftMs -= next;
    daemon.timer('wake', next);
  },
};

export const trueProgram = taskProgram(function* () {
  return 0;
});

export const falseProgram = taskProgram(function* () {
  return 1;
});

export const echoProgram = taskProgram(function* (process) {
  yield* print(process, echoText(process.argv.slice(1)));
  return 0;
});

export const printfProgram = taskProgram(function* (process) {
  const args = process.argv[1] === '--' ? process.argv.slice(2) : process.argv.slice(1);
  const [format] = args;
  if (format === undefined) return yield* usageError(process, 'missing operand');
  const warnings: string[] = [];
  const { text, ok } = formatAll(format, args.slice(1), (message) => warnings.push(message));
  for (const warning of warnings) yield* complain(process, `printf: ${warning}`);
  yield* print(process, text);
  return ok ? 0 : 1;
});

export const pwdProgram = taskProgram(function* (process) {
  yield* print(process, `${process.cwd}\n`);
  return 0;
});

/** date(1). */
export const dateProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'utc', short: 'u', long: 'utc' },
    { name: 'date', short: 'd', long: 'date', value: 'required' },
    { name: 'iso', short: 'I', long: 'iso-8601', value: 'optional' },
    { name: 'rfc-email', short: 'R', long: 'rfc-email' },
    { name: 'set', short: 's', long: 'set', value: 'required' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  if (parsed.flags.has('set'))
    return yield* complain(process, 'date: cannot set date: Operation not permitted');
  const text = parsed.values.get('date');
  const timeMs = text === undefined ? process.nowMs() : parseDate(text, process.nowMs());
  if (timeMs === undefined) return yield* complain(process, `date: invalid date '${text ?? ''}'`);
  const [operand] = parsed.operands;
  if (operand !== undefined && !operand.startsWith('+'))
    return yield* complain(process, `date: invalid date '${operand}'`);
  const iso = parsed.values.get('iso') ?? 'date';
  const isoFormat =
    iso === 'seconds'
      ? '%Y-%m-%dT%H:%M:%S+00:00'
      : iso === 'minutes'
        ? '%Y-%m-%dT%H:%M+00:00'
        : iso === 'ns'
          ? '%Y-%m-%dT%H:%M:%S,%N+00:00'
          : '%Y-%m-%d';
  const format =
    operand?.slice(1) ??
    (parsed.flags.has('iso')
      ? isoFormat
      : parsed.flags.has('rfc-email')
        ? '%a, %d %b %Y %H:%M:%S +0000'
        : '%a %b %e %H:%M:%S UTC %Y');
  yield* print(process, `${formatDate(format, timeMs)}\n`);
  return 0;
});

/** env(1) and printenv(1). */
export const envProgram = taskProgram(function* (process) {
  const parsed = parseOptions(
    process.argv.slice(1),
    [
      { name: 'ignore', short: 'i', long: 'ignore-environment' },
      { name: 'unset', short: 'u', long: 'unset', value: 'required' },
      { name: 'null', short: '0', long: 'null' },
    ],
    { stopAtOperand: true },
  );
  if (!parsed.ok) {
    yield* usageError(process, parsed.message);
    return 125;
  }
  const environment = parsed.flags.has('ignore') ? new Map<string, string>() : new Map(process.env);
  for (const option of parsed.given) if (option.name === 'unset') environment.delete(option.value ?? '');
  let index = 0;
  for (; index < parsed.operands.length; index++) {
    const match = /^([^=]+)=(.*)$/s.exec(parsed.operands[index] ?? '');
    if (match === null) break;
    environment.set(match[1] ?? '', match[2] ?? '');
  }
  const command = parsed.operands.slice(index);
  if (command.length === 0) {
    for (const [name, value] of environment)
      yield* print(process, `${name}=${value}${parsed.flags.has('null') ? '\0' : '\n'}`);
    return 0;
  }
  const replaced = process.exec({ argv: command, env: environment });
  return replaced.ok ? 0 : yield* notStarted(process, command[0] ?? '', replaced.reason);
});

export const printenvProgram = taskProgram(function* (process) {
  const names = process.argv.slice(1);
  if (names.length === 0)
    for (const [name, value] of process.env) yield* print(process, `${name}=${value}\n`);
  let code = 0;
  for (const name of names) {
    const value = process.env.get(name);
    if (value === undefined) code = 1;
    else yield* print(process, `${value}\n`);
  }
  return code;
});

/** What a program that runs another says when that cannot start, and its exit code. */
export function* notStarted(
  process: Process,
  name: string,
  reason: 'not-found' | 'not-executable' | 'too-many-processes',
): Task {
  const text =
    reason === 'not-found'
      ? 'No such file or directory'
      : reason === 'not-executable'
        ? 'Permission denied'
        : 'Resource temporarily unavailable';
  const own = programName(process);
  const what =
    own === 'timeout' || own === 'nohup' || own === 'watch'
      ? `failed to run command '${name}'`
      : own === 'env'
        ? `'${name}'`
        : name;
  yield* complain(process, `${own}: ${what}: ${text}`);
  return reason === 'not-found' ? 127 : 126;
}

export const whoamiProgram = taskProgram(function* (process) {
  yield* print(process, `${process.machine.user}\n`);
  return 0;
});

/** id(1). Numbers come from /etc/passwd. */
export const idProgram = taskProgram(function* (process) {
  const flags = process.argv.slice(1).join('');
  const { user, groups } = process.machine;
  const passwd = process.fs.readFile('/etc/passwd');
  const lines = passwd.ok ? utf8Decode(passwd.value).split('\n') : [];
  const entry = lines
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === user || fields[2] === user);
  const uid = user === 'root' ? '0' : (entry?.[2] ?? (/^\d+$/.test(user) ? user : '1000'));
  const gid = groups?.[0] ?? (user === 'root' ? '0' : (entry?.[3] ?? (/^\d+$/.test(user) ? '0' : uid)));
  const name = entry?.[0] ?? (/^\d+$/.test(user) ? '' : user);
  const label = (number: string, text: string): string => (text === '' ? number : `${number}(${text})`);
  const groupName = gid === '0' ? 'root' : gid === (entry?.[3] ?? uid) ? name : '';
  const all = [...new Set([gid, ...(groups ?? [])])];
  if (flags.includes('u')) yield* print(process, `${flags.includes('n') ? name || uid : uid}\n`);
  else if (flags.includes('G') && !flags.includes('n')) yield* print(process, `${all.join(' ')}\n`);
  else if (flags.includes('g') || flags.includes('G'))
    yield* print(process, `${flags.includes('n') ? groupName || gid : gid}\n`);
  else
    yield* print(
      process,
      `uid=${label(uid, name)} gid=${label(gid, groupName)} groups=${[label(gid, groupName), ...all.slice(1)].join(',')}\n`,
    );
  return 0;
});

export const hostnameProgram = taskProgram(function* (process) {
  const [flag] = process.argv.slice(1);
  if (flag === '-i' || flag === '-I' || flag === '--ip-address' || flag === '--all-ip-addresses') {
    const addresses = process.net.network
      .interfaces(process.net.netns)
      .filter((link) => link.kind !== 'loopback')
      .flatMap((link) => link.addresses.map((address) => address.split('/')[0] ?? ''))
      .filter((address) => !address.startsWith('fe80:'));
    yield* print(process, flag === '-I' ? `${addresses.join(' ')} \n` : `${addresses[0] ?? '127.0.0.1'}\n`);
    return 0;
  }
  if (flag !== undefined && !flag.startsWith('-'))
    return yield* complain(process, 'hostname: you must be root to change the host name');
  const name = process.machine.hostname;
  yield* print(
    process,
    `${flag === '-s' ? (name.split('.')[0] ?? '') : flag === '-d' ? name.split('.').slice(1).join('.') : name}\n`,
  );
  return 0;
});

export const unameProgram = taskProgram(function* (process) {
  const letters =
    process.argv
      .slice(1)
      .map(
        (argument) =>
          ({
            '--all': 'a',
            '--kernel-name': 's',
            '--nodename': 'n',
            '--kernel-release': 'r',
            '--machine': 'm',
          })[argument] ?? argument.replace(/^-/, ''),
      )
      .join('') || 's';
  const bad = /[^asnrvmpio]/.exec(letters)?.[0];
  if (bad !== undefined) return yield* usageError(process, `invalid option -- '${bad}'`);
  const values: Readonly<Record<string, string>> = {
    s: 'Linux',
    n: process.machine.hostname,
    r: '6.8.0-podwire',
    v: '#1 SMP Podwire',
    m: 'x86_64',
    o: 'GNU/Linux',
  };
  const chosen = letters.includes('a')
    ? 'snrvmo'
    : 'snrvmo'
        .split('')
        .filter((letter) => letters.includes(letter) || (letter === 'm' && /[pi]/.test(letters)))
        .join('');
  yield* print(
    process,
    `${Array.from(chosen)
      .map((letter) => values[letter] ?? '')
      .join(' ')}\n`,
  );
  return 0;
});

export const whichProgram = taskProgram(function* (process) {
  let code = 0;
  for (const name of process.argv.slice(1).filter((argument) => argument !== '-a')) {
    const path = findCommand(process, process.env.get('PATH') ?? '/bin', name);
    if (path === undefined) code = 1;
    else yield* print(process, `${path}\n`);
  }
  return code;
});

export const basenameProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'multiple', short: 'a', long: 'multiple' },
    { name: 'suffix', short: 's', long: 'suffix', value: 'required' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const many = parsed.flags.has('multiple') || parsed.flags.has('suffix');
  const [first, second, third] = parsed.operands;
  if (first === undefined) return yield* usageError(process, 'missing operand');
  if (!many && third !== undefined) return yield* usageError(process, `extra operand '${third}'`);
  const suffix = parsed.values.get('suffix') ?? (many ? '' : (second ?? ''));
  for (const path of many ? parsed.operands : [first]) {
    const base =
      path
        .replace(/(?<=.)\/+$/, '')
        .split('/')
        .at(-1) ?? '';
    const name = base === '' ? '/' : base;
    yield* print(
      process,
      `${suffix !== '' && name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name}\n`,
    );
  }
  return 0;
});

export const dirnameProgram = taskProgram(function* (process) {
  const paths = process.argv.slice(1).filter((argument) => argument !== '--');
  if (paths.length === 0) return yield* usageError(process, 'missing operand');
  for (const path of paths) {
    const trimmed = path.replace(/(?<=.)\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    yield* print(
      process,
      `${slash < 0 ? '.' : slash === 0 ? '/' : trimmed.slice(0, slash).replace(/(?<=.)\/+$/, '')}\n`,
    );
  }
  return 0;
});

export const clearProgram = taskProgram(function* (process) {
  yield* print(process, '\x1b[H\x1b[2J\x1b[3J');
  return 0;
});

function signalOf(text: string): Signal | undefined {
  if (/^\d+$/.test(text)) return signalByNumber(Number(text));
  const upper = text.toUpperCase();
  return SIGNALS.find((signal) => signal === upper || signal === `SIG${upper}`);
}

/** kill(1), for where the shell's builtin isn't used. */
export const killProgram = taskProgram(function* (process) {
  let args = process.argv.slice(1);
  let signal: Signal | undefined = 'SIGTERM';
  const [first] = args;
  if (first === '-l') {
    yield* print(process, `${SIGNALS.map((name) => name.slice(3)).join(' ')}\n`);
    return 0;
  }
  if (first === '-s') {
    signal = signalOf(args[1] ?? '');
    args = args.slice(2);
  } else if (first !== undefined && /^-[A-Za-z0-9]/.test(first) && args.length > 1) {
    signal = first === '-0' ? undefined : signalOf(first.slice(1));
    if (signal === undefined && first !== '-0')
      return yield* complain(process, `kill: invalid signal name or number: ${first.slice(1)}`);
    args = args.slice(1);
  }
  if (args.length === 0) return yield* complain(process, 'kill: not enough arguments');
  let code = 0;
  for (const target of args) {
    const known =
      signal === undefined
        ? process.machine.processes().some((entry) => entry.pid === Number(target))
        : process.kill(Number(target), signal);
    if (!known)
      code = yield* complain(
        process,
        /^-?\d+$/.test(target)
          ? `kill: sending signal to ${target} failed: No such process`
          : `kill: failed to parse argument: '${target}'`,
      );
  }
  return code;
});

/** timeout(1). */
export const timeoutProgram = taskProgram(function* (process) {
  const parsed = parseOptions(
    process.argv.slice(1),
    [
      { name: 'signal', short: 's', long: 'signal', value: 'required' },
      { name: 'kill-after', short: 'k', long: 'kill-after', value: 'required' },
      { name: 'preserve', long: 'preserve-status' },
      { name: 'foreground', long: 'foreground' },
      { name: 'busybox-time', short: 't', value: 'required' },
    ],
    { stopAtOperand: true },
  );
  if (!parsed.ok) {
    yield* usageError(process, parsed.message);
    return 125;
  }
  const old = parsed.values.get('busybox-time');
  const limit = parseDuration(old ?? parsed.operands[0] ?? '');
  const command = parsed.operands.slice(old === undefined ? 1 : 0);
  const signal = signalOf(parsed.values.get('signal') ?? 'TERM');
  if (limit === undefined || command.length === 0 || signal === undefined) {
    yield* usageError(
      process,
      limit === undefined && parsed.operands.length > 0
        ? `invalid time interval '${parsed.operands[0] ?? ''}'`
        : signal === undefined
          ? `'${parsed.values.get('signal') ?? ''}': invalid signal`
          : 'missing operand',
    );
    return 125;
  }
  const spawned = process.spawn({ argv: command });
  if (!spawned.ok) return yield* notStarted(process, command[0] ?? '', spawned.reason);
  const end = process.nowMs() + limit;
  let graceEnd = Number.POSITIVE_INFINITY;
  let expired = false;
  process.onSignal('SIGTERM', () => void process.kill(spawned.pid, 'SIGTERM'));
  for (;;) {
    const code = process.exitCodeOf(spawned.pid);
    if (code !== undefined)
      return expired && !parsed.flags.has('preserve') ? (code === 137 ? 137 : 124) : code;
    const until = Math.min(
      expired ? graceEnd : limit === 0 ? Number.POSITIVE_INFINITY : end,
      process.nowMs() + MAX_TIMER_MS,
    );
    yield {
      kind: 'any',
      of: [
        { kind: 'exit', pid: spawned.pid },
        { kind: 'sleep', ms: until - process.nowMs() },
      ],
    };
    if (!expired && limit > 0 && process.nowMs() >= end) {
      expired = true;
      process.kill(spawned.pid, signal);
      const grace = parseDuration(parsed.values.get('kill-after') ?? '');
      if (grace !== undefined) graceEnd = process.nowMs() + grace;
    } else if (expired && process.nowMs() >= graceEnd) process.kill(spawned.pid, 'SIGKILL');
  }
});

/** time(1), for shells without the keyword. */
export const timeProgram = taskProgram(function* (process) {
  const command = process.argv
    .slice(1)
    .filter((argument, index) => !(index === 0 && (argument === '-p' || argument === '-v')));
  const startedMs = process.nowMs();
  const spawned = command.length === 0 ? undefined : process.spawn({ argv: command });
  if (spawned?.ok === false) return yield* notStarted(process, command[0] ?? '', spawned.reason);
  const code = spawned === undefined ? 0 : yield* waitForExit(process, spawned.pid);
  const seconds = (process.nowMs() - startedMs) / 1000;
  yield* writeText(
    process.stderr,
    `real\t${Math.floor(seconds / 60)}m ${(seconds % 60).toFixed(2)}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n`,
  );
  return code;
});

export const nohupProgram = taskProgram(function* (process) {
  const command = process.argv.slice(1);
  if (command.length === 0) return yield* usageError(process, 'missing operand', 125);
  const spawned = process.spawn({ argv: command, group: 'new' });
  return spawned.ok
    ? yield* waitForExit(process, spawned.pid)
    : yield* notStarted(process, command[0] ?? '', spawned.reason);
});

/** `test` and `[` as programs: the shell's own does the work. */
export const testProgram = taskProgram(function* (process) {
  const name = programName(process);
  const quoted = process.argv.slice(1).map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const replaced = process.exec({ argv: ['sh', '-c', `${name === '[' ? '[' : 'test'} ${quoted.join(' ')}`] });
  return replaced.ok ? 0 : 2;
});
