import { characterClass } from './character-class.ts';

/**
 * Regular expressions that cannot run away: every state is visited at most once for a position, so a
 * search costs program times text. POSIX syntaxes take the longest match, `perl` the first.
 */
export interface RegexOptions {
  readonly syntax: 'basic' | 'extended' | 'perl';
  readonly ignoreCase?: boolean;
  /** `^` and `$` match at line breaks inside the text too. */
  readonly multiline?: boolean;
  /** `.` matches a line feed too. */
  readonly dotAll?: boolean;
}

export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** Group 0 is the whole match. */
  readonly groups: readonly (string | undefined)[];
  readonly spans: readonly (readonly [start: number, end: number] | undefined)[];
}

/** The most instructions of one expression, and the most states (instructions times positions) of one search. */
const MAX_PROGRAM = 20_000;
const MAX_STATES = 2 ** 28;
/** Back-references spoil the bound above; searches with them stop after this many steps. */
const MAX_BACKTRACKS = 200_000;
const MAX_REPEAT = 1000;
const MAX_DEPTH = 100;

type Test = (character: string) => boolean;
type AssertKind =
  | 'line-start'
  | 'line-end'
  | 'text-start'
  | 'text-end'
  | 'boundary'
  | 'no-boundary'
  | 'word-start'
  | 'word-end';

type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'sequence' | 'alternatives'; readonly nodes: readonly Node[] }
  | { readonly kind: 'group'; readonly index: number; readonly inner: Node }
  | {
      readonly kind: 'repeat';
      readonly inner: Node;
      readonly minimum: number;
      readonly maximum: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'assert'; readonly assertion: AssertKind }
  | { readonly kind: 'reference'; readonly index: number };

type Instruction =
  | { readonly op: 'literal'; readonly character: string }
  | { readonly op: 'test'; readonly test: Test }
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly assertion: AssertKind }
  | { readonly op: 'reference'; readonly index: number }
  | { readonly op: 'match' };

class RegexError extends Error {}

export class Regex {
  readonly #program: readonly Instruction[];
  readonly #groupCount: number;
  readonly #options: RegexOptions;
  readonly #hasReferences: boolean;
  /** Text that every match begins with. */
  readonly #prefix: string;
  readonly groupNames: ReadonlyMap<string, number>;
  #visited = new Uint32Array(0);

  private constructor(
    node: Node,
    groupCount: number,
    groupNames: ReadonlyMap<string, number>,
    options: RegexOptions,
  ) {
    const program: Instruction[] = [];
    emit(program, node);
    program.push({ op: 'match' });
    this.#program = program;
    this.#groupCount = groupCount;
    this.#options = options;
    this.groupNames = groupNames;
    this.#hasReferences = program.some((instruction) => instruction.op === 'reference');
    let prefix = '';
    if (options.ignoreCase !== true) {
      for (const instruction of program) {
        if (instruction.op === 'save') continue;
        if (instruction.op !== 'literal') break;
        prefix += instruction.character;
      }
    }
    this.#prefix = prefix;
  }

  static compile(
    source: string,
    options: RegexOptions,
  ): { readonly ok: true; readonly value: Regex } | { readonly ok: false; readonly message: string } {
    try {
      const parser = new Parser(source, options);
      const node = parser.parse();
      return { ok: true, value: new Regex(node, parser.groupCount, parser.groupNames, parser.effective) };
    } catch (error) {
      if (error instanceof RegexError) return { ok: false, message: error.message };
      throw error;
    }
  }

  test(text: string): boolean {
    return this.search(text, 0) !== undefined;
  }

  /** The leftmost match at or after `from`. */
  search(text: string, from: number): RegexMatch | undefined {
    if (this.#program.length * (text.length + 1) > MAX_STATES) return undefined;
    this.#clearVisited(text.length);
    const budget = { left: MAX_BACKTRACKS };
    for (let start = from; start <= text.length; start++) {
      if (this.#prefix !== '') {
        start = text.indexOf(this.#prefix, start);
        if (start < 0) return undefined;
      }
      const match = this.#matchAt(text, start, budget);
      if (match !== undefined) return match;
      if (this.#hasReferences) this.#clearVisited(text.length);
      if (isHighSurrogate(text, start)) start++;
    }
    return undefined;
  }

  #clearVisited(length: number): void {
    const words = Math.ceil((this.#program.length * (length + 1)) / 32);
    if (this.#visited.length < words) this.#visited = new Uint32Array(words);
    else this.#visited.fill(0, 0, words);
  }

  #firstVisit(state: number): boolean {
    const word = state >>> 5;
    const bit = 1 << (state & 31);
    const before = this.#visited[word] ?? 0;
    if ((before & bit) !== 0) return false;
    this.#visited[word] = before | bit;
    return true;
  }

  #matchAt(text: string, start: number, budget: { left: number }): RegexMatch | undefined {
    const longest = this.#options.syntax !== 'perl';
    const slots: number[] = new Array<number>((this.#groupCount + 1) * 2).fill(-1);
    // Three numbers a job: program counter, position, and (for counter -1) the slot whose old value the position is.
    const jobs: number[] = [0, start, 0];
    let best: { readonly end: number; readonly slots: readonly number[] } | undefined;
    while (jobs.length > 0) {
      const slot = jobs.pop() ?? 0;
      let at = jobs.pop() ?? 0;
      let counter = jobs.pop() ?? 0;
      if (counter < 0) {
        slots[slot] = at;
        continue;
      }
      for (;;) {
        if (this.#hasReferences) {
          if (--budget.left < 0) return undefined;
        } else if (!this.#firstVisit(counter * (text.length + 1) + at)) break;
        const instruction = this.#program[counter];
        if (instruction === undefined) break;
        if (instruction.op === 'match') {
          if (best === undefined || at > best.end) best = { end: at, slots: [...slots] };
          if (!longest) return toMatch(text, start, best);
          break;
        }
        if (instruction.op === 'split') {
          jobs.push(instruction.second, at, 0);
          counter = instruction.first;
          continue;
        }
        if (instruction.op === 'jump') {
          counter = instruction.to;
          continue;
        }
        if (instruction.op === 'save') {
          jobs.push(-1, slots[instruction.slot] ?? -1, instruction.slot);
          slots[instruction.slot] = at;
          counter++;
          continue;
        }
        const width = this.#consume(instruction, text, at, slots);
        if (width < 0) break;
        at += width;
        counter++;
      }
    }
    return best === undefined ? undefined : toMatch(text, start, best);
  }

  /** How much an instruction takes, or -1 when it doesn't match. */
  #consume(instruction: Instruction, text: string, at: number, slots: readonly number[]): number {
    const { ignoreCase = false } = this.#options;
    switch (instruction.op) {
      case 'literal': {
        if (text.startsWith(instruction.character, at)) return instruction.character.length;
        if (!ignoreCase) return -1;
        const candidate = text.slice(at, at + instruction.character.length);
        return candidate.toLowerCase() === instruction.character.toLowerCase() ? candidate.length : -1;
      }
      case 'test': {
        if (at >= text.length) return -1;
        const character = isHighSurrogate(text, at) ? text.slice(at, at + 2) : text.charAt(at);
        const holds =
          instruction.test(character) ||
          (ignoreCase &&
            (instruction.test(character.toLowerCase()) || instruction.test(character.toUpperCase())));
        return holds ? character.length : -1;
      }
      case 'assert':
        return this.#holds(instruction.assertion, text, at) ? 0 : -1;
      case 'reference': {
        const [start = -1, end = -1] = slots.slice(instruction.index * 2, instruction.index * 2 + 2);
        if (start < 0 || end < 0) return -1;
        const wanted = text.slice(start, end);
        const candidate = text.slice(at, at + wanted.length);
        return candidate === wanted || (ignoreCase && candidate.toLowerCase() === wanted.toLowerCase())
          ? wanted.length
          : -1;
      }
      default:
        return -1;
    }
  }

  #holds(assertion: AssertKind, text: string, at: number): boolean {
    const before = isWord(text.charAt(at - 1));
    const after = isWord(text.charAt(at));
    switch (assertion) {
      case 'line-start':
        return at === 0 || (this.#options.multiline === true && text.charAt(at - 1) === '\n');
      case 'line-end':
        return at === text.length || (this.#options.multiline === true && text.charAt(at) === '\n');
      case 'text-start':
        return at === 0;
      case 'text-end':
        return at === text.length;
      case 'boundary':
        return before !== after;
      case 'no-boundary':
        return before === after;
      case 'word-start':
        return !before && after;
      case 'word-end':
        return before && !after;
    }
  }
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00 && at + 1 < text.length;
}

function isWord(character: string): boolean {
  return /^[\p{L}\p{N}_]$/u.test(character);
}

function toMatch(
  text: string,
  start: number,
  found: { readonly end: number; readonly slots: readonly number[] },
): RegexMatch {
  const spans: (readonly [number, number] | undefined)[] = [[start, found.end]];
  for (let index = 2; index < found.slots.length; index += 2) {
    const [from = -1, to = -1] = found.slots.slice(index, index + 2);
    spans.push(from < 0 || to < 0 ? undefined : [from, to]);
  }
  return {
    start,
    end: found.end,
    spans,
    groups: spans.map((span) => (span === undefined ? undefined : text.slice(span[0], span[1]))),
  };
}

function emit(program: Instruction[], node: Node): void {
  if (program.length > MAX_PROGRAM) throw new RegexError('Regular expression too big');
  switch (node.kind) {
    case 'empty':
      return;
    case 'literal':
      program.push({ op: 'literal', character: node.character });
      return;
    case 'test':
      program.push({ op: 'test', test: node.test });
      return;
    case 'assert':
      program.push({ op: 'assert', assertion: node.assertion });
      return;
    case 'reference':
      program.push({ op: 'reference', index: node.index });
      return;
    case 'sequence':
      for (const inner of node.nodes) emit(program, inner);
      return;
    case 'alternatives':
      emitAlternatives(program, node.nodes);
      return;
    case 'group':
      program.push({ op: 'save', slot: node.index * 2 });
      emit(program, node.inner);
      program.push({ op: 'save', slot: node.index * 2 + 1 });
      return;
    case 'repeat':
      emitRepeat(program, node);
  }
}

function emitAlternatives(program: Instruction[], nodes: readonly Node[]): void {
  const jumps: number[] = [];
  nodes.forEach((node, index) => {
    if (index === nodes.length - 1) {
      emit(program, node);
      return;
    }
    const split = program.push({ op: 'match' }) - 1;
    emit(program, node);
    jumps.push(program.push({ op: 'match' }) - 1);
    program[split] = { op: 'split', first: split + 1, second: program.length };
  });
  for (const jump of jumps) program[jump] = { op: 'jump', to: program.length };
}

function emitRepeat(program: Instruction[], node: Node & { readonly kind: 'repeat' }): void {
  const split = (at: number, into: number, past: number): void => {
    program[at] = node.lazy
      ? { op: 'split', first: past, second: into }
      : { op: 'split', first: into, second: past };
  };
  for (let count = 0; count < node.minimum; count++) emit(program, node.inner);
  if (node.maximum === Number.POSITIVE_INFINITY) {
    const at = program.push({ op: 'match' }) - 1;
    emit(program, node.inner);
    program.push({ op: 'jump', to: at });
    split(at, at + 1, program.length);
    return;
  }
  const pending: number[] = [];
  for (let count = node.minimum; count < node.maximum; count++) {
    pending.push(program.push({ op: 'match' }) - 1);
    emit(program, node.inner);
  }
  for (const at of pending) split(at, at + 1, program.length);
}

const ANY: Test = (character) => character !== '\n';
const CLASS_ESCAPES: Readonly<Record<string, Test>> = {
  w: isWord,
  W: (character) => !isWord(character),
  s: (character) => /^\s$/.test(character),
  S: (character) => !/^\s$/.test(character),
};
const DIGIT_ESCAPES: Readonly<Record<string, Test>> = {
  d: (character) => /^\d$/.test(character),
  D: (character) => !/^\d$/.test(character),
};
const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' };
const ASSERT_ESCAPES: Readonly<Record<string, AssertKind>> = {
  b: 'boundary',
  B: 'no-boundary',
  '<': 'word-start',
  '>': 'word-end',
  '`': 'text-start',
  "'": 'text-end',
};

class Parser {
  readonly #characters: readonly string[];
  readonly #syntax: RegexOptions['syntax'];
  effective: RegexOptions;
  groupCount = 0;
  readonly groupNames = new Map<string, number>();
  #at = 0;
  #depth = 0;

  constructor(source: string, options: RegexOptions) {
    this.#syntax = options.syntax;
    this.effective = options;
    const flags = options.syntax === 'perl' ? /^\(\?([imsx]+)\)/.exec(source) : null;
    if (flags !== null)
      this.effective = {
        ...options,
        ignoreCase: options.ignoreCase === true || (flags[1] ?? '').includes('i'),
        dotAll: (flags[1] ?? '').includes('s'),
      };
    this.#characters = Array.from(source.slice(flags?.[0].length ?? 0));
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#characters.length)
      throw new RegexError(this.#syntax === 'basic' ? 'Unmatched ) or \\)' : 'Unmatched ) or \\)');
    return node;
  }

  /** The token at the cursor: an operator by its meaning in this syntax, or undefined. */
  #operator(): '(' | ')' | '|' | '{' | '}' | '*' | '+' | '?' | undefined {
    const character = this.#characters[this.#at];
    if (character === undefined) return undefined;
    if (character === '*') return '*';
    if (this.#syntax !== 'basic') return isOperator(character) ? character : undefined;
    const next = this.#characters[this.#at + 1];
    return character === '\\' && next !== undefined && isOperator(next) && next !== '*' ? next : undefined;
  }

  #skipOperator(): void {
    this.#at += this.#syntax === 'basic' && this.#characters[this.#at] === '\\' ? 2 : 1;
  }

  #alternatives(): Node {
    if (++this.#depth > MAX_DEPTH) throw new RegexError('Regular expression too big');
    const nodes = [this.#sequence()];
    while (this.#operator() === '|') {
      this.#skipOperator();
      nodes.push(this.#sequence());
    }
    this.#depth--;
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : { kind: 'alternatives', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    for (;;) {
      const operator = this.#operator();
      if (this.#at >= this.#characters.length || operator === '|') break;
      if (operator === ')' && (this.#depth > 1 || this.#syntax !== 'extended')) break;
      nodes.push(this.#quantified(this.#atom(nodes.length === 0)));
    }
    return { kind: 'sequence', nodes };
  }

  #quantified(atom: Node): Node {
    let node = atom;
    for (;;) {
      const bounds = this.#quantifier();
      if (bounds === undefined) return node;
      let lazy = false;
      if (
        this.#syntax === 'perl' &&
        (this.#characters[this.#at] === '?' || this.#characters[this.#at] === '+')
      ) {
        lazy = this.#characters[this.#at] === '?';
        this.#at++;
      }
      node = { kind: 'repeat', inner: node, ...bounds, lazy };
    }
  }

  #quantifier(): { readonly minimum: number; readonly maximum: number } | undefined {
    switch (this.#operator()) {
      case '*':
        this.#at++;
        return { minimum: 0, maximum: Number.POSITIVE_INFINITY };
      case '+':
        this.#skipOperator();
        return { minimum: 1, maximum: Number.POSITIVE_INFINITY };
      case '?':
        this.#skipOperator();
        return { minimum: 0, maximum: 1 };
      case '{':
        return this.#interval();
      default:
        return undefined;
    }
  }

  #interval(): { readonly minimum: number; readonly maximum: number } | undefined {
    const text = this.#characters.slice(this.#at, this.#at + 20).join('');
    const match = (this.#syntax === 'basic' ? /^\\\{(\d*)(,?)(\d*)\\\}/ : /^\{(\d*)(,?)(\d*)\}/).exec(text);
    if (match === null || (match[1] === '' && match[3] === '')) {
      if (this.#syntax === 'basic') throw new RegexError('Unmatched \\{');
      return undefined;
    }
    this.#at += match[0].length;
    const minimum = Number(match[1] === '' ? 0 : match[1]);
    const maximum = match[2] === '' ? minimum : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (minimum > maximum) throw new RegexError('Invalid content of \\{\\}');
    if (minimum > MAX_REPEAT || (Number.isFinite(maximum) && maximum > MAX_REPEAT))
      throw new RegexError('Regular expression too big');
    return { minimum, maximum };
  }

  #atom(first: boolean): Node {
    const operator = this.#operator();
    const character = this.#characters[this.#at] ?? '';
    if (operator === '(') return this.#group();
    if (operator === '*' || operator === '+' || operator === '?' || operator === '{') {
      if (this.#syntax === 'perl') throw new RegexError('target of repeat operator is not specified');
      if (this.#syntax === 'basic' && operator !== '*')
        throw new RegexError('Invalid preceding regular expression');
      this.#at++;
      return { kind: 'literal', character };
    }
    this.#at++;
    if (character === '.') return { kind: 'test', test: this.effective.dotAll === true ? () => true : ANY };
    if (character === '[') return this.#set();
    if (character === '\\') return this.#escape();
    if (character === '^' && (this.#syntax !== 'basic' || first))
      return { kind: 'assert', assertion: 'line-start' };
    if (
      character === '$' &&
      (this.#syntax !== 'basic' ||
        this.#at >= this.#characters.length ||
        this.#operator() === ')' ||
        this.#operator() === '|')
    )
      return { kind: 'assert', assertion: 'line-end' };
    return { kind: 'literal', character };
  }

  #group(): Node {
    this.#skipOperator();
    let index: number | undefined;
    if (this.#syntax === 'perl' && this.#characters[this.#at] === '?') index = this.#perlGroup();
    else index = ++this.groupCount;
    const inner = this.#alternatives();
    if (this.#operator() !== ')')
      throw new RegexError(
        this.#syntax === 'perl' ? 'end pattern with unmatched parenthesis' : 'Unmatched ( or \\(',
      );
    this.#skipOperator();
    return index === undefined ? inner : { kind: 'group', index, inner };
  }

  #perlGroup(): number | undefined {
    const text = this.#characters.slice(this.#at, this.#at + 64).join('');
    const named = /^\?P?<([A-Za-z_]\w*)>/.exec(text);
    if (named !== null) {
      this.#at += named[0].length;
      this.groupNames.set(named[1] ?? '', ++this.groupCount);
      return this.groupCount;
    }
    if (!text.startsWith('?:')) throw new RegexError('look-around groups are not supported here');
    this.#at += 2;
    return undefined;
  }

  #escape(): Node {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new RegexError('Trailing backslash');
    const classTest = Object.hasOwn(CLASS_ESCAPES, character) ? CLASS_ESCAPES[character] : undefined;
    if (classTest !== undefined) return { kind: 'test', test: classTest };
    const digit =
      this.#syntax === 'perl' && Object.hasOwn(DIGIT_ESCAPES, character)
        ? DIGIT_ESCAPES[character]
        : undefined;
    if (digit !== undefined) return { kind: 'test', test: digit };
    const assertion = Object.hasOwn(ASSERT_ESCAPES, character) ? ASSERT_ESCAPES[character] : undefined;
    if (assertion !== undefined) return { kind: 'assert', assertion };
    if (/^[1-9]$/.test(character)) {
      if (Number(character) > this.groupCount) throw new RegexError('Invalid back reference');
      return { kind: 'reference', index: Number(character) };
    }
    const control = Object.hasOwn(CONTROL_ESCAPES, character) ? CONTROL_ESCAPES[character] : undefined;
    return { kind: 'literal', character: control ?? character };
  }

  #set(): Node {
    const characters = this.#characters;
    const negated = characters[this.#at] === '^';
    if (negated) this.#at++;
    const tests: Test[] = [];
    for (let first = true; ; first = false) {
      const character = characters[this.#at];
      if (character === undefined)
        throw new RegexError(
          this.#syntax === 'perl' ? 'premature end of char-class' : 'Unmatched [, [^, [:, [., or [=',
        );
      if (character === ']' && !first) break;
      tests.push(this.#setMember(character));
    }
    this.#at++;
    return { kind: 'test', test: (candidate) => tests.some((test) => test(candidate)) !== negated };
  }

  #setMember(character: string): Test {
    const characters = this.#characters;
    if (character === '[' && characters[this.#at + 1] === ':') {
      const name = /^\[:([a-z]+):\]/.exec(characters.slice(this.#at, this.#at + 12).join(''))?.[1];
      const test = name === undefined ? undefined : characterClass(name);
      if (name === undefined || test === undefined) throw new RegexError('Invalid character class name');
      this.#at += name.length + 4;
      return test;
    }
    if (
      character === '\\' &&
      (this.#syntax === 'perl' || 'nt\\]'.includes(characters[this.#at + 1] ?? ' '))
    ) {
      const node = this.#setEscape();
      if (node.kind === 'test') return node.test;
      return this.#range(node.kind === 'literal' ? node.character : character);
    }
    this.#at++;
    return this.#range(character);
  }

  /** In POSIX sets a backslash is itself, but GNU tools take `\n`, `\t` and `\]` after all. */
  #setEscape(): Node {
    if (this.#syntax === 'perl') {
      this.#at++;
      return this.#escape();
    }
    const next = this.#characters[this.#at + 1] ?? '';
    if (next === 'n' || next === 't') {
      this.#at += 2;
      return { kind: 'literal', character: CONTROL_ESCAPES[next] ?? next };
    }
    this.#at++;
    return { kind: 'literal', character: '\\' };
  }

  #range(low: string): Test {
    const characters = this.#characters;
    if (
      characters[this.#at] !== '-' ||
      characters[this.#at + 1] === undefined ||
      characters[this.#at + 1] === ']'
    )
      return (candidate) => candidate === low;
    const high = characters[this.#at + 1] ?? '';
    if (low > high) throw new RegexError('Invalid range end');
    this.#at += 2;
    return (candidate) => candidate >= low && candidate <= high;
  }
}

function isOperator(character: string): character is '(' | ')' | '|' | '{' | '}' | '*' | '+' | '?' {
  return '()|{}*+?'.includes(character);
}
