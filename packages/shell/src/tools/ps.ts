import type { MachineView, Process, Task, TaskProgram } from '@podwire/machine';
import { complain, print } from '../stdio/output.ts';

type Entry = ReturnType<MachineView['processes']>[number];

/** One column of `-o`, as procps prints it. */
interface Column {
  readonly head: string;
  readonly width: number;
  readonly right?: true;
  text(entry: Entry, process: Process): string;
}

const STATES = { running: 'R', waiting: 'S', stopped: 'T' } as const;
const SECOND_MS = 1_000;
/** What is shown of memory, of which nothing is modelled. */
const [VSZ, RSS] = ['4000', '3000'] as const;

function column(head: string, width: number, text: Column['text']): Column {
  return { head, width, text };
}

function number(head: string, width: number, text: Column['text']): Column {
  return { head, width, right: true, text };
}

const nameOf = ({ argv }: Entry): string => argv[0]?.split('/').at(-1) ?? '';
const lineOf = ({ argv }: Entry): string => argv.join(' ');
const ttyOf = ({ hasTty }: Entry): string => (hasTty ? 'pts/0' : '?');
const userOf = (_: Entry, { machine }: Process): string => machine.user.slice(0, 8);

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: number('PID', 7, ({ pid }) => String(pid)),
  ppid: number('PPID', 7, ({ parent }) => String(parent)),
  pgid: number('PGID', 7, ({ group }) => String(group)),
  user: column('USER', 8, userOf),
  ruser: column('RUSER', 8, userOf),
  comm: column('COMMAND', 15, nameOf),
  ucmd: column('CMD', 15, nameOf),
  args: column('COMMAND', 27, lineOf),
  command: column('COMMAND', 27, lineOf),
  cmd: column('CMD', 27, lineOf),
  stat: column('STAT', 4, ({ state }) => STATES[state]),
  s: column('S', 1, ({ state }) => STATES[state]),
  tty: column('TT', 8, ttyOf),
  time: number('TIME', 8, () => '00:00:00'),
  etime: number('ELAPSED', 11, ({ startedMs }, process) => elapsed(process.nowMs() - startedMs)),
  pcpu: number('%CPU', 4, () => '0.0'),
  pmem: number('%MEM', 4, () => '0.0'),
  vsz: number('VSZ', 6, () => VSZ),
  rss: number('RSS', 5, () => RSS),
};
const OTHER_NAMES: Readonly<Record<string, string>> = {
  uname: 'user',
  euser: 'user',
  state: 's',
  tt: 'tty',
  tname: 'tty',
  cputime: 'time',
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  vsize: 'vsz',
  rssize: 'rss',
  pgrp: 'pgid',
};

/** `[[DD-]hh:]mm:ss` */
function elapsed(ms: number): string {
  const seconds = Math.floor(ms / SECOND_MS);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24];
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (days > 0) return `${days}-${two(hours)}:${rest}`;
  return hours > 0 ? `${two(hours)}:${rest}` : rest;
}

const USAGE = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).`;

/** What of a command line is understood; a text is a word that is not part of this simulation. */
interface Asked {
  readonly letters: string;
  readonly formats: readonly string[];
  readonly pids: readonly number[] | undefined;
  readonly names: readonly string[] | undefined;
}

const VALUES = 'opC';
const LETTERS = 'aAefuxwdl';

function read(args: readonly string[]): Asked | string {
  let letters = '';
  const values = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg.startsWith('--')) return arg;
    const word = arg.replace(/^-/, '');
    for (let place = 0; place < word.length; place++) {
      const letter = word.charAt(place);
      if (VALUES.includes(letter)) {
        const value = word.slice(place + 1) || args[++at];
        if (value === undefined) return arg;
        values.set(letter, [...(values.get(letter) ?? []), value]);
        break;
      }
      if (!LETTERS.includes(letter)) return arg;
      letters += letter;
    }
  }
  const list = (letter: string): readonly string[] | undefined =>
    values.get(letter)?.flatMap((value) => value.split(/[\s,]+/));
  return {
    letters,
    formats: values.get('o') ?? [],
    pids: list('p')?.map(Number),
    names: list('C'),
  };
}

/** ps(1) of procps: `ps`, `ps -e`, `ps aux`, `ps -ef`, `-o`, `-p`, `-C`. */
export const psProgram: TaskProgram = {
  kind: 'task',
  *run(process) {
    const asked = read(process.argv.slice(1));
    if (typeof asked === 'string')
      return yield* complain(
        process,
        `ps: ${asked} is not part of this simulation; -e, -f, -o, -p, -C and aux are`,
      );
    const { letters, pids, names } = asked;
    const chosen = process.machine
      .processes()
      .filter((entry) =>
        pids !== undefined || names !== undefined
          ? pids?.includes(entry.pid) === true || names?.includes(nameOf(entry)) === true
          : /[aAexd]/.test(letters) || process.tty === undefined || entry.hasTty,
      );
    const missing = (pids !== undefined || names !== undefined) && chosen.length === 0 ? 1 : 0;
    if (asked.formats.length > 0) return (yield* printColumns(process, asked.formats, chosen)) || missing;
    yield* print(
      process,
      letters.includes('u') ? userForm(process, chosen) : shortForm(process, chosen, letters),
    );
    return missing;
  },
};

function startedAt(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

function userForm(process: Process, entries: readonly Entry[]): string {
  const rows = entries.map(
    (entry) =>
      `${userOf(entry, process).padEnd(8)} ${String(entry.pid).padStart(7)}  0.0  0.0   ${VSZ}  ${RSS} ${ttyOf(entry).padEnd(8)} ${STATES[entry.state].padEnd(4)} ${startedAt(entry.startedMs)}   0:00 ${lineOf(entry)}\n`,
  );
  return `USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n${rows.join('')}`;
}

function shortForm(process: Process, entries: readonly Entry[], letters: string): string {
  const tty = (entry: Entry): string => ttyOf(entry).padEnd(8);
  if (letters.includes('f')) {
    const rows = entries.map(
      (entry) =>
        `${userOf(entry, process).padEnd(8)} ${String(entry.pid).padStart(7)} ${String(entry.parent).padStart(7)}  0 ${startedAt(entry.startedMs)} ${tty(entry)} 00:00:00 ${lineOf(entry)}\n`,
    );
    return `UID          PID    PPID  C STIME TTY          TIME CMD\n${rows.join('')}`;
  }
  const rows = entries.map(
    (entry) => `${String(entry.pid).padStart(7)} ${tty(entry)} 00:00:00 ${nameOf(entry)}\n`,
  );
  return `    PID TTY          TIME CMD\n${rows.join('')}`;
}

/** `-o pid,comm=NAME`: a column may have a head of its own, and no line of heads comes where all are empty. */
function* printColumns(process: Process, formats: readonly string[], entries: readonly Entry[]): Task {
  const columns: Column[] = [];
  for (const format of formats.flatMap((each) => each.split(','))) {
    const [names, own] = cutAt(format, '=');
    const all = names.split(/\s+/).filter((name) => name !== '');
    for (const [place, name] of all.entries()) {
      const known = OTHER_NAMES[name] ?? name;
      const found = Object.hasOwn(COLUMNS, known) ? COLUMNS[known] : undefined;
      if (found === undefined)
        return yield* complain(process, `error: unknown user-defined format specifier "${name}"\n${USAGE}`);
      const isLast = place === all.length - 1;
      const width = own === '' ? found.width : Math.max(own?.length ?? 0, found.width);
      columns.push(own !== undefined && isLast ? { ...found, head: own, width } : found);
    }
  }
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => {
        const { width, right } = columns[at] ?? { width: 0 };
        const isLast = at === columns.length - 1;
        return right === true ? cell.padStart(width) : isLast ? cell : cell.slice(0, width).padEnd(width);
      })
      .join(' ')}\n`;
  const heads = columns.map(({ head }) => head);
  const rows = entries.map((entry) => line(columns.map((each) => each.text(entry, process))));
  yield* print(process, (heads.every((head) => head === '') ? '' : line(heads)) + rows.join(''));
  return 0;
}

function cutAt(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The ps of BusyBox shows everything, in columns of its own, and takes no notice of other systems' options. */
export const busyboxPsProgram: TaskProgram = {
  kind: 'task',
  *run(process) {
    if (process.argv.slice(1).some((arg) => /^-.*[oT]/.test(arg)))
      return yield* complain(process, 'ps: -o and -T are not part of this simulation');
    yield* print(process, 'PID   USER     TIME  COMMAND\n');
    const user = process.machine.user.slice(0, 8).padEnd(8);
    for (const { pid, argv } of process.machine.processes())
      yield* print(process, `${String(pid).padStart(5)} ${user}  0:00 ${argv.join(' ')}\n`);
    return 0;
  },
};
