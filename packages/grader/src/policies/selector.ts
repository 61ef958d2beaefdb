import { isMap } from '../match.ts';

export type Labels = Readonly<Record<string, unknown>>;

/** Whether a LabelSelector (meta/v1) selects these labels. An empty one selects everything. */
export function selects(selector: unknown, labels: Labels): boolean {
  if (!isMap(selector)) return false;
  const { matchLabels, matchExpressions } = selector;
  if (isMap(matchLabels)) {
    for (const [key, value] of Object.entries(matchLabels)) if (valueOf(labels, key) !== value) return false;
  }
  return (Array.isArray(matchExpressions) ? matchExpressions : []).every((each: unknown) =>
    requirementHolds(each, labels),
  );
}

function requirementHolds(requirement: unknown, labels: Labels): boolean {
  if (!isMap(requirement) || typeof requirement['key'] !== 'string') return false;
  const value = valueOf(labels, requirement['key']);
  const values: readonly unknown[] = Array.isArray(requirement['values']) ? requirement['values'] : [];
  switch (requirement['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function valueOf(labels: Labels, key: string): unknown {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
