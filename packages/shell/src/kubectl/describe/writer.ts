import { DESCRIBE_LAYOUT, TabWriter } from '../printers/tab-writer.ts';
import { escapeTerminal } from '../printers/table.ts';
import { LAST_APPLIED } from '../commands/last-applied.ts';
import { ageSince, rfc1123 } from '../values/go-text.ts';
import { compareText, numberAt, objectAt, objectsAt, textAt, textMapAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { selectorText } from '../resources/pods.ts';

/** Longer annotations are shown on lines of their own, and cut, in characters. */
const MAX_ANNOTATION_CHARACTERS = 140;

/** What a describer may know beside the object. */
export interface DescribeContext {
  readonly nowMs: number;
  /** undefined when events were not asked for. */
  readonly events: readonly JsonObject[] | undefined;
}

/** Writes `describe` text: levels of two spaces, tab-separated fields. */
export class DescribeWriter {
  private readonly tabs = new TabWriter(DESCRIBE_LAYOUT);
  private done = '';
  private readonly aligned: boolean;
  readonly context: DescribeContext;

  /** `rollout history` prints the tabs as they are. */
  constructor(context: DescribeContext, options: { readonly aligned: boolean } = { aligned: true }) {
    this.context = context;
    this.aligned = options.aligned;
  }

  write(level: number, text: string): void {
    const line = escapeTerminal('  '.repeat(level) + text);
    if (this.aligned) this.tabs.write(line);
    else this.done += line;
  }

  /** Ends the columns of what was written so far. */
  flush(): void {
    this.done += this.tabs.flush();
  }

  text(): string {
    this.flush();
    return this.done;
  }

  field(name: string, value: string | number): void {
    this.write(0, `${name}:\t${value}\n`);
  }

  labels(title: string, labels: ReadonlyMap<string, string>, indent = ''): void {
    this.write(0, `${indent}${title}:\t`);
    if (labels.size === 0) this.write(0, '<none>\n');
    [...labels].forEach(([key, value], i) => {
      this.write(0, `${i === 0 ? '' : `${indent}\t`}${key}=${value}\n`);
    });
  }

  annotations(title: string, object: JsonObject): void {
    const annotations = [...textMapAt(object, 'metadata', 'annotations')].filter(
      ([key]) => key !== LAST_APPLIED,
    );
    this.write(0, `${title}:\t`);
    if (annotations.length === 0) this.write(0, '<none>\n');
    annotations.forEach(([key, given], i) => {
      if (i > 0) this.write(0, '\t');
      const value = given.replace(/\n$/, '');
      if (value.length + key.length + 2 <= MAX_ANNOTATION_CHARACTERS && !value.includes('\n')) {
        this.write(0, `${key}: ${value}\n`);
        return;
      }
      this.write(0, `${key}:\n`);
      for (const line of value.split('\n'))
        this.write(0, `\t  ${shorten(line, MAX_ANNOTATION_CHARACTERS - 2)}\n`);
    });
  }

  /** Name, namespace, labels and annotations, as most objects begin. */
  head(object: JsonObject, options: { readonly namespace: boolean } = { namespace: true }): void {
    this.field('Name', textAt(object, 'metadata', 'name'));
    if (options.namespace) this.field('Namespace', textAt(object, 'metadata', 'namespace'));
    this.labels('Labels', textMapAt(object, 'metadata', 'labels'));
    this.annotations('Annotations', object);
  }

  age(timestamp: string): string {
    return ageSince(timestamp, this.context.nowMs);
  }

  events(): void {
    const { events } = this.context;
    if (events === undefined) return;
    if (events.length === 0) {
      this.field('Events', '<none>');
      return;
    }
    this.flush();
    const sorted = [...events].sort((a, b) =>
      compareText(textAt(a, 'lastTimestamp'), textAt(b, 'lastTimestamp')),
    );
    this.write(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage\n');
    this.write(1, '----\t------\t----\t----\t-------\n');
    for (const event of sorted) {
      const source = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
      this.write(
        1,
        `${textAt(event, 'type')}\t${textAt(event, 'reason')}\t${this.eventAge(event)}\t${source}\t${textAt(event, 'message').trim()}\n`,
      );
    }
  }

  private eventAge(event: JsonObject): string {
    const first = this.age(textAt(event, 'eventTime') || textAt(event, 'firstTimestamp'));
    const series = objectAt(event, 'series');
    if (series !== undefined)
      return `${this.age(textAt(series, 'lastObservedTime'))} (x${numberAt(series, 'count') ?? 0} over ${first})`;
    const count = numberAt(event, 'count') ?? 0;
    return count > 1 ? `${this.age(textAt(event, 'lastTimestamp'))} (x${count} over ${first})` : first;
  }

  conditions(object: JsonObject): void {
    const conditions = objectsAt(object, 'status', 'conditions');
    if (conditions.length === 0) return;
    this.write(0, 'Conditions:\n  Type\tStatus\tReason\n');
    this.write(1, '----\t------\t------\n');
    for (const condition of conditions)
      this.write(
        1,
        `${textAt(condition, 'type')} \t${textAt(condition, 'status')}\t${textAt(condition, 'reason')}\n`,
      );
  }
}

function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}...` : text;
}

/** A v1.LabelSelector for people: `<none>` when it is empty. */
export function formatSelector(selector: JsonObject | undefined): string {
  return selectorText(selector) || '<none>';
}

export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

export function time(timestamp: string): string {
  return timestamp === '' ? 'Mon, 01 Jan 0001 00:00:00 +0000' : rfc1123(timestamp);
}

/** `Kind/name` of the object's controller; empty without one. */
export function controllerOf(object: JsonObject): string {
  const owner = objectsAt(object, 'metadata', 'ownerReferences').find(
    (reference) => reference['controller'] === true,
  );
  return owner === undefined ? '' : `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`;
}

/** An int-or-string, or a number that may be missing. */
export function plain(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '0' : typeof value === 'object' ? '' : String(value);
}
