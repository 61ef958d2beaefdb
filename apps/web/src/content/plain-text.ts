import type { RootContent } from 'mdast';

/** The words of a node without their markup. */
export function plainText(node: RootContent): string {
  if ('value' in node) return node.value;
  if ('children' in node) return node.children.map((child) => plainText(child)).join('');
  return '';
}

/** An id for a heading: its words in lower case, joined by hyphens. Letters of every script stay. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
}

export interface Section {
  readonly id: string;
  readonly title: string;
}

/** The sections of a text, for its table of contents. */
export function sectionsOf(nodes: readonly RootContent[]): readonly Section[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'heading' || node.depth > 2) return [];
    const title = plainText(node);
    return [{ id: slugOf(title), title }];
  });
}
