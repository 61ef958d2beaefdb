import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { Failure, fail } from '../../failure.ts';
import type { Problem } from '../../failure.ts';
import { outputPrinter } from '../../printers/printer.ts';
import { objectOf, pathOf } from '../../resources/info.ts';
import { forEachInfo, throwAll } from '../../resources/visit.ts';
import { TAINT } from '../../surface/cluster.ts';
import { goQuote } from '../../values/go-text.ts';
import { copyOf, objectsAt, setAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { labelValue, qualifiedName } from '../../values/validation.ts';
import { dryRunOf, validationOf, writeParameters } from '../dry-run.ts';
import { patchBetween } from '../mutate.ts';

interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

type TaintResult =
  { readonly ok: true; readonly taint: Taint } | { readonly ok: false; readonly message: string };

function parseTaint(spec: string): TaintResult {
  const invalid = (why = ''): TaintResult => ({ ok: false, message: `invalid taint spec: ${spec}${why}` });
  const parts = spec.split(':');
  const [head = '', effect = ''] = parts;
  if (parts.length > 2) return invalid();
  let key = head;
  let value = '';
  if (parts.length === 2) {
    if (!EFFECTS.includes(effect))
      return { ok: false, message: `invalid taint effect: ${effect}, unsupported taint effect` };
    const pair = head.split('=');
    if (pair.length > 2) return invalid();
    [key = '', value = ''] = pair;
    const errors = labelValue(value);
    if (errors.length > 0) return invalid(`, ${errors.join('; ')}`);
  }
  const errors = qualifiedName(key);
  return errors.length > 0 ? invalid(`, ${errors.join('; ')}`) : { ok: true, taint: { key, value, effect } };
}

interface Changes {
  readonly add: readonly Taint[];
  readonly remove: readonly Taint[];
}

function parseTaints(specs: readonly string[]): Changes | string {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  for (const spec of specs) {
    const removes = spec.endsWith('-');
    const parsed = parseTaint(removes ? spec.slice(0, -1) : spec);
    if (!parsed.ok) return parsed.message;
    const { taint } = parsed;
    if (removes) {
      remove.push(taint);
      continue;
    }
    if (taint.effect === '') return `invalid taint spec: ${spec}`;
    if (add.some((each) => each.key === taint.key && each.effect === taint.effect))
      return `duplicated taints with the same key and effect: {${taint.key} ${taint.value} ${taint.effect} <nil>}`;
    add.push(taint);
  }
  return { add, remove };
}

const fields = (taint: Taint): JsonObject => ({
  effect: taint.effect,
  key: taint.key,
  ...(taint.value === '' ? {} : { value: taint.value }),
});

const taintText = ({ key, value, effect }: Taint): string =>
  effect === ''
    ? value === ''
      ? key
      : `${key}=${value}:`
    : value === ''
      ? `${key}:${effect}`
      : `${key}=${value}:${effect}`;

function sameTaint(object: JsonObject, taint: Taint): boolean {
  return textAt(object, 'key') === taint.key && textAt(object, 'effect') === taint.effect;
}

/** The node's new taints, and the word for what happened to them. */
function reorganize(
  before: readonly JsonObject[],
  { add, remove }: Changes,
  overwrite: boolean,
): { readonly taints: readonly JsonObject[]; readonly operation: string } {
  let taints: readonly JsonObject[] = [
    ...add.map(fields),
    ...before.filter((old) => !add.some((taint) => sameTaint(old, taint))),
  ];
  const added = before.length !== taints.length;
  let deleted = false;
  const problems: Problem[] = [];
  for (const taint of remove) {
    const left = taints.filter((each) =>
      taint.effect === '' ? textAt(each, 'key') !== taint.key : !sameTaint(each, taint),
    );
    deleted = left.length !== taints.length;
    if (!deleted) problems.push({ kind: 'plain', message: `taint ${goQuote(taintText(taint))} not found` });
    taints = left;
  }
  throwAll(problems);
  return {
    taints,
    operation: (added && deleted) || overwrite ? 'modified' : added ? 'tainted' : 'untainted',
  };
}

function isTaint(word: string): boolean {
  return word.includes('=') || word.includes(':') || word.endsWith('-');
}

function check(invocation: Invocation, resources: readonly string[], { add, remove }: Changes): void {
  const { flags, session } = invocation;
  const word = (resources[0] ?? '').toLowerCase();
  if (session.discovery().expect(word).kind !== 'Node')
    fail(`invalid resource type ${word}, only node types are supported`);
  const conflicts = add.flatMap((taint) =>
    remove
      .filter((other) => other.key === taint.key && (other.effect === '' || other.effect === taint.effect))
      .map((other) => `${other.key}=${other.effect}`),
  );
  if (conflicts.length > 0)
    fail(
      `can not both modify and remove the following taint(s) in the same command: ${conflicts.join(', ')}`,
    );
  const all = flags.toggle('all');
  const selector = flags.text('selector');
  if (all && selector !== '') fail("setting 'all' parameter with a non empty selector is prohibited");
  if (!all && selector === '' && resources.length < 2)
    fail("at least one resource name must be specified since 'all' parameter is not set");
}

function* run(invocation: Invocation): Step {
  const { flags, args, session, commandPath } = invocation;
  const namespace = session.namespace();
  const dryRun = dryRunOf(session, flags);
  const validation = validationOf(flags);
  const first = args.findIndex(isTaint);
  const resources = first < 0 ? args : args.slice(0, first);
  const specs = first < 0 ? [] : args.slice(first);
  const stray = specs.find((word) => !isTaint(word));
  if (stray !== undefined) fail(`all resources must be specified before taint changes: ${stray}`);
  if (resources.length === 0) fail('one or more resources must be specified as <resource> <name>');
  if (specs.length === 0) fail('at least one taint update is required');
  const changes = parseTaints(specs);
  if (typeof changes === 'string') throw usageFailure(commandPath, changes);
  check(invocation, resources, changes);
  const all = flags.toggle('all');
  const selector = flags.text('selector');
  const overwrite = flags.toggle('overwrite');
  const byName = !all && selector === '';
  const query = {
    namespace,
    continueOnError: true,
    labelSelector: selector,
    selectAll: all,
    ...(byName ? { args: resources.slice(1), defaultType: 'node' } : { args: ['node'] }),
  };
  yield* forEachInfo(session, query, function* (info) {
    const before = objectOf(info);
    const taints = objectsAt(before, 'spec', 'taints');
    const clashes = overwrite
      ? []
      : changes.add.filter((taint) => taints.some((each) => sameTaint(each, taint)));
    if (clashes.length > 0)
      fail(
        `node ${info.name} already has ${clashes.map(({ key }) => key).join(',')} taint(s) with same effect(s) and --overwrite is false`,
      );
    const { taints: wanted, operation } = reorganize(taints, changes, overwrite);
    const after = copyOf(before);
    setAt(after, ['spec', 'taints'], [...wanted]);
    // The real kubectl forgets to say `(dry run)` here.
    const printer = outputPrinter(session, flags, { operation });
    if (dryRun === 'client') {
      session.out(printer.print(after));
      return undefined;
    }
    const reply = session.api().send('PATCH', pathOf(info), {
      body: patchBetween(info, before, after),
      contentType: 'application/strategic-merge-patch+json',
      query: writeParameters({ dryRun, fieldManager: flags.text('field-manager'), validation }),
    });
    if (!reply.ok) throw new Failure(reply.problem);
    session.out(printer.print(reply.object));
    return undefined;
  });
  return undefined;
}

export const taintCommand: Command = {
  ...TAINT,
  long: `Update the taints on one or more nodes.

  *  A taint consists of a key, value, and effect. As an argument here, it is expressed as key=value:effect.
  *  The key begins with a letter or number, and may contain letters, numbers, hyphens, dots, and underscores, up to 253 characters; it may begin with a DNS subdomain and a slash.
  *  The value is optional, and is made of the same characters, up to 63.
  *  The effect must be NoSchedule, PreferNoSchedule or NoExecute.
  *  Currently taint can only apply to node.`,
  examples: [
    ['Keep pods off that do not tolerate it', 'kubectl taint nodes node1 dedicated=db:NoSchedule'],
    ['Remove one taint', 'kubectl taint nodes node1 dedicated:NoSchedule-'],
    ['Remove every taint with a key', 'kubectl taint nodes node1 dedicated-'],
  ],
  run,
};
