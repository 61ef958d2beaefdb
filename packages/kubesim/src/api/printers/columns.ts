import type { Container } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import { formatSelector, fromLabelSelector } from '../selectors.ts';
import type { Column } from '../resources/resource.ts';
import { humanDuration, parseTime } from '../time.ts';

const COLUMN_TYPES: ReadonlySet<string> = new Set(['integer', 'boolean', 'date', 'number']);

/**
 * Columns of a table from one line: `Name, Ready, Value:integer, Node*`. A star marks a column that only
 * `-o wide` shows.
 */
export function columns(line: string): readonly Column[] {
  return line.split(', ').map((part) => {
    const wide = part.endsWith('*');
    const [name = '', type = 'string'] = part.replace(/\*$/, '').split(':');
    return {
      name,
      type: COLUMN_TYPES.has(type) ? (type as Column['type']) : 'string',
      format: name === 'Name' && !wide ? 'name' : '',
      priority: wide ? 1 : 0,
      description: '',
    };
  });
}

/** `5m`, or `<unknown>` when there is no time. */
export function since(time: string | null | undefined, nowMs: number): string {
  const ms = time === null || time === undefined ? undefined : parseTime(time);
  return ms === undefined ? '<unknown>' : humanDuration(nowMs - ms);
}

export function age(object: { readonly metadata?: ObjectMeta }, nowMs: number): string {
  return since(object.metadata?.creationTimestamp, nowMs);
}

export function nameOf(object: { readonly metadata?: ObjectMeta }): string {
  return object.metadata?.name ?? '';
}

/** At most three, then ` + 2 more...`. */
export function fewOf(items: readonly string[]): string {
  if (items.length === 0) return '<unset>';
  return items.length > 3 ? `${items.slice(0, 3).join(',')} + ${items.length - 3} more...` : items.join(',');
}

export function labelSelectorText(selector: Parameters<typeof fromLabelSelector>[0]): string {
  const parsed = fromLabelSelector(selector);
  if (parsed === undefined) return '<none>';
  return formatSelector(parsed) || '<none>';
}

/** `a=b,c=d`, sorted; `<none>` when empty. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const text = Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key] ?? ''}`)
    .join(',');
  return text === '' ? '<none>' : text;
}

/** The Containers and Images columns. */
export function containerCells(
  containers: readonly Container[] | null | undefined,
): readonly [names: string, images: string] {
  const list = containers ?? [];
  return [
    list.map((container) => container.name).join(','),
    list.map((container) => container.image ?? '').join(','),
  ];
}
