/** A piece of a parsed jsonpath template. */
export type PathNode =
  | { readonly kind: 'list'; readonly nodes: PathNode[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: number | boolean }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'array'; readonly slice: Slice }
  | { readonly kind: 'filter'; readonly left: PathNode; readonly right: PathNode; readonly operator: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'union'; readonly nodes: readonly PathNode[] }
  | { readonly kind: 'identifier'; readonly name: string };

export interface Slice {
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** `[3]` means `[3:4]`: the end was not written. */
  readonly endDerived: boolean;
  readonly step: number | undefined;
}

export type PathParseResult =
  | { readonly ok: true; readonly nodes: readonly PathNode[] }
  | { readonly ok: false; readonly message: string };

/** Longer templates are refused: nobody types them. */
const MAX_TEMPLATE_CHARACTERS = 65_536;
/** Filters and unions inside each other. */
const MAX_DEPTH = 50;

class PathSyntaxError extends Error {}

function wrong(message: string): never {
  throw new PathSyntaxError(message);
}

export function parseJsonPath(template: string): PathParseResult {
  if (template.length > MAX_TEMPLATE_CHARACTERS) return { ok: false, message: 'template is too long' };
  try {
    return { ok: true, nodes: new Parser(template, 0).parse() };
  } catch (error) {
    if (error instanceof PathSyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}

const isTerminator = (c: string | undefined): boolean => c === undefined || ' \t\r\n.,[]$@{}'.includes(c);
const isWordCharacter = (c: string | undefined): boolean => c !== undefined && /[\p{L}\p{Nd}_]/u.test(c);

function unicodeName(c: string): string {
  const hex = (c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${hex} '${c}'`;
}

class Parser {
  private readonly text: string;
  private readonly depth: number;
  private at = 0;

  constructor(text: string, depth: number) {
    if (depth > MAX_DEPTH) wrong('template is nested too deeply');
    this.text = text;
    this.depth = depth;
  }

  parse(): PathNode[] {
    const root: PathNode[] = [];
    while (this.at < this.text.length) {
      const open = this.text.indexOf('{', this.at);
      const end = open < 0 ? this.text.length : open;
      if (end > this.at) root.push({ kind: 'text', text: this.text.slice(this.at, end) });
      this.at = end;
      if (open < 0) break;
      this.at += 1;
      const nodes: PathNode[] = [];
      root.push({ kind: 'list', nodes });
      this.action(nodes);
    }
    return root;
  }

  /** Everything up to the closing brace. */
  private action(nodes: PathNode[]): void {
    for (;;) {
      if (this.text.startsWith('}', this.at)) {
        this.at += 1;
        return;
      }
      if (this.text.startsWith('[?(', this.at)) {
        this.filter(nodes);
        continue;
      }
      if (this.text.startsWith('..', this.at)) {
        this.recursive(nodes);
        continue;
      }
      const c = this.text[this.at];
      if (c === undefined || c === '\n' || c === '\r') wrong('unclosed action');
      else if (c === ' ' || c === '@' || c === '$') this.at += 1;
      else if (c === '[') this.array(nodes);
      else if (c === '"' || c === "'") this.quoted(nodes, c);
      else if (c === '.') this.field(nodes, this.at + 1);
      else if (/[-+0-9]/.test(c)) this.number(nodes);
      else if (isWordCharacter(c)) this.identifier(nodes);
      else
        wrong(
          `unrecognized character in action: ${unicodeName(String.fromCodePoint(this.text.codePointAt(this.at) ?? 0))}`,
        );
    }
  }

  private identifier(nodes: PathNode[]): void {
    const start = this.at;
    while (!isTerminator(this.text[this.at])) this.at += 1;
    const word = this.text.slice(start, this.at);
    if (word === 'true' || word === 'false') nodes.push({ kind: 'literal', value: word === 'true' });
    else nodes.push({ kind: 'identifier', name: word });
  }

  private recursive(nodes: PathNode[]): void {
    if (nodes.at(-1)?.kind === 'recursive') wrong('invalid multiple recursive descent');
    this.at += 2;
    nodes.push({ kind: 'recursive' });
    if (isWordCharacter(this.text[this.at])) this.field(nodes, this.at);
  }

  private field(nodes: PathNode[], start: number): void {
    this.at = start;
    while (!isTerminator(this.text[this.at])) this.at += this.text[this.at] === '\\' ? 2 : 1;
    const name = this.text.slice(start, this.at);
    nodes.push(name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') });
  }

  private number(nodes: PathNode[]): void {
    const word = /^[-+]?[0-9.]*/.exec(this.text.slice(this.at))?.[0] ?? '';
    this.at += word.length;
    if (!/^[-+]?(\d+(\.\d*)?|\.\d+)$/.test(word)) wrong(`cannot parse number ${word}`);
    nodes.push({ kind: 'literal', value: Number(word) });
  }

  private quoted(nodes: PathNode[], quote: string): void {
    const start = this.at + 1;
    let end = start;
    for (;;) {
      const c = this.text[end];
      if (c === undefined || c === '\n') wrong('unterminated quoted string');
      if (c === quote && this.text[end - 1] !== '\\') break;
      end += 1;
    }
    this.at = end + 1;
    nodes.push({
      kind: 'text',
      text: unquote(this.text.slice(start, end), `${quote}${this.text.slice(start, end)}${quote}`),
    });
  }

  private inner(text: string): PathNode {
    const [node] = new Parser(`{${text}}`, this.depth + 1).parse();
    return node ?? { kind: 'list', nodes: [] };
  }

  private array(nodes: PathNode[]): void {
    const end = this.text.indexOf(']', this.at);
    const line = this.text.indexOf('\n', this.at);
    if (end < 0 || (line >= 0 && line < end)) wrong('unterminated array');
    const written = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    const text = written === '*' ? ':' : written;
    const parts = text.split(',');
    if (parts.length > 1) {
      nodes.push({ kind: 'union', nodes: parts.map((part) => this.inner(`[${part.trim()}]`)) });
      return;
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key !== null) {
      const named = this.inner(`.${key[1] ?? ''}`);
      if (named.kind === 'list') nodes.push(...named.nodes);
      return;
    }
    const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
    if (match === null) return wrong(`invalid array index ${text}`);
    const [, start = '', end1, step] = match;
    const number = (digits: string): number | undefined => {
      if (digits === '') return undefined;
      return digits === '-' ? wrong(`array index ${digits} is not a number`) : Number(digits);
    };
    const from = number(start);
    const derived = end1 === undefined;
    nodes.push({
      kind: 'array',
      slice: {
        start: from,
        end: end1 === undefined ? (from ?? 0) + 1 : number(end1.slice(1)),
        endDerived: derived,
        step: step === undefined ? undefined : number(step.slice(1)),
      },
    });
  }

  private filter(nodes: PathNode[]): void {
    const start = this.at + 3;
    let end = start;
    let quote = '';
    let closed = false;
    for (; ; end += 1) {
      const c = this.text[end];
      if (c === undefined || c === '\n') wrong('unterminated filter');
      if (c === '"' || c === "'") {
        if (quote === '') quote = c;
        else if (c === quote && this.text[end - 1] !== '\\') closed = true;
      } else if (c === ')' && (quote === '' || closed)) {
        break;
      }
    }
    if (this.text[end + 1] !== ']') wrong('unclosed array expect ]');
    this.at = end + 2;
    const text = this.text.slice(start, end);
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (match === null) {
      nodes.push({
        kind: 'filter',
        left: this.inner(text),
        right: { kind: 'list', nodes: [] },
        operator: 'exists',
      });
    } else {
      nodes.push({
        kind: 'filter',
        left: this.inner(match[1] ?? ''),
        right: this.inner(match[3] ?? ''),
        operator: match[2] ?? '',
      });
    }
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
]);

function unquote(body: string, whole: string): string {
  return body.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[^])/g, (_, code: string) => {
    if (code.length > 1) return String.fromCodePoint(parseInt(code.slice(1), 16));
    return ESCAPES.get(code) ?? wrong(`unquote string ${whole} error invalid syntax`);
  });
}
