import { resourcePath } from '../../api/discovery.ts';
import { Watch } from '../../api/watch.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail } from '../../failure.ts';
import { typeOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { select, throwAll } from '../../resources/visit.ts';
import type { Problem } from '../../failure.ts';
import { ROLLOUT_STATUS } from '../../surface/workloads.ts';
import { goQuote } from '../../values/go-text.ts';
import { numberAt, objectAt, objectsAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { rolloutQuery } from './query.ts';

interface Progress {
  readonly text: string;
  readonly done: boolean;
}

const REVISION = 'deployment.kubernetes.io/revision';

const waiting = (text: string): Progress => ({ text: `Waiting for ${text}...\n`, done: false });

function deploymentProgress(object: JsonObject, revision: number): Progress {
  const name = goQuote(textAt(object, 'metadata', 'name'));
  if (revision > 0) {
    const running = Number(textAt(object, 'metadata', 'annotations', REVISION));
    if (running !== revision)
      fail(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  if ((numberAt(object, 'metadata', 'generation') ?? 0) > count('observedGeneration'))
    return waiting('deployment spec update to be observed');
  const progressing = objectsAt(object, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Progressing',
  );
  if (textAt(progressing, 'reason') === 'ProgressDeadlineExceeded')
    fail(`deployment ${name} exceeded its progress deadline`);
  const wanted = numberAt(object, 'spec', 'replicas');
  const updated = count('updatedReplicas');
  if (wanted !== undefined && updated < wanted)
    return waiting(
      `deployment ${name} rollout to finish: ${updated} out of ${wanted} new replicas have been updated`,
    );
  if (count('replicas') > updated)
    return waiting(
      `deployment ${name} rollout to finish: ${count('replicas') - updated} old replicas are pending termination`,
    );
  if (count('availableReplicas') < updated)
    return waiting(
      `deployment ${name} rollout to finish: ${count('availableReplicas')} of ${updated} updated replicas are available`,
    );
  return { text: `deployment ${name} successfully rolled out\n`, done: true };
}

function requireRollingUpdate(object: JsonObject): void {
  if (textAt(object, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate')
    fail('rollout status is only available for RollingUpdate strategy type');
}

function daemonSetProgress(object: JsonObject): Progress {
  requireRollingUpdate(object);
  const name = goQuote(textAt(object, 'metadata', 'name'));
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  if ((numberAt(object, 'metadata', 'generation') ?? 0) > count('observedGeneration'))
    return waiting('daemon set spec update to be observed');
  const wanted = count('desiredNumberScheduled');
  if (count('updatedNumberScheduled') < wanted)
    return waiting(
      `daemon set ${name} rollout to finish: ${count('updatedNumberScheduled')} out of ${wanted} new pods have been updated`,
    );
  if (count('numberAvailable') < wanted)
    return waiting(
      `daemon set ${name} rollout to finish: ${count('numberAvailable')} of ${wanted} updated pods are available`,
    );
  return { text: `daemon set ${name} successfully rolled out\n`, done: true };
}

function statefulSetProgress(object: JsonObject): Progress {
  requireRollingUpdate(object);
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  const observed = count('observedGeneration');
  if (observed === 0 || (numberAt(object, 'metadata', 'generation') ?? 0) > observed)
    return waiting('statefulset spec update to be observed');
  const wanted = numberAt(object, 'spec', 'replicas');
  const updated = count('updatedReplicas');
  if (wanted !== undefined && count('readyReplicas') < wanted)
    return waiting(`${wanted - count('readyReplicas')} pods to be ready`);
  const rolling = objectAt(object, 'spec', 'updateStrategy', 'rollingUpdate');
  if (rolling !== undefined) {
    const partition = numberAt(rolling, 'partition');
    if (wanted !== undefined && partition !== undefined && updated < wanted - partition)
      return waiting(
        `partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated`,
      );
    return {
      text: `partitioned roll out complete: ${updated} new pods have been updated...\n`,
      done: true,
    };
  }
  const update = textAt(object, 'status', 'updateRevision');
  const current = textAt(object, 'status', 'currentRevision');
  if (update !== current)
    return {
      text: `waiting for statefulset rolling update to complete ${updated} pods at revision ${update}...\n`,
      done: false,
    };
  return {
    text: `statefulset rolling update complete ${count('currentReplicas')} pods at revision ${current}...\n`,
    done: true,
  };
}

type Viewer = (object: JsonObject, revision: number) => Progress;

function viewerFor(info: ResourceInfo): Viewer {
  const type = typeOf(info);
  if (type.group === 'apps') {
    if (type.kind === 'Deployment') return deploymentProgress;
    if (type.kind === 'DaemonSet') return daemonSetProgress;
    if (type.kind === 'StatefulSet') return statefulSetProgress;
  }
  return fail(
    `no status viewer has been implemented for ${type.group === '' ? type.kind : `${type.kind}.${type.group}`}`,
  );
}

function* follow({ flags, session }: Invocation, info: ResourceInfo): Step {
  session.endsOnInterrupt();
  const view = viewerFor(info);
  const revision = flags.integer('revision');
  const timeout = flags.durationMs('timeout');
  const deadline = timeout === 0 ? undefined : session.nowMs() + timeout;
  const path = resourcePath(typeOf(info), info.namespace);
  const query = [['fieldSelector', `metadata.name=${info.name}`]] as const;
  /** True when there is nothing left to wait for. */
  const look = (object: JsonObject): boolean => {
    const { text, done } = view(object, revision);
    session.out(text);
    return done || !flags.toggle('watch');
  };
  for (let version = ''; ;) {
    const list = session.api().call('GET', path, { query });
    const [item] = objectsAt(list, 'items');
    const current = textAt(item, 'metadata', 'resourceVersion');
    if (item !== undefined && current !== version && look(item)) return undefined;
    version = current;
    const watch = new Watch(session, path, [
      ...query,
      ['resourceVersion', textAt(list, 'metadata', 'resourceVersion')],
    ]);
    try {
      for (;;) {
        const event = yield* watch.next(deadline);
        if (event === 'timeout') return fail('timed out waiting for the condition');
        if (event === undefined) break;
        if (event.type === 'DELETED') fail('object has been deleted');
        if (event.type === 'ERROR') break;
        version = textAt(event.object, 'metadata', 'resourceVersion');
        if (look(event.object)) return undefined;
      }
    } finally {
      watch.close();
    }
  }
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const query = rolloutQuery(invocation);
  const revision = flags.integer('revision');
  if (revision < 0) fail(`revision must be a positive integer: ${revision}`);
  const selection = yield* select(session, query);
  if (selection.error !== undefined) throw new Failure(selection.error);
  const problems: Problem[] = [];
  let count = 0;
  for (const found of selection.visit()) {
    if (found.kind === 'problem') {
      problems.push(found.problem);
      continue;
    }
    count += 1;
    try {
      yield* follow(invocation, found.info);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(error.problem);
    }
  }
  throwAll(problems);
  if (count === 0) session.err(`No resources found in ${session.namespace()} namespace.\n`);
  return undefined;
}

export const statusCommand: Command = {
  ...ROLLOUT_STATUS,
  long: `Show the status of the rollout.

 The command follows the newest rollout until it is done; with --watch=false it looks once. When another rollout begins meanwhile, it follows that one. Pin a revision with --revision=N if you want an error instead.`,
  examples: [['Follow the rollout of a deployment', 'kubectl rollout status deployment/web']],
  run,
};
