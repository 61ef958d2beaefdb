import { apiVersionOf, resourcePath } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { Failure, fail, flattened, isNotFound, messageOf, reasonOf, withSource } from '../../failure.ts';
import type { Problem } from '../../failure.ts';
import { operationFor, outputPrinter } from '../../printers/printer.ts';
import { mergeRulesOf } from '../../patching/merge-keys.ts';
import { threeWayPatch } from '../../patching/three-way.ts';
import { objectOf, pathOf, refresh, retrieve, typeOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import { allInfos, select } from '../../resources/visit.ts';
import { APPLY } from '../../surface/advanced.ts';
import { goQuote, goSprint } from '../../values/go-text.ts';
import { goJson, isObject, parseJson, textAt, withSortedKeys } from '../../values/json.ts';
import type { JsonObject, JsonValue } from '../../values/json.ts';
import type { Session } from '../../session.ts';
import { dryRunOf, validationOf, writeParameters } from '../dry-run.ts';
import type { DryRun } from '../dry-run.ts';
import { LAST_APPLIED, withLastApplied } from '../last-applied.ts';
import { editLastApplied, setLastApplied, viewLastApplied } from './last-applied-commands.ts';

/** A patch that meets a conflict is made anew this often. */
const MAX_PATCH_RETRIES = 5;
/** Between looks at an object that `--force` has deleted. */
const FORCE_POLL_MS = 1000;
/** How long `--force` waits for the object to go when no timeout was given. */
const FORCE_TIMEOUT_MS = 7 * 24 * 3600 * 1000;

const CONFLICT_ADVICE = `
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

interface Apply {
  readonly invocation: Invocation;
  readonly session: Session;
  readonly dryRun: DryRun;
  readonly validation: string;
  readonly serverSide: boolean;
  readonly fieldManager: string;
  /** Objects are printed together at the end, not one by one. */
  readonly printsObjects: boolean;
}

function check({ flags }: Invocation, apply: Apply): void {
  const force = flags.toggle('force');
  if (flags.toggle('force-conflicts') && !apply.serverSide)
    fail('--force-conflicts only works with --server-side');
  if (apply.dryRun === 'client' && apply.serverSide)
    fail("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (apply.serverSide && force) fail('--force cannot be used with --server-side');
  if (apply.dryRun === 'server' && force) fail('--dry-run=server cannot be used with --force');
  if (flags.toggle('all') && flags.text('selector') !== '')
    fail('cannot set --all and --selector at the same time');
  if (flags.toggle('prune'))
    fail('--prune is not available in this simulation: delete what you no longer want with kubectl delete');
  if (flags.text('subresource') !== '' && !apply.serverSide)
    fail('--subresource can only be specified for --server-side');
}

function* run(invocation: Invocation): Step {
  const { flags, args, session, commandPath } = invocation;
  if (args.length > 0) throw usageFailure(commandPath, `Unexpected args: ${goSprint([...args])}`);
  const serverSide = flags.toggle('server-side');
  const output = flags.text('output');
  const dryRun = dryRunOf(session, flags);
  if (flags.list('filename').length === 0 && flags.text('kustomize') === '')
    fail('must specify one of -f and -k');
  const validation = validationOf(flags);
  const apply: Apply = {
    invocation,
    session,
    dryRun,
    validation,
    serverSide,
    fieldManager: flags.changed('field-manager')
      ? flags.text('field-manager')
      : serverSide
        ? 'kubectl'
        : 'kubectl-client-side-apply',
    printsObjects: output !== '' && output !== 'name',
  };
  check(invocation, apply);
  const selection = yield* select(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    labelSelector: flags.text('selector'),
    continueOnError: true,
    validation: validation.toLowerCase(),
  });
  if (selection.error !== undefined) throw new Failure(selection.error);
  const { infos, problems: visited } = allInfos(selection);
  const problems: Problem[] = [...visited];
  if (infos.length === 0 && problems.length === 0) fail('no objects passed to apply');
  for (const info of infos) {
    try {
      yield* applyOne(apply, info);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(error.problem);
    }
  }
  const [only] = problems;
  if (only !== undefined)
    throw new Failure(problems.length === 1 ? only : { kind: 'aggregate', problems: flattened(problems) });
  if (apply.printsObjects) printTogether(apply, infos.map(objectOf));
  return undefined;
}

function printTogether({ invocation: { flags }, session }: Apply, objects: readonly JsonObject[]): void {
  const [first] = objects;
  if (first === undefined) return;
  const isList = objects.length > 1;
  const printer = outputPrinter(session, flags, { operation: '', typed: isList });
  session.out(
    printer.print(
      isList ? { kind: 'List', apiVersion: 'v1', metadata: {}, items: objects.map(withSortedKeys) } : first,
    ),
  );
}

function say(apply: Apply, info: ResourceInfo, operation: string): void {
  if (apply.printsObjects) return;
  const { session, invocation } = apply;
  const printer = outputPrinter(session, invocation.flags, {
    operation: operationFor(operation, apply.dryRun),
  });
  session.out(printer.print(objectOf(info)));
}

function parameters(apply: Apply, force?: boolean): readonly (readonly [string, string])[] {
  return writeParameters({
    dryRun: apply.dryRun,
    fieldManager: apply.fieldManager,
    validation: apply.validation,
    ...(force === undefined ? {} : { force }),
  });
}

function* applyOne(apply: Apply, info: ResourceInfo): Step {
  const generated = textAt(info.object, 'metadata', 'generateName');
  if (info.name === '' && generated !== '') fail(`from ${generated}: cannot use generate name with apply`);
  if (info.name === '') fail('resource name may not be empty');
  if (apply.serverSide) {
    applyOnServer(apply, info);
    return undefined;
  }
  const manifest = objectOf(info);
  const modified = withLastApplied(manifest, 'sorted');
  const found = fetch(apply, info);
  if (!found) {
    create(apply, info, modified);
    return undefined;
  }
  if (apply.dryRun === 'client') {
    say(apply, info, 'configured');
    return undefined;
  }
  yield* patchExisting(apply, info, modified);
  return undefined;
}

/** Gets the live object into the info; false when there is none. */
function fetch({ session }: Apply, info: ResourceInfo): boolean {
  try {
    retrieve(session, info);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (isNotFound(error.problem)) return false;
    throw new Failure(
      withSource(
        `retrieving current configuration of:\n${describe(info)}\nfrom server for:`,
        info.source,
        error.problem,
      ),
    );
  }
}

/** An info as Go prints it. */
function describe(info: ResourceInfo): string {
  const type = typeOf(info);
  const groupVersion = `${type.group}/${type.version}`;
  return (
    `Resource: ${goQuote(`${groupVersion}, Resource=${type.resource}`)}, GroupVersionKind: ${goQuote(`${groupVersion}, Kind=${type.kind}`)}\n` +
    `Name: ${goQuote(info.name)}, Namespace: ${goQuote(info.namespace)}`
  );
}

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function create(apply: Apply, info: ResourceInfo, modified: JsonObject): void {
  const body = withoutNulls(modified);
  info.object = isObject(body) ? body : modified;
  if (apply.dryRun !== 'client') {
    const reply = apply.session.api().send('POST', resourcePath(typeOf(info), info.namespace), {
      body: info.object,
      query: parameters(apply),
    });
    if (!reply.ok) throw new Failure(withSource('creating', info.source, reply.problem));
    refresh(info, reply.object);
  }
  say(apply, info, 'created');
}

function originalOf(current: JsonObject): JsonObject {
  const text = textAt(current, 'metadata', 'annotations', LAST_APPLIED);
  const parsed = text === '' ? undefined : parseJson(text);
  return isObject(parsed) ? parsed : {};
}

interface Attempt {
  readonly patch: JsonObject;
  readonly outcome:
    { readonly ok: true; readonly object: JsonObject } | { readonly ok: false; readonly problem: Problem };
}

/** The patch that turns the live object into what the manifest, annotation included, asks for. */
export function applyPatch(
  info: ResourceInfo,
  modified: JsonObject,
  current: JsonObject,
): { readonly patch: JsonObject; readonly contentType: string } {
  const type = typeOf(info);
  const rules = mergeRulesOf(apiVersionOf(type), type.kind);
  return {
    patch: threeWayPatch(originalOf(current), modified, current, rules ?? {}),
    contentType:
      rules === undefined ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json',
  };
}

function tryPatch(apply: Apply, info: ResourceInfo, modified: JsonObject, current: JsonObject): Attempt {
  const { patch, contentType } = applyPatch(info, modified, current);
  if (Object.keys(patch).length === 0) return { patch, outcome: { ok: true, object: current } };
  return {
    patch,
    outcome: apply.session
      .api()
      .send('PATCH', pathOf(info), { body: patch, contentType, query: parameters(apply) }),
  };
}

function* patchExisting(apply: Apply, info: ResourceInfo, modified: JsonObject): Step {
  const { session } = apply;
  const live = objectOf(info);
  if (textAt(live, 'metadata', 'annotations', LAST_APPLIED) === '') {
    session.err(
      `Warning: resource ${typeOf(info).resource}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  }
  let attempt = tryPatch(apply, info, modified, live);
  for (
    let i = 0;
    i < MAX_PATCH_RETRIES && !attempt.outcome.ok && reasonOf(attempt.outcome.problem) === 'Conflict';
    i += 1
  ) {
    attempt = tryPatch(apply, info, modified, session.api().call('GET', pathOf(info)));
  }
  if (attempt.outcome.ok) {
    refresh(info, attempt.outcome.object);
  } else {
    const reason = reasonOf(attempt.outcome.problem);
    if (!apply.invocation.flags.toggle('force') || (reason !== 'Conflict' && reason !== 'Invalid')) {
      const patching = withSource('patching', info.source, attempt.outcome.problem);
      throw new Failure(
        withSource(
          `applying patch:\n${goJson(attempt.patch)}\nto:\n${describe(info)}\nfor:`,
          info.source,
          patching,
        ),
      );
    }
    yield* recreate(apply, info, modified);
  }
  const object = objectOf(info);
  if (textAt(object, 'metadata', 'deletionTimestamp') !== '') {
    session.err(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
  }
  say(apply, info, Object.keys(attempt.patch).length === 0 ? 'unchanged' : 'configured');
  return undefined;
}

/** `--force`: what cannot be patched is deleted and made again. */
function* recreate(apply: Apply, info: ResourceInfo, modified: JsonObject): Step {
  const { session, invocation } = apply;
  const cascade = invocation.flags.text('cascade');
  const policy = cascade === 'orphan' ? 'Orphan' : cascade === 'foreground' ? 'Foreground' : 'Background';
  const grace = invocation.flags.integer('grace-period');
  session.api().call('DELETE', pathOf(info), {
    body: { propagationPolicy: policy, ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}) },
  });
  const limit = invocation.flags.durationMs('timeout');
  const deadline = session.nowMs() + (limit > 0 ? limit : FORCE_TIMEOUT_MS);
  for (;;) {
    const reply = session.api().send('GET', pathOf(info));
    if (!reply.ok && isNotFound(reply.problem)) break;
    if (!reply.ok) throw new Failure(reply.problem);
    if (session.nowMs() >= deadline) fail('timed out waiting for the condition');
    yield* session.sleep(FORCE_POLL_MS);
  }
  const reply = session
    .api()
    .send('POST', resourcePath(typeOf(info), info.namespace), { body: modified, query: parameters(apply) });
  if (!reply.ok) throw new Failure(reply.problem);
  refresh(info, reply.object);
  return undefined;
}

function applyOnServer(apply: Apply, info: ResourceInfo): void {
  const force = apply.invocation.flags.toggle('force-conflicts');
  const subresource = apply.invocation.flags.text('subresource');
  const reply = apply.session.api().send('PATCH', pathOf(info, subresource), {
    body: objectOf(info),
    contentType: 'application/apply-patch+yaml',
    query: parameters(apply, force),
  });
  if (!reply.ok) {
    if (reasonOf(reply.problem) === 'Conflict') fail(messageOf(reply.problem) + CONFLICT_ADVICE);
    throw new Failure(reply.problem);
  }
  refresh(info, reply.object);
  if (textAt(reply.object, 'metadata', 'deletionTimestamp') !== '') {
    apply.session.err(
      `Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`,
    );
  }
  say(apply, info, 'serverside-applied');
}

export const applyCommand: Command = {
  ...APPLY,
  long: `Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet.

 What a file no longer says is removed from the object; what others have set there stays. JSON and YAML formats are accepted.`,
  examples: [
    ['Make the cluster match a file', 'kubectl apply -f pod.yaml'],
    ['Every manifest of a directory', 'kubectl apply -f manifests/'],
    ['A directory with a kustomization.yaml', 'kubectl apply -k overlays/test'],
    ['From standard input', 'cat pod.json | kubectl apply -f -'],
    ['Let the server merge, and see who owns which field', 'kubectl apply --server-side -f pod.yaml'],
  ],
  subcommands: [viewLastApplied, setLastApplied, editLastApplied],
  run,
};
