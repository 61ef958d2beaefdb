import type { FileSystem } from '@podwire/machine';
import { Pattern } from './pattern.ts';
import type { PatternPiece } from './pattern.ts';

/** The most names one pattern expands to; beyond it the pattern stays as it is. */
const MAX_MATCHES = 10_000;

/** File names that match, sorted; undefined when none does and the word stays as written. */
export function globFiles(
  fs: FileSystem,
  cwd: string,
  pieces: readonly PatternPiece[],
): readonly string[] | undefined {
  const segments = splitSegments(pieces);
  const absolute = segments.length > 1 && (segments[0]?.length ?? 0) === 0;
  let found: string[] = [absolute ? '/' : ''];
  const from = absolute ? 1 : 0;
  for (let index = from; index < segments.length; index++) {
    const segment = segments[index] ?? [];
    const last = index === segments.length - 1;
    const next: string[] = [];
    for (const prefix of found) {
      next.push(...matchSegment(fs, cwd, prefix, segment, last));
      if (next.length > MAX_MATCHES) return undefined;
    }
    found = next;
  }
  return found.length === 0 ? undefined : found.sort();
}

function splitSegments(pieces: readonly PatternPiece[]): PatternPiece[][] {
  const segments: PatternPiece[][] = [[]];
  for (const piece of pieces) {
    piece.text.split('/').forEach((text, index) => {
      if (index > 0) segments.push([]);
      if (text !== '') segments.at(-1)?.push({ text, quoted: piece.quoted });
    });
  }
  return segments;
}

function matchSegment(
  fs: FileSystem,
  cwd: string,
  prefix: string,
  segment: readonly PatternPiece[],
  last: boolean,
): string[] {
  const join = (name: string): string => `${prefix}${name}${last ? '' : '/'}`;
  const place = (name: string): string => `${prefix.startsWith('/') ? '' : `${cwd}/`}${prefix}${name}`;
  if (segment.length === 0)
    return [last ? prefix : `${prefix}/`].filter(() => !last || fs.stat(place('')).ok);
  const pattern = new Pattern(segment);
  if (!pattern.special) {
    const name = segment
      .map((piece) => (piece.quoted ? piece.text : piece.text.replace(/\\(.)/g, '$1')))
      .join('');
    return fs.lstat(place(name)).ok ? [join(name)] : [];
  }
  const names = fs.list(place('') || '/');
  if (!names.ok) return [];
  return names.value
    .filter((name) => (!name.startsWith('.') || pattern.startsWithDot) && pattern.matches(name))
    .filter((name) => last || isDirectory(fs, place(name)))
    .map(join);
}

function isDirectory(fs: FileSystem, path: string): boolean {
  const info = fs.stat(path);
  return info.ok && info.value.kind === 'directory';
}
