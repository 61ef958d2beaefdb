import type { Reply } from '../api/api.ts';
import { resourcePath } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { Failure, fail, isNotFound, reasonOf, report, withSource } from '../failure.ts';
import { goYaml } from '../printers/yaml.ts';
import { pathOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { select } from '../resources/visit.ts';
import type { Session } from '../session.ts';
import { DIFF } from '../surface/advanced.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote, goSprint } from '../values/go-text.ts';
import { copyOf, isObject, objectAt, sameJson, setAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { applyPatch } from './apply/apply.ts';
import { withoutLastApplied } from './last-applied.ts';
import { writeParameters } from './dry-run.ts';

/** A patch that meets a conflict is made anew this often. */
const MAX_TRIES = 4;
const TEMPORARY_NUMBERS = 10_000_000_000;
const DIFFERENCES = 1;

/** A directory of its own below $TMPDIR, named like os.MkdirTemp names it. */
function temporaryDirectory(session: Session, prefix: string): string {
  const { process } = session;
  const root = (process.env.get('TMPDIR') ?? '/tmp').replace(/\/+$/, '');
  // Not drawn from the world's randomness: looking at a difference must not change what comes after.
  const number = (process.nowMs() * 1000 + process.pid * 7 + prefix.length) % TEMPORARY_NUMBERS;
  const path = `${root}/${prefix}-${Math.floor(number)}`;
  const made = process.fs.mkdir(session.path(path), { parents: true, mode: 0o700 });
  if (!made.ok) fail(`mkdir ${path}: ${errnoText(made.errno)}`);
  return path;
}

interface Versions {
  /** Undefined: there is no such object yet. */
  readonly live: JsonObject | undefined;
  readonly merged: JsonObject;
}

/** What the server would make of the object; it keeps nothing. */
function mergedVersion(
  { session, flags }: Invocation,
  info: ResourceInfo,
  live: JsonObject | undefined,
  locked: boolean,
): Reply {
  const api = session.api();
  const manifest = info.object ?? {};
  const dryRun = 'server';
  const fieldManager = managerOf(flags);
  if (flags.toggle('server-side'))
    return api.send('PATCH', pathOf(info), {
      body: manifest,
      contentType: 'application/apply-patch+yaml',
      query: writeParameters({ dryRun, fieldManager, force: flags.toggle('force-conflicts') }),
    });
  const query = writeParameters({ dryRun, fieldManager });
  if (live === undefined)
    return api.send('POST', resourcePath(typeOf(info), info.namespace), { body: manifest, query });
  // The annotation of `apply` stays as it is: it is no difference that anyone looks for.
  const { patch, contentType } = applyPatch(info, withoutLastApplied(manifest), live);
  if (Object.keys(patch).length === 0) return { ok: true, object: live };
  if (locked) setAt(patch, ['metadata', 'resourceVersion'], textAt(live, 'metadata', 'resourceVersion'));
  const reply = api.send('PATCH', pathOf(info), { body: patch, contentType, query });
  return reply.ok ? reply : { ok: false, problem: withSource('patching', info.source, reply.problem) };
}

/** What the object is, and what the manifest would make of it. */
function versionsOf(invocation: Invocation, info: ResourceInfo): Versions {
  const { session } = invocation;
  for (let tries = 1; ; tries += 1) {
    const current = session.api().send('GET', pathOf(info));
    if (!current.ok && !isNotFound(current.problem)) throw new Failure(current.problem);
    const live = current.ok ? current.object : undefined;
    const { group, version, kind } = typeOf(info);
    if (tries === MAX_TRIES)
      session.warn(
        'diff.go:723',
        `Object (${group}/${version}, Kind=${kind}: ${info.name}) keeps changing, diffing without lock`,
      );
    const reply = mergedVersion(invocation, info, live, tries < MAX_TRIES);
    if (reply.ok) return { live, merged: reply.object };
    if (reasonOf(reply.problem) !== 'Conflict' || tries >= MAX_TRIES) throw new Failure(reply.problem);
  }
}

function managerOf(flags: Invocation['flags']): string {
  if (flags.changed('field-manager')) return flags.text('field-manager');
  return flags.toggle('server-side') ? 'kubectl' : 'kubectl-client-side-apply';
}

function withoutManagers(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata)) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** Secrets are compared, but not shown. */
function masked(live: JsonObject | undefined, merged: JsonObject): Versions {
  const [from, to] = [live === undefined ? undefined : copyOf(live), copyOf(merged)];
  const before = objectAt(from, 'data') ?? {};
  const after = objectAt(to, 'data') ?? {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const both = Object.hasOwn(before, key) && Object.hasOwn(after, key);
    const changed = both && !sameJson(before[key], after[key]);
    if (Object.hasOwn(before, key)) before[key] = changed ? '*** (before)' : '***';
    if (Object.hasOwn(after, key)) after[key] = changed ? '*** (after)' : '***';
  }
  return { live: from, merged: to };
}

function fileNameOf(info: ResourceInfo): string {
  const { group, version, kind } = typeOf(info);
  return `${group === '' ? '' : `${group}.`}${version}.${kind}.${info.namespace}.${info.name}`;
}

/** Writes both versions of an object where diff finds them. */
function writeVersions(invocation: Invocation, info: ResourceInfo, from: string, to: string): void {
  const { session, flags } = invocation;
  let { live, merged } = versionsOf(invocation, info);
  if (!flags.toggle('show-managed-fields')) {
    live = live === undefined ? undefined : withoutManagers(live);
    merged = withoutManagers(merged);
  }
  const isSecret = textAt(merged, 'kind') === 'Secret' && textAt(merged, 'apiVersion') === 'v1';
  if (isSecret) ({ live, merged } = masked(live, merged));
  const name = fileNameOf(info);
  const write = (directory: string, text: string): void => {
    const path = `${directory}/${name}`;
    const data = new TextEncoder().encode(text);
    const written = session.process.fs.writeFile(session.path(path), data, { mode: 0o700 });
    if (!written.ok) fail(`open ${path}: ${errnoText(written.errno)}`);
  };
  // A Secret that is not there yet is written as null: the masking makes it so.
  write(from, live === undefined ? (isSecret ? 'null\n' : '') : goYaml(live));
  write(to, goYaml(merged));
  if (textAt(live, 'metadata', 'deletionTimestamp') !== '')
    session.err(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
}

/** The program that shows differences, with its arguments. */
function programOf(session: Session): readonly string[] {
  const external = session.process.env.get('KUBECTL_EXTERNAL_DIFF') ?? '';
  if (external === '') return ['diff', '-u', '-N'];
  const [program = '', ...rest] = external.split(' ');
  return [program, ...rest.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word))];
}

function* runDiff(session: Session, from: string, to: string): Step {
  const [program = 'diff', ...rest] = programOf(session);
  yield* session.output.flush();
  const { process } = session;
  const started = process.spawn({ argv: [program, ...rest, from, to] });
  if (!started.ok)
    return fail(
      `failed to run ${goQuote(program)}: exec: ${goQuote(program)}: executable file not found in $PATH`,
    );
  yield { kind: 'exit', pid: started.pid };
  const code = process.exitCodeOf(started.pid) ?? 0;
  if (code === DIFFERENCES) throw new Failure({ kind: 'exit', code, text: '' });
  if (code > DIFFERENCES) fail(`failed to run ${goQuote(program)}: exit status ${code}`);
  return undefined;
}

function* compare(invocation: Invocation): Step {
  const { args, flags, session, commandPath } = invocation;
  if (args.length > 0) throw usageFailure(commandPath, `Unexpected args: ${goSprint([...args])}`);
  if (flags.list('filename').length === 0 && flags.text('kustomize') === '')
    fail('must specify one of -f and -k');
  if (flags.toggle('force-conflicts') && !flags.toggle('server-side'))
    fail('--force-conflicts only works with --server-side');
  if (flags.toggle('prune'))
    fail('--prune is not available in this simulation: look at what you no longer want with kubectl get');
  const from = temporaryDirectory(session, 'LIVE');
  const to = temporaryDirectory(session, 'MERGED');
  try {
    const selection = yield* select(session, {
      ...fileQuery(flags),
      ...namespaceQuery(invocation),
      labelSelector: flags.text('selector'),
    });
    if (selection.error !== undefined) throw new Failure(selection.error);
    for (const found of selection.visit()) {
      if (found.kind === 'problem') throw new Failure(found.problem);
      writeVersions(invocation, found.info, from, to);
    }
    return yield* runDiff(session, from, to);
  } finally {
    for (const path of [from, to]) session.process.fs.remove(session.path(path), { recursive: true });
  }
}

/** Exit code 1 means differences, so mistakes end with one more than elsewhere. */
function* run(invocation: Invocation): Step {
  try {
    return yield* compare(invocation);
  } catch (error) {
    if (!(error instanceof Failure) || error.problem.kind === 'exit') throw error;
    const { text, code } = report(error.problem);
    throw new Failure({ kind: 'exit', code: code + 1, text });
  }
}

export const diffCommand: Command = {
  ...DIFF,
  flagErrorCode: 2,
  long: `Show what applying a file would change.

 The server tries it out without keeping anything. Exit code 0: nothing would change. 1: something would. More than 1: it could not be told.`,
  examples: [
    ['What a file would change', 'kubectl diff -f deployment.yaml'],
    ['From standard input', 'cat service.yaml | kubectl diff -f -'],
  ],
  run,
};
