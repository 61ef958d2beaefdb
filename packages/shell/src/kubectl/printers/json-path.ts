import { goQuote, goSprint, goTypeOf } from '../values/go-text.ts';
import { compareText, goJson, isObject } from '../values/json.ts';
import type { JsonValue } from '../values/json.ts';
import { parseJsonPath } from './json-path-parser.ts';
import type { PathNode, Slice } from './json-path-parser.ts';

/** A template holds at most this many results: recursive descent into a large list stays bounded. */
const MAX_RESULTS = 200_000;

export type PathResult =
  | { readonly ok: true; readonly results: readonly (readonly JsonValue[])[] }
  | { readonly ok: false; readonly message: string };

class EvaluationError extends Error {}

function wrong(message: string): never {
  throw new EvaluationError(message);
}

/** A parsed template, to be run against any number of objects. */
export class JsonPath {
  private readonly nodes: readonly PathNode[];
  private readonly allowMissing: boolean;
  private beginRange = 0;
  private inRange = 0;
  private endRange = 0;
  private lastEnd = -1;

  private constructor(nodes: readonly PathNode[], allowMissing: boolean) {
    this.nodes = nodes;
    this.allowMissing = allowMissing;
  }

  static parse(
    template: string,
    options: { readonly allowMissing: boolean },
  ): { readonly ok: true; readonly path: JsonPath } | { readonly ok: false; readonly message: string } {
    const parsed = parseJsonPath(template);
    return parsed.ok ? { ok: true, path: new JsonPath(parsed.nodes, options.allowMissing) } : parsed;
  }

  /** One list of results for each piece of the template. */
  find(data: JsonValue): PathResult {
    this.beginRange = 0;
    this.inRange = 0;
    this.endRange = 0;
    this.lastEnd = -1;
    try {
      return { ok: true, results: this.run(data, 0) };
    } catch (error) {
      if (error instanceof EvaluationError) return { ok: false, message: error.message };
      throw error;
    }
  }

  private run(data: JsonValue, from: number): JsonValue[][] {
    const all: JsonValue[][] = [];
    for (let i = from; i < this.nodes.length; i += 1) {
      const node = this.nodes[i];
      if (node === undefined) break;
      const results = this.walk([data], node);
      if (this.endRange > 0 && this.endRange <= this.inRange) {
        this.endRange -= 1;
        this.lastEnd = i;
        break;
      }
      if (this.beginRange > 0) {
        this.beginRange -= 1;
        this.inRange += 1;
        // An empty range still runs once, to find its end.
        if (results.length === 0) this.run(null, i + 1);
        for (const value of results) {
          all.push(...this.run(value, i + 1));
          if (all.length > MAX_RESULTS) wrong('too many results');
        }
        this.inRange -= 1;
        if (this.lastEnd > i) i = this.lastEnd;
        continue;
      }
      all.push(results);
    }
    return all;
  }

  private walk(input: JsonValue[], node: PathNode): JsonValue[] {
    if (input.length > MAX_RESULTS) wrong('too many results');
    switch (node.kind) {
      case 'list':
        return node.nodes.reduce((values: JsonValue[], inner) => this.walk(values, inner), input);
      case 'text':
        return [node.text];
      case 'literal':
        return input.map(() => node.value);
      case 'field':
        return this.field(input, node.name);
      case 'array':
        return input.flatMap((value) => (value === null ? [] : sliceOf(value, node.slice)));
      case 'filter':
        return input.flatMap((value) => this.filter(value, node));
      case 'wildcard':
        return input.flatMap(membersOf);
      case 'recursive':
        return input.flatMap(descend);
      case 'union':
        return node.nodes.flatMap((inner) => this.walk(input, inner));
      case 'identifier':
        return this.identifier(input, node.name);
    }
  }

  private identifier(input: JsonValue[], name: string): JsonValue[] {
    if (name === 'range') {
      this.beginRange += 1;
      return input;
    }
    if (name !== 'end') return wrong(`unrecognized identifier ${name}`);
    if (this.inRange === 0) return wrong('not in range, nothing to end');
    this.endRange += 1;
    return [];
  }

  private field(input: JsonValue[], name: string): JsonValue[] {
    if (input.length === 0) return [];
    const results: JsonValue[] = [];
    for (const value of input) {
      if (name === '' && isObject(value)) {
        if (Object.hasOwn(value, '')) results.push(value[''] ?? null);
      } else if (isObject(value) && Object.hasOwn(value, name)) {
        results.push(value[name] ?? null);
      }
    }
    if (results.length === 0 && !this.allowMissing) wrong(`${name} is not found`);
    return results;
  }

  private filter(value: JsonValue, node: PathNode & { kind: 'filter' }): JsonValue[] {
    if (!Array.isArray(value))
      return wrong(`${goSprint(value)} is not array or slice and cannot be filtered`);
    return value.filter((item) => {
      const lefts = this.filterSide(item, node.left, node.operator === 'exists');
      if (node.operator === 'exists') return lefts.length > 0;
      if (lefts.length === 0) return false;
      if (lefts.length > 1) wrong('can only compare one element at a time');
      const rights = this.filterSide(item, node.right, false);
      if (rights.length === 0) return false;
      if (rights.length > 1) wrong('can only compare one element at a time');
      return compare(lefts[0] ?? null, node.operator, rights[0] ?? null);
    });
  }

  private filterSide(item: JsonValue, node: PathNode, ignoreErrors: boolean): JsonValue[] {
    try {
      return this.walk([item], node);
    } catch (error) {
      if (ignoreErrors && error instanceof EvaluationError) return [];
      throw error;
    }
  }
}

function membersOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value;
  if (isObject(value))
    return Object.keys(value)
      .sort(compareText)
      .map((key) => value[key] ?? null);
  // A text's members are its bytes.
  return typeof value === 'string' ? [...new TextEncoder().encode(value)] : [];
}

function descend(value: JsonValue): JsonValue[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  const members = membersOf(value);
  return members.length === 0 ? [] : [value, ...members.flatMap(descend)];
}

function sliceOf(value: JsonValue, slice: Slice): JsonValue[] {
  if (!Array.isArray(value)) return wrong(`${goTypeOf(value)} is not array or slice`);
  const { length } = value;
  let start = slice.start ?? 0;
  if (start < 0) start += length;
  let end = slice.end ?? length;
  if (end < 0 || (end === 0 && slice.endDerived)) end += length;
  if (end === start) return [];
  if (start >= length || start < 0) wrong(`array index out of bounds: index ${start}, length ${length}`);
  if (end > length || end < 0) wrong(`array index out of bounds: index ${end - 1}, length ${length}`);
  if (start > end) wrong(`starting index ${start} is greater than ending index ${end}`);
  const step = slice.step ?? 1;
  if (step <= 0) wrong('step must be > 0');
  return value.slice(start, end).filter((_, i) => i % step === 0);
}

type Comparable = boolean | number | string;

function comparable(value: JsonValue): Comparable {
  return typeof value === 'object' ? wrong('invalid type for comparison') : value;
}

function kindOf(value: Comparable): string {
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'float') : typeof value;
}

function compare(left: JsonValue, operator: string, right: JsonValue): boolean {
  const a = comparable(left);
  const b = comparable(right);
  const sameKind = kindOf(a) === kindOf(b);
  if (!sameKind) wrong('incompatible types for comparison');
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a === 'boolean' || typeof b === 'boolean') return wrong('invalid type for comparison');
  switch (operator) {
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    case '>=':
      return a >= b;
    default:
      return wrong(`unrecognized filter operator ${operator}`);
  }
}

/** How results look in a template's output: texts as they are, structures as JSON, separated by spaces. */
export function resultsText(results: readonly JsonValue[]): string {
  return results
    .map((value) =>
      typeof value === 'object' && value !== null ? goJson(value) : value === null ? 'null' : goSprint(value),
    )
    .join(' ');
}

export function resultsJson(results: readonly JsonValue[]): string {
  return `${goJson([...results], { indent: 4, sortKeys: true })}\n`;
}

/** `metadata.name`, `.metadata.name` and `{.metadata.name}` all mean the last: custom columns and --sort-by. */
export function relaxedPath(
  expression: string,
): { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string } {
  if (expression === '') return { ok: true, path: '' };
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(expression);
  if (match === null) {
    return {
      ok: false,
      message: `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    };
  }
  return { ok: true, path: `{.${match[1] ?? match[2] ?? ''}}` };
}

export function describeFailure(template: string, message: string, objectText: string): string {
  return (
    `error executing jsonpath ${goQuote(template)}: Error executing template: ${message}. Printing more information for debugging the template:\n` +
    `\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${objectText}\n\n\n`
  );
}
