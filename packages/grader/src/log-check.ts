import type { Check } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { lineWith } from './match-text.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';
import { resolvePlace } from './places.ts';

/** The end of a log that is read, lines; and how much of it an explanation quotes. */
const TAIL_LINES = 500;
const MAX_QUOTED_CHARS = 200;

/** Looks for a text or a pattern in what a container wrote. */
export async function checkLogs(
  check: Extract<Check, { kind: 'logs' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { pod, container, contains, pattern, absent } = check.logs;
  const what = contains === undefined ? `something that matches ${pattern ?? ''}` : `"${contains}"`;
  const where = `the log of ${describeEndpoint(pod)}`;
  const expected = absent ? `${where} without ${what}` : `${where} with ${what}`;
  const place = await resolvePlace(pod, cluster);
  if (place?.kind !== 'pod')
    return failed(expected, 'no pod', `There is no ${describeEndpoint(pod)} whose log could be read.`, {});
  const query = `tailLines=${TAIL_LINES}${container === undefined ? '' : `&container=${encodeURIComponent(container)}`}`;
  const { status, body } = await cluster.request(
    'GET',
    `/api/v1/namespaces/${encodeURIComponent(place.namespace)}/pods/${encodeURIComponent(place.name)}/log?${query}`,
  );
  if (status === 404 || status === 400)
    return failed(expected, 'no log', `${describeEndpoint(pod)} has no log that can be read now.`, {});
  if (status !== 200) throw new Error(`the cluster's API answered ${status}`);
  // A log of one JSON value comes parsed.
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const found = lineWith(
    {
      ...(contains === undefined ? {} : { contains }),
      ...(pattern === undefined ? {} : { matches: pattern }),
    },
    text,
  );
  if ((found !== undefined) !== absent) return passed({});
  return absent
    ? failed(
        expected,
        `the line "${(found ?? '').slice(0, MAX_QUOTED_CHARS)}"`,
        'The container wrote what it should not.',
        {},
      )
    : failed(
        expected,
        text.trim() === '' ? 'an empty log' : `…${text.trimEnd().slice(-MAX_QUOTED_CHARS)}`,
        'The container wrote no such line.',
        {},
      );
}
