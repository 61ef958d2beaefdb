import type { FileInfo } from '@podwire/machine';

/** `-rw-r--r--`. */
export function modeText(info: FileInfo): string {
  const kind =
    info.device !== undefined ? 'c' : info.kind === 'directory' ? 'd' : info.kind === 'symlink' ? 'l' : '-';
  const letters = [6, 3, 0].map((shift) => {
    const bits = info.mode >> shift;
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${(bits & 1) !== 0 ? 'x' : '-'}`;
  });
  const text = kind + letters.join('');
  if ((info.mode & 0o1000) === 0) return text;
  return text.slice(0, -1) + (text.endsWith('x') ? 't' : 'T');
}

/** `644`, `u+x`, `go-w`, `a=r`, separated by commas; undefined when it is no mode. */
export function parseMode(text: string, current: number): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return parseInt(text, 8);
  let mode = current;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (match === null) return undefined;
    const who = match[1] === '' || match[1]?.includes('a') === true ? 'ugo' : (match[1] ?? '');
    const execute =
      (match[3] ?? '').includes('x') || ((match[3] ?? '').includes('X') && (current & 0o111) !== 0);
    const bits =
      ((match[3] ?? '').includes('r') ? 4 : 0) | ((match[3] ?? '').includes('w') ? 2 : 0) | (execute ? 1 : 0);
    for (const [letter, shift] of [
      ['u', 6],
      ['g', 3],
      ['o', 0],
    ] as const) {
      if (!who.includes(letter)) continue;
      if (match[2] === '+') mode |= bits << shift;
      else if (match[2] === '-') mode &= ~(bits << shift);
      else mode = (mode & ~(7 << shift)) | (bits << shift);
    }
  }
  return mode;
}
