/** A word of a Corefile, and the line that it begins on. */
export interface Token {
  readonly text: string;
  readonly line: number;
}

/** One plugin's line of a server block, and the lines of its own block. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly line: number;
  readonly block: readonly { readonly words: readonly string[]; readonly line: number }[];
}

export interface ServerBlock {
  /** What the block serves: `.:53`, `example.org`. */
  readonly keys: readonly string[];
  readonly line: number;
  readonly directives: readonly Directive[];
  /** The words of each directive as they stand, in order: what `reload` compares. */
  readonly tokens: ReadonlyMap<string, readonly Token[]>;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  /** As CoreDNS says it: `/etc/coredns/Corefile:3 - Error during parsing: …`. */
  | { readonly ok: false; readonly message: string };

/** A Corefile lives in a ConfigMap; this is far more than any holds. */
const MAX_COREFILE_CHARACTERS = 256 * 1024;
/** Words that `import` may bring in: snippets could import each other for ever. */
const MAX_TOKENS = 65_536;

/** A Corefile that cannot be read: thrown inside this module alone. */
class CorefileProblem extends Error {}

/** Reads the syntax alone: blocks, snippets, lines and words, as the Caddyfile format of CoreDNS has them. */
export function parseCorefile(text: string, path = 'Corefile'): Parsed<readonly ServerBlock[]> {
  try {
    return { ok: true, value: new CorefileParser(text, path).parseAll() };
  } catch (error) {
    if (error instanceof CorefileProblem) return { ok: false, message: error.message };
    throw error;
  }
}

/** Words in order; quotes hold spaces and lines, `#` starts a comment wherever it stands outside of them. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let index = text.startsWith('\uFEFF') ? 1 : 0;
  const skipComment = (): void => {
    while (index < text.length && text.charAt(index) !== '\n') index++;
  };
  while (index < text.length) {
    const character = text.charAt(index);
    if (character === '\n') line++;
    if (/\s/.test(character)) {
      index++;
      continue;
    }
    if (character === '#') {
      skipComment();
      continue;
    }
    const start = line;
    let word = '';
    if (character === '"') {
      index++;
      while (index < text.length && text.charAt(index) !== '"') {
        if (text.charAt(index) === '\\' && text.charAt(index + 1) === '"') index++;
        if (text.charAt(index) === '\n') line++;
        word += text.charAt(index++);
      }
      index++;
    } else {
      while (index < text.length && !/\s/.test(text.charAt(index))) {
        if (text.charAt(index) === '#') skipComment();
        else word += text.charAt(index++);
      }
    }
    tokens.push({ text: word, line: start });
  }
  return tokens;
}

class CorefileParser {
  readonly #path: string;
  readonly #snippets = new Map<string, readonly Token[]>();
  #tokens: Token[];
  #next = 0;
  #imports = 0;

  constructor(text: string, path: string) {
    this.#path = path;
    this.#tokens = [];
    if (text.length > MAX_COREFILE_CHARACTERS) throw this.#problem('file is too long', 1);
    this.#tokens = tokenize(text);
  }

  parseAll(): readonly ServerBlock[] {
    const blocks: ServerBlock[] = [];
    while (this.#peek() !== undefined) {
      const block = this.#serverBlock();
      if (block !== undefined) blocks.push(block);
    }
    return blocks;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** The line of the word that was read last. */
  get #line(): number {
    return this.#tokens[Math.max(0, this.#next - 1)]?.line ?? 1;
  }

  #problem(message: string, line = this.#line): CorefileProblem {
    return new CorefileProblem(`${this.#path}:${line} - Error during parsing: ${message}`);
  }

  #unexpected(expected: string): CorefileProblem {
    const token = this.#peek() ?? this.#tokens.at(-1);
    return new CorefileProblem(
      `${this.#path}:${token?.line ?? 1} - Syntax error: Unexpected token '${token?.text ?? ''}', expecting '${expected}'`,
    );
  }

  /** undefined for a snippet, which serves nothing itself. */
  #serverBlock(): ServerBlock | undefined {
    const line = this.#peek()?.line ?? 1;
    const keys = this.#keys();
    if (this.#peek() === undefined) return { keys, line, directives: [], tokens: new Map() };
    const name = keys.length === 1 ? /^\((.*)\)$/.exec(keys[0] ?? '')?.[1] : undefined;
    if (name !== undefined) {
      if (this.#snippets.has(name))
        throw this.#problem(`redeclaration of previously declared snippet ${name}`);
      this.#snippets.set(name, this.#snippet());
      return undefined;
    }
    const braced = this.#peek()?.text === '{';
    if (braced) this.#next++;
    const directives: Directive[] = [];
    const tokens = new Map<string, Token[]>();
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.text === '}') {
        if (!braced) throw this.#problem("Unexpected '}' because no matching opening brace", token.line);
        this.#next++;
        return { keys, line, directives, tokens };
      }
      if (token.text === 'import') this.#import();
      else {
        const words = this.#directiveTokens(token);
        tokens.set(token.text, [...(tokens.get(token.text) ?? []), ...words]);
        directives.push(directiveOf(words));
      }
    }
    if (braced) throw this.#unexpected('}');
    return { keys, line, directives, tokens };
  }

  #keys(): readonly string[] {
    const keys: string[] = [];
    let anotherMustFollow = false;
    let line = this.#peek()?.line ?? 1;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.text === 'import' && (keys.length === 0 || token.line !== line)) {
        this.#import();
        continue;
      }
      if (token.text === '{') {
        if (anotherMustFollow)
          throw this.#problem(`Expected another address but had '{' - check for extra comma`, token.line);
        return keys;
      }
      // Without braces, the first line that no comma continues ends the addresses.
      if (token.line !== line && !anotherMustFollow && keys.length > 0) return keys;
      line = token.line;
      anotherMustFollow = token.text.endsWith(',');
      const key = anotherMustFollow ? token.text.slice(0, -1) : token.text;
      if (key !== '') keys.push(key);
      this.#next++;
    }
    if (anotherMustFollow) throw this.#problem('Unexpected EOF');
    return keys;
  }

  /** All words of a directive, its name first, to the end of its line or of its block. */
  #directiveTokens(name: Token): readonly Token[] {
    const words = [name];
    this.#next++;
    let nesting = 0;
    let line = name.line;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.text === '{') nesting++;
      else if (token.line !== line && nesting === 0) return words;
      else if (token.text === '}' && nesting > 0) nesting--;
      else if (token.text === '}')
        throw this.#problem("Unexpected '}' because no matching opening brace", token.line);
      else if (token.text === 'import' && token.line !== line) {
        this.#import();
        continue;
      }
      words.push(token);
      // A word in quotes may end on a later line than it begins on.
      line = token.line + (token.text.split('\n').length - 1);
      this.#next++;
    }
    if (nesting > 0) throw this.#problem('Unexpected EOF');
    return words;
  }

  /** What stands between the braces of `(name) { … }`. */
  #snippet(): readonly Token[] {
    if (this.#peek()?.text !== '{') throw this.#unexpected('{');
    this.#next++;
    const words: Token[] = [];
    let nesting = 1;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      this.#next++;
      if (token.text === '{') nesting++;
      if (token.text === '}' && --nesting === 0) return words;
      words.push(token);
    }
    throw this.#unexpected('}');
  }

  /** Puts a snippet's words in the place of `import NAME`. */
  #import(): void {
    const [keyword, name, more] = this.#tokens.slice(this.#next, this.#next + 3);
    if (keyword === undefined) return;
    if (name === undefined || name.line !== keyword.line)
      throw this.#problem(`Wrong argument count or unexpected line ending after 'import'`, keyword.line);
    if (more !== undefined && more.line === keyword.line && more.text !== '{' && more.text !== '}')
      throw this.#problem('Import takes only one argument (glob pattern or file)', keyword.line);
    const words = this.#snippets.get(name.text);
    if (words === undefined)
      throw this.#problem(
        `File to import not found: ${name.text} (files are not imported by this cluster, snippets are)`,
        keyword.line,
      );
    this.#tokens.splice(this.#next, 2, ...words);
    if (this.#tokens.length > MAX_TOKENS) throw this.#problem('snippets import too much', keyword.line);
    // A snippet that imports itself would never end: each import takes one use from it.
    this.#imports++;
    if (this.#imports > MAX_IMPORTS)
      throw this.#problem('snippets import each other too often', keyword.line);
  }
}

/** Uses of `import` in one Corefile. */
const MAX_IMPORTS = 1000;

function directiveOf(tokens: readonly Token[]): Directive {
  const [name, ...rest] = tokens;
  const opens = rest.findIndex(({ text }) => text === '{');
  const line = name?.line ?? 1;
  const args = (opens < 0 ? rest : rest.slice(0, opens)).map(({ text }) => text);
  const block: { words: string[]; line: number }[] = [];
  for (const token of opens < 0 ? [] : rest.slice(opens + 1, -1)) {
    const last = block.at(-1);
    if (last !== undefined && last.line === token.line) last.words.push(token.text);
    else block.push({ words: [token.text], line: token.line });
  }
  return { name: name?.text ?? '', args, line, block };
}

/** The parsed Corefile as CoreDNS writes it down to tell whether it changed: comments and spaces don't count. */
export function canonicalCorefile(blocks: readonly ServerBlock[]): string {
  const written = blocks.map(({ keys, tokens }) => ({
    Keys: keys,
    Tokens: Object.fromEntries(
      [...tokens]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, words]) => [
          name,
          words.map(({ text, line }) => ({ File: '', Line: line, Text: text })),
        ]),
    ),
  }));
  // As Go's encoder does, which expects its JSON in web pages.
  return JSON.stringify(written).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
