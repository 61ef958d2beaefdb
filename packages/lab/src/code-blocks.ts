import type { Code, RootContent } from 'mdast';

/** A fenced block whose lines are kept from the parser: it reads them letter by letter, to no end. */
interface FencedBlock {
  /** Of the line with the opening fence, from 1. */
  readonly line: number;
  readonly content: readonly string[];
}

export interface Blanked {
  readonly text: string;
  readonly blocks: readonly FencedBlock[];
}

const FENCE = /^( {0,3})(`{3,}|~{3,})[^`]*$/;
/** Lines that the parser must see even within code: they end what the block stands in. */
const ENDS_CONTAINER = /^\s*:{3,}/;

/** The same text, line for line, with nothing in its fenced blocks. Blocks within lists and quotes are left alone. */
export function blankCode(text: string): Blanked {
  const lines = text.split('\n');
  const blocks: FencedBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent, fence] = FENCE.exec(lines[index] ?? '') ?? [];
    if (fence === undefined || indent !== '') continue;
    const end = lines.findIndex((line, at) => at > index && closes(line, fence));
    if (end < 0) break;
    const content = lines.slice(index + 1, end);
    if (content.length > 0 && !content.some((line) => ENDS_CONTAINER.test(line))) {
      blocks.push({ line: index + 1, content });
      for (let at = index + 1; at < end; at++) lines[at] = '';
    }
    index = end;
  }
  return { text: lines.join('\n'), blocks };
}

function closes(line: string, fence: string): boolean {
  const [, , closing] = FENCE.exec(line.trimEnd()) ?? [];
  return closing !== undefined && closing.startsWith(fence) && line.trim() === closing;
}

/** Puts the code back. False when a block turned out to be none: then the text has to be parsed as it is. */
export function restoreCode(blocks: readonly FencedBlock[], codes: readonly RootContent[]): boolean {
  const byLine = new Map(blocks.map((block) => [block.line, block.content]));
  for (const node of codes) {
    const at = node.position?.start;
    const content = node.type === 'code' && at?.column === 1 ? byLine.get(at.line) : undefined;
    if (content === undefined) continue;
    (node as Code).value = content.join('\n');
    byLine.delete(at?.line ?? 0);
  }
  return byLine.size === 0;
}
