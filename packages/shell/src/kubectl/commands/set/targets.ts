import type { Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure } from '../../failure.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import { LOCAL_NEEDS_FILES, requireInfos } from '../../resources/visit.ts';

/** The objects that a `set` command works on. */
export function* targets(
  invocation: Invocation,
  words: readonly string[],
  options: { readonly ignoreWordsWhenLocal?: boolean } = {},
): Step<readonly ResourceInfo[]> {
  const { flags, session } = invocation;
  const local = flags.toggle('local');
  if (local && words.length > 0 && options.ignoreWordsWhenLocal !== true)
    throw new Failure({ kind: 'plain', message: LOCAL_NEEDS_FILES });
  return yield* requireInfos(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    continueOnError: true,
    local,
    ...(local
      ? {}
      : {
          args: words,
          emptySelectorIsAll: flags.toggle('all'),
          labelSelector: flags.textIfAny('selector'),
          latest: true,
        }),
  });
}

/** Whether a container's name matches a pattern with stars. */
export function matchesName(name: string, pattern: string): boolean {
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${expression}$`, 's').test(name);
}
