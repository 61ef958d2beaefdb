import type { Step } from '../command/step.ts';
import { fail } from '../failure.ts';
import type { Session } from '../session.ts';
import { goQuote } from '../values/go-text.ts';
import { compareText, numberAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';
/** Between two looks for a pod that should come. */
const POLL_MS = 250;

export interface ContainerRef {
  readonly container: JsonObject;
  readonly name: string;
  readonly kind: 'containers' | 'initContainers' | 'ephemeralContainers';
}

export function containersOf(pod: JsonObject): readonly ContainerRef[] {
  return (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((kind) =>
    objectsAt(pod, 'spec', kind).map((container) => ({ container, name: textAt(container, 'name'), kind })),
  );
}

export function findContainer(pod: JsonObject, name: string): ContainerRef | undefined {
  return containersOf(pod).find((each) => each.name === name);
}

/** `web, helper (ephem), setup (init)`. */
export function containerNames(pod: JsonObject): string {
  const all = containersOf(pod);
  const of = (kind: ContainerRef['kind'], suffix: string): readonly string[] =>
    all.filter((each) => each.kind === kind).map((each) => each.name + suffix);
  return [
    ...of('containers', ''),
    ...of('ephemeralContainers', ' (ephem)'),
    ...of('initContainers', ' (init)'),
  ].join(', ');
}

/** The named container, or the pod's default with a word on the choice. */
export function chooseContainer(
  session: Session,
  pod: JsonObject,
  name: string,
  quiet: boolean,
): ContainerRef {
  const podName = textAt(pod, 'metadata', 'name');
  if (name !== '') return findContainer(pod, name) ?? fail(`container ${name} not found in pod ${podName}`);
  const all = containersOf(pod);
  const first = all.find((each) => each.kind === 'containers');
  if (first === undefined)
    return fail(`pod ${textAt(pod, 'metadata', 'namespace')}/${podName} does not have any containers`);
  const preferred = textAt(pod, 'metadata', 'annotations', DEFAULT_CONTAINER);
  const annotated = preferred === '' ? undefined : findContainer(pod, preferred);
  if (annotated !== undefined) return annotated;
  if (!quiet && all.length > 1)
    session.err(`Defaulted container ${goQuote(first.name)} out of: ${containerNames(pod)}\n`);
  return first;
}

/** As `chooseContainer`, with the words that `logs` uses. */
export function chooseLogContainer(
  session: Session,
  pod: JsonObject,
  name: string,
  quiet: boolean,
): ContainerRef {
  const podName = textAt(pod, 'metadata', 'name');
  let wanted = name;
  const preferred = textAt(pod, 'metadata', 'annotations', DEFAULT_CONTAINER);
  if (wanted === '' && preferred !== '') {
    if (findContainer(pod, preferred) === undefined)
      session.err(`Default container name ${goQuote(preferred)} not found in pod ${podName}\n`);
    else wanted = preferred;
  }
  if (wanted === '') {
    wanted = textAt(objectsAt(pod, 'spec', 'containers')[0], 'name');
    if (containersOf(pod).length > 1 && !quiet)
      session.err(`Defaulted container ${goQuote(wanted)} out of: ${containerNames(pod)}\n`);
  }
  return findContainer(pod, wanted) ?? fail(`container ${wanted} is not valid for pod ${podName}`);
}

/** A v1.LabelSelector as the text of a query, requirements in order of their keys. */
export function selectorText(selector: JsonObject | undefined): string {
  const parts: [key: string, text: string][] = [...textMapAt(selector, 'matchLabels')].map(([key, value]) => [
    key,
    `${key}=${value}`,
  ]);
  for (const expression of objectsAt(selector, 'matchExpressions')) {
    const key = textAt(expression, 'key');
    const values = [...textsAt(expression, 'values')].sort(compareText).join(',');
    const operator = textAt(expression, 'operator');
    if (operator === 'In') parts.push([key, `${key} in (${values})`]);
    else if (operator === 'NotIn') parts.push([key, `${key} notin (${values})`]);
    else parts.push([key, operator === 'Exists' ? key : `!${key}`]);
  }
  return parts
    .sort(([a], [b]) => compareText(a, b))
    .map(([, text]) => text)
    .join(',');
}

function goTypeName(object: JsonObject): string {
  return `*v1.${textAt(object, 'kind')}`;
}

/** The selector of the pods that belong to an object. */
export function podSelectorOf(object: JsonObject, verb: string): string {
  const kind = textAt(object, 'kind');
  switch (kind) {
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Deployment':
    case 'Job':
      return selectorText(objectAt(object, 'spec', 'selector'));
    case 'ReplicationController':
      return mapText(textMapAt(object, 'spec', 'selector'));
    case 'Service': {
      const selector = textMapAt(object, 'spec', 'selector');
      if (selector.size === 0)
        fail(
          `${verb} ${goTypeName(object)}: invalid service '${textAt(object, 'metadata', 'name')}': Service is defined without a selector`,
        );
      return mapText(selector);
    }
    default:
      return fail(`${verb} ${goTypeName(object)}: selector for ${goTypeName(object)} not implemented`);
  }
}

export function mapText(map: ReadonlyMap<string, string>): string {
  return [...map].map(([key, value]) => `${key}=${value}`).join(',');
}

export function isReady(pod: JsonObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
}

const PHASES: ReadonlyMap<string, number> = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
]);

function readySince(pod: JsonObject): string {
  const ready = objectsAt(pod, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
  return textAt(ready, 'lastTransitionTime');
}

function restarts(pod: JsonObject): number {
  return Math.max(
    0,
    ...objectsAt(pod, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0),
  );
}

/** Most active first: on a node, running, ready, ready for longest, with fewest restarts, oldest. */
function byActivity(a: JsonObject, b: JsonObject): number {
  const assigned =
    Number(textAt(b, 'spec', 'nodeName') !== '') - Number(textAt(a, 'spec', 'nodeName') !== '');
  if (assigned !== 0) return assigned;
  const phase =
    (PHASES.get(textAt(b, 'status', 'phase')) ?? 0) - (PHASES.get(textAt(a, 'status', 'phase')) ?? 0);
  if (phase !== 0) return phase;
  const ready = Number(isReady(b)) - Number(isReady(a));
  if (ready !== 0) return ready;
  const since = compareText(readySince(a), readySince(b));
  if (since !== 0) return since;
  if (restarts(a) !== restarts(b)) return restarts(a) - restarts(b);
  return compareText(textAt(a, 'metadata', 'creationTimestamp'), textAt(b, 'metadata', 'creationTimestamp'));
}

/** The pods that a selector finds, most active first; waits for the first to come. */
export function* podsFor(
  session: Session,
  namespace: string,
  selector: string,
  timeoutMs: number,
): Step<readonly JsonObject[]> {
  const deadline = session.nowMs() + timeoutMs;
  for (;;) {
    const list = session
      .api()
      .call('GET', `/api/v1/namespaces/${namespace}/pods`, { query: [['labelSelector', selector]] });
    const pods = objectsAt(list, 'items').map((pod): JsonObject => ({
      kind: 'Pod',
      apiVersion: 'v1',
      ...pod,
    }));
    if (pods.length > 0) return pods.sort(byActivity);
    if (session.nowMs() >= deadline) return fail('timed out waiting for the condition');
    yield* session.sleep(POLL_MS);
  }
}

/** The pod that stands for an object: the pod itself, or the most active of its own. */
export function* podOf(
  session: Session,
  object: JsonObject,
  timeoutMs: number,
  verb = 'cannot attach to',
): Step<JsonObject> {
  if (textAt(object, 'kind') === 'Pod') return object;
  const selector = podSelectorOf(object, verb);
  const [pod] = yield* podsFor(session, textAt(object, 'metadata', 'namespace'), selector, timeoutMs);
  return pod ?? fail('timed out waiting for the condition');
}
