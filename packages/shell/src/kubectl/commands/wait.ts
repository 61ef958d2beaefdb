import { resourcePath } from '../api/discovery.ts';
import { Watch } from '../api/watch.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail, isNotFound } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { JsonPath, relaxedPath } from '../printers/json-path.ts';
import { outputPrinter } from '../printers/printer.ts';
import { pathOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import type { ResourceQuery } from '../resources/query.ts';
import { allInfos, select, throwAll } from '../resources/visit.ts';
import type { Session } from '../session.ts';
import { WAIT } from '../surface/advanced.ts';
import { goQuote, goSprint } from '../values/go-text.ts';
import { numberAt, objectsAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

/** What a negative timeout means. */
const WEEK_MS = 7 * 24 * 3600 * 1000;
/** Between looks for something that is yet to be created. */
const CREATE_POLL_MS = 500;

/** What is waited for. */
type Goal =
  | { readonly kind: 'delete' }
  | { readonly kind: 'create' }
  | { readonly kind: 'condition'; readonly name: string; readonly status: string }
  | { readonly kind: 'path'; readonly path: JsonPath; readonly value: string };

/** Parts at single equals signs; doubled ones belong to the expression. */
function splitAtEquals(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== '=') {
      part += text[i] ?? '';
    } else if (text[i + 1] === '=') {
      part += '==';
      i += 1;
    } else {
      parts.push(part);
      part = '';
    }
  }
  return [...parts, part];
}

function pathGoal(text: string): Goal {
  const parts = splitAtEquals(text);
  if (parts.length > 2)
    fail(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const relaxed = relaxedPath(parts[0] ?? '');
  if (!relaxed.ok) return fail(relaxed.message);
  const value = parts.length === 2 ? (parts[1] ?? '').replace(/^['"]+|['"]+$/g, '') : '';
  if (parts.length === 2 && value === '')
    fail(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  if (relaxed.path === '') fail('jsonpath expression cannot be empty');
  const parsed = JsonPath.parse(relaxed.path, { allowMissing: true });
  return parsed.ok ? { kind: 'path', path: parsed.path, value } : fail(parsed.message);
}

function goalOf(text: string): Goal {
  const lower = text.toLowerCase();
  if (lower === 'delete' || lower === 'create') return { kind: lower };
  if (text.startsWith('condition=')) {
    const rest = text.slice('condition='.length);
    const equals = rest.indexOf('=');
    return equals < 0
      ? { kind: 'condition', name: rest, status: 'true' }
      : { kind: 'condition', name: rest.slice(0, equals), status: rest.slice(equals + 1) };
  }
  if (text.startsWith('jsonpath=')) return pathGoal(text.slice('jsonpath='.length));
  return fail(`unrecognized condition: ${goQuote(text)}`);
}

function hasCondition(object: JsonObject, name: string, status: string): boolean {
  const condition = objectsAt(object, 'status', 'conditions').find(
    (each) => textAt(each, 'type').toLowerCase() === name.toLowerCase(),
  );
  if (condition === undefined) return false;
  const generation = numberAt(object, 'metadata', 'generation');
  const observed =
    numberAt(condition, 'observedGeneration') ?? numberAt(object, 'status', 'observedGeneration');
  // A status of an older generation says nothing about this one.
  if (generation !== undefined && observed !== undefined && observed < generation) return false;
  return textAt(condition, 'status').toLowerCase() === status.toLowerCase();
}

function isMet(goal: Goal, object: JsonObject): boolean {
  switch (goal.kind) {
    case 'create':
      return true;
    case 'delete':
      return false;
    case 'condition':
      return hasCondition(object, goal.name, goal.status);
    case 'path': {
      const found = goal.path.find(object);
      if (!found.ok) return fail(found.message);
      const [first = []] = found.results;
      const [value] = first;
      if (first.length === 0 || value === undefined) return false;
      if (found.results.length > 1) return fail('given jsonpath expression matches more than one list');
      if (first.length > 1) return fail('given jsonpath expression matches more than one value');
      if (goal.value === '') return true;
      if (typeof value === 'object' && value !== null)
        return fail('jsonpath leads to a nested object or list which is not supported');
      return goSprint(value).trim() === goal.value.trim();
    }
  }
}

function timedOut(info: ResourceInfo): never {
  return fail(`timed out waiting for the condition on ${typeOf(info).resource}/${info.name}`);
}

interface Waiting {
  readonly session: Session;
  readonly goal: Goal;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
}

function checkOnce({ session, goal }: Waiting, info: ResourceInfo): JsonObject {
  const reply = session.api().send('GET', pathOf(info));
  if (!reply.ok) {
    if (goal.kind === 'delete' && isNotFound(reply.problem)) return info.object ?? {};
    throw new Failure(reply.problem);
  }
  if (goal.kind === 'delete' || !isMet(goal, reply.object))
    fail(`condition not met for ${typeOf(info).resource}/${info.name}`);
  return reply.object;
}

/** Waits for one object, and gives back what it looked like then. */
function* waitFor(waiting: Waiting, info: ResourceInfo): Step<JsonObject> {
  const { session, goal, timeoutMs, deadlineMs } = waiting;
  if (goal.kind === 'create') return info.object ?? {};
  if (info.name === '') fail('resource name must be provided');
  if (timeoutMs === 0) return checkOnce(waiting, info);
  // One deadline for all of them: what comes after it is not looked at any more.
  if (goal.kind !== 'delete' && session.nowMs() >= deadlineMs) return timedOut(info);
  const type = typeOf(info);
  const path = resourcePath(type, info.namespace);
  const query = [['fieldSelector', `metadata.name=${info.name}`]] as const;
  let last = info.object ?? {};
  for (let round = 0; ; round += 1) {
    const list = session.api().call('GET', path, { query });
    const [item] = objectsAt(list, 'items');
    if (item === undefined) {
      if (goal.kind === 'delete') return last;
      const reply = session.api().send('GET', pathOf(info));
      if (!reply.ok && round === 0) throw new Failure(reply.problem);
    } else {
      last = { kind: type.kind, apiVersion: textAt(info.object, 'apiVersion'), ...item };
      if (isMet(goal, last)) return last;
    }
    const watch = new Watch(session, path, [
      ...query,
      ['resourceVersion', textAt(list, 'metadata', 'resourceVersion')],
    ]);
    try {
      for (;;) {
        const event = yield* watch.next(deadlineMs);
        if (event === 'timeout') return timedOut(info);
        if (event === undefined) break;
        if (event.type === 'DELETED') {
          if (goal.kind === 'delete') return event.object;
          continue;
        }
        if (event.type !== 'ERROR' && isMet(goal, event.object)) return event.object;
      }
    } finally {
      watch.close();
    }
    if (session.nowMs() >= deadlineMs) return timedOut(info);
  }
}

/** Waits until the query finds something. */
function* waitForCreation({ session, deadlineMs }: Waiting, query: ResourceQuery): Step {
  for (;;) {
    const { infos, problems } = allInfos(yield* select(session, query));
    const wrong = problems.filter((problem) => !isNotFound(problem));
    throwAll(wrong);
    if (problems.length === 0 && infos.length > 0) return undefined;
    if (session.nowMs() >= deadlineMs) fail('timed out waiting for the condition');
    yield* session.sleep(CREATE_POLL_MS);
  }
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const printer = outputPrinter(session, flags, { operation: 'condition met' });
  const goal = goalOf(flags.text('for'));
  const timeout = flags.durationMs('timeout');
  const timeoutMs = timeout < 0 ? WEEK_MS : timeout;
  session.endsOnInterrupt();
  const waiting: Waiting = { session, goal, timeoutMs, deadlineMs: session.nowMs() + timeoutMs };
  const query: ResourceQuery = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    labelSelector: flags.text('selector'),
    fieldSelector: flags.text('field-selector'),
    allNamespaces: flags.toggle('all-namespaces'),
    emptySelectorIsAll: flags.toggle('all'),
    local: flags.toggle('local'),
    latest: true,
    continueOnError: true,
  };
  if (goal.kind === 'create') yield* waitForCreation(waiting, query);
  const { infos, problems: found } = allInfos(yield* select(session, query));
  const problems: Problem[] = found.filter((problem) => goal.kind !== 'delete' || !isNotFound(problem));
  for (const info of infos) {
    try {
      session.out(printer.print(yield* waitFor(waiting, info)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(error.problem);
    }
  }
  throwAll(problems);
  if (infos.length === 0 && goal.kind !== 'delete') fail('no matching resources found');
  return undefined;
}

export const waitCommand: Command = {
  ...WAIT,
  long: `Experimental: Wait for a specific condition on one or many resources.

 The command looks at the objects until each has what --for names: a condition in its status, a value at a JSONPath, or its creation or deletion. It ends with an error when the time is up.`,
  examples: [
    ['Wait until a pod is ready', 'kubectl wait --for=condition=Ready pod/web'],
    ['Wait until a pod runs', "kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web"],
    ['Wait at most a minute until a pod is gone', 'kubectl wait --for=delete pod/web --timeout=60s'],
  ],
  run,
};
