import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { fail } from '../failure.ts';
import { objectOf } from '../resources/info.ts';
import { chooseContainer, podOf } from '../resources/pods.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { requireInfos } from '../resources/visit.ts';
import type { Session } from '../session.ts';
import { EXEC } from '../surface/debugging.ts';
import { textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { runRemote } from './remote.ts';

/** How long to wait for a pod to run; anything but a positive time is refused. */
export function podTimeout({ flags, commandPath }: Invocation, asUsage = true): number {
  const timeout = flags.durationMs('pod-running-timeout');
  if (timeout > 0) return timeout;
  if (asUsage) throw usageFailure(commandPath, '--pod-running-timeout must be higher than zero');
  return fail('--pod-running-timeout must be higher than zero');
}

/** Whether a terminal can be handed over; says so when it cannot. */
export function rawTerminal(session: Session, stdin: boolean, tty: boolean, quiet: boolean): boolean {
  if (!stdin || !tty) return false;
  if (session.process.stdin.isTty) return true;
  if (!quiet) session.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  return false;
}

export function execQuery(
  container: string,
  command: readonly string[],
  options: { readonly stdin: boolean; readonly raw: boolean },
): readonly (readonly [string, string])[] {
  const flag = (name: string, on: boolean): readonly (readonly [string, string])[] =>
    on ? [[name, 'true']] : [];
  return [
    ...command.map((word) => ['command', word] as const),
    ['container', container],
    ...flag('stderr', !options.raw),
    ...flag('stdin', options.stdin),
    ['stdout', 'true'],
    ...flag('tty', options.raw),
  ];
}

export function podPath(pod: JsonObject, subresource: string): string {
  return `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}/pods/${textAt(pod, 'metadata', 'name')}/${subresource}`;
}

function* run(invocation: Invocation): Step {
  const { flags, args, argsBeforeDash, session, commandPath } = invocation;
  const name = args.length > 0 && argsBeforeDash !== 0 ? (args[0] ?? '') : '';
  const command = argsBeforeDash >= 0 ? args.slice(argsBeforeDash) : [];
  const files = flags.list('filename');
  if (argsBeforeDash < 0 && (args.length > 1 || (args.length > 0 && files.length > 0))) {
    throw usageFailure(
      commandPath,
      'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
    );
  }
  session.namespace();
  const timeout = podTimeout(invocation);
  if (name === '' && files.length === 0) fail('pod, type/name or --filename must be specified');
  if (command.length === 0) fail('you must specify at least one command for the container');
  const infos = yield* requireInfos(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    ...(name === '' ? {} : { args: [name], defaultType: 'pods' }),
  });
  const [info] = infos;
  if (info === undefined || infos.length > 1) return fail('cannot exec into multiple objects at a time');
  const pod = yield* podOf(session, objectOf(info), timeout);
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed')
    fail(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const quiet = flags.toggle('quiet');
  const named = flags.text('container');
  const container = named === '' ? chooseContainer(session, pod, '', quiet).name : named;
  const stdin = flags.toggle('stdin');
  const raw = rawTerminal(session, stdin, flags.toggle('tty'), quiet);
  return yield* runRemote(session, podPath(pod, 'exec'), execQuery(container, command, { stdin, raw }), {
    stdin,
    raw,
  });
}

export const execCommand: Command = {
  ...EXEC,
  examples: [
    ['Run a command in the first container of a pod', 'kubectl exec web -- date'],
    ['In a container of your choice', 'kubectl exec web -c helper -- date'],
    ['A shell with your terminal', 'kubectl exec -it web -- sh'],
    ['In a pod of a deployment', 'kubectl exec deploy/web -- date'],
  ],
  run,
};
