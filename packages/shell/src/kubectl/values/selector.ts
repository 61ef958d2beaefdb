/** One requirement of a label selector. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | '>' | '<';
  readonly values: readonly string[];
}

export type SelectorResult =
  | { readonly ok: true; readonly requirements: readonly Requirement[] }
  | { readonly ok: false; readonly message: string };

/** Parses `app=web,tier!=db,env in (a,b),!old`, as the command line takes it for files. */
export function parseSelector(text: string): SelectorResult {
  const requirements: Requirement[] = [];
  for (const part of splitOutsideParentheses(text)) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const set = /^([^\s!=<>()]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(trimmed);
    const comparison = /^([^\s!=<>()]+)\s*(==|=|!=|>|<)\s*([^\s!=<>()]*)$/.exec(trimmed);
    const presence = /^(!?)\s*([^\s!=<>()]+)$/.exec(trimmed);
    if (set !== null) {
      requirements.push({
        key: set[1] ?? '',
        operator: set[2] === 'in' ? 'in' : 'notin',
        values: (set[3] ?? '').split(',').map((value) => value.trim()),
      });
    } else if (comparison !== null) {
      requirements.push({
        key: comparison[1] ?? '',
        operator: comparison[2] as '=',
        values: [comparison[3] ?? ''],
      });
    } else if (presence !== null) {
      requirements.push({
        key: presence[2] ?? '',
        operator: presence[1] === '!' ? '!' : 'exists',
        values: [],
      });
    } else {
      return { ok: false, message: `unable to parse requirement: found '${trimmed}'` };
    }
  }
  return { ok: true, requirements };
}

function splitOutsideParentheses(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

export function matchesLabels(
  requirements: readonly Requirement[],
  labels: ReadonlyMap<string, string>,
): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = labels.get(key);
    switch (operator) {
      case 'exists':
        return value !== undefined;
      case '!':
        return value === undefined;
      case '=':
      case '==':
      case 'in':
        return value !== undefined && values.includes(value);
      case '!=':
      case 'notin':
        return value === undefined || !values.includes(value);
      case '>':
        return value !== undefined && Number(value) > Number(values[0]);
      case '<':
        return value !== undefined && Number(value) < Number(values[0]);
    }
  });
}
