import type { Emphasis, Link, PhrasingContent, Strong } from 'mdast';
import type { TextDirective } from 'mdast-util-directive';

/** One line of a paragraph, without the prefix that its list item gives it. */
export interface InlineLine {
  readonly text: string;
  /** From 0. */
  readonly line: number;
  readonly column: number;
  /** In the document. */
  readonly offset: number;
}

interface Point {
  line: number;
  column: number;
  offset: number;
}

interface Span {
  start: Point;
  end: Point;
}

/** What may begin something else than text. */
const SPECIAL = /[`*[\]_\\&<>~@!:]/g;
const CODE = /(`+)(?!`)/y;
/** Around markup that can be read at sight: code within has one backtick at either side. */
const STRONG = /\*\*((?:[^*`\\]|`[^`]+`)+)\*\*(?![*])/y;
const EMPHASIS = /\*((?:[^*`\\]|`[^`]+`)+)\*(?![*])/y;
const LINK = /\[((?:[^[\]`\\]|`[^`[\]]+`)+)\]\(([\w./:?#=%+-]+)\)/y;
/** GitHub makes links of these wherever they stand. */
const BARE_ADDRESS = /https?:\/\/|www\.|@/i;
/** `:file[~/pair.yaml]{line=12}` */
const DIRECTIVE = /:([a-z][a-z0-9]*)\[([\w~./ -]+)\](?:\{([a-z]+)=([\w./-]+)\})?(?![[{\w])/y;
const [BEFORE_MARKUP, AFTER_MARKUP] = [/[\s([]/, /[\s.,;:?!)\]]/];
const MAX_DEPTH = 4;

/** The text of one paragraph or heading, as its lines have it. */
export class InlineText {
  readonly #lines: readonly InlineLine[];
  readonly #text: string;

  constructor(lines: readonly InlineLine[]) {
    this.#lines = lines;
    this.#text = lines.map(({ text }) => text).join('\n');
  }

  /** undefined when something in it needs the whole parser. */
  read(): PhrasingContent[] | undefined {
    return this.#read(0, this.#text.length, 0, true);
  }

  /** Of characters of the joined text. */
  span(from: number, to: number): Span {
    const start = this.#pointAt(from);
    if (this.#text[to - 1] === '\n') return { start, end: this.#pointAt(to) };
    const last = this.#pointAt(to - 1);
    return { start, end: { ...last, column: last.column + 1, offset: last.offset + 1 } };
  }

  get length(): number {
    return this.#text.length;
  }

  #pointAt(index: number): Point {
    let rest = index;
    for (const { text, line, column, offset } of this.#lines) {
      if (rest <= text.length) return { line: line + 1, column: column + rest + 1, offset: offset + rest };
      rest -= text.length + 1;
    }
    throw new RangeError(`character ${index} is not in the paragraph`);
  }

  #read(from: number, to: number, depth: number, links: boolean): PhrasingContent[] | undefined {
    const nodes: PhrasingContent[] = [];
    let textFrom = from;
    let at = from;
    while (at < to) {
      SPECIAL.lastIndex = at;
      const special = SPECIAL.exec(this.#text)?.index ?? to;
      if (special >= to) break;
      if (this.#isText(special)) {
        at = special + 1;
        continue;
      }
      const found = depth < MAX_DEPTH ? this.#markupAt(special, depth, links) : undefined;
      if (found === undefined || found.end > to) return undefined;
      if (!this.#pushText(nodes, textFrom, special)) return undefined;
      nodes.push(found.node);
      textFrom = at = found.end;
    }
    return this.#pushText(nodes, textFrom, to) ? nodes : undefined;
  }

  /** Marks that mean nothing where they stand. */
  #isText(at: number): boolean {
    const next = this.#text[at + 1] ?? ' ';
    if (this.#text[at] === '!') return next !== '[';
    // A letter or a digit would make it a directive.
    return this.#text[at] === ':' && /[\s,.;/()]/.test(next);
  }

  #pushText(nodes: PhrasingContent[], from: number, to: number): boolean {
    if (from === to) return true;
    const value = this.#text.slice(from, to);
    if (BARE_ADDRESS.test(value)) return false;
    nodes.push({ type: 'text', value, position: this.span(from, to) });
    return true;
  }

  #markupAt(
    at: number,
    depth: number,
    links: boolean,
  ): { readonly node: PhrasingContent; readonly end: number } | undefined {
    switch (this.#text[at]) {
      case '`':
        return this.#codeAt(at);
      case '*':
        return this.#emphasisAt(at, depth, links);
      case ':':
        return this.#directiveAt(at);
      case '[':
        return links ? this.#linkAt(at, depth) : undefined;
      default:
        return undefined;
    }
  }

  #codeAt(at: number): { readonly node: PhrasingContent; readonly end: number } | undefined {
    CODE.lastIndex = at;
    const fence = CODE.exec(this.#text)?.[1];
    if (fence === undefined) return undefined;
    const close = this.#text.indexOf(fence, at + fence.length);
    const end = close + fence.length;
    if (close < 0 || this.#text[end] === '`') return undefined;
    const value = this.#text.slice(at + fence.length, close);
    // Spaces at its ends and the ends of lines have rules of their own.
    if (value !== value.trim() || value.includes('\n')) return undefined;
    return { node: { type: 'inlineCode', value, position: this.span(at, end) }, end };
  }

  /** Marks that can but open here and can but close there (CommonMark 6.2, rules 1 to 8), with no others within. */
  #emphasisAt(
    at: number,
    depth: number,
    links: boolean,
  ): { readonly node: Emphasis | Strong; readonly end: number } | undefined {
    const width = this.#text[at + 1] === '*' ? 2 : 1;
    const pattern = width === 2 ? STRONG : EMPHASIS;
    pattern.lastIndex = at;
    const inner = pattern.exec(this.#text)?.[1];
    if (inner === undefined) return undefined;
    const end = at + inner.length + 2 * width;
    if (!BEFORE_MARKUP.test(this.#text[at - 1] ?? ' ') || !AFTER_MARKUP.test(this.#text[end] ?? ' '))
      return undefined;
    // Punctuation within the marks takes white space outside them.
    const [opens, closes] = [/\s/.test(this.#text[at - 1] ?? ' '), /\s/.test(this.#text[end] ?? ' ')];
    if (!(opens ? /^[\p{L}\d`[{]/u : /^[\p{L}\d]/u).test(inner)) return undefined;
    if (!(closes ? /[\p{L}\d`.,:;?!)}]$/u : /[\p{L}\d]$/u).test(inner)) return undefined;
    const children = this.#read(at + width, end - width, depth + 1, links);
    if (children === undefined) return undefined;
    return {
      node: { type: width === 2 ? 'strong' : 'emphasis', children, position: this.span(at, end) },
      end,
    };
  }

  #directiveAt(at: number): { readonly node: TextDirective; readonly end: number } | undefined {
    DIRECTIVE.lastIndex = at;
    const [whole = '', name = '', label = '', key, value = ''] = DIRECTIVE.exec(this.#text) ?? [];
    if (whole === '' || label !== label.trim() || this.#text[at - 1] === ':') return undefined;
    const from = at + name.length + 2;
    const children: PhrasingContent[] = [];
    if (!this.#pushText(children, from, from + label.length)) return undefined;
    const end = at + whole.length;
    const attributes: Record<string, string> = key === undefined ? {} : { [key]: value };
    return { node: { type: 'textDirective', name, attributes, children, position: this.span(at, end) }, end };
  }

  #linkAt(at: number, depth: number): { readonly node: Link; readonly end: number } | undefined {
    LINK.lastIndex = at;
    const [whole = '', inner = '', url = ''] = LINK.exec(this.#text) ?? [];
    if (whole === '') return undefined;
    const end = at + whole.length;
    const children = this.#read(at + 1, at + 1 + inner.length, depth + 1, false);
    if (children === undefined) return undefined;
    return { node: { type: 'link', title: null, url, children, position: this.span(at, end) }, end };
  }
}
