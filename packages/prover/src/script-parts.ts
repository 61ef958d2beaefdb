import type { ScriptOutcome } from './proving-ground.ts';

/** A stretch of a script that is typed in one place. */
interface ScriptPart {
  /** The node whose terminal it is typed in; undefined: the toolbox. */
  readonly node: string | undefined;
  readonly text: string;
}

/** A line that says where what follows is typed; its group is the node, absent for the toolbox. */
export const PLACE_LINE = /^#\s*at:\s*(?:node\/([a-z0-9.-]+)|toolbox)\s*$/u;

/**
 * Cuts a script at its lines `# at: node/<name>` and `# at: toolbox`: what follows is typed in that terminal.
 * A script begins in the toolbox.
 */
function scriptParts(script: string): readonly ScriptPart[] {
  const parts: { node: string | undefined; lines: string[] }[] = [{ node: undefined, lines: [] }];
  for (const line of script.split('\n')) {
    const place = PLACE_LINE.exec(line);
    if (place === null) parts.at(-1)?.lines.push(line);
    else parts.push({ node: place[1], lines: [] });
  }
  return parts
    .map(({ node, lines }) => ({ node, text: lines.join('\n') }))
    .filter(({ text }) => text.trim() !== '');
}

/** Has each part typed where its author would have, one after the other; one that hangs is the last. */
export async function runParts(
  script: string,
  type: (text: string, node: string | undefined) => Promise<ScriptOutcome>,
): Promise<ScriptOutcome> {
  let output = '';
  let exitCode = 0;
  for (const { node, text } of scriptParts(script)) {
    const part = await type(text, node);
    output += part.output;
    if (part.kind === 'hung') return { kind: 'hung', output };
    exitCode = part.exitCode;
  }
  return { kind: 'ended', exitCode, output };
}
