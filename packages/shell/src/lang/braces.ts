import type { WordPart } from './ast.ts';

/** The most words that braces may make of one: `{1..100000}` is a typing error, not a wish. */
const MAX_SEQUENCE = 10_000;

type Piece = { readonly part: WordPart } | { readonly character: '{' | '}' | ',' };

/**
 * Marks `{a,b}` and `{1..5}` in a word's unquoted text. Parts without braces come back unchanged.
 * The result holds `braces` parts; `multiplyBraces` makes words of them.
 */
export function expandBraces(parts: readonly WordPart[]): readonly WordPart[] {
  if (!parts.some((part) => part.kind === 'literal' && !part.quoted && part.text.includes('{'))) return parts;
  const pieces: Piece[] = [];
  for (const part of parts) {
    if (part.kind !== 'literal' || part.quoted) {
      pieces.push({ part });
      continue;
    }
    for (const text of part.text.split(/([{},])/)) {
      if (text === '{' || text === '}' || text === ',') pieces.push({ character: text });
      else if (text !== '') pieces.push({ part: { kind: 'literal', text, quoted: false } });
    }
  }
  return merge(readPieces(pieces, 0, pieces.length));
}

function literal(text: string): WordPart {
  return { kind: 'literal', text, quoted: false };
}

function readPieces(pieces: readonly Piece[], start: number, end: number): WordPart[] {
  const result: WordPart[] = [];
  for (let index = start; index < end; index++) {
    const piece = pieces[index];
    if (piece === undefined) break;
    if ('part' in piece) {
      result.push(piece.part);
      continue;
    }
    const group = piece.character === '{' ? findGroup(pieces, index, end) : undefined;
    const alternatives = group === undefined ? undefined : alternativesOf(pieces, index, group);
    if (group === undefined || alternatives === undefined) {
      result.push(literal(piece.character));
      continue;
    }
    result.push({ kind: 'braces', alternatives });
    index = group.close;
  }
  return result;
}

interface Group {
  readonly close: number;
  readonly commas: readonly number[];
}

function findGroup(pieces: readonly Piece[], open: number, end: number): Group | undefined {
  let depth = 0;
  const commas: number[] = [];
  for (let index = open; index < end; index++) {
    const piece = pieces[index];
    if (piece === undefined || 'part' in piece) continue;
    if (piece.character === '{') depth++;
    else if (piece.character === ',' && depth === 1) commas.push(index);
    else if (piece.character === '}' && --depth === 0) return { close: index, commas };
  }
  return undefined;
}

function alternativesOf(
  pieces: readonly Piece[],
  open: number,
  group: Group,
): readonly (readonly WordPart[])[] | undefined {
  if (group.commas.length === 0) return sequenceOf(pieces.slice(open + 1, group.close));
  const bounds = [open, ...group.commas, group.close];
  return bounds.slice(1).map((bound, index) => merge(readPieces(pieces, (bounds[index] ?? 0) + 1, bound)));
}

function sequenceOf(pieces: readonly Piece[]): readonly (readonly WordPart[])[] | undefined {
  const [only] = pieces;
  if (pieces.length !== 1 || only === undefined || !('part' in only) || only.part.kind !== 'literal')
    return undefined;
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(only.part.text);
  if (numbers !== null) return numericSequence(numbers[1] ?? '', numbers[2] ?? '', Number(numbers[3] ?? 1));
  const letters = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?$/.exec(only.part.text);
  if (letters === null) return undefined;
  return range(
    (letters[1] ?? '').charCodeAt(0),
    (letters[2] ?? '').charCodeAt(0),
    Number(letters[3] ?? 1),
  )?.map((code) => [literal(String.fromCharCode(code))]);
}

function numericSequence(
  from: string,
  to: string,
  step: number,
): readonly (readonly WordPart[])[] | undefined {
  const padded = /^-?0\d/.test(from) || /^-?0\d/.test(to);
  const width = padded ? Math.max(from.length, to.length) : 0;
  return range(Number(from), Number(to), step)?.map((value) => {
    const digits = String(Math.abs(value));
    return [literal(value < 0 ? `-${digits.padStart(width - 1, '0')}` : digits.padStart(width, '0'))];
  });
}

function range(from: number, to: number, step: number): number[] | undefined {
  const stride = Math.max(1, Math.abs(step));
  const count = Math.floor(Math.abs(to - from) / stride) + 1;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || count > MAX_SEQUENCE) return undefined;
  return Array.from({ length: count }, (_, index) =>
    from <= to ? from + index * stride : from - index * stride,
  );
}

/** Joins neighbouring unquoted literals. */
function merge(parts: readonly WordPart[]): WordPart[] {
  const result: WordPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.kind === 'literal' && !part.quoted && last?.kind === 'literal' && !last.quoted)
      result[result.length - 1] = literal(last.text + part.text);
    else result.push(part);
  }
  return result;
}

/** All words that a word with braces stands for, in order; undefined when there are too many. */
export function multiplyBraces(parts: readonly WordPart[]): readonly (readonly WordPart[])[] | undefined {
  let words: WordPart[][] = [[]];
  for (const part of parts) {
    if (part.kind !== 'braces') {
      for (const word of words) word.push(part);
      continue;
    }
    const choices: (readonly WordPart[])[] = [];
    for (const alternative of part.alternatives) {
      const inner = multiplyBraces(alternative);
      if (inner === undefined) return undefined;
      choices.push(...inner);
    }
    if (words.length * choices.length > MAX_SEQUENCE) return undefined;
    words = words.flatMap((word) => choices.map((choice) => [...word, ...choice]));
  }
  return words.map(merge);
}
