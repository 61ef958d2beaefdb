import type { Invocation } from '../command/command.ts';
import { copyOf, setAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

export const CHANGE_CAUSE = 'kubernetes.io/change-cause';

/** The command as the annotation tells it: words first, flags behind. */
function causeOf({ commandPath, args, flags }: Invocation): string {
  return [commandPath, ...args, ...flags.inOrder().map(({ name, text }) => `--${name}=${text}`)].join(' ');
}

/** With `--record` the object says which command changed it last. */
export function recorded(invocation: Invocation, object: JsonObject): JsonObject {
  if (!invocation.flags.toggleIfAny('record')) return object;
  const result = copyOf(object);
  setAt(result, ['metadata', 'annotations', CHANGE_CAUSE], causeOf(invocation));
  return result;
}
