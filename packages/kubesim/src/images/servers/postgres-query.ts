import type { SocketAddress } from '@podwire/netsim';

/** What a query may ask about. */
export interface QueryWorld {
  readonly nowMs: number;
  readonly version: string;
  readonly user: string;
  readonly database: string;
  readonly client: SocketAddress;
  readonly server: SocketAddress;
}

export type QueryResult =
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  | { readonly kind: 'row'; readonly columns: readonly { readonly name: string; readonly value: string }[] };

/** Columns of one SELECT. */
const MAX_COLUMNS = 64;

const EXPRESSION =
  /\s*(?:(-?\d+(?:\.\d+)?)(?:\s*([-+*])\s*(-?\d+))?|'((?:[^']|'')*)'|([a-z_]+)(?:\s*\(\s*\))?)(?:\s+as)?(?:\s+(?:"([^"]+)"|(?!as\b)([a-z_][a-z0-9_]*)))?\s*(,|$)/iy;

/** A query of the kind that shows that a database answers; whatever needs a table is refused. */
export function evaluateQuery(text: string, world: QueryWorld): QueryResult {
  const query = text
    .replaceAll(/--[^\n]*/g, ' ')
    .trim()
    .replace(/(;\s*)+$/, '');
  if (query === '') return { kind: 'empty' };
  const [, verb = '', rest = ''] = /^([a-z]+)\b([\s\S]*)$/i.exec(query) ?? [];
  if (verb.toLowerCase() !== 'select')
    return {
      kind: 'error',
      code: '0A000',
      message: `${verb.toUpperCase() || 'this'} is not part of this simulation: its server answers SELECT, and keeps no tables`,
    };
  const columns: { name: string; value: string }[] = [];
  for (let at = 0; at < rest.length || columns.length === 0;) {
    EXPRESSION.lastIndex = at;
    const match = EXPRESSION.exec(rest);
    if (match === null || match[0] === '' || columns.length >= MAX_COLUMNS)
      return notUnderstood(rest.slice(at));
    const [whole, number, operator, operand, string, name, quoted, alias, separator] = match;
    const value =
      number === undefined
        ? string === undefined
          ? valueOf((name ?? '').toLowerCase(), world)
          : string.replaceAll("''", "'")
        : computed(number, operator, operand);
    if (value === undefined) return notUnderstood(name ?? '');
    columns.push({ name: quoted ?? alias ?? (name === undefined ? '?column?' : name.toLowerCase()), value });
    at += whole.length;
    if (separator === '' || separator === undefined) break;
  }
  return { kind: 'row', columns };
}

function computed(left: string, operator: string | undefined, right: string | undefined): string {
  if (operator === undefined || right === undefined) return left;
  const [a, b] = [Number(left), Number(right)];
  return String(operator === '+' ? a + b : operator === '-' ? a - b : a * b);
}

function valueOf(name: string, world: QueryWorld): string | undefined {
  switch (name) {
    case 'version':
      return `PostgreSQL ${world.version} (Debian ${world.version}-1.pgdg13+2) on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit`;
    case 'now':
    case 'current_timestamp':
      return `${new Date(world.nowMs).toISOString().replace('T', ' ').replace('Z', '')}+00`;
    case 'current_user':
    case 'session_user':
    case 'user':
      return world.user;
    case 'current_database':
      return world.database;
    case 'inet_client_addr':
      return world.client.address;
    case 'inet_client_port':
      return String(world.client.port);
    case 'inet_server_addr':
      return world.server.address;
    case 'inet_server_port':
      return String(world.server.port);
    case 'true':
      return 't';
    case 'false':
      return 'f';
    default:
      return undefined;
  }
}

function notUnderstood(text: string): QueryResult {
  return {
    kind: 'error',
    code: '0A000',
    message: `"${text.trim().slice(0, 80)}" is not part of this simulation: its server knows literals, sums and functions such as version(), and keeps no tables`,
  };
}
