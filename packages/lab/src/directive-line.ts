/** The line, from 1, on which a task or a check begins, readable or not; undefined: it is not there, or not `after` that line. */
export function directiveLine(
  text: string,
  part: 'task' | 'check',
  id: string,
  after = 0,
): number | undefined {
  const begins = new RegExp(`^:{3,}\\s*${part}\\{#${id}[\\s}]`, 'u');
  const line = text.split('\n').findIndex((each, at) => at >= after && begins.test(each));
  return line < 0 ? undefined : line + 1;
}
