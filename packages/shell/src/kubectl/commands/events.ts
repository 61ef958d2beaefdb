import { resourcePath } from '../api/discovery.ts';
import { Watch } from '../api/watch.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { fail } from '../failure.ts';
import { outputPrinter } from '../printers/printer.ts';
import { TABLE_LAYOUT, TabWriter } from '../printers/tab-writer.ts';
import { escapeTerminal } from '../printers/table.ts';
import { apiVersionOf } from '../api/discovery.ts';
import { EVENTS } from '../surface/debugging.ts';
import { ageSince } from '../values/go-text.ts';
import { compareText, numberAt, objectAt, objectsAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import type { Session } from '../session.ts';

/** Pages of a list of events. */
const PAGE = '500';
const MAX_PAGES = 1000;

function seen(event: JsonObject, nowMs: number): string {
  const eventTime = textAt(event, 'eventTime');
  const first = ageSince(eventTime === '' ? textAt(event, 'firstTimestamp') : eventTime, nowMs);
  const series = objectAt(event, 'series');
  const count = numberAt(event, 'count') ?? 0;
  if (series !== undefined)
    return `${ageSince(textAt(series, 'lastObservedTime'), nowMs)} (x${numberAt(series, 'count') ?? 0} over ${first})`;
  return count > 1 ? `${ageSince(textAt(event, 'lastTimestamp'), nowMs)} (x${count} over ${first})` : first;
}

function lastTime(event: JsonObject): string {
  return (
    textAt(event, 'series', 'lastObservedTime') ||
    textAt(event, 'lastTimestamp') ||
    textAt(event, 'eventTime')
  );
}

interface View {
  readonly session: Session;
  readonly types: readonly string[];
  readonly print: (events: readonly JsonObject[]) => string;
}

function fieldSelector(session: Session, target: string): string {
  if (target === '') return '';
  const parts = target.split('/');
  if (parts.length < 2) fail('--for must be in resource/name form');
  if (parts.length > 2) fail('arguments in resource/name form may not have more than one slash');
  const [word = '', name = ''] = parts;
  const type = session.discovery().expect(word.toLowerCase());
  return `involvedObject.kind=${type.kind},involvedObject.apiVersion=${apiVersionOf(type)},involvedObject.name=${name}`;
}

function tablePrinter({ flags, session }: Invocation): (events: readonly JsonObject[]) => string {
  const writer = new TabWriter(TABLE_LAYOUT);
  const withNamespace = flags.toggle('all-namespaces');
  let headers = !flags.toggle('no-headers');
  return (events) => {
    if (headers)
      writer.write(`${withNamespace ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`);
    headers = false;
    for (const event of events) {
      const about = objectAt(event, 'involvedObject');
      writer.write(
        `${[
          ...(withNamespace ? [textAt(event, 'metadata', 'namespace')] : []),
          seen(event, session.nowMs()),
          escapeTerminal(textAt(event, 'type')),
          escapeTerminal(textAt(event, 'reason')),
          escapeTerminal(`${textAt(about, 'kind')}/${textAt(about, 'name')}`),
          escapeTerminal(textAt(event, 'message').trim()),
        ].join('\t')}\n`,
      );
    }
    return writer.flush();
  };
}

function objectPrinter({ flags, session }: Invocation): (events: readonly JsonObject[]) => string {
  const printer = outputPrinter(session, flags, { operation: 'events', typed: true });
  return (events) => {
    const [only] = events;
    return printer.print(
      flags.toggle('watch') && only !== undefined
        ? only
        : { kind: 'EventList', apiVersion: 'v1', metadata: {}, items: [...events] },
    );
  };
}

const typed = (event: JsonObject): JsonObject => ({ kind: 'Event', apiVersion: 'v1', ...event });

function* follow(view: View, path: string, query: readonly (readonly [string, string])[]): Step {
  view.session.endsOnInterrupt();
  const watch = new Watch(view.session, path, [...query, ['limit', PAGE]]);
  try {
    for (;;) {
      const event = yield* watch.next();
      if (event === undefined || event === 'timeout') return undefined;
      if (event.type === 'DELETED' || !isWanted(view, event.object)) continue;
      view.session.out(view.print([typed(event.object)]));
    }
  } finally {
    watch.close();
  }
}

function isWanted({ types }: View, event: JsonObject): boolean {
  return (
    types.length === 0 || types.some((type) => type.toLowerCase() === textAt(event, 'type').toLowerCase())
  );
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const namespace = session.namespace();
  const selector = fieldSelector(session, flags.text('for'));
  const types = flags.list('types');
  const view: View = {
    session,
    types,
    print: flags.text('output') === '' ? tablePrinter(invocation) : objectPrinter(invocation),
  };
  if (types.some((type) => type.toLowerCase() !== 'normal' && type.toLowerCase() !== 'warning'))
    fail('valid --types are Normal or Warning');
  const everywhere = flags.toggle('all-namespaces');
  const type = session.discovery().require('events');
  const path = everywhere ? '/api/v1/events' : resourcePath({ ...type, group: '', version: 'v1' }, namespace);
  const query: (readonly [string, string])[] = selector === '' ? [] : [['fieldSelector', selector]];
  if (flags.toggle('watch')) return yield* follow(view, path, query);
  const events: JsonObject[] = [];
  let token = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const list = session.api().call('GET', path, {
      query: [...query, ['limit', PAGE], ...(token === '' ? [] : ([['continue', token]] as const))],
    });
    events.push(...objectsAt(list, 'items').filter((event) => isWanted(view, event)));
    token = textAt(list, 'metadata', 'continue');
    if (token === '') break;
  }
  if (events.length === 0) {
    session.err(everywhere ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
    return undefined;
  }
  session.out(view.print(events.sort((a, b) => compareText(lastTime(a), lastTime(b))).map(typed)));
  return undefined;
}

export const eventsCommand: Command = {
  ...EVENTS,
  long: `Display events.

 Shows what controllers and nodes have reported lately, for the current namespace, for all of them, or for one object. With --watch the command goes on with what comes.`,
  examples: [
    ['Events of the current namespace', 'kubectl events'],
    ['Of all namespaces', 'kubectl events --all-namespaces'],
    ['Of one pod, and what comes', 'kubectl events --for pod/web --watch'],
    ['Only warnings', 'kubectl events --types=Warning'],
  ],
  run,
};
