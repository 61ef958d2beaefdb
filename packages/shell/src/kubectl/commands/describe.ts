import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { describeObject } from '../describe/describe.ts';
import type { DescribeSettings } from '../describe/describe.ts';
import { Failure, attempt, fail, isNotFound, messageOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { typeOf } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { allInfos, requireInfos, select } from '../resources/visit.ts';
import { DESCRIBE } from '../surface/debugging.ts';

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const allNamespaces = flags.toggle('all-namespaces');
  const namespace = session.namespace();
  const settings: DescribeSettings = {
    showEvents: flags.toggle('show-events'),
    chunkSize: flags.integer('chunk-size'),
  };
  if (args.length === 0 && flags.list('filename').length === 0 && flags.text('kustomize') === '') {
    fail(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n',
    );
  }
  const selection = yield* select(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    requireNamespace: session.namespaceIsExplicit() && !allNamespaces,
    allNamespaces,
    args,
    emptySelectorIsAll: true,
    labelSelector: flags.text('selector'),
    chunkSize: settings.chunkSize,
    continueOnError: true,
  });
  const { infos, problems: visited } = allInfos(selection);
  const [missing] = visited;
  if (
    missing !== undefined &&
    visited.length === 1 &&
    isNotFound(missing) &&
    args.length === 2 &&
    infos.length === 0
  ) {
    return yield* describeMatching(invocation, settings, missing);
  }
  const problems: Problem[] = [...visited];
  let first = true;
  for (const info of infos) {
    const described = attempt(() =>
      describeObject(session, typeOf(info), info.namespace, info.name, settings),
    );
    if (described.ok) {
      session.out((first ? '' : '\n\n') + described.value);
      first = false;
    } else if (!problems.some((problem) => messageOf(problem) === messageOf(described.problem))) {
      problems.push(described.problem);
    }
  }
  if (infos.length === 0 && problems.length === 0)
    session.err(allNamespaces ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
  const [only] = problems;
  if (only !== undefined) throw new Failure(problems.length === 1 ? only : { kind: 'aggregate', problems });
  return undefined;
}

/** A name that nothing has may be the beginning of others. */
function* describeMatching(invocation: Invocation, settings: DescribeSettings, missing: Problem): Step {
  const { args, session } = invocation;
  const [type = '', prefix = ''] = args;
  const infos = yield* requireInfos(session, {
    ...namespaceQuery(invocation),
    args: [type],
    emptySelectorIsAll: true,
    singleType: true,
    chunkSize: settings.chunkSize,
  });
  const matching = infos.filter((info) => info.name.startsWith(prefix));
  if (matching.length === 0) throw new Failure(missing);
  for (const info of matching)
    session.out(`${describeObject(session, typeOf(info), info.namespace, info.name, settings)}\n`);
  return undefined;
}

export const describeCommand: Command = {
  ...DESCRIBE,
  long: `Show details of a specific resource or group of resources.

 Prints the object with what belongs to it, such as its events. When no object has the name that you give, those whose names begin with it are described.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: [
    ['A pod, with its events', 'kubectl describe pod web'],
    ['A service, with its endpoints', 'kubectl describe service web'],
    ['All pods with a label', 'kubectl describe pods -l app=web'],
    ['All pods of a deployment, by the beginning of their names', 'kubectl describe pods web'],
  ],
  run,
};
