import { resourcePath } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail, isNotFound, withSource } from '../failure.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import type { Printer } from '../printers/printer.ts';
import { objectOf, pathOf, refresh, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import type { ResourceQuery } from '../resources/query.ts';
import { allInfos, forEachInfo, select, throwAll } from '../resources/visit.ts';
import { REPLACE } from '../surface/advanced.ts';
import { copyOf, setAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { propagationOf } from './cascade.ts';
import { recorded } from './change-cause.ts';
import { dryRunOf, validationOf, writeParameters } from './dry-run.ts';
import { LAST_APPLIED, withLastApplied } from './last-applied.ts';
import { rawRequest } from './raw.ts';
import { POLL_MS } from './wait-deleted.ts';

/** How long `--force` waits for an object to go when no timeout was given. */
const FORCE_TIMEOUT_MS = 5 * 60 * 1000;

/** With --save-config, and where it is there already, the last applied configuration is kept up. */
function annotated(invocation: Invocation, object: JsonObject): JsonObject {
  const has = textAt(object, 'metadata', 'annotations', LAST_APPLIED) !== '';
  const result = invocation.flags.toggle('save-config') || has ? withLastApplied(object, 'sorted') : object;
  return recorded(invocation, result);
}

function check({ flags }: Invocation, dryRun: string, grace: number): void {
  const force = flags.toggle('force');
  if (grace >= 0 && !force) fail('--grace-period must have --force specified');
  if (flags.durationMs('timeout') !== 0 && !force) fail('--timeout must have --force specified');
  if (force && dryRun !== 'none') fail('--dry-run can not be used when --force is set');
  if (flags.text('raw') === '') return;
  const files = flags.list('filename');
  if (files.length !== 1) fail('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(files[0] ?? '')) fail('--raw cannot read from a url');
  if (flags.toggle('recursive')) fail('--raw and --recursive are mutually exclusive');
  if (flags.text('output') !== '') fail('--raw and --output are mutually exclusive');
}

function* replaceByForce(
  invocation: Invocation,
  query: ResourceQuery,
  grace: number,
  printer: Printer,
): Step {
  const { flags, session } = invocation;
  const propagation = propagationOf(session, flags);
  // Standard input can be read once: what was read is used for both steps.
  const selection = yield* select(session, query);
  const { infos, problems } = allInfos(selection);
  throwAll(problems);
  const wanted = infos.map((info) => copyOf(objectOf(info)));
  const timeout = flags.durationMs('timeout');
  const deadline = session.nowMs() + (timeout === 0 ? FORCE_TIMEOUT_MS : timeout);
  for (const info of infos) {
    const reply = session.api().send('DELETE', pathOf(info), {
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
        propagationPolicy: propagation,
      },
    });
    if (!reply.ok) {
      if (!isNotFound(reply.problem)) throw new Failure(withSource('deleting', info.source, reply.problem));
      continue;
    }
    const type = typeOf(info);
    const name = `${type.kind.toLowerCase()}${type.group === '' ? '' : `.${type.group}`}`;
    const from = info.namespace === '' ? '' : ` from ${info.namespace} namespace`;
    session.out(`${name} "${info.name}" ${grace === 0 ? 'force deleted' : 'deleted'}${from}\n`);
  }
  for (const info of infos) yield* untilGone(invocation, info, deadline);
  for (const [i, info] of infos.entries()) {
    const body = annotated(invocation, wanted[i] ?? {});
    const reply = session.api().send('POST', resourcePath(typeOf(info), info.namespace), {
      body,
      query: writeParameters({
        dryRun: 'none',
        fieldManager: flags.text('field-manager'),
        validation: validationOf(flags),
      }),
    });
    if (!reply.ok) throw new Failure(reply.problem);
    refresh(info, reply.object);
    session.out(printer.print(reply.object));
  }
  return undefined;
}

function* untilGone({ session }: Invocation, info: ResourceInfo, deadlineMs: number): Step {
  for (;;) {
    const reply = session.api().send('GET', pathOf(info));
    if (!reply.ok && isNotFound(reply.problem)) return undefined;
    if (!reply.ok) throw new Failure(reply.problem);
    if (session.nowMs() >= deadlineMs) fail('timed out waiting for the condition');
    yield* session.sleep(POLL_MS);
  }
}

function replaceOne(invocation: Invocation, info: ResourceInfo, dryRun: 'none' | 'client' | 'server'): void {
  const { flags, session } = invocation;
  info.object = annotated(invocation, objectOf(info));
  if (dryRun === 'client') return;
  const body = copyOf(info.object);
  const path = pathOf(info);
  // Without a version of its own the object replaces whatever is there.
  if (textAt(body, 'metadata', 'resourceVersion') === '') {
    const current = session.api().send('GET', path);
    if (!current.ok) throw new Failure(withSource('replacing', info.source, current.problem));
    setAt(body, ['metadata', 'resourceVersion'], textAt(current.object, 'metadata', 'resourceVersion'));
  }
  const reply = session.api().send('PUT', path, {
    body,
    query: writeParameters({
      dryRun,
      fieldManager: flags.text('field-manager'),
      validation: validationOf(flags),
    }),
  });
  if (!reply.ok) throw new Failure(withSource('replacing', info.source, reply.problem));
  refresh(info, reply.object);
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const validation = validationOf(flags);
  const dryRun = dryRunOf(session, flags);
  const printer = outputPrinter(session, flags, { operation: operationFor('replaced', dryRun) });
  let grace = flags.integer('grace-period');
  if (grace === 0) grace = 1;
  if (flags.list('filename').length === 0 && flags.text('kustomize') === '')
    fail('must specify one of -f and -k');
  check(invocation, dryRun, grace);
  const raw = flags.text('raw');
  if (raw !== '') return yield* rawRequest(session, 'PUT', raw, flags.list('filename')[0] ?? '');
  const query: ResourceQuery = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    continueOnError: true,
    subresource: flags.text('subresource'),
    validation: validation.toLowerCase(),
  };
  if (flags.toggle('force')) return yield* replaceByForce(invocation, query, grace, printer);
  yield* forEachInfo(session, query, function* (info) {
    replaceOne(invocation, info, dryRun);
    session.out(printer.print(objectOf(info)));
    return undefined;
  });
  return undefined;
}

export const replaceCommand: Command = {
  ...REPLACE,
  long: `Replace a resource by file name or stdin.

 JSON and YAML formats are accepted. If replacing an existing resource, the complete resource spec must be provided. This can be obtained by

  $ kubectl get TYPE NAME -o yaml`,
  examples: [
    ['Replace a pod by what a file says', 'kubectl replace -f pod.json'],
    ['Delete it first, and make it anew', 'kubectl replace --force -f pod.json'],
  ],
  run,
};
