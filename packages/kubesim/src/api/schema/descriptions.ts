import { DESCRIPTIONS } from './description-table.ts';

/** One sentence about a type (`field` '') or a field; '' where the name says all. */
export function describe(typeName: string, field: string): string {
  const key = field === '' ? typeName : `${typeName}.${field}`;
  const own = LINES.get(key);
  if (own !== undefined || field === '') return own ?? '';
  return LINES.get(`*.${field}`) ?? '';
}

function parse(): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of DESCRIPTIONS.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) lines.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return lines;
}

const LINES = parse();
