import { characterClass } from '@podwire/sim';

/** A piece of a pattern: what is quoted stands for itself. */
export interface PatternPiece {
  readonly text: string;
  readonly quoted: boolean;
}

type Element =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly matches: (character: string) => boolean };

/** A shell pattern (POSIX 2.14), matched in time proportional to pattern times text at worst. */
export class Pattern {
  readonly #elements: readonly Element[];
  /** Whether it has special characters at all. */
  readonly special: boolean;

  constructor(pieces: readonly PatternPiece[], ignoreCase = false) {
    const elements: Element[] = [];
    const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
    for (const piece of pieces) {
      if (piece.quoted)
        for (const character of piece.text) elements.push({ kind: 'character', character: fold(character) });
      else elements.push(...parse(fold(piece.text)));
    }
    this.#elements = elements;
    this.special = elements.some((element) => element.kind !== 'character');
  }

  static of(text: string): Pattern {
    return new Pattern([{ text, quoted: false }]);
  }

  matches(text: string): boolean {
    const characters = Array.from(text);
    const elements = this.#elements;
    let [at, element] = [0, 0];
    let [starElement, starAt] = [-1, 0];
    while (at < characters.length) {
      const current = elements[element];
      if (current?.kind === 'star') {
        [starElement, starAt] = [element, at];
        element++;
      } else if (current !== undefined && accepts(current, characters[at] ?? '')) {
        at++;
        element++;
      } else if (starElement >= 0) {
        element = starElement + 1;
        at = ++starAt;
      } else return false;
    }
    while (elements[element]?.kind === 'star') element++;
    return element === elements.length;
  }

  /** Whether a file name starting with a dot may match: only an explicit dot does. */
  get startsWithDot(): boolean {
    const [first] = this.#elements;
    return first?.kind === 'character' && first.character === '.';
  }
}

function accepts(element: Element, character: string): boolean {
  switch (element.kind) {
    case 'character':
      return element.character === character;
    case 'any':
      return true;
    case 'set':
      return element.matches(character) !== element.negated;
    case 'star':
      return false;
  }
}

function parse(text: string): Element[] {
  const characters = Array.from(text);
  const elements: Element[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    if (character === '*') {
      if (elements.at(-1)?.kind !== 'star') elements.push({ kind: 'star' });
    } else if (character === '?') elements.push({ kind: 'any' });
    else if (character === '\\' && index + 1 < characters.length)
      elements.push({ kind: 'character', character: characters[++index] ?? '' });
    else if (character === '[') {
      const set = parseSet(characters, index);
      if (set === undefined) elements.push({ kind: 'character', character });
      else {
        elements.push(set.element);
        index = set.end;
      }
    } else elements.push({ kind: 'character', character });
  }
  return elements;
}

/** A bracket expression that starts at `start`; undefined when it has no end. */
export function parseSet(
  characters: readonly string[],
  start: number,
): { readonly element: Element & { kind: 'set' }; readonly end: number } | undefined {
  let index = start + 1;
  const negated = characters[index] === '!' || characters[index] === '^';
  if (negated) index++;
  const tests: ((character: string) => boolean)[] = [];
  for (let first = true; index < characters.length; first = false) {
    const character = characters[index] ?? '';
    if (character === ']' && !first) {
      return {
        element: { kind: 'set', negated, matches: (candidate) => tests.some((test) => test(candidate)) },
        end: index,
      };
    }
    const named = character === '[' && characters[index + 1] === ':' ? classAt(characters, index) : undefined;
    if (named !== undefined) {
      tests.push(named.test);
      index = named.end + 1;
      continue;
    }
    const low = characters[index] ?? '';
    if (
      characters[index + 1] === '-' &&
      characters[index + 2] !== undefined &&
      characters[index + 2] !== ']'
    ) {
      const high = characters[index + 2] ?? '';
      tests.push((candidate) => candidate >= low && candidate <= high);
      index += 3;
    } else {
      tests.push((candidate) => candidate === low);
      index++;
    }
  }
  return undefined;
}

function classAt(
  characters: readonly string[],
  start: number,
): { readonly test: (character: string) => boolean; readonly end: number } | undefined {
  const text = characters.slice(start, start + 12).join('');
  const name = /^\[:([a-z]+):\]/.exec(text)?.[1];
  const test = name === undefined ? undefined : characterClass(name);
  return name === undefined || test === undefined ? undefined : { test, end: start + name.length + 3 };
}
