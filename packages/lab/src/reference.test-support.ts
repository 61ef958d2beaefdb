import { jsonSchemaText, JSON_SCHEMAS } from './schemas.ts';

/** As much of a JSON Schema as zod writes. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const INTRODUCTION = `# Every field

Written from the schema that \`podwire lint\` checks with, so that it is what the format says. What each is for stands in
[format](format.md); a field in **bold** is required where it stands; \`[]\` is an entry of a list.
`;

/** `docs/authoring/reference.md`: each field of each file, with its type, bounds and default. */
export function referenceText(): string {
  const names = Object.keys(JSON_SCHEMAS) as (keyof typeof JSON_SCHEMAS)[];
  const sections = names.map((name) => {
    const schema = JSON.parse(jsonSchemaText(name)) as Schema;
    const rows = rowsOf(schema, '').map((row) => `| ${row.join(' | ')} |`);
    return [
      `## ${JSON_SCHEMAS[name].title}`,
      '',
      '| field | takes | default |',
      '| --- | --- | --- |',
      ...rows,
    ];
  });
  return [INTRODUCTION, ...sections.map((lines) => `${lines.join('\n')}\n`)].join('\n');
}

function rowsOf(schema: Schema, path: string): readonly (readonly string[])[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const place = path === '' ? name : `${path}.${name}`;
    const shown = schema.required?.includes(name) === true ? `**\`${place}\`**` : `\`${place}\``;
    const preset = field.default;
    const row = [shown, takes(field), preset === undefined || isMap(preset) ? '' : code(preset)];
    return [row, ...below(field, place)];
  });
  return own;
}

/** The fields within a field: of a map, of the entries of a list, of each kind of what it may be. */
function below(field: Schema, place: string): readonly (readonly string[])[] {
  if (field.items !== undefined) return below(field.items, `${place}[]`);
  const entries = field.additionalProperties;
  const kinds = [...(field.oneOf ?? []), ...(field.anyOf ?? [])];
  return [
    ...rowsOf(field, place),
    ...(isSchema(entries) ? below(entries, `${place}.<name>`) : []),
    ...kinds.flatMap((kind) => below(kind, kindPlace(kind, place))),
  ];
}

function kindPlace({ properties }: Schema, place: string): string {
  const kind = properties?.['kind']?.const;
  return typeof kind === 'string' ? `${place} (${kind})` : place;
}

function takes(field: Schema): string {
  const { description } = field;
  return description === undefined ? typeOf(field) : `${typeOf(field)}: ${description}`;
}

function typeOf(field: Schema): string {
  if (field.const !== undefined) return code(field.const);
  if (field.enum !== undefined) return field.enum.map(code).join(', ');
  const kinds = [...(field.anyOf ?? []), ...(field.oneOf ?? [])];
  if (kinds.length > 0) return [...new Set(kinds.map(typeOf))].join(' or ');
  switch (field.type) {
    case 'string':
      return field.maxLength === undefined ? 'text' : `text, at most ${field.maxLength} characters`;
    case 'integer':
    case 'number': {
      const low =
        field.minimum ??
        (field.exclusiveMinimum === undefined ? undefined : `more than ${field.exclusiveMinimum}`);
      const high = field.maximum === Number.MAX_SAFE_INTEGER ? undefined : field.maximum;
      const noun = field.type === 'integer' ? 'whole number' : 'number';
      if (low === undefined && high === undefined) return noun;
      return high === undefined ? `${noun}, from ${low}` : `${noun}, ${low ?? ''} to ${high}`;
    }
    case 'boolean':
      return '`true` or `false`';
    case 'array': {
      const most = field.maxItems === undefined ? '' : `, at most ${field.maxItems}`;
      return `list of ${field.items === undefined ? 'anything' : typeOf(field.items)}${most}`;
    }
    case 'object':
      return 'map';
    default:
      return 'anything';
  }
}

function isSchema(given: Schema | boolean | undefined): given is Schema {
  return typeof given === 'object';
}

function isMap(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function code(given: unknown): string {
  return `\`${typeof given === 'string' ? given : JSON.stringify(given)}\``;
}
