import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail } from '../failure.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import { diffMerge } from '../patching/apply-patch.ts';
import { objectOf, pathOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import type { ResourceQuery } from '../resources/query.ts';
import { forEachInfo, select } from '../resources/visit.ts';
import { ANNOTATE, LABEL } from '../surface/settings.ts';
import { goQuote } from '../values/go-text.ts';
import { copyOf, goJson, objectAt, removeAt, sameJson, setAt, setOwn, textMapAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { splitApiVersion } from '../api/discovery.ts';
import { textAt } from '../values/json.ts';
import { labelValue } from '../values/validation.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';
import { parsePairs, splitPairs } from './pairs.ts';
import type { Changes } from './pairs.ts';

/** What `label` and `annotate` do alike; they differ in their field and their words. */
interface Kind {
  readonly noun: 'label' | 'annotation';
  readonly field: 'labels' | 'annotations';
  readonly fileExample: string;
}

const LABELS: Kind = { noun: 'label', field: 'labels', fileExample: 'pod.yaml or --filename=pod.json' };
const ANNOTATIONS: Kind = {
  noun: 'annotation',
  field: 'annotations',
  fileExample: 'rsrc.yaml or --filename=rsrc.json',
};

interface Change {
  readonly invocation: Invocation;
  readonly kind: Kind;
  readonly changes: Changes;
  readonly dryRun: DryRun;
}

function labelChanges(pairs: readonly string[]): Changes {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const pair of pairs) {
    if (pair.includes('=')) {
      const parts = pair.split('=');
      const [key = '', value = ''] = parts;
      if (parts.length !== 2) fail(`invalid label spec: ${pair}`);
      const errors = labelValue(value);
      if (errors.length > 0) fail(`invalid label value: ${goQuote(pair)}: ${errors.join(';')}`);
      set.set(key, value);
    } else if (pair.endsWith('-')) {
      remove.push(pair.slice(0, -1));
    } else {
      fail(`unknown label spec: ${pair}`);
    }
  }
  if (remove.some((key) => set.has(key))) fail('can not both modify and remove a label in the same command');
  return { set, remove };
}

function annotationChanges(pairs: readonly string[]): Changes {
  const changes = parsePairs(pairs, 'annotation', true);
  const both = changes.remove.filter((key) => changes.set.has(key));
  if (both.length > 0)
    fail(
      `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
    );
  return changes;
}

function check({ invocation: { flags }, kind, changes, dryRun }: Change, resources: readonly string[]): void {
  const files = flags.list('filename').length > 0 || flags.text('kustomize') !== '';
  const local = flags.toggle('local');
  if (flags.toggle('list') && flags.text('output') !== '')
    fail('--list and --output may not be specified together');
  if (flags.toggle('all') && flags.text('selector') !== '')
    fail('cannot set --all and --selector at the same time');
  if (flags.toggle('all') && flags.text('field-selector') !== '')
    fail('cannot set --all and --field-selector at the same time');
  if (!local && resources.length === 0 && !files)
    fail('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (local && dryRun === 'server')
    fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (local && resources.length > 0)
    fail(`can only use local files by -f ${kind.fileExample} when --local=true is set`);
  if (local && !files) fail(`one or more files must be specified as -f ${kind.fileExample}`);
  if (changes.set.size === 0 && changes.remove.length === 0 && !flags.toggle('list'))
    fail(`at least one ${kind.noun} update is required`);
}

/** The changed object; refuses to overwrite unless told to. */
function changed({ invocation: { flags }, kind, changes }: Change, object: JsonObject): JsonObject {
  const present = textMapAt(object, 'metadata', kind.field);
  if (!flags.toggle('overwrite')) {
    const clashes = [...changes.set].filter(([key, value]) => present.has(key) && present.get(key) !== value);
    if (clashes.length > 0) {
      const lines = clashes.map(([key]) => `'${key}' already has a value (${present.get(key) ?? ''})`);
      if (kind.noun === 'label') {
        const problems = lines.map(
          (line) => ({ kind: 'plain', message: `${line}, and --overwrite is false` }) as const,
        );
        throw new Failure({ kind: 'aggregate', problems });
      }
      fail(`--overwrite is false but found the following declared annotation(s): ${lines.join('; ')}`);
    }
  }
  const result = copyOf(object);
  const map: JsonObject = copyOf(objectAt(result, 'metadata', kind.field) ?? {});
  for (const [key, value] of changes.set) setOwn(map, key, value);
  for (const key of changes.remove) delete map[key];
  setAt(result, ['metadata', kind.field], map);
  const version = flags.text('resource-version');
  if (version !== '') setAt(result, ['metadata', 'resourceVersion'], version);
  return result;
}

/** The word for what happened to the labels. */
function labelOutcome(before: JsonObject, after: JsonObject, overwrite: boolean): string {
  if (sameJson(before, after)) return 'not labeled';
  return !overwrite && goJson(after).length < goJson(before).length ? 'unlabeled' : 'labeled';
}

function changeOne(change: Change, info: ResourceInfo, single: boolean): void {
  const { invocation, kind, changes, dryRun } = change;
  const { flags, session } = invocation;
  const version = flags.text('resource-version');
  const before = copyOf(objectOf(info));
  if (version !== '') removeAt(before, ['metadata', 'resourceVersion']);
  const here = dryRun === 'client' || flags.toggle('local') || flags.toggle('list');
  if (!here && kind.noun === 'label') {
    const present = textMapAt(before, 'metadata', 'labels');
    for (const key of changes.remove)
      if (!present.has(key)) session.out(`label ${goQuote(key)} not found.\n`);
  }
  const after = changed(change, before);
  let result = after;
  if (!here) {
    const reply = session.api().send('PATCH', pathOf(info), {
      body: diffMerge(before, after),
      contentType: 'application/merge-patch+json',
      query: writeParameters({ dryRun, fieldManager: flags.text('field-manager') }),
    });
    if (!reply.ok) throw new Failure(reply.problem);
    if (kind.noun === 'annotation') result = reply.object;
  }
  if (flags.toggle('list')) {
    const margin = single ? '' : ' ';
    if (!single)
      session.out(
        `Listing ${kind.field} for ${textAt(after, 'kind')}.${splitApiVersion(textAt(after, 'apiVersion')).group}/${info.name}:\n`,
      );
    for (const [key, value] of textMapAt(after, 'metadata', kind.field))
      session.out(`${margin}${key}=${value}\n`);
    return;
  }
  const operation =
    kind.noun === 'label' ? labelOutcome(before, after, flags.toggle('overwrite')) : 'annotated';
  session.out(outputPrinter(session, flags, { operation: operationFor(operation, dryRun) }).print(result));
}

function run(kind: Kind): (invocation: Invocation) => Step {
  return function* (invocation) {
    const { flags, args, session } = invocation;
    const dryRun = dryRunOf(session, flags);
    const { resources, pairs } = splitPairs(args, kind.noun);
    const changes = kind.noun === 'label' ? labelChanges(pairs) : annotationChanges(pairs);
    const change: Change = { invocation, kind, changes, dryRun };
    check(change, resources);
    const local = flags.toggle('local');
    const query: ResourceQuery = {
      ...fileQuery(flags),
      ...namespaceQuery(invocation),
      continueOnError: true,
      local,
      ...(local
        ? {}
        : {
            args: resources,
            emptySelectorIsAll: flags.toggle('all'),
            labelSelector: flags.text('selector'),
            fieldSelector: flags.text('field-selector'),
            allNamespaces: flags.toggle('all-namespaces'),
            latest: true,
          }),
    };
    const version = flags.text('resource-version');
    const probe = version === '' && !flags.toggle('list') ? undefined : yield* select(session, query);
    const single = probe?.singleItemImplied ?? true;
    if (version !== '' && !single) fail('--resource-version may only be used with a single resource');
    yield* forEachInfo(session, query, function* (info) {
      changeOne(change, info, single);
      return undefined;
    });
    return undefined;
  };
}

export const labelCommand: Command = {
  ...LABEL,
  long: `Update the labels on a resource.

 A label key and value must begin with a letter or number, and may contain letters, numbers, hyphens, dots, and underscores, up to 63 characters each. A label that has a value keeps it unless --overwrite is given; a key with a dash behind it is removed.`,
  examples: [
    ['Set a label', 'kubectl label pod web tier=front'],
    ['Change a label', 'kubectl label pod web tier=back --overwrite'],
    ['Remove a label', 'kubectl label pod web tier-'],
    ['Label all pods of the namespace', 'kubectl label pods --all checked=yes'],
  ],
  run: run(LABELS),
};

export const annotateCommand: Command = {
  ...ANNOTATE,
  long: `Update the annotations on one or more resources.

 Annotations hold what programs want to remember about an object. They may be long, and objects are never selected by them.`,
  examples: [
    ['Set an annotation', "kubectl annotate pod web description='the front page'"],
    ['Remove an annotation', 'kubectl annotate pod web description-'],
  ],
  run: run(ANNOTATIONS),
};
