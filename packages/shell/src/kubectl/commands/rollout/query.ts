import type { Invocation } from '../../command/command.ts';
import { fail } from '../../failure.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import type { ResourceQuery } from '../../resources/query.ts';

/** What the subcommands of rollout ask for. */
export function rolloutQuery(invocation: Invocation): ResourceQuery {
  const { flags, args } = invocation;
  if (args.length === 0 && flags.list('filename').length === 0 && flags.text('kustomize') === '')
    fail('required resource not specified');
  return {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    labelSelector: flags.text('selector'),
    emptySelectorIsAll: true,
    latest: true,
    continueOnError: true,
  };
}
