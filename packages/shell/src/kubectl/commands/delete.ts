import { groupKindName } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail, isNotFound, withSource } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { isNamespaced, pathOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { select, throwAll } from '../resources/visit.ts';
import type { Selection } from '../resources/visit.ts';
import { DELETE } from '../surface/basic.ts';
import { compact } from './create/generate.ts';
import { textAt } from '../values/json.ts';
import { propagationOf } from './cascade.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';
import { rawRequest } from './raw.ts';
import { waitUntilDeleted } from './wait-deleted.ts';

/** kubectl's patience when no timeout is given: a week. */
const DEFAULT_TIMEOUT_MS = 168 * 3600 * 1000;

interface Deletion {
  readonly invocation: Invocation;
  readonly dryRun: DryRun;
  /** Seconds; negative leaves it to the object. */
  readonly grace: number;
  readonly propagation: string;
  readonly ignoreNotFound: boolean;
  readonly output: string;
}

function complete(invocation: Invocation): Deletion {
  const { flags, session } = invocation;
  const propagation = propagationOf(session, flags);
  session.namespace();
  const bulk = flags.toggle('all') || flags.text('selector') !== '' || flags.text('field-selector') !== '';
  const force = flags.toggle('force');
  let grace = flags.integer('grace-period');
  if (flags.toggle('now')) {
    if (grace !== -1) fail('--now and --grace-period cannot be specified together');
    grace = 1;
  }
  if (grace === 0 && !force) grace = 1;
  if (force && grace < 0) grace = 0;
  return {
    invocation,
    dryRun: dryRunOf(session, flags),
    grace,
    propagation,
    ignoreNotFound: flags.toggle('ignore-not-found') || (bulk && !flags.changed('ignore-not-found')),
    output: flags.text('output'),
  };
}

function check({ invocation: { flags, session }, grace, output }: Deletion): void {
  if (output !== '' && output !== 'name')
    fail(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (flags.toggle('all') && flags.text('selector') !== '')
    fail('cannot set --all and --selector at the same time');
  if (flags.toggle('all') && flags.text('field-selector') !== '')
    fail('cannot set --all and --field-selector at the same time');
  if (flags.toggle('force') && grace === 0) {
    session.warning(
      'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
    );
  }
  if (flags.toggle('force') && grace > 0)
    fail('--force and --grace-period greater than 0 cannot be specified together');
  if (flags.text('raw') === '') return;
  if (flags.toggle('interactive')) fail('--interactive can not be used with --raw');
  if (flags.list('filename').length > 1) fail('--raw can only use a single local file or stdin');
  if (flags.toggle('recursive')) fail('--raw and --recursive are mutually exclusive');
  if (output !== '') fail('--raw and --output are mutually exclusive');
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const deletion = complete(invocation);
  const raw = flags.text('raw');
  const question = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    labelSelector: flags.text('selector'),
    fieldSelector: flags.text('field-selector'),
    selectAll: flags.toggle('all'),
    allNamespaces: flags.toggle('all-namespaces'),
    continueOnError: true,
    withoutObject: true,
  };
  const selection = raw === '' ? yield* select(session, question) : undefined;
  if (selection?.error !== undefined) throw new Failure(selection.error);
  check(deletion);
  if (selection === undefined)
    return yield* rawRequest(session, 'DELETE', raw, flags.list('filename')[0] ?? '');
  return yield* deleteAll(deletion, selection);
}

interface Deleted {
  readonly info: ResourceInfo;
  readonly uid: string;
}

function* deleteAll(deletion: Deletion, selection: Selection): Step {
  const { session, flags } = deletion.invocation;
  const problems: Problem[] = [];
  const deleted: Deleted[] = [];
  const infos: ResourceInfo[] = [];
  for (const found of selection.visit()) {
    if (found.kind === 'info') infos.push(found.info);
    else if (!(deletion.ignoreNotFound && isNotFound(found.problem))) problems.push(found.problem);
  }
  if (flags.toggle('interactive') && !(yield* confirm(deletion, infos))) return undefined;
  let warn = session.namespaceIsExplicit() && !flags.toggle('all-namespaces');
  let count = 0;
  for (const info of infos) {
    count += 1;
    if (warn && !typeOf(info).namespaced) {
      session.warning('deleting cluster-scoped resources, not scoped to the provided namespace');
      warn = false;
    }
    if (deletion.dryRun === 'client') {
      say(deletion, info);
      continue;
    }
    const reply = session.api().send('DELETE', pathOf(info), {
      body: compact({
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        gracePeriodSeconds: deletion.grace >= 0 ? deletion.grace : undefined,
        propagationPolicy: deletion.propagation,
      }),
      query: writeParameters({ dryRun: deletion.dryRun }),
    });
    if (!reply.ok) {
      if (!(deletion.ignoreNotFound && isNotFound(reply.problem)))
        problems.push(withSource('deleting', info.source, reply.problem));
      continue;
    }
    say(deletion, info);
    deleted.push({
      info,
      uid: textAt(reply.object, 'details', 'uid') || textAt(reply.object, 'metadata', 'uid'),
    });
  }
  throwAll(problems);
  if (count === 0) session.out('No resources found\n');
  if (!flags.toggle('wait') || deletion.dryRun !== 'none') return undefined;
  const timeout = flags.durationMs('timeout');
  const deadline = session.nowMs() + (timeout === 0 ? DEFAULT_TIMEOUT_MS : timeout);
  for (const { info, uid } of deleted) yield* waitUntilDeleted(session, info, uid, deadline);
  return undefined;
}

function say({ invocation: { session }, grace, dryRun, output }: Deletion, info: ResourceInfo): void {
  const type = typeOf(info);
  const kind = groupKindName(type.kind, type.group);
  if (output === 'name') {
    session.out(`${kind}/${info.name}\n`);
    return;
  }
  let operation = grace === 0 ? 'force deleted' : 'deleted';
  if (isNamespaced(info)) operation += ` from ${info.namespace} namespace`;
  if (dryRun !== 'none') operation += dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
  session.out(`${kind} "${info.name}" ${operation}\n`);
}

function* confirm({ invocation: { session } }: Deletion, infos: readonly ResourceInfo[]): Step<boolean> {
  if (infos.length === 0) {
    session.out('No resources found\n');
    return false;
  }
  session.out(`You are about to delete the following ${infos.length} resource(s):\n`);
  for (const info of infos)
    session.out(`${groupKindName(typeOf(info).kind, typeOf(info).group)}/${info.name}\n`);
  session.out('Do you want to continue? (y/N): ');
  const answer = yield* session.readLine();
  if (answer.trim().toLowerCase() === 'y') return true;
  session.out('deletion is cancelled\n');
  return false;
}

export const deleteCommand: Command = {
  ...DELETE,
  long: `Delete resources by file names, stdin, resources and names, or by resources and label selector.

 Some objects take time to end, such as pods, which are given a grace period; kubectl waits until they are gone. What is deleted does not come back, but controllers may make new ones.`,
  examples: [
    ['Delete what a file describes', 'kubectl delete -f pod.yaml'],
    ['Delete objects by name', 'kubectl delete pod/web service/web'],
    ['Delete everything with a label', 'kubectl delete pods,services -l app=web'],
    ['Delete without waiting', 'kubectl delete pod web --wait=false'],
    ['Delete all pods of the namespace', 'kubectl delete pods --all'],
  ],
  run,
};
