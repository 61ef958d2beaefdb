import type { Process } from '@podwire/machine';
import { Api } from './api/api.ts';
import { Discovery, resourcePath } from './api/discovery.ts';
import { isCalled, nameOf } from './command/command.ts';
import type { Command } from './command/command.ts';
import { FlagValues } from './command/flag-values.ts';
import { loadConfig, resolveConfig } from './config/kubeconfig.ts';
import { attempt } from './failure.ts';
import { COMMANDS } from './root.ts';
import { kubernetesService } from './service.ts';
import { GLOBAL_FLAGS } from './surface/globals.ts';
import { objectsAt, textAt } from './values/json.ts';

/** Commands whose first argument is a type, and those that are about pods alone. */
const OF_TYPES = new Set(
  'get describe delete edit label annotate patch scale autoscale expose explain wait status history restart undo pause resume'.split(
    ' ',
  ),
);
const OF_PODS = new Set(['logs', 'exec', 'attach', 'port-forward', 'debug', 'cp']);
const OF_NODES = new Set(['cordon', 'uncordon', 'drain']);
/** More names than this are of no use in a list to choose from. */
const MAX_NAMES = 500;

interface Typed {
  readonly command: Command | undefined;
  /** Arguments behind the command's own names, flags left out. */
  readonly args: readonly string[];
  readonly namespace: string;
}

function read(words: readonly string[]): Typed {
  let command: Command | undefined;
  let level: readonly Command[] = COMMANDS;
  const args: string[] = [];
  let namespace = '';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('-')) {
      const isNamespace = word === '-n' || word === '--namespace';
      if (isNamespace) namespace = words[at + 1] ?? '';
      else if (/^(?:-n|--namespace=)./.test(word)) namespace = word.replace(/^(?:-n|--namespace=)/, '');
      const flag = [...(command?.flags ?? []), ...GLOBAL_FLAGS].find(
        ({ name, shorthand }) => word === `--${name}` || word === `-${shorthand ?? ''}`,
      );
      if (flag !== undefined && flag.bare === undefined) at += 1;
      continue;
    }
    const next = args.length === 0 ? level.find((each) => isCalled(each, word)) : undefined;
    if (next === undefined) args.push(word);
    else {
      command = next;
      level = next.subcommands ?? [];
    }
  }
  return { command, args, namespace };
}

function discoveryOf(
  process: Process,
  namespace: string,
): { readonly discovery: Discovery; readonly namespace: string } {
  const service = kubernetesService(process.machine.service('kubernetes'));
  const config = resolveConfig(process, loadConfig(process, ''), new FlagValues(GLOBAL_FLAGS), service);
  const api = new Api(config, service, () => undefined);
  return { discovery: new Discovery(api), namespace: namespace || config.namespace };
}

function namesOf(process: Process, word: string, wanted: string): readonly string[] {
  const { discovery, namespace } = discoveryOf(process, wanted);
  const type = discovery.find(word);
  if (type === undefined) return [];
  const list = discovery.api.call('GET', resourcePath(type, namespace), {
    query: [['limit', String(MAX_NAMES)]],
  });
  return objectsAt(list, 'items').map((item) => textAt(item, 'metadata', 'name'));
}

function candidates(process: Process, typed: Typed, last: string): readonly string[] | undefined {
  const { command, args, namespace } = typed;
  if (last.startsWith('-'))
    return [...(command?.flags ?? []), ...GLOBAL_FLAGS]
      .filter((flag) => flag.hidden !== true)
      .map((flag) => (flag.bare === undefined ? `--${flag.name}=` : `--${flag.name}`));
  const subcommands = command === undefined ? COMMANDS : (command.subcommands ?? []);
  if (subcommands.length > 0 && args.length === 0)
    return subcommands.filter((each) => each.hidden !== true).map(nameOf);
  const name = command === undefined ? '' : nameOf(command);
  if (OF_PODS.has(name)) return args.length === 0 ? namesOf(process, 'pods', namespace) : undefined;
  if (OF_NODES.has(name)) return namesOf(process, 'nodes', namespace);
  if (!OF_TYPES.has(name)) return undefined;
  const [type] = args;
  const slash = last.indexOf('/');
  if (slash > 0) {
    const word = last.slice(0, slash);
    return namesOf(process, word, namespace).map((each) => `${word}/${each}`);
  }
  if (type !== undefined) return namesOf(process, type, namespace);
  return [
    ...new Set(
      discoveryOf(process, '')
        .discovery.types()
        .map((each) => each.resource),
    ),
  ];
}

/**
 * What Tab offers for a line that begins with kubectl: commands, flags, types, and names as the server
 * knows them now. undefined leaves it to file names.
 */
export function completeKubectl(words: readonly string[], process: Process): readonly string[] | undefined {
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  const found = attempt(() =>
    before === '-n' || before === '--namespace'
      ? namesOf(process, 'namespaces', '')
      : candidates(process, read(words.slice(1, -1)), last),
  );
  if (!found.ok) return [];
  return found.value?.filter((word) => word.startsWith(last)).sort();
}
