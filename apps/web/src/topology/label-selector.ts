/** metav1.LabelSelector, as it stands in a NetworkPolicy. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Whether labels meet a selector. An empty selector selects everything (NP7). */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
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
    })
  );
}

/** A selector as `kubectl -l` takes it: `app=web,tier!=db,canary`. Sets (`in`) are not read: they select nothing. */
export function selectsText(text: string, labels: Readonly<Record<string, string>>): boolean {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => {
      const [, key = '', operator = '', value = ''] = /^([^=!\s]+)\s*(?:(!=|==?)\s*(\S*))?$/.exec(part) ?? [];
      if (operator === '') return key !== '' && key in labels;
      return operator === '!=' ? labels[key] !== value : labels[key] === value;
    });
}
