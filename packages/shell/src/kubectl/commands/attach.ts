import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { fail } from '../failure.ts';
import { objectOf } from '../resources/info.ts';
import { chooseContainer, findContainer, podOf } from '../resources/pods.ts';
import { namespaceQuery } from '../resources/query.ts';
import { requireInfos } from '../resources/visit.ts';
import type { Session } from '../session.ts';
import { ATTACH } from '../surface/debugging.ts';
import { goSprint } from '../values/go-text.ts';
import { flagAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { execQuery, podPath, podTimeout, rawTerminal } from './exec.ts';
import { runRemote } from './remote.ts';

export interface AttachOptions {
  readonly container: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly quiet: boolean;
}

/** Joins the main process of a container. */
export function* attachTo(session: Session, pod: JsonObject, options: AttachOptions): Step {
  if (options.container !== '' && findContainer(pod, options.container) === undefined)
    fail(
      `cannot attach to the container: container ${options.container} not found in pod ${textAt(pod, 'metadata', 'name')}`,
    );
  const { container, kind, name } = chooseContainer(session, pod, options.container, options.quiet);
  const hasTty = flagAt(container, 'tty') === true;
  let { tty } = options;
  if (tty && !hasTty) {
    tty = false;
    if (!options.quiet) session.err(`error: Unable to use a TTY - container ${name} did not allocate one\n`);
  } else if (hasTty) {
    tty = true;
  }
  const raw = rawTerminal(session, options.stdin, tty, options.quiet);
  if (!options.quiet) {
    session.err(
      'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n',
    );
    session.err("If you don't see a command prompt, try pressing enter.\n");
  }
  yield* runRemote(session, podPath(pod, 'attach'), execQuery(name, [], { stdin: options.stdin, raw }), {
    stdin: options.stdin,
    raw,
  });
  if (!options.quiet && options.stdin && raw && textAt(pod, 'spec', 'restartPolicy') === 'Always') {
    const again = `kubectl attach ${textAt(pod, 'metadata', 'name')} -c ${name} -i -t`;
    session.out(
      kind === 'ephemeralContainers'
        ? `Session ended, the ephemeral container will not be restarted but may be reattached using '${again}' if it is still running\n`
        : `Session ended, resume using '${again}' command when the pod is running\n`,
    );
  }
  return undefined;
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  session.namespace();
  const timeout = podTimeout(invocation);
  if (args.length === 0) fail('at least 1 argument is required for attach');
  if (args.length > 2)
    fail(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: ${goSprint([...args])}`,
    );
  const [first = '', second] = args;
  const query =
    second === undefined ? { args: [first], defaultType: 'pods' } : { args: [second], defaultType: first };
  const [info] = yield* requireInfos(session, { ...namespaceQuery(invocation), ...query });
  if (info === undefined) return fail('expected a resource');
  const pod = yield* podOf(session, objectOf(info), timeout);
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed')
    fail(`cannot attach a container in a completed pod; current phase is ${phase}`);
  return yield* attachTo(session, pod, {
    container: flags.text('container'),
    stdin: flags.toggle('stdin'),
    tty: flags.toggle('tty'),
    quiet: flags.toggle('quiet'),
  });
}

export const attachCommand: Command = {
  ...ATTACH,
  examples: [
    ['See what a pod writes from now on', 'kubectl attach web'],
    ['Type into its main process', 'kubectl attach web -c shell -i -t'],
  ],
  run,
};
