/** A piece of a template, in the order it runs. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: TemplateNode[];
      readonly otherwise: TemplateNode[];
    }
  | { readonly kind: 'break' | 'continue' };

export interface Pipeline {
  /** `$i, $item := …` or `$x = …`. */
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
  readonly at: number;
}

export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly at: number }
  | { readonly kind: 'field'; readonly path: readonly string[]; readonly at: number }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly path: readonly string[];
      readonly at: number;
    }
  | { readonly kind: 'function'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'group';
      readonly pipeline: Pipeline;
      readonly path: readonly string[];
      readonly at: number;
    };

export type TemplateResult =
  | { readonly ok: true; readonly nodes: readonly TemplateNode[] }
  | { readonly ok: false; readonly message: string };

/** Longer templates are refused. */
const MAX_TEMPLATE_CHARACTERS = 262_144;
/** Blocks and parentheses inside each other. */
const MAX_DEPTH = 100;

export const FUNCTIONS = new Set(
  'and or not eq ne lt le gt ge index slice len print printf println html js urlquery call exists base64decode'.split(
    ' ',
  ),
);

class TemplateSyntaxError extends Error {}

interface Token {
  readonly kind:
    | 'field'
    | 'variable'
    | 'word'
    | 'string'
    | 'number'
    | 'char'
    | 'pipe'
    | 'open'
    | 'close'
    | 'declare'
    | 'assign'
    | 'comma'
    | 'space'
    | 'dot';
  readonly text: string;
  readonly at: number;
}

/** `name:line` of a place in the template. */
export function lineOf(template: string, at: number): number {
  return template.slice(0, at).split('\n').length;
}

export function columnOf(template: string, at: number): number {
  return at - (template.lastIndexOf('\n', at - 1) + 1);
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly at: number };

export function parseTemplate(template: string): TemplateResult {
  try {
    if (template.length > MAX_TEMPLATE_CHARACTERS) throw new TemplateSyntaxError('template is too long');
    return { ok: true, nodes: new BlockParser(template, split(template)).parse() };
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}

function wrongAt(template: string, at: number, message: string): never {
  throw new TemplateSyntaxError(`template: output:${lineOf(template, at)}: ${message}`);
}

/** Texts and actions; `{{-` and `-}}` trim the text beside them. */
function split(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at <= template.length) {
    const open = template.indexOf('{{', at);
    const end = open < 0 ? template.length : open;
    let text = template.slice(at, end);
    if (trimNext) text = text.trimStart();
    const trims =
      (open >= 0 && /^\{\{- /.test(template.slice(open, open + 4))) ||
      (open >= 0 && /^\{\{-\s/.test(template.slice(open, open + 4)));
    if (trims) text = text.trimEnd();
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open < 0) break;
    const start = open + 2 + (trims ? 1 : 0);
    const comment = /^\s*\/\*/.test(template.slice(start));
    if (comment) {
      const close = template.indexOf('*/', start);
      const tail = close < 0 ? null : /^\s*(-?)\}\}/.exec(template.slice(close + 2));
      if (close < 0 || tail === null)
        return wrongAt(
          template,
          start,
          close < 0 ? 'unclosed comment' : 'comment ends before closing delimiter',
        );
      trimNext = tail[1] === '-';
      at = close + 2 + tail[0].length;
      continue;
    }
    const { tokens, end: close, trimmed } = lex(template, start);
    pieces.push({ kind: 'action', tokens, at: start });
    trimNext = trimmed;
    at = close;
  }
  return pieces;
}

const WORD = /^[\p{L}_][\p{L}\p{Nd}_]*/u;

function lex(
  template: string,
  start: number,
): { readonly tokens: readonly Token[]; readonly end: number; readonly trimmed: boolean } {
  const tokens: Token[] = [];
  let at = start;
  let depth = 0;
  for (;;) {
    const rest = template.slice(at);
    const close = /^(\s-)?\}\}/.exec(rest);
    if (close !== null) {
      if (depth > 0) wrongAt(template, at, 'unclosed left paren');
      return { tokens, end: at + close[0].length, trimmed: close[1] !== undefined };
    }
    const c = rest[0];
    if (c === undefined) return wrongAt(template, at, 'unclosed action');
    const push = (kind: Token['kind'], text: string, length = text.length): void => {
      tokens.push({ kind, text, at });
      at += length;
    };
    if (/\s/.test(c)) push('space', /^\s+/.exec(rest)?.[0] ?? ' ');
    else if (rest.startsWith(':=')) push('declare', ':=');
    else if (c === '=') push('assign', c);
    else if (c === '|') push('pipe', c);
    else if (c === ',') push('comma', c);
    else if (c === '(') {
      depth += 1;
      push('open', c);
    } else if (c === ')') {
      depth -= 1;
      if (depth < 0) wrongAt(template, at, 'unexpected right paren');
      push('close', c);
    } else if (c === '"') {
      const match = /^"(?:[^"\\\n]|\\.)*"/.exec(rest);
      if (match === null) return wrongAt(template, at, 'unterminated quoted string');
      push('string', match[0]);
    } else if (c === '`') {
      const match = /^`[^`]*`/.exec(rest);
      if (match === null) return wrongAt(template, at, 'unterminated raw quoted string');
      push('string', match[0]);
    } else if (c === "'") {
      const match = /^'(?:[^'\\\n]|\\.)*'/.exec(rest);
      if (match === null) return wrongAt(template, at, 'unterminated character constant');
      push('char', match[0]);
    } else if (c === '$') push('variable', `$${WORD.exec(rest.slice(1))?.[0] ?? ''}`);
    else if (/^[-+]?\.?\d/.test(rest)) push('number', /^[-+]?[0-9a-zA-Z_.]+/.exec(rest)?.[0] ?? c);
    else if (c === '.') {
      const name = WORD.exec(rest.slice(1))?.[0];
      if (name === undefined) push('dot', c);
      else push('field', `.${name}`);
    } else if (WORD.test(rest)) push('word', WORD.exec(rest)?.[0] ?? c);
    else wrongAt(template, at, `unexpected ${JSON.stringify(c)} in command`);
  }
}

class BlockParser {
  private readonly template: string;
  private readonly pieces: readonly Piece[];
  private at = 0;

  constructor(template: string, pieces: readonly Piece[]) {
    this.template = template;
    this.pieces = pieces;
  }

  parse(): TemplateNode[] {
    const { nodes, ended, place } = this.block(0, new Set(['$']), 0);
    if (ended !== undefined) wrongAt(this.template, place, `unexpected {{${ended}}}`);
    return nodes;
  }

  /** Nodes up to `{{end}}` or `{{else}}`, which is consumed. */
  private block(
    depth: number,
    variables: Set<string>,
    loops: number,
  ): { nodes: TemplateNode[]; ended: 'end' | 'else' | undefined; tokens: readonly Token[]; place: number } {
    if (depth > MAX_DEPTH) wrongAt(this.template, 0, 'exceeded maximum nesting depth');
    const nodes: TemplateNode[] = [];
    for (;;) {
      const piece = this.pieces[this.at];
      this.at += 1;
      if (piece === undefined) return { nodes, ended: undefined, tokens: [], place: this.template.length };
      if (piece.kind === 'text') {
        nodes.push(piece);
        continue;
      }
      const tokens = trimSpace(piece.tokens);
      const [first] = tokens;
      if (first === undefined) return wrongAt(this.template, piece.at, 'missing value for command');
      const word = first.kind === 'word' ? first.text : '';
      if (word === 'end' || word === 'else')
        return { nodes, ended: word, tokens: trimSpace(tokens.slice(1)), place: piece.at };
      if (word === 'if' || word === 'with' || word === 'range')
        nodes.push(this.control(word, tokens.slice(1), piece.at, depth, variables, loops));
      else if (word === 'break' || word === 'continue') {
        if (loops === 0) wrongAt(this.template, piece.at, `{{${word}}} outside {{range}}`);
        nodes.push({ kind: word });
      } else if (word === 'define' || word === 'template' || word === 'block') {
        wrongAt(this.template, piece.at, `{{${word}}} is not available here`);
      } else
        nodes.push({
          kind: 'output',
          pipeline: new PipelineParser(this.template, tokens, variables, piece.at).parse('command'),
        });
    }
  }

  private control(
    word: 'if' | 'with' | 'range',
    tokens: readonly Token[],
    at: number,
    depth: number,
    outer: Set<string>,
    loops: number,
  ): TemplateNode {
    const variables = new Set(outer);
    const pipeline = new PipelineParser(this.template, trimSpace(tokens), variables, at).parse(word);
    const inner = this.block(depth + 1, variables, loops + (word === 'range' ? 1 : 0));
    if (inner.ended === undefined) wrongAt(this.template, inner.place, 'unexpected EOF');
    if (inner.ended === 'end') return { kind: word, pipeline, body: inner.nodes, otherwise: [] };
    // `{{else if …}}` is an if inside the else, and shares its end.
    const [chained] = inner.tokens;
    if (chained?.kind === 'word' && (chained.text === 'if' || chained.text === 'with') && word !== 'range') {
      return {
        kind: word,
        pipeline,
        body: inner.nodes,
        otherwise: [this.control(chained.text, inner.tokens.slice(1), at, depth + 1, new Set(outer), loops)],
      };
    }
    const otherwise = this.block(depth + 1, new Set(outer), loops);
    if (otherwise.ended === undefined) wrongAt(this.template, otherwise.place, 'unexpected EOF');
    if (otherwise.ended === 'else') wrongAt(this.template, otherwise.place, 'expected end; found {{else}}');
    return { kind: word, pipeline, body: inner.nodes, otherwise: otherwise.nodes };
  }
}

function trimSpace(tokens: readonly Token[]): readonly Token[] {
  let from = 0;
  let to = tokens.length;
  while (tokens[from]?.kind === 'space') from += 1;
  while (to > from && tokens[to - 1]?.kind === 'space') to -= 1;
  return tokens.slice(from, to);
}

class PipelineParser {
  private readonly template: string;
  private readonly tokens: readonly Token[];
  private readonly variables: Set<string>;
  private readonly start: number;
  private at = 0;

  constructor(template: string, tokens: readonly Token[], variables: Set<string>, start: number) {
    this.template = template;
    this.tokens = tokens;
    this.variables = variables;
    this.start = start;
  }

  parse(context: string): Pipeline {
    const pipeline = this.pipeline(context, 0);
    const left = this.tokens[this.at];
    if (left !== undefined)
      wrongAt(this.template, left.at, `unexpected ${JSON.stringify(left.text)} in ${context}`);
    return pipeline;
  }

  private skip(): void {
    while (this.tokens[this.at]?.kind === 'space') this.at += 1;
  }

  private declarations(): { readonly names: readonly string[]; readonly assigns: boolean } {
    const rest = this.tokens.slice(this.at).filter((token) => token.kind !== 'space');
    const [a, b, c, d] = rest;
    if (a?.kind !== 'variable') return { names: [], assigns: false };
    const two = b?.kind === 'comma' && c?.kind === 'variable';
    const operator = two ? d : b;
    if (operator?.kind !== 'declare' && operator?.kind !== 'assign') return { names: [], assigns: false };
    while (this.tokens[this.at] !== operator) this.at += 1;
    this.at += 1;
    this.skip();
    const names = two ? [a.text, c.text] : [a.text];
    const assigns = operator.kind === 'assign';
    for (const name of names) {
      if (assigns && !this.variables.has(name))
        wrongAt(this.template, a.at, `undefined variable ${JSON.stringify(name)}`);
    }
    return { names, assigns };
  }

  private pipeline(context: string, depth: number): Pipeline {
    if (depth > MAX_DEPTH) wrongAt(this.template, this.start, 'exceeded maximum nesting depth');
    this.skip();
    const at = this.tokens[this.at]?.at ?? this.start;
    const { names, assigns } = this.declarations();
    const commands: Operand[][] = [];
    let command: Operand[] = [];
    for (;;) {
      this.skip();
      const token = this.tokens[this.at];
      if (token === undefined || token.kind === 'close' || token.kind === 'pipe') {
        if (command.length === 0) wrongAt(this.template, at, `missing value for ${context}`);
        commands.push(command);
        command = [];
        if (token?.kind !== 'pipe') break;
        this.at += 1;
        continue;
      }
      command.push(this.operand(token, depth));
    }
    for (const name of names) this.variables.add(name);
    return { declares: names, assigns, commands, at };
  }

  private fields(): string[] {
    const path: string[] = [];
    while (this.tokens[this.at]?.kind === 'field') {
      path.push((this.tokens[this.at]?.text ?? '').slice(1));
      this.at += 1;
    }
    return path;
  }

  private operand(token: Token, depth: number): Operand {
    const { at } = token;
    if (token.kind === 'field') return { kind: 'field', path: this.fields(), at };
    this.at += 1;
    switch (token.kind) {
      case 'dot':
        return { kind: 'field', path: [], at };
      case 'variable': {
        if (!this.variables.has(token.text))
          wrongAt(this.template, at, `undefined variable ${JSON.stringify(token.text)}`);
        return { kind: 'variable', name: token.text, path: this.fields(), at };
      }
      case 'string':
        return {
          kind: 'literal',
          value: token.text.startsWith('`') ? token.text.slice(1, -1) : unescape(token.text.slice(1, -1)),
          at,
        };
      case 'char':
        return { kind: 'literal', value: unescape(token.text.slice(1, -1)).codePointAt(0) ?? 0, at };
      case 'number': {
        const value = Number(token.text.replaceAll('_', ''));
        return Number.isNaN(value)
          ? wrongAt(this.template, at, `bad number syntax: ${JSON.stringify(token.text)}`)
          : { kind: 'literal', value, at };
      }
      case 'word':
        if (token.text === 'true' || token.text === 'false')
          return { kind: 'literal', value: token.text === 'true', at };
        if (token.text === 'nil') return { kind: 'literal', value: null, at };
        if (!FUNCTIONS.has(token.text))
          wrongAt(this.template, at, `function ${JSON.stringify(token.text)} not defined`);
        return { kind: 'function', name: token.text, at };
      case 'open': {
        const pipeline = this.pipeline('parenthesized pipeline', depth + 1);
        if (this.tokens[this.at]?.kind !== 'close') wrongAt(this.template, at, 'unclosed left paren');
        this.at += 1;
        return { kind: 'group', pipeline, path: this.fields(), at };
      }
      default:
        return wrongAt(this.template, at, `unexpected ${JSON.stringify(token.text)} in operand`);
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
]);

function unescape(body: string): string {
  return body.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[^])/g, (_, code: string) =>
    code.length > 1 ? String.fromCodePoint(parseInt(code.slice(1), 16)) : (ESCAPES.get(code) ?? code),
  );
}
