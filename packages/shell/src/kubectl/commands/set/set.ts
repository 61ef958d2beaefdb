import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail } from '../../failure.ts';
import { operationFor, outputPrinter } from '../../printers/printer.ts';
import { objectOf, pathOf } from '../../resources/info.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import { forEachInfo } from '../../resources/visit.ts';
import { SET, SET_SELECTOR, SET_SERVICEACCOUNT } from '../../surface/set.ts';
import { copyOf, removeAt, setAt, setOwn, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { parseSelector } from '../../values/selector.ts';
import type { Requirement } from '../../values/selector.ts';
import { goQuote } from '../../values/go-text.ts';
import { recorded } from '../change-cause.ts';
import { dryRunOf, writeParameters } from '../dry-run.ts';
import { mutateAll, objectName, patchBetween, podSpecOf } from '../mutate.ts';
import { envCommand } from './env.ts';
import { imageCommand } from './image.ts';
import { resourcesCommand } from './resources.ts';
import { subjectCommand } from './subject.ts';
import { targets } from './targets.ts';

/** What a selector asks for; services select by equality alone, which is checked where one is found. */
function selectorOf(text: string): readonly Requirement[] {
  const parsed = parseSelector(text);
  return parsed.ok
    ? parsed.requirements
    : fail(`couldn't parse the selector string ${goQuote(text)}: ${parsed.message}`);
}

const OPERATOR_NAMES: ReadonlyMap<string, string> = new Map([
  ['in', 'In'],
  ['notin', 'NotIn'],
  ['!=', 'NotIn'],
  ['exists', 'Exists'],
  ['!', 'DoesNotExist'],
]);

function labelsOf(requirements: readonly Requirement[]): JsonObject {
  const others = requirements.filter(({ operator }) => operator !== '=' && operator !== '==');
  if (others.length > 0) {
    const texts = others.map(
      ({ key, operator, values }) =>
        `{${key} ${OPERATOR_NAMES.get(operator) ?? operator} [${values.join(' ')}]}`,
    );
    fail(`match expression [${texts.join(' ')}] not supported on this object`);
  }
  const labels: JsonObject = {};
  for (const { key, values } of requirements) setOwn(labels, key, values[0] ?? '');
  return labels;
}

function* setSelector(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  const text = args.at(-1);
  if (text === undefined) return fail('one selector is required');
  const selector = selectorOf(text);
  const version = flags.text('resource-version');
  const local = flags.toggle('local');
  const printer = outputPrinter(session, flags, { operation: operationFor('selector updated', dryRun) });
  const query = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    continueOnError: true,
    local,
    ...(local ? {} : { args: args.slice(0, -1), emptySelectorIsAll: flags.toggle('all'), latest: true }),
  };
  yield* forEachInfo(session, query, function* (info) {
    const before = copyOf(objectOf(info));
    const after = copyOf(before);
    if (textAt(before, 'kind') !== 'Service') fail('setting a selector is only supported for Services');
    if (version !== '') {
      removeAt(before, ['metadata', 'resourceVersion']);
      setAt(after, ['metadata', 'resourceVersion'], version);
    }
    setAt(after, ['spec', 'selector'], labelsOf(selector));
    const result = recorded(invocation, after);
    if (local || dryRun === 'client') {
      session.out(printer.print(result));
      return undefined;
    }
    const reply = session.api().send('PATCH', pathOf(info), {
      body: patchBetween(info, before, result),
      contentType: 'application/strategic-merge-patch+json',
      query: writeParameters({ dryRun, fieldManager: flags.text('field-manager') }),
    });
    if (!reply.ok) throw new Failure(reply.problem);
    session.out(printer.print(reply.object));
    return undefined;
  });
  return undefined;
}

function* setServiceAccount(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  if (flags.toggle('local') && dryRun === 'server')
    fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const account = args.at(-1) ?? fail('serviceaccount is required');
  const infos = yield* targets(invocation, args.slice(0, -1), { ignoreWordsWhenLocal: true });
  mutateAll(invocation, infos, dryRun, {
    operation: 'serviceaccount updated',
    always: true,
    change: (object) => {
      podSpecOf(object)['serviceAccountName'] = account;
      return object;
    },
    unchangeable: (info, message) => `error: ${objectName(info)} ${message}\n`,
    refused: (message) => `failed to patch ServiceAccountName ${message}`,
  });
  return undefined;
}

const selectorCommand: Command = {
  ...SET_SELECTOR,
  long: `Set the selector on a resource. Note that the new selector will overwrite the old selector if the resource had one prior to the invocation of 'set selector'.

 Values begin with a letter or number, and may contain letters, numbers, hyphens, dots, and underscores, up to 63 characters. Only Services can be given a selector this way.`,
  examples: [['Send a service to other pods', "kubectl set selector service web 'app=web,tier=front'"]],
  run: setSelector,
};

const serviceAccountCommand: Command = {
  ...SET_SERVICEACCOUNT,
  long: `Update the service account of pod template resources.

 Possible resources (case insensitive) can be:

 replicationcontroller (rc), deployment (deploy), daemonset (ds), job, replicaset (rs), statefulset`,
  examples: [
    ['Run the pods of a deployment as another account', 'kubectl set serviceaccount deployment web reader'],
  ],
  run: setServiceAccount,
};

export const setCommand: Command = {
  ...SET,
  long: `Configure application resources.

 These commands help you make changes to existing application resources.`,
  group: 'stderr',
  subcommands: [
    imageCommand,
    resourcesCommand,
    selectorCommand,
    subjectCommand,
    serviceAccountCommand,
    envCommand,
  ],
};
