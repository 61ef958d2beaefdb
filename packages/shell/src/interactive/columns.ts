/** Names in columns, filled downwards, as `ls` and readline list them. */
export function inColumns(names: readonly string[], width: number): string {
  const widest = Math.max(1, ...names.map((name) => name.length)) + 2;
  const columns = Math.max(1, Math.floor(width / widest));
  const rows = Math.ceil(names.length / columns);
  let text = '';
  for (let row = 0; row < rows; row++) {
    const line: string[] = [];
    for (let index = row; index < names.length; index += rows) line.push(names[index] ?? '');
    text += `${line.map((name, index) => (index === line.length - 1 ? name : name.padEnd(widest))).join('')}\n`;
  }
  return text;
}
