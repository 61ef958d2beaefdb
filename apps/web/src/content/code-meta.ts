import type { Code } from 'mdast';

/** A command that a reader can run: ```` ```sh run ````. */
export function isRun(node: Code): boolean {
  return (node.meta ?? '').split(/\s+/).includes('run');
}

/** The terminal that it belongs into: `sh run in=node/podwire-worker`. */
export function placeOfCode(node: Code): string | undefined {
  return /(?:^|\s)in=(\S+)/.exec(node.meta ?? '')?.[1];
}

/** What it printed in the simulation when the page was made. */
export function outputOf(node: Code): string | undefined {
  const data: { readonly output?: string } | undefined = node.data;
  return data?.output;
}

export function withOutput(node: Code, output: string): Code {
  return { ...node, data: { ...node.data, output } };
}
