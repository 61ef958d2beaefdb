import { absolutePath } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { writeBytes } from '../../stdio/output.ts';
import { has, valueOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import type { Url } from '../url.ts';

/** Where a body goes: a file, or with an empty text standard output. undefined when `-O` finds no name. */
export function outputOf(
  process: Process,
  args: Arguments,
  url: Url,
  named: string | undefined,
): string | undefined {
  const own = named ?? (has(args, 'O') ? url.target.replace(/\?.*$/, '').replace(/^.*\//, '') : '-');
  if (own === '') return undefined;
  if (own === '-') return '';
  const folder = valueOf(args, 'output-dir');
  const path = absolutePath(process.cwd, folder === undefined ? own : `${folder}/${own}`);
  if (has(args, 'create-dirs')) process.fs.mkdir(path.slice(0, path.lastIndexOf('/')), { parents: true });
  if (!has(args, 'no-clobber')) return path;
  for (let copy = 0; copy < MAX_COPIES; copy++) {
    const free = copy === 0 ? path : `${path}.${copy}`;
    if (!process.fs.stat(free).ok) return free;
  }
  return undefined;
}

/** Names that --no-clobber tries. */
const MAX_COPIES = 100;

/** To a file, or with `-` to standard output. */
export function* save(process: Process, file: string, data: Uint8Array): Task<void> {
  if (file === '-') yield* writeBytes(process.stdout, data);
  else process.fs.writeFile(absolutePath(process.cwd, file), data);
}
