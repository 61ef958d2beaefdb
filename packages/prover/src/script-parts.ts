/** A stretch of a script that is typed in one place. */
interface ScriptPart {
  /** The node whose terminal it is typed in; undefined: the toolbox. */
  readonly node: string | undefined;
  readonly text: string;
}

const PLACE = /^#\s*at:\s*(?:node\/([a-z0-9.-]+)|toolbox)\s*$/;

/**
 * Cuts a script at its lines `# at: node/<name>` and `# at: toolbox`: what follows is typed in that terminal.
 * A script begins in the toolbox.
 */
export function scriptParts(script: string): readonly ScriptPart[] {
  const parts: { node: string | undefined; lines: string[] }[] = [{ node: undefined, lines: [] }];
  for (const line of script.split('\n')) {
    const place = PLACE.exec(line);
    if (place === null) parts.at(-1)?.lines.push(line);
    else parts.push({ node: place[1], lines: [] });
  }
  return parts
    .map(({ node, lines }) => ({ node, text: lines.join('\n') }))
    .filter(({ text }) => text.trim() !== '');
}
