import { readTar, writeTar } from '../../archive/tar-format.ts';
import type { TarEntry } from '../../archive/tar-format.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, attempt, fail } from '../failure.ts';
import { chooseContainer } from '../resources/pods.ts';
import type { Session } from '../session.ts';
import { CP } from '../surface/debugging.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote } from '../values/go-text.ts';
import { textAt } from '../values/json.ts';
import { baseName, joinPath } from '../values/path.ts';
import { execQuery, podPath } from './exec.ts';
import { RemoteSession, finishRemote } from './remote.ts';

/** The largest archive that is carried, bytes, and the most files in it. */
const MAX_ARCHIVE_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 20_000;
const POLL_MS = 50;
const FORMAT = 'filespec must match the canonical format: [[namespace/]pod:]file/path';

interface FileSpec {
  readonly namespace: string;
  /** Empty: a file of this machine. */
  readonly pod: string;
  readonly file: string;
}

function specOf(text: string): FileSpec {
  const colon = text.indexOf(':');
  if (colon === 0) fail(FORMAT);
  if (colon < 0) return { namespace: '', pod: '', file: clean(text) };
  const pieces = text.slice(0, colon).split('/');
  const file = clean(text.slice(colon + 1));
  const [first = '', second] = pieces;
  if (pieces.length > 2) fail(FORMAT);
  return second === undefined ? { namespace: '', pod: first, file } : { namespace: first, pod: second, file };
}

function clean(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}

/** Go's path.Clean. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/') || '.';
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : normal(path.slice(0, slash) || '/');
}

interface Output {
  readonly stdout: Uint8Array;
  readonly stderr: string;
  readonly problem: Failure | undefined;
}

interface RemoteCommand {
  readonly command: readonly string[];
  readonly input?: Uint8Array;
  /** Says nothing about the container it chose. */
  readonly quiet: boolean;
}

/** Runs a command in the container to its end. */
function* runIn(invocation: Invocation, spec: FileSpec, remote: RemoteCommand): Step<Output> {
  const { session, flags } = invocation;
  const namespace = spec.namespace || session.namespace();
  const pod = session
    .api()
    .call('GET', `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(spec.pod)}`);
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed')
    fail(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = flags.text('container') || chooseContainer(session, pod, '', remote.quiet).name;
  const query = execQuery(container, remote.command, { stdin: remote.input !== undefined, raw: false });
  const connection = new RemoteSession(session, podPath(pod, 'exec'), query);
  const chunks: Uint8Array[] = [];
  let stderr = '';
  let input = remote.input ?? new Uint8Array();
  if (remote.input === undefined) connection.connection.stdin.close();
  let open = remote.input !== undefined;
  for (;;) {
    for (let piece = connection.next(); piece !== undefined; piece = connection.next())
      if (piece.stream === 'stdout') chunks.push(piece.data);
      else stderr += new TextDecoder().decode(piece.data);
    if (connection.status !== undefined || connection.overflowed) break;
    if (input.length > 0) input = input.subarray(connection.connection.stdin.write(input));
    if (open && input.length === 0) {
      connection.connection.stdin.close();
      open = false;
    }
    yield {
      kind: 'any',
      of: [
        { kind: 'signal', key: connection.key },
        { kind: 'sleep', ms: POLL_MS },
      ],
    };
  }
  connection.connection.close();
  if (connection.overflowed) fail('the copy is larger than can be carried');
  const stdout = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    stdout.set(chunk, at);
    at += chunk.length;
  }
  const ended = attempt(() => finishRemote(connection.status));
  return { stdout, stderr, problem: ended.ok ? undefined : new Failure(ended.problem) };
}

/** Packs a file or a directory under another name. Directories are packed by what is in them. */
function pack(session: Session, path: string, name: string, entries: TarEntry[]): void {
  const { fs } = session.process;
  const found = fs.lstat(session.path(path));
  if (!found.ok) return fail(`lstat ${path}: ${errnoText(found.errno)}`);
  if (entries.length >= MAX_FILES) return fail('there are more files than can be carried');
  const { kind, mode, owner, modifiedMs, target } = found.value;
  const common = { name, mode, owner, modifiedMs };
  if (kind === 'directory') {
    const names = fs.list(session.path(path));
    if (!names.ok) return fail(`open ${path}: ${errnoText(names.errno)}`);
    if (names.value.length === 0) entries.push({ ...common, kind, data: new Uint8Array() });
    for (const child of [...names.value].sort())
      pack(session, joinPath(path, child), joinPath(name, child), entries);
    return undefined;
  }
  if (kind === 'symlink') {
    entries.push({ ...common, kind, target: target ?? '', data: new Uint8Array() });
    return undefined;
  }
  const data = fs.readFile(session.path(path));
  if (!data.ok) return fail(`open ${path}: ${errnoText(data.errno)}`);
  entries.push({ ...common, kind, data: data.value });
  return undefined;
}

function* toPod(invocation: Invocation, from: FileSpec, to: FileSpec): Step {
  const { session, flags } = invocation;
  if (!session.process.fs.stat(session.path(from.file)).ok)
    fail(`${from.file} doesn't exist in local filesystem`);
  let file = to.file;
  try {
    const test = yield* runIn(invocation, to, { command: ['test', '-d', file], quiet: true });
    if (test.problem === undefined) file = joinPath(file, baseName(normal(from.file)));
  } catch (error) {
    // Whatever is wrong is told by the copy itself.
    if (!(error instanceof Failure)) throw error;
  }
  const entries: TarEntry[] = [];
  pack(session, normal(from.file), baseName(normal(file)), entries);
  const archive = writeTar(entries);
  if (archive.length > MAX_ARCHIVE_BYTES) fail('the copy is larger than can be carried');
  const options = flags.toggle('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : [];
  const command = ['tar', ...options, '-xmf', '-', '-C', directoryOf(file)];
  const done = yield* runIn(invocation, to, { command, input: archive, quiet: false });
  session.out(new TextDecoder().decode(done.stdout));
  session.err(done.stderr);
  if (done.problem !== undefined) throw done.problem;
  return undefined;
}

function* fromPod(invocation: Invocation, from: FileSpec, to: FileSpec): Step {
  const { session } = invocation;
  const prefix = normal(from.file.replace(/^\/+/, '')).replace(/^(\.\.(\/|$))+/, '');
  const strip = prefix === '.' ? '' : prefix;
  const done = yield* runIn(invocation, from, { command: ['tar', 'cf', '-', from.file], quiet: false });
  // tar's own words go to standard output: so does the real one.
  session.out(done.stderr);
  if (done.problem !== undefined) throw done.problem;
  const read = readTar(done.stdout);
  if (!read.ok) return fail(read.message);
  let told = false;
  for (const entry of read.entries) {
    const name = clean(entry.name);
    if (!name.startsWith(strip)) fail('tar contents corrupted');
    const path = joinPath(to.file, name.slice(strip.length).replace(/^\/+/, '')).replace(/\/$/, '');
    if (name.split('/').includes('..')) {
      session.err(`warning: file ${goQuote(path)} is outside target destination, skipping\n`);
      continue;
    }
    if (entry.kind === 'symlink') {
      const advice = told
        ? ''
        : ` (consider using "kubectl exec -n ${goQuote(from.namespace)} ${goQuote(from.pod)} -- tar cf - ${goQuote(from.file)} | tar xf -")`;
      session.err(`warning: skipping symlink: ${goQuote(path)} -> ${goQuote(entry.target ?? '')}${advice}\n`);
      told = true;
      continue;
    }
    unpack(session, path, entry);
  }
  return undefined;
}

function unpack(session: Session, path: string, entry: TarEntry): void {
  const { fs } = session.process;
  const parent = directoryOf(path);
  const made = fs.mkdir(session.path(parent), { parents: true });
  if (!made.ok && made.errno !== 'EEXIST') fail(`mkdir ${parent}: ${errnoText(made.errno)}`);
  const done =
    entry.kind === 'directory'
      ? fs.mkdir(session.path(path), { parents: true })
      : fs.writeFile(session.path(path), entry.data);
  if (!done.ok) fail(`open ${path}: ${errnoText(done.errno)}`);
}

function* run(invocation: Invocation): Step {
  const { args, session } = invocation;
  session.namespace();
  const [source, destination] = args;
  if (args.length !== 2 || source === undefined || destination === undefined)
    return fail('source and destination are required');
  const [from, to] = [specOf(source), specOf(destination)];
  if (from.pod !== '' && to.pod !== '') fail('one of src or dest must be a local file specification');
  if (from.file === '' || to.file === '') fail('filepath can not be empty');
  if (from.pod !== '') return yield* fromPod(invocation, from, to);
  if (to.pod !== '') return yield* toPod(invocation, from, to);
  return fail('one of src or dest must be a remote file specification');
}

export const copyCommand: Command = {
  ...CP,
  long: `Copy files and directories between this machine and a container.

 It runs tar in the container: an image without it can't be copied to or from.`,
  examples: [
    ['A file into a pod', 'kubectl cp page.html web:/usr/share/nginx/html/index.html'],
    ['A directory out of a pod in another namespace', 'kubectl cp shop/web:/etc/nginx nginx-config'],
    ['From a container of your choice', 'kubectl cp web:/tmp/capture.txt capture.txt -c helper'],
  ],
  run,
};
