import { wrapText } from '../../command/help.ts';
import { isObject, objectAt, textsAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { choicesOf, descriptionOf, propertiesOf, referenceOf, siblings, typeName } from './schema.ts';
import type { SchemaDocument } from './schema.ts';

const DESCRIPTION_COLUMNS = 76;
const FIELD_COLUMNS = 78;
/** Choices beyond these are left out of a list of fields. */
const MAX_LISTED_CHOICES = 4;
/** A page that is longer ends there: recursive pages of schemas that refer to each other grow without end. */
const MAX_FIELDS = 50_000;

function indent(amount: number, text: string): string {
  const pad = ' '.repeat(amount);
  return pad + text.replaceAll('\n', `\n${pad}`);
}

/** Writes what `explain` says about one schema or a field in it. */
export class ExplainPage {
  private readonly document: SchemaDocument;
  private readonly recursive: boolean;
  private fields = 0;

  constructor(document: SchemaDocument, recursive: boolean) {
    this.document = document;
    this.recursive = recursive;
  }

  /** The page of the field that the path leads to; empty when there is no such field. */
  text(schema: JsonObject, path: readonly string[], passed: ReadonlySet<string> = new Set()): string {
    const reference = referenceOf(schema);
    const resolved = this.document.resolve(schema);
    const [name, ...rest] = path;
    if (name === undefined) return this.whole(resolved);
    if (reference !== '' && passed.has(reference)) return '';
    const now = new Set([...passed, reference]);
    const property = objectAt(resolved, 'properties', name);
    if (property !== undefined)
      return (rest.length === 0 ? this.fieldHead(name, property) : '') + this.text(property, rest);
    const { items, additionalProperties } = resolved;
    if (isObject(items)) return this.text(items, path, now);
    if (isObject(additionalProperties)) return this.text(additionalProperties, path, now);
    for (const part of siblings(resolved)) {
      const text = this.text(part, path, now);
      if (text !== '') return text;
    }
    return '';
  }

  private fieldHead(name: string, schema: JsonObject): string {
    const choices = choicesOf(schema);
    const list = choices.length === 0 ? '' : `ENUM:${choices.map((choice) => `\n    ${choice}`).join('')}`;
    return `FIELD: ${name} <${typeName(this.document, schema)}>\n${list}\n\n`;
  }

  private whole(schema: JsonObject): string {
    const description = descriptionOf(this.document, schema) || '<empty>';
    const fields = this.fieldList(schema, 1, new Set());
    return `DESCRIPTION:\n${indent(4, wrapText(description, DESCRIPTION_COLUMNS))}\n${fields === '' ? '' : `FIELDS:\n${fields}`}`;
  }

  private fieldList(schema: JsonObject, level: number, passed: ReadonlySet<string>): string {
    const reference = referenceOf(schema);
    if (reference !== '' && passed.has(reference)) return '';
    const now = new Set([...passed, reference]);
    const resolved = this.document.resolve(schema);
    let text = '';
    for (const [name, property] of propertiesOf(resolved)) {
      this.fields += 1;
      if (this.fields > MAX_FIELDS) return text;
      text += this.field(resolved, name, property, level);
      if (this.recursive) text += this.fieldList(property, level + 1, now);
    }
    for (const sibling of siblings(resolved)) text += this.fieldList(sibling, level, now);
    return text;
  }

  private field(owner: JsonObject, name: string, schema: JsonObject, level: number): string {
    const amount = level * 2;
    const required = textsAt(owner, 'required').includes(name) ? ' -required-' : '';
    const head = `${indent(amount, name)}\t<${typeName(this.document, schema)}>${required}${this.choices(schema, amount)}\n`;
    if (this.recursive) return head;
    const { description } = schema;
    const said = typeof description === 'string' && description !== '' ? description : '<no description>';
    return `${head}${indent(amount + 2, wrapText(said, FIELD_COLUMNS - amount))}\n\n`;
  }

  private choices(schema: JsonObject, amount: number): string {
    const choices = choicesOf(schema);
    if (choices.length === 0) return '';
    const more = choices.length > MAX_LISTED_CHOICES ? ', ....' : '';
    return `\n${indent(amount, '')}enum: ${choices.slice(0, MAX_LISTED_CHOICES).join(', ')}${more}`;
  }
}
