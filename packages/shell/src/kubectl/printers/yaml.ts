import { goNumber } from '../values/go-text.ts';
import { isObject } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';

/*
 * YAML as sigs.k8s.io/yaml writes it: go-yaml v2's block layout. Keys in its natural order, sequences
 * not indented below their key, lines folded at 80 columns.
 */

/** libyaml's best_width: text is folded at the first space behind this column. */
const FOLD_COLUMN = 80;
/** libyaml's best_indent, in columns. */
const INDENT = 2;
/** Longer keys are written with an explicit `? `. */
const MAX_SIMPLE_KEY_CHARACTERS = 128;

const RESERVED = new Set(
  (
    'y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL ' +
    '.nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF <<'
  ).split(' '),
);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;
const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d*)?(Z|[+-]\d\d:\d\d)?)?$/;

function isTimestamp(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const [, , month, day, hour, minute, second, zone] = match;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return false;
  if (hour === undefined) return true;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return false;
  return /[Tt]/.test(text) ? zone !== undefined : zone === undefined;
}

/** Whether a reader would take the bare text for something else than text. */
function readsAsOther(text: string): boolean {
  if (text === '' || RESERVED.has(text) || BASE60.test(text)) return true;
  const first = text[0] ?? '';
  if (first === '.') return FLOAT.test(text);
  if (!/[-+0-9]/.test(first)) return false;
  const plain = text.replaceAll('_', '');
  // Go's ParseInt reads a leading zero as octal; what is left over may still be a float, e.g. 089.
  return isTimestamp(text) || INTEGER.test(plain) || FLOAT.test(plain);
}

function isPrintable(codePoint: number): boolean {
  if (codePoint === 0x0a) return true;
  if (codePoint < 0x20 || (codePoint > 0x7e && codePoint < 0xa0)) return false;
  // go-yaml v2 takes only the basic plane for printable, less surrogates, the BOM and the non-characters.
  return codePoint < 0xd800 || (codePoint >= 0xe000 && codePoint < 0xfffe && codePoint !== 0xfeff);
}

const isBreak = (c: string): boolean =>
  c === '\n' || c === '\r' || c === '\x85' || c === '\u2028' || c === '\u2029';
const isBlank = (c: string | undefined): boolean => c === undefined || c === ' ' || c === '\t';

interface ScalarTraits {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly singleQuoted: boolean;
  readonly block: boolean;
}

/** Which styles can carry the text unchanged. */
function analyze(characters: readonly string[]): ScalarTraits {
  if (characters.length === 0) return { multiline: false, plain: true, singleQuoted: true, block: false };
  const start = characters.slice(0, 3).join('');
  let indicators = start === '---' || start === '...';
  let special = false;
  let lineBreaks = false;
  let edgeSpace = false;
  let trailingSpace = false;
  let breakSpace = false;
  let spaceBreak = false;
  let previous: 'space' | 'break' | 'other' = 'other';
  let afterBlank = true;
  for (const [i, c] of characters.entries()) {
    const next = characters[i + 1];
    const first = i === 0;
    const last = next === undefined;
    if (first && /[#,[\]{}&*!|>'"%@`]/.test(c)) indicators = true;
    if (first && (c === '?' || c === '-') && isBlank(next)) indicators = true;
    if (c === ':' && isBlank(next)) indicators = true;
    if (!first && c === '#' && afterBlank) indicators = true;
    if (!isPrintable(c.codePointAt(0) ?? 0)) special = true;
    if (c === ' ') {
      if (first || last) edgeSpace = true;
      if (last) trailingSpace = true;
      if (previous === 'break') breakSpace = true;
      previous = 'space';
    } else if (isBreak(c)) {
      lineBreaks = true;
      if (first || last) edgeSpace = true;
      if (previous === 'space') spaceBreak = true;
      previous = 'break';
    } else {
      previous = 'other';
    }
    afterBlank = isBlank(c) || isBreak(c);
  }
  const unsafe = spaceBreak || special;
  return {
    multiline: lineBreaks,
    plain: !(edgeSpace || breakSpace || unsafe || lineBreaks || indicators),
    singleQuoted: !(breakSpace || unsafe),
    block: !(trailingSpace || unsafe),
  };
}

const DOUBLE_QUOTED_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);

function escaped(codePoint: number): string {
  const short = DOUBLE_QUOTED_ESCAPES.get(codePoint);
  if (short !== undefined) return `\\${short}`;
  const hex = codePoint.toString(16).toUpperCase();
  if (codePoint <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return codePoint <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

class Emitter {
  private readonly parts: string[] = [];
  private column = 0;

  text(): string {
    return this.parts.join('');
  }

  private put(text: string): void {
    this.parts.push(text);
    this.column += text.length;
  }

  private newline(indent: number): void {
    this.parts.push('\n', ' '.repeat(indent));
    this.column = indent;
  }

  /** A value behind `key:` (`mapping`), behind `- ` (`sequence`), or alone (`root`). */
  value(value: JsonValue, indent: number, place: 'mapping' | 'sequence' | 'root'): void {
    if (Array.isArray(value) && value.length > 0) {
      // A sequence below a key stands in the key's own column.
      const margin = place === 'mapping' ? indent : place === 'sequence' ? indent + INDENT : 0;
      this.sequence(value, margin, place);
    } else if (isObject(value) && Object.keys(value).length > 0) {
      const margin = place === 'root' ? 0 : indent + INDENT;
      this.mapping(value, margin, place);
    } else {
      if (place === 'mapping') this.put(' ');
      if (Array.isArray(value)) this.put('[]');
      else if (isObject(value)) this.put('{}');
      else this.scalar(value, Math.max(indent, 0) + INDENT, false);
    }
  }

  private sequence(
    items: readonly JsonValue[],
    margin: number,
    place: 'mapping' | 'sequence' | 'root',
  ): void {
    items.forEach((item, i) => {
      if (i > 0 || place === 'mapping') this.newline(margin);
      this.put('- ');
      this.value(item, margin, 'sequence');
    });
  }

  private mapping(object: JsonObject, margin: number, place: 'mapping' | 'sequence' | 'root'): void {
    naturalKeys(object).forEach((key, i) => {
      if (i > 0 || place === 'mapping') this.newline(margin);
      const characters = [...key];
      if (characters.length > MAX_SIMPLE_KEY_CHARACTERS || analyze(characters).multiline) {
        this.put('? ');
        this.scalar(key, margin + INDENT, false);
        this.newline(margin);
      } else {
        this.scalar(key, margin + INDENT, true);
      }
      this.put(':');
      this.value(object[key] ?? null, margin, 'mapping');
    });
  }

  private scalar(value: null | boolean | number | string, indent: number, isKey: boolean): void {
    if (typeof value !== 'string') {
      this.put(typeof value === 'number' ? goNumber(value) : String(value));
      return;
    }
    const characters = [...value];
    const traits = analyze(characters);
    if (value.includes('\n')) {
      if (traits.block && !isKey) this.literal(characters, indent);
      else this.doubleQuoted(characters, indent, !isKey);
    } else if (readsAsOther(value)) {
      this.doubleQuoted(characters, indent, !isKey);
    } else if (traits.plain) {
      this.folded(characters, indent, !isKey, false);
    } else if (traits.singleQuoted) {
      this.put("'");
      this.folded(characters, indent, !isKey, true);
      this.put("'");
    } else {
      this.doubleQuoted(characters, indent, !isKey);
    }
  }

  private folded(characters: readonly string[], indent: number, mayFold: boolean, quoted: boolean): void {
    let spaces = false;
    characters.forEach((c, i) => {
      if (c === ' ') {
        const inside = !quoted || (i > 0 && i < characters.length - 1);
        if (mayFold && !spaces && this.column > FOLD_COLUMN && inside && characters[i + 1] !== ' ')
          this.newline(indent);
        else this.put(c);
        spaces = true;
      } else {
        this.put(quoted && c === "'" ? "''" : c);
        // A doubled quote and a wide character are one and one column to libyaml.
        this.column += 1 - c.length;
        spaces = false;
      }
    });
  }

  private doubleQuoted(characters: readonly string[], indent: number, mayFold: boolean): void {
    this.put('"');
    let spaces = false;
    characters.forEach((c, i) => {
      const codePoint = c.codePointAt(0) ?? 0;
      if (!isPrintable(codePoint) || isBreak(c) || c === '"' || c === '\\') {
        this.put(escaped(codePoint));
        spaces = false;
      } else if (c === ' ') {
        if (mayFold && !spaces && this.column > FOLD_COLUMN && i > 0 && i < characters.length - 1) {
          this.newline(indent);
          if (characters[i + 1] === ' ') this.put('\\');
        } else {
          this.put(c);
        }
        spaces = true;
      } else {
        this.put(c);
        spaces = false;
      }
    });
    this.put('"');
  }

  private literal(characters: readonly string[], indent: number): void {
    this.put('|');
    const [first] = characters;
    if (first !== undefined && (first === ' ' || isBreak(first))) this.put(INDENT.toString());
    const last = characters.at(-1) ?? '';
    if (!isBreak(last)) this.put('-');
    else if (characters.length === 1 || isBreak(characters.at(-2) ?? '')) this.put('+');
    let breaks = true;
    this.parts.push('\n');
    this.column = 0;
    characters.forEach((c, i) => {
      if (isBreak(c)) {
        // The line break that ends the scalar is written by whatever follows it.
        if (i < characters.length - 1 || c !== '\n') this.parts.push(c);
        this.column = 0;
        breaks = true;
        return;
      }
      if (breaks) {
        this.parts.push(' '.repeat(indent));
        this.column = indent;
      }
      this.put(c);
      breaks = false;
    });
  }
}

/** go-yaml's order of keys: letters before digits runs by value, e.g. `a2` before `a10`. */
function naturalKeys(object: JsonObject): readonly string[] {
  return Object.keys(object).sort(compareNaturally);
}

const isLetter = (c: string): boolean => /\p{L}/u.test(c);
const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';

export function compareNaturally(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const l = left[i] ?? '';
    const r = right[i] ?? '';
    if (l === r) continue;
    if (isLetter(l) && isLetter(r)) return l < r ? -1 : 1;
    if (isLetter(l) || isLetter(r)) return isLetter(r) ? -1 : 1;
    return compareDigits(left, right, i);
  }
  return left.length - right.length;
}

function compareDigits(left: readonly string[], right: readonly string[], at: number): number {
  let leftNumber = 0;
  let rightNumber = 0;
  if (left[at] === '0' || right[at] === '0') {
    for (let j = at - 1; j >= 0 && isDigit(left[j]); j -= 1) {
      if (left[j] !== '0') {
        leftNumber = 1;
        rightNumber = 1;
        break;
      }
    }
  }
  let leftEnd = at;
  let rightEnd = at;
  for (; isDigit(left[leftEnd]); leftEnd += 1) leftNumber = leftNumber * 10 + Number(left[leftEnd]);
  for (; isDigit(right[rightEnd]); rightEnd += 1) rightNumber = rightNumber * 10 + Number(right[rightEnd]);
  if (leftNumber !== rightNumber) return leftNumber - rightNumber;
  if (leftEnd !== rightEnd) return leftEnd - rightEnd;
  return (left[at] ?? '') < (right[at] ?? '') ? -1 : 1;
}

/** One YAML document, ended by a line break. */
export function goYaml(value: JsonValue): string {
  const emitter = new Emitter();
  emitter.value(value, -INDENT, 'root');
  return `${emitter.text()}\n`;
}
