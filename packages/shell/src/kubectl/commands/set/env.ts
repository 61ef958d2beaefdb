import { resourcePath } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { fail, messageOf } from '../../failure.ts';
import { objectOf } from '../../resources/info.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import { requireInfos } from '../../resources/visit.ts';
import type { Session } from '../../session.ts';
import { SET_ENV } from '../../surface/set.ts';
import { decodeBase64 } from '../../values/base64.ts';
import { goQuote } from '../../values/go-text.ts';
import { isObject, objectAt, objectsAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { environmentName } from '../../values/validation.ts';
import { dryRunOf } from '../dry-run.ts';
import { mutateAll, objectName, podSpecOf } from '../mutate.ts';
import { matchesName, targets } from './targets.ts';

interface EnvChanges {
  readonly set: readonly JsonObject[];
  readonly remove: readonly string[];
}

function split(args: readonly string[]): {
  readonly resources: readonly string[];
  readonly words: readonly string[];
} {
  const isChange = (word: string): boolean => word.indexOf('=') > 0 || word.endsWith('-');
  const first = args.findIndex(isChange);
  if (first < 0) return { resources: args, words: [] };
  const words = args.slice(first);
  if (!words.every(isChange))
    fail(`all resources must be specified before environment changes: ${args.join(' ')}`);
  return { resources: args.slice(0, first), words };
}

function* parse(session: Session, words: readonly string[]): Step<EnvChanges> {
  const set: JsonObject[] = [];
  const remove: string[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (word === '-') {
      const text = new TextDecoder().decode(yield* session.readInput());
      for (const line of text.split('\n')) {
        const [spec = ''] = line.split('#');
        const at = spec.indexOf('=');
        if (at >= 0) set.push({ name: spec.slice(0, at), value: spec.slice(at + 1) });
      }
    } else if (equals >= 0) {
      const name = word.slice(0, equals);
      const wrong = environmentName(name);
      if (wrong.length > 0) fail(`${goQuote(name)} is not a valid key name: ${wrong.join(';')}`);
      set.push({ name, value: word.slice(equals + 1) });
    } else if (word.endsWith('-')) {
      remove.push(word.slice(0, -1));
    } else {
      fail(`unknown environment variable: ${word}`);
    }
  }
  if (set.some((each) => remove.includes(textAt(each, 'name'))))
    fail('can not both modify and remove the same environment variable in the same command');
  return { set, remove };
}

/** Variables that take their values from a ConfigMap or a Secret. */
function* imported(invocation: Invocation): Step<readonly JsonObject[]> {
  const { flags, session } = invocation;
  const from = flags.text('from');
  if (from === '') return [];
  const infos = yield* requireInfos(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    continueOnError: true,
    args: [from],
    emptySelectorIsAll: flags.toggle('all'),
    labelSelector: flags.text('selector'),
    latest: true,
  });
  const keys = flags.list('keys');
  return infos.flatMap((info) => {
    const object = objectOf(info);
    const kind = textAt(object, 'kind');
    if (kind !== 'Secret' && kind !== 'ConfigMap') return fail('unsupported resource specified in --from');
    const reference = kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef';
    return Object.keys(objectAt(object, 'data') ?? {})
      .filter((key) => keys.length === 0 || keys.includes(key))
      .map((key): JsonObject => {
        const name = key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase();
        if (name !== key) session.warning(`key ${key} transferred to ${name}`);
        return { name, valueFrom: { [reference]: { name: textAt(object, 'metadata', 'name'), key } } };
      });
  });
}

function updated(existing: readonly JsonObject[], { set, remove }: EnvChanges): JsonObject[] {
  const covered = new Set(remove);
  const result: JsonObject[] = [];
  for (const variable of existing) {
    const name = textAt(variable, 'name');
    if (covered.has(name)) continue;
    const newer = set.find((each) => textAt(each, 'name') === name);
    if (newer !== undefined) covered.add(name);
    result.push(newer ?? variable);
  }
  for (const variable of set) {
    const name = textAt(variable, 'name');
    if (covered.has(name)) continue;
    covered.add(name);
    result.push(variable);
  }
  return result;
}

function refuseOverwrites(existing: readonly JsonObject[], set: readonly JsonObject[]): void {
  for (const variable of set) {
    const name = textAt(variable, 'name');
    const current = existing.find((each) => textAt(each, 'name') === name);
    const value = textAt(current, 'value');
    if (current !== undefined && value !== textAt(variable, 'value'))
      fail(`'${name}' already has a value (${value}), and --overwrite is false`);
  }
}

function referenceText(source: JsonObject): string {
  const config = objectAt(source, 'configMapKeyRef');
  if (config !== undefined) return `configmap ${textAt(config, 'name')}, key ${textAt(config, 'key')}`;
  const secret = objectAt(source, 'secretKeyRef');
  if (secret !== undefined) return `secret ${textAt(secret, 'name')}, key ${textAt(secret, 'key')}`;
  const field = objectAt(source, 'fieldRef');
  if (field !== undefined) return `field path ${textAt(field, 'fieldPath')}`;
  const resource = objectAt(source, 'resourceFieldRef');
  if (resource === undefined) return 'invalid valueFrom';
  const container = textAt(resource, 'containerName');
  return `resource field ${container === '' ? '' : `${container}, `}${textAt(resource, 'resource')}`;
}

/** The value behind a reference, or why there is none. */
function resolve(
  session: Session,
  source: JsonObject,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly message: string } {
  const isSecret = objectAt(source, 'secretKeyRef') !== undefined;
  const reference = objectAt(source, 'configMapKeyRef') ?? objectAt(source, 'secretKeyRef');
  if (reference === undefined) return { ok: false, message: 'not supported' };
  const type = session.discovery().require(isSecret ? 'secrets' : 'configmaps');
  const reply = session.api().send('GET', resourcePath(type, session.namespace(), textAt(reference, 'name')));
  if (!reply.ok) return { ok: false, message: messageOf(reply.problem) };
  const key = textAt(reference, 'key');
  const data = objectAt(reply.object, 'data') ?? {};
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof value !== 'string')
    return {
      ok: false,
      message: `key ${key} not found in ${isSecret ? 'secret' : 'config map'} ${textAt(reference, 'name')}`,
    };
  if (!isSecret) return { ok: true, value };
  const bytes = decodeBase64(value);
  return { ok: true, value: bytes === undefined ? value : new TextDecoder().decode(bytes) };
}

function list({ flags, session }: Invocation, object: JsonObject, container: JsonObject): boolean {
  session.out(
    `# ${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}, container ${textAt(container, 'name')}\n`,
  );
  const errors = new Map<string, string[]>();
  for (const variable of objectsAt(container, 'env')) {
    const name = textAt(variable, 'name');
    const source = objectAt(variable, 'valueFrom');
    if (source === undefined) {
      session.out(`${name}=${textAt(variable, 'value')}\n`);
      continue;
    }
    const found = flags.toggle('resolve') ? resolve(session, source) : undefined;
    if (found?.ok === true) {
      session.out(`${name}=${found.value}\n`);
      continue;
    }
    session.out(`# ${name} from ${referenceText(source)}\n`);
    if (found !== undefined) errors.set(found.message, [...(errors.get(found.message) ?? []), name]);
  }
  for (const text of [...errors]
    .map(([message, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${message}`)
    .sort())
    session.err(`${text}\n`);
  return errors.size === 0;
}

function change(invocation: Invocation, object: JsonObject, changes: EnvChanges): JsonObject {
  const { flags, session } = invocation;
  const pattern = flags.text('containers');
  const spec = podSpecOf(object);
  const chosen = ['containers', 'initContainers'].flatMap((field) => {
    const containers = spec[field];
    return Array.isArray(containers)
      ? containers.filter(isObject).filter((each) => matchesName(textAt(each, 'name'), pattern))
      : [];
  });
  if (chosen.length === 0)
    session.warning(
      `${textAt(object, 'kind')}/${textAt(object, 'metadata', 'name')} does not have any containers matching ${goQuote(pattern)}`,
    );
  let resolved = true;
  for (const container of chosen) {
    const existing = objectsAt(container, 'env');
    if (!flags.toggle('overwrite')) refuseOverwrites(existing, changes.set);
    const env = updated(existing, changes);
    if (env.length > 0) container['env'] = env;
    else delete container['env'];
    if (flags.toggle('list')) resolved = list(invocation, object, container) && resolved;
  }
  if (!resolved) fail('failed to retrieve valueFrom references');
  return object;
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  if (flags.toggle('all') && flags.text('selector') !== '')
    fail('cannot set --all and --selector at the same time');
  const { resources, words } = split(args);
  const dryRun = dryRunOf(session, flags);
  if (flags.toggle('local') && dryRun === 'server')
    fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (flags.list('filename').length === 0 && resources.length === 0)
    fail('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (flags.toggle('list') && flags.text('output') !== '')
    fail('--list and --output may not be specified together');
  if (flags.list('keys').length > 0 && flags.text('from') === '')
    fail('when specifying --keys, a configmap or secret must be provided with --from');
  const parsed = yield* parse(session, [...flags.list('env'), ...words]);
  const all = [...parsed.set, ...(yield* imported(invocation))];
  const prefix = flags.text('prefix');
  const changes: EnvChanges = {
    remove: parsed.remove,
    set: prefix === '' ? all : all.map((each) => ({ ...each, name: prefix + textAt(each, 'name') })),
  };
  const infos = yield* targets(invocation, resources, { ignoreWordsWhenLocal: true });
  if (flags.toggle('list')) {
    for (const info of infos) change(invocation, objectOf(info), changes);
    return undefined;
  }
  mutateAll(invocation, infos, dryRun, {
    operation: 'env updated',
    change: (object) => change(invocation, object, changes),
    unchangeable: (info, message) => `error: ${objectName(info)} ${message}\n`,
    refused: (message) => `failed to patch env update to pod template: ${message}`,
  });
  return undefined;
}

export const envCommand: Command = {
  ...SET_ENV,
  long: `Update environment variables on a pod template.

 List, add, change or remove variables of containers, in one or in all that match. With a dash behind its name a variable is removed; a single dash reads KEY=VALUE lines from standard input.

 Possible resources include (case insensitive):

        pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)`,
  examples: [
    ['Set a variable', 'kubectl set env deployment/web MODE=debug'],
    ['List variables', 'kubectl set env deployment/web --list'],
    ['Remove a variable', 'kubectl set env deployment/web MODE-'],
    ['Take variables from a ConfigMap', 'kubectl set env --from=configmap/settings deployment/web'],
  ],
  run,
};
