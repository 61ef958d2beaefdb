import type { ListItem, Paragraph, RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import { InlineText } from './markdown-inline.ts';
import type { InlineLine } from './markdown-inline.ts';

/** Reads a piece of markdown as a document of its own. */
export type WholeParser = (text: string) => RootContent[];

/** Documents with these are left to the whole parser: what they mean reaches over blocks. */
const FAR_REACHING = /[\t\r\0\uFEFF]|\[\^|^ {0,3}(?:> ?)*\[[^\]\n]*\]:|^ *<|^ +$|^ +:{3}|^---$|^\+\+\+$/m;
const FRONT_MATTER = /^---\n(?:[^\n]*\n)*?---(?:\n|$)/;
const FENCE = /^(`{3,}|~{3,})([^`~\\&]*)$/;
const CONTAINER = /^(:{3,})([a-z][a-z0-9-]*)(?:\[([^[\]`\\]+)\])?(?:\{((?:[^{}"]|"[^"]*")*)\})?$/;
const ATTRIBUTE = / *(?:#([\w-]+)|([A-Za-z][\w-]*)(?:=(?:"([^"&\n]*)"|([\w./-]+)))?)(?= |$)/y;
const HEADING = /^(#{1,6}) (?=\S)/;
const ITEM = /^(-|\d{1,9}\.) (?=\S)/;
const TASK_BOX = /^\[([ xX])\] (?=\S)/;
/** Begins a block in the midst of a paragraph or a list. */
const INTERRUPTS = /^(?:```|~~~|:::|#{1,6}(?: |$))/;
const LISTED = /^(?:[-+*]|\d+[.)])(?: |$)/;
/** A line that begins with this can but be a paragraph's. */
const PROSE =
  /^(?:[\p{L}"'(]|`(?!``)|\*{1,2}(?=[\p{L}`])|\[(?![ xX]\])|:(?=[a-z]+\[)|\d+(?![\d.)])|\d+\.\d)/u;
const MAX_DEPTH = 8;
/** Spaces at the end of a line break it; those at the end of a heading's text do not count. */
const LOOSE_END = /[ #]$/;

/**
 * Reads what labs and lessons are mostly made of: directives around prose, code and flat lists. It yields the very tree
 * that the whole parser would, ten times as fast; whatever else a block says is handed to that parser, block by block.
 * undefined when the document can't be read so at all.
 */
export function readBlocks(text: string, whole: WholeParser): RootContent[] | undefined {
  const front = FRONT_MATTER.exec(text)?.[0] ?? '';
  if (FAR_REACHING.test(text.slice(front.length))) return undefined;
  return new BlockReader(text, whole).readDocument(front);
}

class BlockReader {
  readonly #lines: readonly string[];
  readonly #offsets: readonly number[];
  readonly #whole: WholeParser;

  constructor(text: string, whole: WholeParser) {
    this.#lines = text.split('\n');
    let offset = 0;
    this.#offsets = this.#lines.map((line) => {
      const at = offset;
      offset += line.length + 1;
      return at;
    });
    this.#whole = whole;
  }

  readDocument(front: string): RootContent[] | undefined {
    if (front === '') return this.#read(0, this.#lines.length, 0);
    const end = front.trimEnd().split('\n').length;
    // The parser takes any spaces after the fences; nobody writes them.
    if (this.#lines.slice(1, end - 1).some((line) => /^---\s*$/.test(line))) return undefined;
    const rest = this.#read(end, this.#lines.length, 0);
    if (rest === undefined) return undefined;
    const value = this.#lines.slice(1, end - 1).join('\n');
    return [{ type: 'yaml', value, position: this.#span(0, end - 1) }, ...rest];
  }

  /** Lines from `from` to before `to`. */
  #read(from: number, to: number, depth: number): RootContent[] | undefined {
    const nodes: RootContent[] = [];
    for (let at = from; at < to;) {
      const line = this.#line(at);
      if (line === '') {
        at++;
        continue;
      }
      const end = line.startsWith(':::')
        ? this.#readContainer(at, to, depth, nodes)
        : /^(?:```|~~~)/.test(line)
          ? this.#readCode(at, to, nodes)
          : this.#readProse(at, this.#endOfChunk(at, to), nodes);
      if (end === undefined) return undefined;
      at = end;
    }
    return nodes;
  }

  #readContainer(at: number, to: number, depth: number, nodes: RootContent[]): number | undefined {
    const [, fence = '', name = '', label, written = ''] = CONTAINER.exec(this.#line(at)) ?? [];
    const attributes = readAttributes(written);
    const labels = label === undefined ? [] : this.#labelAt(at, fence.length + name.length, label);
    if (name === '' || attributes === undefined || labels === undefined || depth === MAX_DEPTH)
      return undefined;
    // The fence that closes it is looked for in the lines as they are, within code too.
    let end = at + 1;
    while (end < to && !(this.#line(end).startsWith(fence) && /^:+$/.test(this.#line(end)))) end++;
    const children = end < to ? this.#read(at + 1, end, depth + 1) : undefined;
    if (children === undefined) return undefined;
    nodes.push({
      type: 'containerDirective',
      name,
      attributes,
      children: [...labels, ...children] as ContainerDirective['children'],
      position: this.#span(at, end),
    });
    return end + 1;
  }

  /** The `[label]` of a container is its first paragraph. */
  #labelAt(at: number, column: number, label: string): RootContent[] | undefined {
    const text = new InlineText([{ ...this.#inline(at, column + 1), text: label }]);
    const children = text.read();
    if (children === undefined || label !== label.trim()) return undefined;
    const { start, end } = text.span(0, text.length);
    const position = {
      start: { ...start, column: start.column - 1, offset: start.offset - 1 },
      end: { ...end, column: end.column + 1, offset: end.offset + 1 },
    };
    return [{ type: 'paragraph', data: { directiveLabel: true }, children, position }];
  }

  #readCode(at: number, to: number, nodes: RootContent[]): number | undefined {
    const [, fence = '', info = ''] = FENCE.exec(this.#line(at)) ?? [];
    if (fence === '' || info !== info.trim()) return undefined;
    let end = at + 1;
    while (end < to && !closes(this.#line(end), fence)) end++;
    if (end === to || this.#line(end) !== this.#line(end).trim()) return undefined;
    const [, lang, meta] = /^(\S+)(?: +(.+))?$/.exec(info) ?? [];
    nodes.push({
      type: 'code',
      lang: lang ?? null,
      meta: meta ?? null,
      value: this.#lines.slice(at + 1, end).join('\n'),
      position: this.#span(at, end),
    });
    return end + 1;
  }

  /** The end of what belongs together: to the next blank line, over it when a list or indented code may go on. */
  #endOfChunk(from: number, to: number): number {
    if (HEADING.test(this.#line(from))) return from + 1;
    let goesOn = mayGoOn(this.#line(from));
    let end = from + 1;
    for (let at = end; at < to; at++) {
      const line = this.#line(at);
      if (line === '') continue;
      if (INTERRUPTS.test(line)) break;
      const afterBlank = end < at || this.#line(at - 1) === '';
      if (afterBlank && !(goesOn && mayGoOn(line))) break;
      goesOn ||= mayGoOn(line);
      end = at + 1;
    }
    return end;
  }

  #readProse(from: number, end: number, nodes: RootContent[]): number {
    const node = this.#headingAt(from, end) ?? this.#listAt(from, end) ?? this.#paragraphAt(from, end);
    if (node === undefined) {
      const read = this.#whole(this.#lines.slice(from, end).join('\n'));
      for (const each of read) move(each, from, this.#offset(from));
      nodes.push(...read);
    } else nodes.push(node);
    return end;
  }

  #headingAt(from: number, end: number): RootContent | undefined {
    const [prefix, marks = ''] = HEADING.exec(this.#line(from)) ?? [];
    if (prefix === undefined || end > from + 1 || LOOSE_END.test(this.#line(from))) return undefined;
    const children = new InlineText([this.#inline(from, prefix.length)]).read();
    if (children === undefined) return undefined;
    const depth = marks.length as 1 | 2 | 3 | 4 | 5 | 6;
    return { type: 'heading', depth, children, position: this.#span(from, from) };
  }

  #paragraphAt(from: number, end: number): Paragraph | undefined {
    const lines: InlineLine[] = [];
    for (let at = from; at < end; at++) {
      if (!PROSE.test(this.#line(at)) || this.#line(at).endsWith(' ')) return undefined;
      lines.push(this.#inline(at, 0));
    }
    return paragraphOf(new InlineText(lines));
  }

  /** A list without blank lines, whose items are one paragraph each. */
  #listAt(from: number, end: number): RootContent | undefined {
    const [, first] = ITEM.exec(this.#line(from)) ?? [];
    if (first === undefined) return undefined;
    const items: ListItem[] = [];
    for (let at = from; at < end;) {
      const [prefix, marker] = ITEM.exec(this.#line(at)) ?? [];
      if (prefix === undefined || (marker === '-') !== (first === '-')) return undefined;
      const indent = ' '.repeat(prefix.length);
      let next = at + 1;
      while (next < end && this.#line(next).startsWith(indent)) next++;
      const item = this.#itemAt(at, next, prefix.length);
      if (item === undefined) return undefined;
      items.push(item);
      at = next;
    }
    const start = first === '-' ? null : Number(first.slice(0, -1));
    return {
      type: 'list',
      ordered: start !== null,
      start,
      spread: false,
      children: items,
      position: this.#span(from, end - 1),
    };
  }

  #itemAt(from: number, end: number, width: number): ListItem | undefined {
    const [box = '', mark] = TASK_BOX.exec(this.#line(from).slice(width)) ?? [];
    const lines: InlineLine[] = [];
    for (let at = from; at < end; at++) {
      const line = this.#inline(at, width + (at === from ? box.length : 0));
      if (!PROSE.test(line.text) || line.text.endsWith(' ')) return undefined;
      lines.push(line);
    }
    const paragraph = paragraphOf(new InlineText(lines));
    if (paragraph === undefined) return undefined;
    const { line, column, offset } = this.#inline(from, width);
    // Where markup follows the box, the parser lets the paragraph begin with the box.
    if (box !== '' && paragraph.children[0]?.type !== 'text' && paragraph.position !== undefined)
      paragraph.position.start = { line: line + 1, column: column + 1, offset };
    return {
      type: 'listItem',
      spread: false,
      checked: mark === undefined ? null : mark !== ' ',
      children: [paragraph],
      position: this.#span(from, end - 1),
    };
  }

  #line(at: number): string {
    return this.#lines[at] ?? '';
  }

  #offset(at: number): number {
    return this.#offsets[at] ?? 0;
  }

  #inline(at: number, column: number): InlineLine {
    return { text: this.#line(at).slice(column), line: at, column, offset: this.#offset(at) + column };
  }

  /** Whole lines, the last one included. */
  #span(from: number, last: number): NonNullable<RootContent['position']> {
    const { length } = this.#line(last);
    return {
      start: { line: from + 1, column: 1, offset: this.#offset(from) },
      end: { line: last + 1, column: length + 1, offset: this.#offset(last) + length },
    };
  }
}

function paragraphOf(text: InlineText): Paragraph | undefined {
  const children = text.read();
  return children === undefined
    ? undefined
    : { type: 'paragraph', children, position: text.span(0, text.length) };
}

/** Over a blank line: lists, what is indented in them, and indented code. */
function mayGoOn(line: string): boolean {
  return line.startsWith(' ') || LISTED.test(line);
}

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.startsWith(fence) && trimmed === fence.charAt(0).repeat(trimmed.length);
}

/** undefined when they are written in a way that takes more to read. */
function readAttributes(written: string): Record<string, string> | undefined {
  const attributes: Record<string, string> = {};
  const end = written.trimEnd().length;
  for (let at = 0; at < end;) {
    ATTRIBUTE.lastIndex = at;
    const [whole = '', id, name = 'id', quoted, bare] = ATTRIBUTE.exec(written) ?? [];
    if (whole === '' || name === 'class') return undefined;
    attributes[name] = id ?? quoted ?? bare ?? '';
    at += whole.length;
  }
  return attributes;
}

/** Puts a node where its block stands in the document. */
function move(node: RootContent, lines: number, offset: number): void {
  for (const point of [node.position?.start, node.position?.end]) {
    if (point === undefined) continue;
    point.line += lines;
    if (point.offset !== undefined) point.offset += offset;
  }
  if ('children' in node) for (const child of node.children) move(child, lines, offset);
}
