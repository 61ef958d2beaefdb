import { goDuration, goQuote } from '@podwire/sim';
import { resourcePath } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail, isNotFound, messageOf, reasonOf } from '../../failure.ts';
import type { Problem } from '../../failure.ts';
import { namePrinter, operationFor } from '../../printers/printer.ts';
import { objectOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import type { Session } from '../../session.ts';
import { DRAIN } from '../../surface/cluster.ts';
import { flagAt, objectsAt, textAt, textMapAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { parseSelector } from '../../values/selector.ts';
import { dryRunOf, writeParameters } from '../dry-run.ts';
import type { DryRun } from '../dry-run.ts';
import { markNodes, nodesOf } from './cordon.ts';

/** Between two looks at pods that are on their way out. */
const POLL_MS = 1000;
/** After a budget said no. */
const RETRY_MS = 5000;
/** What no timeout means: longer than anyone waits. */
const FOREVER_MS = Number.MAX_SAFE_INTEGER;

interface Verdict {
  readonly pod: JsonObject;
  readonly evict: boolean;
  readonly reason: 'okay' | 'skip' | 'warning' | 'error';
  readonly message: string;
}

interface Drain {
  readonly invocation: Invocation;
  readonly session: Session;
  readonly dryRun: DryRun;
}

function ownerOf(pod: JsonObject): JsonObject | undefined {
  return objectsAt(pod, 'metadata', 'ownerReferences').find((owner) => flagAt(owner, 'controller') === true);
}

const podName = (pod: JsonObject): string =>
  `${textAt(pod, 'metadata', 'namespace')}/${textAt(pod, 'metadata', 'name')}`;

/** Whether a pod that is being deleted has taken so long that nobody waits for it. */
function isOverdue({ session, invocation }: Drain, pod: JsonObject): boolean {
  const seconds = invocation.flags.integer('skip-wait-for-delete-timeout');
  const since = textAt(pod, 'metadata', 'deletionTimestamp');
  return seconds > 0 && since !== '' && Math.floor((session.nowMs() - Date.parse(since)) / 1000) > seconds;
}

/** What is to be done with one pod: the last filter that has something to say decides. */
function judge(drain: Drain, pod: JsonObject): Verdict {
  const { flags } = drain.invocation;
  const verdict = (evict: boolean, reason: Verdict['reason'], message = ''): Verdict => ({
    pod,
    evict,
    reason,
    message,
  });
  const phase = textAt(pod, 'status', 'phase');
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const owner = ownerOf(pod);
  if (isOverdue(drain, pod)) return verdict(false, 'skip');
  if (textAt(owner, 'kind') === 'DaemonSet' && textAt(owner, 'apiVersion') === 'apps/v1' && !finished) {
    const type = drain.session.discovery().forKind('DaemonSet', 'apps/v1');
    const reply =
      type === undefined
        ? undefined
        : drain.session
            .api()
            .send('GET', resourcePath(type, textAt(pod, 'metadata', 'namespace'), textAt(owner, 'name')));
    if (reply?.ok === false) {
      const message = messageOf(reply.problem);
      if (!(isNotFound(reply.problem) && flags.toggle('force'))) return verdict(false, 'error', message);
    } else {
      return flags.toggle('ignore-daemonsets')
        ? verdict(false, 'warning', 'ignoring DaemonSet-managed Pods')
        : verdict(false, 'error', 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)');
    }
  }
  if (textMapAt(pod, 'metadata', 'annotations').has('kubernetes.io/config.mirror'))
    return verdict(false, 'skip');
  const local = objectsAt(pod, 'spec', 'volumes').some((volume) => volume['emptyDir'] !== undefined);
  if (local && !finished && !flags.toggle('delete-emptydir-data'))
    return verdict(false, 'error', 'Pods with local storage (use --delete-emptydir-data to override)');
  if (finished || owner !== undefined) return verdict(true, 'okay');
  return flags.toggle('force')
    ? verdict(true, 'warning', 'deleting Pods that declare no controller')
    : verdict(false, 'error', 'cannot delete Pods that declare no controller (use --force to override)');
}

function grouped(verdicts: readonly Verdict[], reason: Verdict['reason']): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    if (verdict.reason !== reason) continue;
    groups.set(verdict.message, [...(groups.get(verdict.message) ?? []), podName(verdict.pod)]);
  }
  return [...groups].map(([message, names]) => `${message}: ${names.join(', ')}`);
}

function podsOn(drain: Drain, node: string): readonly Verdict[] {
  const { session, invocation } = drain;
  const list = session.api().call('GET', '/api/v1/pods', {
    query: [
      ['labelSelector', invocation.flags.text('pod-selector')],
      ['fieldSelector', `spec.nodeName=${node}`],
      ['limit', String(invocation.flags.integer('chunk-size'))],
    ],
  });
  return objectsAt(list, 'items').map((pod) => judge(drain, { ...pod, kind: 'Pod', apiVersion: 'v1' }));
}

function deleteOptions({ invocation: { flags } }: Drain): JsonObject {
  const grace = flags.integer('grace-period');
  return grace >= 0 ? { gracePeriodSeconds: grace } : {};
}

/** One pod on its way out. */
interface Leaving {
  readonly pod: JsonObject;
  state: 'to-ask' | 'asked' | 'gone';
  retryAtMs: number;
  problem: Problem | undefined;
}

function pathTo(pod: JsonObject, subresource = ''): string {
  return `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}/pods/${textAt(pod, 'metadata', 'name')}${subresource}`;
}

const quotedPod = (pod: JsonObject): string =>
  `pods/${goQuote(textAt(pod, 'metadata', 'name'))} -n ${goQuote(textAt(pod, 'metadata', 'namespace'))}`;

function ask(drain: Drain, leaving: Leaving): void {
  const { session, dryRun, invocation } = drain;
  const { pod } = leaving;
  const evicts = !invocation.flags.toggle('disable-eviction');
  if (evicts) session.out(`evicting pod ${podName(pod)}${dryRun === 'server' ? ' (server dry run)' : ''}\n`);
  const options = deleteOptions(drain);
  const query = writeParameters({ dryRun });
  const reply = evicts
    ? session.api().send('POST', pathTo(pod, '/eviction'), {
        body: {
          kind: 'Eviction',
          apiVersion: 'policy/v1',
          metadata: {
            name: textAt(pod, 'metadata', 'name'),
            namespace: textAt(pod, 'metadata', 'namespace'),
          },
          deleteOptions: { ...options, ...(dryRun === 'server' ? { dryRun: ['All'] } : {}) },
        },
        query,
      })
    : session.api().send('DELETE', pathTo(pod), { body: options, query });
  if (reply.ok) {
    leaving.state = dryRun === 'server' ? 'gone' : 'asked';
  } else if (isNotFound(reply.problem)) {
    leaving.state = 'gone';
  } else if (reasonOf(reply.problem) === 'TooManyRequests') {
    session.err(`error when evicting ${quotedPod(pod)} (will retry after 5s): ${messageOf(reply.problem)}\n`);
    leaving.retryAtMs = session.nowMs() + RETRY_MS;
  } else {
    leaving.state = 'gone';
    leaving.problem = evicts
      ? { kind: 'plain', message: `error when evicting ${quotedPod(pod)}: ${messageOf(reply.problem)}` }
      : reply.problem;
  }
}

function look(drain: Drain, leaving: Leaving): void {
  const { session, invocation, dryRun } = drain;
  const { pod } = leaving;
  const done = (failed: boolean): void => {
    const evicts = !invocation.flags.toggle('disable-eviction');
    const word = evicts ? (failed ? 'eviction failed' : 'evicted') : failed ? 'deletion failed' : 'deleted';
    session.out(namePrinter(operationFor(word, dryRun)).print(pod));
    leaving.state = 'gone';
  };
  const reply = session.api().send('GET', pathTo(pod));
  if (!reply.ok) {
    done(!isNotFound(reply.problem));
    if (!isNotFound(reply.problem))
      leaving.problem = {
        kind: 'plain',
        message: `error when waiting for pod ${goQuote(textAt(pod, 'metadata', 'name'))} in namespace ${goQuote(textAt(pod, 'metadata', 'namespace'))} to terminate: ${messageOf(reply.problem)}`,
      };
  } else if (textAt(reply.object, 'metadata', 'uid') !== textAt(pod, 'metadata', 'uid')) {
    done(false);
  } else if (isOverdue(drain, reply.object)) {
    const seconds = invocation.flags.integer('skip-wait-for-delete-timeout');
    session.out(
      `pod ${goQuote(textAt(pod, 'metadata', 'name'))} has DeletionTimestamp older than ${seconds} seconds, skipping\n`,
    );
    leaving.state = 'gone';
  }
}

function* evictAll(drain: Drain, pods: readonly JsonObject[]): Step {
  const { session, invocation } = drain;
  const timeout = invocation.flags.durationMs('timeout');
  const deadline = timeout === 0 ? FOREVER_MS : session.nowMs() + timeout;
  const all: Leaving[] = pods.map((pod) => ({ pod, state: 'to-ask', retryAtMs: 0, problem: undefined }));
  for (;;) {
    for (const leaving of all) {
      if (leaving.state === 'to-ask' && session.nowMs() >= leaving.retryAtMs) ask(drain, leaving);
      if (leaving.state === 'asked') look(drain, leaving);
    }
    const left = all.filter((leaving) => leaving.state !== 'gone');
    if (left.length === 0) break;
    if (session.nowMs() >= deadline) {
      for (const leaving of left)
        leaving.problem = {
          kind: 'plain',
          message:
            leaving.state === 'to-ask'
              ? `error when evicting ${quotedPod(leaving.pod)}: global timeout reached: ${goDuration(timeout)}`
              : `error when waiting for pod ${goQuote(textAt(leaving.pod, 'metadata', 'name'))} in namespace ${goQuote(textAt(leaving.pod, 'metadata', 'namespace'))} to terminate: context deadline exceeded`,
        };
      break;
    }
    yield* session.sleep(POLL_MS);
  }
  failTogether(all.flatMap((leaving) => (leaving.problem === undefined ? [] : [leaving.problem])));
  return undefined;
}

function* drainNode(drain: Drain, node: string): Step {
  const { session, dryRun } = drain;
  const verdicts = podsOn(drain, node);
  const errors = grouped(verdicts, 'error').map((text): Problem => ({
    kind: 'plain',
    message: `cannot delete ${text}`,
  }));
  failTogether(errors);
  const warnings = grouped(verdicts, 'warning').join('; ');
  if (warnings !== '') session.warning(warnings);
  const pods = verdicts.filter((verdict) => verdict.evict).map(({ pod }) => pod);
  if (dryRun === 'client') {
    for (const pod of pods) session.out(`evicting pod ${podName(pod)} (dry run)\n`);
    return undefined;
  }
  try {
    yield* evictAll(drain, pods);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const pending = podsOn(drain, node).filter((verdict) => verdict.evict);
    if (pending.length > 0) {
      session.err(
        `There are pending pods in node ${goQuote(node)} when an error occurred: ${error.message}\n`,
      );
      for (const { pod } of pending) session.err(`pod/${textAt(pod, 'metadata', 'name')}\n`);
    }
    throw error;
  }
  return undefined;
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const nodes: readonly ResourceInfo[] = yield* nodesOf(invocation, DRAIN.use);
  const dryRun = dryRunOf(session, flags);
  const drain: Drain = { invocation, session, dryRun };
  if (!parseSelector(flags.text('pod-selector')).ok)
    fail('--pod-selector=<pod_selector> must be a valid label selector');
  markNodes(invocation, nodes, true, dryRun);
  const problems: Problem[] = [];
  const remaining: string[] = [];
  for (const info of nodes) {
    try {
      yield* drainNode(drain, info.name);
      session.out(namePrinter(operationFor('drained', dryRun)).print(objectOf(info)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      session.err(
        `error: unable to drain node ${goQuote(info.name)} due to error: ${error.message}, continuing command...\n`,
      );
      problems.push(error.problem);
      remaining.push(info.name);
    }
  }
  if (remaining.length > 0) {
    session.err('There are pending nodes to be drained:\n');
    for (const name of remaining) session.err(` ${name}\n`);
  }
  failTogether(problems);
  return undefined;
}

/** An aggregate even of one: a node's problems are told as a list, without the word "error". */
function failTogether(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure({ kind: 'aggregate', problems });
}

export const drainCommand: Command = {
  ...DRAIN,
  long: `Drain node in preparation for maintenance.

 The node is marked unschedulable, and its pods are evicted, which disruption budgets may delay. Pods of daemon sets stay: without --ignore-daemonsets they stop the drain. Pods without a controller, which nobody would bring back, are deleted only with --force, and pods with emptyDir volumes only with --delete-emptydir-data.

 The command waits until the pods are gone. When the node may work again, use kubectl uncordon.`,
  examples: [
    ['Empty a node', 'kubectl drain node1 --ignore-daemonsets'],
    ['Also of pods without a controller', 'kubectl drain node1 --ignore-daemonsets --force'],
  ],
  run,
};
