import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail, failAll } from '../../failure.ts';
import { allInfos, select } from '../../resources/visit.ts';
import { ROLLOUT, ROLLOUT_PAUSE, ROLLOUT_RESTART, ROLLOUT_RESUME } from '../../surface/workloads.ts';
import { goQuote, rfc3339 } from '../../values/go-text.ts';
import { flagAt, objectAt, setAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { mutateAll, resourceName } from '../mutate.ts';
import type { Mutation } from '../mutate.ts';
import { historyCommand } from './history.ts';
import { rolloutQuery } from './query.ts';
import { statusCommand } from './status.ts';
import { undoCommand } from './undo.ts';

function changer(
  operation: string,
  change: (object: JsonObject, invocation: Invocation) => JsonObject,
  unchanged: Mutation['unchanged'],
): (invocation: Invocation) => Step {
  return function* (invocation) {
    const { session } = invocation;
    const query = rolloutQuery(invocation);
    const selection = yield* select(session, query);
    if (selection.error !== undefined) throw new Failure(selection.error);
    const { infos, problems } = allInfos(selection);
    if (infos.length === 0 && problems.length === 0) {
      session.err(`No resources found in ${session.namespace()} namespace.\n`);
      return undefined;
    }
    if (infos.length === 0) failAll(problems);
    mutateAll(
      invocation,
      infos,
      'none',
      {
        operation,
        change: (object) => change(object, invocation),
        unchangeable: (info, message) => `error: ${resourceName(info)} ${goQuote(info.name)} ${message}`,
        refused: (message) => `failed to patch: ${message}`,
        ...(unchanged === undefined ? {} : { unchanged }),
      },
      problems,
    );
    return undefined;
  };
}

function restart(object: JsonObject, { session }: Invocation): JsonObject {
  const kind = textAt(object, 'kind');
  if (kind !== 'Deployment' && kind !== 'DaemonSet' && kind !== 'StatefulSet')
    fail('restarting is not supported');
  if (kind === 'Deployment' && flagAt(object, 'spec', 'paused') === true)
    fail("can't restart paused deployment (run rollout resume first)");
  setAt(
    object,
    ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'],
    rfc3339(session.nowMs()),
  );
  return object;
}

function pause(object: JsonObject): JsonObject {
  if (textAt(object, 'kind') !== 'Deployment') fail('pausing is not supported');
  if (flagAt(object, 'spec', 'paused') === true) fail('is already paused');
  setAt(object, ['spec', 'paused'], true);
  return object;
}

function resume(object: JsonObject): JsonObject {
  if (textAt(object, 'kind') !== 'Deployment') fail('resuming is not supported');
  if (flagAt(object, 'spec', 'paused') !== true) fail('is not paused');
  delete objectAt(object, 'spec')?.['paused'];
  return object;
}

const restartCommand: Command = {
  ...ROLLOUT_RESTART,
  long: `Restart a resource.

 The pods are replaced as they are in a rollout, with nothing but an annotation changed in their template.`,
  examples: [
    ['Restart all deployments of a namespace', 'kubectl rollout restart deployment -n shop'],
    ['Restart one deployment', 'kubectl rollout restart deployment/web'],
  ],
  run: changer('restarted', restart, (info) => ({
    kind: 'plain',
    message: `failed to create patch for ${info.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
  })),
};

const pauseCommand: Command = {
  ...ROLLOUT_PAUSE,
  long: `Mark the provided resource as paused.

 A paused deployment keeps its pods as they are, whatever you change, until "kubectl rollout resume".`,
  examples: [['Pause a deployment', 'kubectl rollout pause deployment/web']],
  run: changer('paused', pause, () => ({ kind: 'say', operation: 'already paused' })),
};

const resumeCommand: Command = {
  ...ROLLOUT_RESUME,
  long: `Resume a paused resource.

 What was changed while it was paused is rolled out now.`,
  examples: [['Resume a deployment', 'kubectl rollout resume deployment/web']],
  run: changer('resumed', resume, () => ({ kind: 'say', operation: 'already resumed' })),
};

export const rolloutCommand: Command = {
  ...ROLLOUT,
  long: `Manage the rollout of one or many resources.

 Valid resource types include:

  *  deployments
  *  daemonsets
  *  statefulsets`,
  examples: [
    ['Go back to the deployment before this one', 'kubectl rollout undo deployment/web'],
    ['Follow a rollout', 'kubectl rollout status daemonset/agent'],
  ],
  group: 'stdout',
  subcommands: [historyCommand, pauseCommand, resumeCommand, undoCommand, statusCommand, restartCommand],
};
