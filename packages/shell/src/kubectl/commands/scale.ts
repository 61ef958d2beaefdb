import { resourcePath } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail, messageOf, reasonOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import { objectOf, pathOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { allInfos, select, throwAll } from '../resources/visit.ts';
import { SCALE } from '../surface/workloads.ts';
import { goQuote } from '../values/go-text.ts';
import { numberAt, setAt, textAt } from '../values/json.ts';
import { requireFlags } from './create/required.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';

/** A scale that someone else changes at the same time is tried again this often, a second apart. */
const MAX_TRIES = 300;
const RETRY_MS = 1000;

function scaleOnce(
  { flags, session }: Invocation,
  info: ResourceInfo,
  replicas: number,
  dryRun: DryRun,
): Problem | undefined {
  const path = resourcePath(typeOf(info), info.namespace, info.name, 'scale');
  const size = flags.integer('current-replicas');
  const version = flags.text('resource-version');
  const query = writeParameters({ dryRun });
  if (size === -1 && version === '') {
    const reply = session.api().send('PATCH', path, {
      body: { spec: { replicas } },
      contentType: 'application/merge-patch+json',
      query,
    });
    return reply.ok ? undefined : reply.problem;
  }
  const current = session.api().send('GET', path);
  if (!current.ok) return current.problem;
  const scale = current.object;
  const now = numberAt(scale, 'spec', 'replicas') ?? 0;
  if (size !== -1 && now !== size)
    return { kind: 'plain', message: `Expected replicas to be ${size}, was ${now}` };
  const actual = textAt(scale, 'metadata', 'resourceVersion');
  if (version !== '' && actual !== version)
    return { kind: 'plain', message: `Expected resource version to be ${version}, was ${actual}` };
  setAt(scale, ['spec', 'replicas'], replicas);
  const reply = session.api().send('PUT', path, { body: scale, query });
  return reply.ok ? undefined : reply.problem;
}

function* scaleOne(invocation: Invocation, info: ResourceInfo, replicas: number, dryRun: DryRun): Step {
  const { flags, session } = invocation;
  for (let attempt = 0; ; attempt += 1) {
    const problem = scaleOnce(invocation, info, replicas, dryRun);
    if (problem === undefined) break;
    if (reasonOf(problem) !== 'Conflict') throw new Failure(problem);
    if (attempt >= MAX_TRIES) fail('timed out waiting for the condition');
    yield* session.sleep(RETRY_MS);
  }
  const timeout = flags.durationMs('timeout');
  if (timeout === 0 || dryRun !== 'none') return undefined;
  const deadline = session.nowMs() + timeout;
  for (;;) {
    const scale = session.api().call('GET', pathOf(info, 'scale'));
    if (numberAt(scale, 'status', 'replicas') === replicas) return undefined;
    if (session.nowMs() >= deadline) fail(`timed out waiting for ${goQuote(info.name)} to be synced`);
    yield* session.sleep(RETRY_MS);
  }
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  requireFlags(invocation, ['replicas']);
  const dryRun = dryRunOf(session, flags);
  const printer = outputPrinter(session, flags, { operation: operationFor('scaled', dryRun) });
  const replicas = flags.integer('replicas');
  if (replicas < 0)
    fail('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  if (flags.integer('current-replicas') < -1)
    fail('The --current-replicas must specify an integer of -1 or greater');
  const found = yield* select(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    emptySelectorIsAll: flags.toggle('all'),
    labelSelector: flags.text('selector'),
    continueOnError: true,
  });
  const { infos, problems } = allInfos(found);
  if (flags.text('resource-version') !== '' && infos.length > 1)
    fail('cannot use --resource-version with multiple resources');
  if (infos.length === 0) {
    fail(
      problems.length === 0
        ? 'no objects passed to scale'
        : `no objects passed to scale ${messageOf(problems.length === 1 ? (problems[0] ?? { kind: 'plain', message: '' }) : { kind: 'aggregate', problems })}`,
    );
  }
  for (const info of infos) {
    if (dryRun !== 'client') yield* scaleOne(invocation, info, replicas, dryRun);
    session.out(printer.print(objectOf(info)));
  }
  throwAll(problems);
  return undefined;
}

export const scaleCommand: Command = {
  ...SCALE,
  long: `Set a new size for a deployment, replica set, replication controller, or stateful set.

 You may name the size or the resource version that you expect to find; when it is another, nothing changes.`,
  examples: [
    ['Run three pods of a deployment', 'kubectl scale deployment/web --replicas=3'],
    ['Only if it has two now', 'kubectl scale deployment/web --current-replicas=2 --replicas=3'],
  ],
  run,
};
