import type { Check } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { valueAt } from './match.ts';
import { readObjects } from './objects.ts';
import type { KubernetesObject } from './objects.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';

const MAX_REASONS = 5;

/** Looks for an event. Those that anyone may write count like the cluster's own, so a check that matters looks at what they are about too. */
export async function checkEvents(
  check: Extract<Check, { kind: 'events' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { namespace, reason, type, on, contains, absent } = check.events;
  const about =
    on === undefined ? '' : ` about ${on.name === undefined ? `a ${on.kind}` : `${on.kind} ${on.name}`}`;
  const what = `${type === undefined ? 'an event' : `a ${type} event`}${reason === undefined ? '' : ` ${reason}`}${about}${contains === undefined ? '' : ` that says "${contains}"`}`;
  const found = await readObjects(cluster, { apiVersion: 'v1', kind: 'Event', namespace });
  const events = found.kind === 'found' ? found.objects : [];
  const is = (event: KubernetesObject, path: string, wanted: string | undefined): boolean =>
    wanted === undefined || valueAt(event, path) === wanted;
  const [fitting] = events.filter((event) => {
    const message = valueAt(event, 'message');
    return (
      is(event, 'reason', reason) &&
      is(event, 'type', type) &&
      is(event, 'involvedObject.kind', on?.kind) &&
      is(event, 'involvedObject.name', on?.name) &&
      (contains === undefined || (typeof message === 'string' && message.includes(contains)))
    );
  });
  if ((fitting !== undefined) !== absent) return passed({});
  if (fitting !== undefined)
    return failed(`no ${what}`, 'there is one', String(valueAt(fitting, 'message')), {});
  const own = events.filter(
    (event) => is(event, 'involvedObject.kind', on?.kind) && is(event, 'involvedObject.name', on?.name),
  );
  const reasons = [...new Set(own.map((event) => String(valueAt(event, 'reason'))))].slice(-MAX_REASONS);
  return failed(
    what,
    reasons.length === 0 ? 'none' : reasons.join(', '),
    reasons.length === 0 ? `There are no events${about} in ${namespace}.` : 'There are other events only.',
    {},
  );
}
