/** The line (from 1) on which an anchor stands: `#some-id` of a directive, or any other text. 1 when it does not. */
export function lineOf(text: string | undefined, anchor: string | undefined): number {
  if (text === undefined || anchor === undefined) return 1;
  const wanted = anchor.startsWith('#') ? `{${anchor}` : anchor;
  const index = text.split('\n').findIndex((line) => {
    const at = line.indexOf(wanted);
    return at >= 0 && !/[a-z0-9-]/.test(line.charAt(at + wanted.length));
  });
  return index < 0 ? 1 : index + 1;
}
