import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import { parseDuration, utf8Decode, utf8Encode } from '@podwire/sim';
import { numberFlag, parseFlags } from '../flags.ts';
import { klogLine } from '../log-line.ts';

/** A command that says something and is done. */
function printing(print: (daemon: DaemonContext) => number): DaemonProgram<undefined> {
  return {
    kind: 'daemon',
    start: (daemon) => {
      daemon.exit(print(daemon));
      return undefined;
    },
    onEvent: () => undefined,
  };
}

/** `agnhost entrypoint-tester`: its own command line, as Go prints a list. */
export const entrypointTester = printing((daemon) => {
  daemon.log(`[${daemon.argv.join(' ')}]\n`);
  return 0;
});

/** `agnhost dns-suffix` and `dns-server-list`: the words after the first in the first line that begins so. */
function resolverLine(keyword: string): DaemonProgram<undefined> {
  return printing((daemon) => {
    const file = daemon.fs.readFile('/etc/resolv.conf');
    const line = file.ok
      ? utf8Decode(file.value)
          .split('\n')
          .find((text) => text.startsWith(keyword))
      : undefined;
    if (line === undefined) {
      daemon.logError('panic: Could not find DNS search list!\n');
      return 2;
    }
    daemon.log(`${line.split(' ').slice(1).join(',')}\n`);
    return 0;
  });
}
export const dnsSuffix = resolverLine('search');
export const dnsServerList = resolverLine('nameserver');

export const etcHosts = printing((daemon) => {
  const file = daemon.fs.readFile('/etc/hosts');
  if (!file.ok) {
    daemon.logError('panic: open /etc/hosts: no such file or directory\n');
    return 2;
  }
  daemon.log(`${utf8Decode(file.value)}\n`);
  return 0;
});

const MOUNT_FLAGS = {
  fs_type: 'text',
  file_mode: 'text',
  file_perm: 'text',
  file_owner: 'text',
  new_file_0644: 'text',
  new_file_0666: 'text',
  new_file_0660: 'text',
  new_file_0777: 'text',
  file_content: 'text',
  file_content_in_loop: 'text',
  retry_time: 'number',
  break_on_expected_content: 'switch',
} as const;
const STICKY = 0o1000;
const NEW_FILE = 'mount-tester new file\n';
const DEFAULT_RETRY_SECONDS = 180;
const RETRY_MS = 2_000;

interface LoopState {
  readonly path: string;
  readonly untilMs: number;
  readonly stopAtExpected: boolean;
  failed: boolean;
}

/** `agnhost mounttest`: what a file holds and who may read it, in the order in which the real one looks. */
export const mounttest: DaemonProgram<LoopState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), MOUNT_FLAGS);
    if (!parsed.ok) {
      daemon.logError(`Error: ${parsed.message}\n`);
      daemon.exit(1);
      return undefined;
    }
    const { flags } = parsed;
    const path = (name: string): string => flags.values.get(name) ?? '';
    const failed: string[] = [];
    const look = (file: string, show: (file: string) => boolean): void => {
      if (file !== '' && !show(file)) failed.push(file);
    };
    look(path('fs_type'), (file) => showFileSystem(daemon, file));
    for (const mode of ['0644', '0666', '0660', '0777'])
      look(path(`new_file_${mode}`), (file) => writeNewFile(daemon, file, Number.parseInt(mode, 8)));
    look(path('file_mode'), (file) => showMode(daemon, file, 'mode'));
    look(path('file_perm'), (file) => showMode(daemon, file, 'perms'));
    look(path('file_owner'), (file) => showOwner(daemon, file));
    look(path('file_content'), (file) => showContent(daemon, file));
    const loop = path('file_content_in_loop');
    if (loop === '') {
      daemon.exit(failed.length === 0 ? 0 : 1);
      return undefined;
    }
    const state: LoopState = {
      path: loop,
      untilMs: daemon.nowMs() + numberFlag(flags, 'retry_time', DEFAULT_RETRY_SECONDS) * 1_000,
      stopAtExpected: (flags.values.get('break_on_expected_content') ?? 'true') === 'true',
      failed: failed.length > 0,
    };
    lookAgain(daemon, state);
    return state;
  },
  onEvent: (daemon, state, event) => {
    if (event.kind === 'timer' && state !== undefined) lookAgain(daemon, state);
    else if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};

function lookAgain(daemon: DaemonContext, state: LoopState): void {
  if (daemon.nowMs() >= state.untilMs) return daemon.exit(state.failed ? 1 : 0);
  const file = daemon.fs.readFile(state.path);
  if (file.ok) {
    const content = utf8Decode(file.value);
    daemon.log(`content of file "${state.path}": ${content}\n`);
    if (state.stopAtExpected && content === NEW_FILE) return daemon.exit(state.failed ? 1 : 0);
    if (state.stopAtExpected) daemon.log(`Unexpected content. Expected: ${NEW_FILE}. Retrying\n`);
  } else
    daemon.log(`Error reading file ${state.path}: open ${state.path}: no such file or directory, retrying\n`);
  daemon.timer('look', RETRY_MS);
}

function showContent(daemon: DaemonContext, path: string): boolean {
  const file = daemon.fs.readFile(path);
  if (!file.ok) {
    daemon.log(`error reading file content for "${path}": open ${path}: ${reasonOf(file.errno)}\n`);
    return false;
  }
  daemon.log(`content of file "${path}": ${utf8Decode(file.value)}\n`);
  return true;
}

function writeNewFile(daemon: DaemonContext, path: string, mode: number): boolean {
  const written = daemon.fs.writeFile(path, utf8Encode(NEW_FILE), { mode });
  if (written.ok) return showContent(daemon, path);
  daemon.log(`error writing new file "${path}": open ${path}: ${reasonOf(written.errno)}\n`);
  return false;
}

/** statfs(2)'s numbers for what /proc/mounts names; tmpfs alone is told by name. */
const FILE_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['ext4', '61267'],
  ['overlay', '2035054128'],
  ['proc', '40864'],
  ['tmpfs', 'tmpfs'],
]);

function showFileSystem(daemon: DaemonContext, path: string): boolean {
  const found = daemon.fs.realpath(path);
  if (!found.ok) {
    daemon.log(`error from statfs("${path}"): ${reasonOf(found.errno)}\n`);
    return false;
  }
  const mounts = daemon.fs.readFile('/proc/mounts');
  const [last] = (mounts.ok ? utf8Decode(mounts.value) : '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '']) => at === '/' || found.value === at || found.value.startsWith(`${at}/`))
    .sort(([, left = ''], [, right = '']) => right.length - left.length);
  daemon.log(`mount type of "${path}": ${FILE_SYSTEMS.get(last?.[2] ?? '') ?? '0'}\n`);
  return true;
}

function showMode(daemon: DaemonContext, path: string, what: 'mode' | 'perms'): boolean {
  const info = daemon.fs.stat(path);
  if (!info.ok) {
    daemon.log(`error from Stat("${path}"): ${reasonOf(info.errno)}\n`);
    return false;
  }
  const { kind, mode } = info.value;
  const type = `${kind === 'directory' ? 'd' : ''}${(mode & STICKY) === 0 ? '' : 't'}` || '-';
  const bits = [...'rwxrwxrwx'].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-')).join('');
  daemon.log(`${what} of file "${path}": ${what === 'mode' ? type : '-'}${bits}\n`);
  return true;
}

function showOwner(daemon: DaemonContext, path: string): boolean {
  const info = daemon.fs.stat(path);
  if (!info.ok) {
    daemon.log(`error from stat("${path}"): ${reasonOf(info.errno)}\n`);
    return false;
  }
  const user = info.value.owner === 'root' ? '0' : info.value.owner;
  daemon.log(`owner UID of "${path}": ${user}\nowner GID of "${path}": ${info.value.group ?? user}\n`);
  return true;
}

function reasonOf(errno: string): string {
  return errno === 'EACCES'
    ? 'permission denied'
    : errno === 'EROFS'
      ? 'read-only file system'
      : errno === 'EISDIR'
        ? 'is a directory'
        : 'no such file or directory';
}

const LOG_FLAGS = { 'log-lines-total': 'number', 'run-duration': 'text' } as const;
const LOG_SOURCE = 'logs_generator.go:76';

interface GeneratorState {
  readonly total: number;
  readonly delayMs: number;
  next: number;
}

/** `agnhost logs-generator`: so many lines, evenly over so much time. */
export const logsGenerator: DaemonProgram<GeneratorState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const short = daemon.argv
      .slice(2)
      .map((word) => (word === '-t' ? '--log-lines-total' : word === '-d' ? '--run-duration' : word));
    const parsed = parseFlags(short, LOG_FLAGS);
    const total = parsed.ok ? numberFlag(parsed.flags, 'log-lines-total', 0) : 0;
    const duration = parseDuration((parsed.ok ? parsed.flags.values.get('run-duration') : undefined) ?? '0');
    const lastsMs = duration.ok ? duration.ms : 0;
    const refusal = !parsed.ok
      ? `Error: ${parsed.message}\n`
      : total <= 0
        ? klogLine(daemon, LOG_SOURCE, `Invalid total number of lines: ${total}`)
        : lastsMs <= 0
          ? klogLine(daemon, LOG_SOURCE, 'Invalid duration: 0s')
          : undefined;
    if (refusal !== undefined) {
      daemon.logError(refusal);
      daemon.exit(parsed.ok ? 255 : 1);
      return undefined;
    }
    const delayMs = Math.max(1, lastsMs / total);
    const state = { total, delayMs, next: 0 };
    generate(daemon, state);
    return state;
  },
  onEvent: (daemon, state, event) => {
    if (event.kind === 'timer' && state !== undefined) generate(daemon, state);
    else if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};

const METHODS = ['GET', 'POST', 'PUT'] as const;
const NAMESPACES = ['kube-system', 'default', 'ns'] as const;
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function generate(daemon: DaemonContext, state: GeneratorState): void {
  if (state.next === state.total) return daemon.exit(0);
  const pick = (from: readonly string[] | string): string => from[daemon.randomInt(from.length)] ?? '';
  const name = Array.from({ length: 3 + daemon.randomInt(2) }, () => pick(LETTERS)).join('');
  const line = `${state.next} ${pick(METHODS)} /api/v1/namespaces/${pick(NAMESPACES)}/pods/${name} ${200 + daemon.randomInt(400)}`;
  daemon.logError(klogLine(daemon, LOG_SOURCE, line));
  state.next++;
  daemon.timer('line', state.delayMs);
}
