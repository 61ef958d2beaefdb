import type { Position, TextBuffer } from '../text-buffer.ts';

/** Where a motion leads, and what an operator takes with it. */
export interface Target {
  readonly to: Position;
  readonly kind: 'exclusive' | 'inclusive' | 'line';
}

type CharacterClass = 'space' | 'word' | 'other';

function classOf(character: string, big: boolean): CharacterClass {
  if (character === '' || /\s/.test(character)) return 'space';
  return big || /[\p{L}\p{N}_]/u.test(character) ? 'word' : 'other';
}

function firstNonBlank(line: string): number {
  return /\S/.exec(line)?.index ?? Math.max(0, line.length - 1);
}

/** `w`: the start of the next word. */
function wordForward(buffer: TextBuffer, big: boolean): Position {
  let { row, column } = buffer.cursor;
  let line = buffer.lines[row] ?? '';
  const start = classOf(line.charAt(column), big);
  while (column < line.length && start !== 'space' && classOf(line.charAt(column), big) === start) column++;
  for (;;) {
    while (column < line.length && classOf(line.charAt(column), big) === 'space') column++;
    if (column < line.length || row >= buffer.lines.length - 1) return { row, column };
    row++;
    column = 0;
    line = buffer.lines[row] ?? '';
    if (line === '') return { row, column };
  }
}

/** `b`: the start of this word or the one before. */
function wordBackward(buffer: TextBuffer, big: boolean): Position {
  let { row, column } = buffer.cursor;
  for (;;) {
    const line = buffer.lines[row] ?? '';
    column--;
    while (column >= 0 && classOf(line.charAt(column), big) === 'space') column--;
    if (column >= 0) {
      const kind = classOf(line.charAt(column), big);
      while (column > 0 && classOf(line.charAt(column - 1), big) === kind) column--;
      return { row, column };
    }
    if (row === 0) return { row: 0, column: 0 };
    row--;
    column = (buffer.lines[row] ?? '').length;
    if (column === 0) return { row, column };
  }
}

/** `e`: the end of this word or the next. */
function wordEnd(buffer: TextBuffer, big: boolean): Position {
  let { row, column } = buffer.cursor;
  column++;
  for (;;) {
    const line = buffer.lines[row] ?? '';
    while (column < line.length && classOf(line.charAt(column), big) === 'space') column++;
    if (column < line.length) {
      const kind = classOf(line.charAt(column), big);
      while (column + 1 < line.length && classOf(line.charAt(column + 1), big) === kind) column++;
      return { row, column };
    }
    if (row >= buffer.lines.length - 1) return { row, column: Math.max(0, line.length - 1) };
    row++;
    column = 0;
  }
}

function repeat(buffer: TextBuffer, count: number, step: (buffer: TextBuffer) => Position): Position {
  const before = buffer.cursor;
  for (let round = 0; round < count; round++) {
    const next = step(buffer);
    if (next.row === buffer.row && next.column === buffer.column) break;
    buffer.moveTo(next);
  }
  const result = buffer.cursor;
  buffer.moveTo(before);
  return result;
}

const PAIRS: Readonly<Record<string, string>> = {
  '(': ')',
  '[': ']',
  '{': '}',
  ')': '(',
  ']': '[',
  '}': '{',
};

function matchingBracket(buffer: TextBuffer): Position | undefined {
  const offset = buffer.line.slice(buffer.column).search(/[()[\]{}]/);
  if (offset < 0) return undefined;
  let { row } = buffer;
  let column = buffer.column + offset;
  const open = buffer.line.charAt(column);
  const close = PAIRS[open] ?? '';
  const step = '([{'.includes(open) ? 1 : -1;
  for (let depth = 0; row >= 0 && row < buffer.lines.length;) {
    const character = (buffer.lines[row] ?? '').charAt(column);
    if (character === open) depth++;
    if (character === close && --depth === 0) return { row, column };
    column += step;
    while (
      row >= 0 &&
      row < buffer.lines.length &&
      (column < 0 || column >= (buffer.lines[row] ?? '').length)
    ) {
      row += step;
      column = step > 0 ? 0 : (buffer.lines[row] ?? '').length - 1;
    }
  }
  return undefined;
}

function paragraph(buffer: TextBuffer, step: 1 | -1): Position {
  const last = buffer.lines.length - 1;
  let row = buffer.row + step;
  while (row > 0 && row < last && (buffer.lines[row] ?? '') !== '') row += step;
  return {
    row: Math.max(0, Math.min(last, row)),
    column: row >= last && step > 0 ? (buffer.lines.at(-1) ?? '').length : 0,
  };
}

function lineTarget(buffer: TextBuffer, row: number, column?: number): Target {
  const bounded = Math.max(0, Math.min(buffer.lines.length - 1, row));
  return { to: { row: bounded, column: column ?? firstNonBlank(buffer.lines[bounded] ?? '') }, kind: 'line' };
}

/** The motions of one key. `count` is undefined when none was typed. undefined: not a motion, or one that fails. */
export function motion(
  buffer: TextBuffer,
  key: string,
  count: number | undefined,
  pageRows: number,
): Target | undefined {
  const times = count ?? 1;
  const { row, column } = buffer;
  const last = buffer.lines.length - 1;
  switch (key) {
    case 'h':
      return { to: { row, column: Math.max(0, column - times) }, kind: 'exclusive' };
    case 'l':
    case ' ':
      return { to: { row, column: Math.min(buffer.line.length, column + times) }, kind: 'exclusive' };
    case 'j':
      return row < last ? lineTarget(buffer, row + times, column) : undefined;
    case 'k':
      return row > 0 ? lineTarget(buffer, row - times, column) : undefined;
    case '+':
    case 'enter':
      return row < last ? lineTarget(buffer, row + times) : undefined;
    case '-':
      return row > 0 ? lineTarget(buffer, row - times) : undefined;
    case '0':
      return { to: { row, column: 0 }, kind: 'exclusive' };
    case '^':
    case '_':
      return { to: { row, column: firstNonBlank(buffer.line) }, kind: 'exclusive' };
    case '$': {
      const to = Math.min(last, row + times - 1);
      return { to: { row: to, column: Math.max(0, (buffer.lines[to] ?? '').length - 1) }, kind: 'inclusive' };
    }
    case 'w':
    case 'W':
      return { to: repeat(buffer, times, (text) => wordForward(text, key === 'W')), kind: 'exclusive' };
    case 'b':
    case 'B':
      return { to: repeat(buffer, times, (text) => wordBackward(text, key === 'B')), kind: 'exclusive' };
    case 'e':
    case 'E':
      return { to: repeat(buffer, times, (text) => wordEnd(text, key === 'E')), kind: 'inclusive' };
    case 'G':
      return lineTarget(buffer, count === undefined ? last : count - 1);
    case 'gg':
      return lineTarget(buffer, times - 1);
    case '{':
      return { to: paragraph(buffer, -1), kind: 'exclusive' };
    case '}':
      return { to: paragraph(buffer, 1), kind: 'exclusive' };
    case '%': {
      const to = matchingBracket(buffer);
      return to === undefined ? undefined : { to, kind: 'inclusive' };
    }
    case 'page-down':
      return lineTarget(buffer, row + pageRows * times, column);
    case 'page-up':
      return lineTarget(buffer, row - pageRows * times, column);
    case 'half-down':
      return lineTarget(buffer, row + Math.ceil(pageRows / 2), column);
    case 'half-up':
      return lineTarget(buffer, row - Math.ceil(pageRows / 2), column);
    default:
      return undefined;
  }
}

/** `f`, `t`, `F`, `T` and their character. */
export function findCharacter(
  buffer: TextBuffer,
  key: string,
  character: string,
  count: number,
): Target | undefined {
  const forward = key === 'f' || key === 't';
  let at = buffer.column;
  for (let round = 0; round < count; round++) {
    at = forward
      ? buffer.line.indexOf(character, at + 1)
      : at === 0
        ? -1
        : buffer.line.lastIndexOf(character, at - 1);
    if (at < 0) return undefined;
  }
  const column = key === 't' ? at - 1 : key === 'T' ? at + 1 : at;
  return { to: { row: buffer.row, column }, kind: forward ? 'inclusive' : 'exclusive' };
}

/** `iw`, `i"`, `i(` and the like: the text between two places of a line. */
export function textObject(
  buffer: TextBuffer,
  around: boolean,
  key: string,
): { readonly from: Position; readonly to: Position } | undefined {
  const { line, row, column } = buffer;
  if (key === 'w' || key === 'W') {
    const kind = classOf(line.charAt(column), key === 'W');
    let [start, end] = [column, column];
    while (start > 0 && classOf(line.charAt(start - 1), key === 'W') === kind) start--;
    while (end < line.length && classOf(line.charAt(end), key === 'W') === kind) end++;
    if (around) while (end < line.length && /\s/.test(line.charAt(end))) end++;
    return { from: { row, column: start }, to: { row, column: end } };
  }
  const open = { b: '(', ')': '(', ']': '[', B: '{', '}': '{', '>': '<' }[key] ?? key;
  const close = { '(': ')', '[': ']', '{': '}', '<': '>' }[open] ?? open;
  if (!`"'\`([{<`.includes(open)) return undefined;
  let start = line.charAt(column) === open ? column : column === 0 ? -1 : line.lastIndexOf(open, column - 1);
  if (start < 0) start = line.indexOf(open, column);
  const end = start < 0 ? -1 : line.indexOf(close, start + 1);
  if (end < 0) return undefined;
  return { from: { row, column: around ? start : start + 1 }, to: { row, column: around ? end + 1 : end } };
}
