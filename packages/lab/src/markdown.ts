import type { Root, RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import remarkDirective from 'remark-directive';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import type { Processor } from 'unified';
import { blankCode, restoreCode } from './code-blocks.ts';
import type { DiagnosticSink } from './diagnostic.ts';
import { checkAttributes } from './directive-attributes.ts';
import { readBlocks } from './markdown-blocks.ts';
import { fileAddress, siteAddress } from './page-links.ts';
import { checkClosed, checkFences } from './plain-reading.ts';

const ADDRESS_CONSTRUCTS: readonly string[] = ['emailAutolink', 'protocolAutolink', 'wwwAutolink'];

const processor = unified()
  .use(remarkParse)
  .use(remarkFrontmatter, ['yaml'])
  .use(remarkGfm)
  .use(remarkDirective)
  .use(withoutAddressConstructs);

/**
 * GitHub makes links of bare addresses. The tokenizer tries for one at each letter of the text, which is half of its
 * time; the pass over the finished tree finds them as well.
 */
function withoutAddressConstructs(this: Processor): void {
  for (const { text = {} } of [this.data().micromarkExtensions ?? []].flat(2))
    for (const [letter, constructs] of Object.entries(text))
      text[Number(letter)] = [constructs ?? []]
        .flat()
        .filter(({ name }) => name === undefined || !ADDRESS_CONSTRUCTS.includes(name));
}
export interface MarkdownDocument {
  /** Text between the `---` lines, and the number of lines before it. */
  readonly frontMatter: { readonly text: string; readonly linesBefore: number } | undefined;
  readonly content: readonly RootContent[];
}

/** Parses CommonMark with GitHub's extensions, directives and front matter. Raw HTML is not supported and is reported. */
export function parseMarkdown(text: string, sink: DiagnosticSink): MarkdownDocument {
  const root = parseTree(text);
  const [first, ...rest] = root.children;
  checkFences(text, sink);
  const lines = text.split('\n');
  visit(root.children, (node) => {
    if (node.type === 'html' && !node.value.startsWith('<!--')) {
      sink.report({
        code: 'PW0204',
        ...positionOf(node),
        message: 'HTML is not shown.',
        remedy: 'Use markdown or a directive instead.',
      });
    }
    checkClosed(node, lines, sink);
    checkAttributes(node, sink);
    if (node.type === 'link' || node.type === 'definition') {
      const written = fileAddress(node.url, sink.file);
      if (written !== undefined)
        sink.report({
          code: 'PW0505',
          severity: 'warning',
          ...positionOf(node),
          message: `"${node.url}" is a page of the site; on GitHub, and in an editor, it leads nowhere.`,
          remedy: `Link to the file, which is that page on the site: ${written}.`,
        });
      node.url = siteAddress(node.url, sink.file);
    }
    if (node.type === 'image' && (node.alt ?? '') === '') {
      sink.report({
        code: 'PW0501',
        ...positionOf(node),
        message: 'This image has no alternative text.',
        remedy: 'Say between the square brackets what the image shows.',
      });
    }
  });
  if (first?.type !== 'yaml') return { frontMatter: undefined, content: withoutComments(root.children) };
  return { frontMatter: { text: first.value, linesBefore: 1 }, content: withoutComments(rest) };
}

function parseTree(text: string): Root {
  const children = readBlocks(text, (piece) => processor.parse(piece).children);
  return children === undefined ? parseWhole(text) : { type: 'root', children };
}

/** By CommonMark's whole grammar, which takes ten times as long. */
export function parseWhole(text: string): Root {
  const blanked = blankCode(text);
  const root: Root = processor.parse(blanked.text);
  const codes: RootContent[] = [];
  visit(root.children, (node) => {
    if (node.type === 'code') codes.push(node);
  });
  return restoreCode(blanked.blocks, codes) ? root : processor.parse(text);
}

function withoutComments(nodes: readonly RootContent[]): RootContent[] {
  return nodes.filter((node) => node.type !== 'html');
}

export function visit(nodes: readonly RootContent[], found: (node: RootContent) => void): void {
  for (const node of nodes) {
    found(node);
    if ('children' in node) visit(node.children, found);
  }
}

export function positionOf(node: { position?: { start: { line: number; column: number } } | undefined }): {
  line: number;
  column: number;
} {
  return { line: node.position?.start.line ?? 1, column: node.position?.start.column ?? 1 };
}

export function isContainer(node: RootContent, name: string): node is ContainerDirective {
  return node.type === 'containerDirective' && node.name === name;
}

export function attribute(node: ContainerDirective, name: string): string | undefined {
  return node.attributes?.[name] ?? undefined;
}

/** Text of a node without its markup. */
export function plainText(node: RootContent): string {
  if ('value' in node) return node.value;
  if ('children' in node) return node.children.map(plainText).join('');
  return '';
}
