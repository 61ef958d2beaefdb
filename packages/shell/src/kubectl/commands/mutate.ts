import { apiVersionOf } from '../api/discovery.ts';
import type { Invocation } from '../command/command.ts';
import { attempt, fail, messageOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { mergeRulesOf } from '../patching/merge-keys.ts';
import { twoWayPatch } from '../patching/three-way.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import { objectOf, pathOf, refresh, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { throwAll } from '../resources/visit.ts';
import { copyOf, objectAt, setAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { recorded } from './change-cause.ts';
import { writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';

/** How a command changes objects one by one. */
export interface Mutation {
  readonly operation: string;
  /** Changes the copy it is given; throws when it cannot. Undefined: nothing to do for this object. */
  readonly change: (object: JsonObject, wrong: (message: string) => void) => JsonObject | undefined;
  /** What is said of an object that could not be changed at all. */
  readonly unchangeable: (info: ResourceInfo, message: string) => string;
  /** What is said when the server refused the patch. */
  readonly refused: (message: string) => string;
  /** What happens when nothing would change; the default is silence. */
  readonly unchanged?: (info: ResourceInfo) => Problem | { readonly kind: 'say'; readonly operation: string };
  /** Sends the patch even when it is empty. */
  readonly always?: boolean;
}

/** The strategic merge patch between two states of one object. */
export function patchBetween(info: ResourceInfo, before: JsonObject, after: JsonObject): JsonObject {
  const type = info.type;
  const rules =
    type === undefined
      ? mergeRulesOf(textAt(before, 'apiVersion'), textAt(before, 'kind'))
      : mergeRulesOf(apiVersionOf(type), type.kind);
  return twoWayPatch(before, after, rules ?? {});
}

/** Changes each object, gathers what goes wrong, ends the command with all of it. */
export function mutateAll(
  invocation: Invocation,
  infos: readonly ResourceInfo[],
  dryRun: DryRun,
  mutation: Mutation,
  earlier: readonly Problem[] = [],
): void {
  const { session, flags } = invocation;
  const problems: Problem[] = [...earlier];
  const wrong = (message: string): void => {
    problems.push({ kind: 'plain', message });
  };
  const say = (object: JsonObject, operation: string): void => {
    session.out(outputPrinter(session, flags, { operation: operationFor(operation, dryRun) }).print(object));
  };
  // Everything is worked out before anything is sent, and complaints about that come first.
  const changes = infos.map((info) => ({
    info,
    changed: attempt(() => mutation.change(copyOf(objectOf(info)), wrong)),
  }));
  for (const { info, changed } of changes) {
    const before = objectOf(info);
    if (!changed.ok) {
      wrong(mutation.unchangeable(info, messageOf(changed.problem)));
      continue;
    }
    if (changed.value === undefined) continue;
    const after = recorded(invocation, changed.value);
    const patch = patchBetween(info, before, after);
    if (Object.keys(patch).length === 0 && mutation.always !== true) {
      const outcome = mutation.unchanged?.(info);
      if (outcome?.kind === 'say') say(before, outcome.operation);
      else if (outcome !== undefined) problems.push(outcome);
      continue;
    }
    if (dryRun === 'client' || flags.toggleIfAny('local')) {
      say(after, mutation.operation);
      continue;
    }
    const reply = session.api().send('PATCH', pathOf(info), {
      body: patch,
      contentType: 'application/strategic-merge-patch+json',
      query: writeParameters({ dryRun, fieldManager: flags.textIfAny('field-manager') }),
    });
    if (!reply.ok) {
      wrong(mutation.refused(messageOf(reply.problem)));
      continue;
    }
    refresh(info, reply.object);
    say(reply.object, mutation.operation);
  }
  throwAll(problems);
}

/** `deployments/web`. */
export function objectName(info: ResourceInfo): string {
  if (info.type !== undefined) return `${info.type.resource}/${info.name}`;
  const kind = textAt(info.object, 'kind').toLowerCase();
  const apiVersion = textAt(info.object, 'apiVersion');
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return `${kind}${group === '' ? '' : `.${group}/${apiVersion.slice(slash + 1)}`}/${info.name}`;
}

/** `deployments.apps`. */
export function resourceName(info: ResourceInfo): string {
  const type = typeOf(info);
  return type.group === '' ? type.resource : `${type.resource}.${type.group}`;
}

const TEMPLATE_PATHS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['Pod', ['spec']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
  ...['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job'].map(
    (kind) => [kind, ['spec', 'template', 'spec']] as const,
  ),
]);

const VERSIONED_TYPES: ReadonlyMap<string, string> = new Map([['HorizontalPodAutoscaler', '*v2']]);

/** `*v1.Service`: an object's type as Go prints it. */
export function goTypeOfObject(object: JsonObject): string {
  const kind = textAt(object, 'kind');
  const version = textAt(object, 'apiVersion').split('/').at(-1) ?? 'v1';
  return `${VERSIONED_TYPES.get(kind) ?? `*${version}`}.${kind}`;
}

/** The pod spec inside an object, for changing in place. */
export function podSpecOf(object: JsonObject): JsonObject {
  const path = TEMPLATE_PATHS.get(textAt(object, 'kind'));
  if (path === undefined)
    return fail(`the object is not a pod or does not have a pod template: ${goTypeOfObject(object)}`);
  const found = objectAt(object, ...path);
  if (found !== undefined) return found;
  const made: JsonObject = {};
  setAt(object, path, made);
  return objectAt(object, ...path) ?? made;
}
