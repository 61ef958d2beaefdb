import type { Step } from '../command/step.ts';
import { Failure, fail, isNotFound, reasonOf } from '../failure.ts';
import { pathOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import type { Session } from '../session.ts';
import { textAt } from '../values/json.ts';

/** Between two looks at an object that is waited for. */
export const POLL_MS = 250;

/** Waits until the object is gone, or another one has taken its name. */
export function* waitUntilDeleted(
  session: Session,
  info: ResourceInfo,
  uid: string,
  deadlineMs: number,
): Step {
  for (;;) {
    const reply = session.api().send('GET', pathOf(info));
    if (!reply.ok) {
      if (isNotFound(reply.problem)) return undefined;
      // Whoever may delete but not read cannot wait.
      if (reasonOf(reply.problem) === 'Forbidden' || reasonOf(reply.problem) === 'MethodNotAllowed')
        return undefined;
      throw new Failure(reply.problem);
    }
    if (uid !== '' && textAt(reply.object, 'metadata', 'uid') !== uid) return undefined;
    if (session.nowMs() >= deadlineMs)
      fail(`timed out waiting for the condition on ${typeOf(info).resource}/${info.name}`);
    yield* session.sleep(POLL_MS);
  }
}
