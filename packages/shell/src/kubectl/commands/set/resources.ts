import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { fail } from '../../failure.ts';
import { SET_RESOURCES } from '../../surface/set.ts';
import { isObject, setAt, textAt } from '../../values/json.ts';
import { canonicalQuantity, parseQuantity } from '../../values/quantity.ts';
import { dryRunOf } from '../dry-run.ts';
import { mutateAll, objectName, podSpecOf } from '../mutate.ts';
import { matchesName, targets } from './targets.ts';

function amounts(text: string): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  if (text === '') return result;
  for (const statement of text.split(',')) {
    const parts = statement.split('=');
    const [name = '', amount = ''] = parts;
    if (parts.length !== 2) fail(`Invalid argument syntax ${statement}, expected <resource>=<value>`);
    if (parseQuantity(amount) === undefined)
      fail("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    result.set(name, canonicalQuantity(amount));
  }
  return result;
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  const infos = yield* targets(invocation, args);
  if (flags.toggle('local') && dryRun === 'server')
    fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (flags.toggle('all') && flags.text('selector') !== '')
    fail('cannot set --all and --selector at the same time');
  if (flags.text('limits') === '' && flags.text('requests') === '')
    fail('you must specify an update to requests or limits (in the form of --requests/--limits)');
  const limits = amounts(flags.text('limits'));
  const requests = amounts(flags.text('requests'));
  const pattern = flags.text('containers');
  mutateAll(invocation, infos, dryRun, {
    operation: 'resource requirements updated',
    change: (object, wrong) => {
      const spec = podSpecOf(object);
      const chosen = ['containers', 'initContainers'].flatMap((field) => {
        const list = spec[field];
        return Array.isArray(list)
          ? list.filter(isObject).filter((each) => matchesName(textAt(each, 'name'), pattern))
          : [];
      });
      if (chosen.length === 0) {
        wrong(`error: unable to find container named ${pattern}`);
        return undefined;
      }
      for (const container of chosen) {
        for (const [name, amount] of limits) setAt(container, ['resources', 'limits', name], amount);
        for (const [name, amount] of requests) setAt(container, ['resources', 'requests', name], amount);
      }
      return object;
    },
    unchangeable: (info, message) => `error: ${objectName(info)} ${message}\n`,
    refused: (message) => `failed to patch resources update to pod template ${message}`,
  });
  return undefined;
}

export const resourcesCommand: Command = {
  ...SET_RESOURCES,
  long: `Specify compute resource requirements (CPU, memory) for any resource that defines a pod template. If a pod is successfully scheduled, it is guaranteed the amount of resource requested, but may burst up to its specified limits.

 Where only a limit is given, the request defaults to it.

 Possible resources include (case insensitive): Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: [
    [
      'Limit what containers may use',
      'kubectl set resources deployment web --limits=cpu=200m,memory=512Mi --requests=cpu=100m,memory=256Mi',
    ],
  ],
  run,
};
