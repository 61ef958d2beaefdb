import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { messageOf } from '../../failure.ts';
import { namePrinter, operationFor } from '../../printers/printer.ts';
import { objectOf, pathOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { requireInfos } from '../../resources/visit.ts';
import { CORDON, UNCORDON } from '../../surface/cluster.ts';
import { flagAt } from '../../values/json.ts';
import { dryRunOf, writeParameters } from '../dry-run.ts';
import type { DryRun } from '../dry-run.ts';

/** The nodes that were named, or that a selector finds. */
export function* nodesOf(
  { flags, args, session, commandPath }: Invocation,
  use: string,
): Step<readonly ResourceInfo[]> {
  const selector = flags.text('selector');
  if (args.length === 0 && !flags.changed('selector'))
    throw usageFailure(commandPath, `USAGE: ${use} [flags]`);
  if (args.length > 0 && selector !== '')
    throw usageFailure(commandPath, 'error: cannot specify both a node name and a --selector option');
  return yield* requireInfos(session, {
    namespace: session.namespace(),
    args: selector === '' ? args : ['nodes'],
    ...(selector === '' ? { defaultType: 'nodes' } : {}),
    labelSelector: selector,
  });
}

/** Marks nodes as (un)schedulable. Failures are told, and the next node is tried. */
export function markNodes(
  { session }: Invocation,
  nodes: readonly ResourceInfo[],
  unschedulable: boolean,
  dryRun: DryRun,
): void {
  const verb = unschedulable ? 'cordon' : 'uncordon';
  for (const info of nodes) {
    const node = objectOf(info);
    const say = (operation: string): void => {
      session.out(namePrinter(operationFor(operation, dryRun)).print(node));
    };
    if ((flagAt(node, 'spec', 'unschedulable') ?? false) === unschedulable) {
      say(`already ${verb}ed`);
      continue;
    }
    if (dryRun !== 'client') {
      const reply = session.api().send('PATCH', pathOf(info), {
        body: { spec: { unschedulable: unschedulable ? true : null } },
        contentType: 'application/strategic-merge-patch+json',
        query: writeParameters({ dryRun }),
      });
      if (!reply.ok) {
        session.err(`error: unable to ${verb} node "${info.name}": ${messageOf(reply.problem)}\n`);
        continue;
      }
    }
    say(`${verb}ed`);
  }
}

function marker(unschedulable: boolean, use: string): (invocation: Invocation) => Step {
  return function* (invocation) {
    const { flags, session } = invocation;
    const nodes = yield* nodesOf(invocation, use);
    markNodes(invocation, nodes, unschedulable, dryRunOf(session, flags));
    return undefined;
  };
}

export const cordonCommand: Command = {
  ...CORDON,
  long: 'Mark node as unschedulable. Pods that run there stay; no new ones come.',
  examples: [['Keep new pods off a node', 'kubectl cordon node1']],
  run: marker(true, CORDON.use),
};

export const uncordonCommand: Command = {
  ...UNCORDON,
  long: 'Mark node as schedulable.',
  examples: [['Let pods come again', 'kubectl uncordon node1']],
  run: marker(false, UNCORDON.use),
};
