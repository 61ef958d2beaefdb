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
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  /** Message without the file's name in front: `3 - Error during parsing: …`. */
  | { readonly ok: false; readonly message: string };

/** A Corefile lives in a ConfigMap; this is far more than any holds. */
const MAX_COREFILE_CHARACTERS = 256 * 1024;

interface Token {
  readonly text: string;
  readonly line: number;
}

/** Reads the syntax alone: blocks, lines and words, as the Caddyfile format of CoreDNS has them. */
export function parseCorefile(text: string): Parsed<readonly ServerBlock[]> {
  if (text.length > MAX_COREFILE_CHARACTERS) return failed(1, 'Error during parsing: file is too long');
  const reader = new TokenReader(tokenize(text));
  const blocks: ServerBlock[] = [];
  while (reader.peek() !== undefined) {
    const block = readServerBlock(reader);
    if (!block.ok) return block;
    blocks.push(block.value);
  }
  return { ok: true, value: blocks };
}

function failed(line: number, message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message: `${line} - ${message}` };
}

/** Words in order; quotes hold spaces, `#` starts a comment at the beginning of a word. */
function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let index = 0;
  while (index < text.length) {
    const character = text.charAt(index);
    if (character === '\n') line++;
    if (/\s/.test(character)) {
      index++;
      continue;
    }
    if (character === '#') {
      while (index < text.length && text.charAt(index) !== '\n') index++;
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
      while (index < text.length && !/\s/.test(text.charAt(index))) word += text.charAt(index++);
    }
    tokens.push({ text: word, line: start });
  }
  return tokens;
}

function isBrace(text: string): boolean {
  return text === '{' || text === '}';
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  take(): Token | undefined {
    return this.#tokens[this.#next++];
  }

  /** The words left on a line, up to a brace. */
  restOfLine(line: number): readonly string[] {
    const words: string[] = [];
    for (let token = this.peek(); token?.line === line && !isBrace(token.text); token = this.peek()) {
      words.push(token.text);
      this.#next++;
    }
    return words;
  }

  get lastLine(): number {
    return this.#tokens.at(-1)?.line ?? 1;
  }
}

function readServerBlock(reader: TokenReader): Parsed<ServerBlock> {
  const first = reader.peek();
  const line = first?.line ?? 1;
  const keys: string[] = [];
  for (let token = reader.peek(); token !== undefined && token.text !== '{'; token = reader.peek()) {
    if (token.text === '}') return failed(token.line, `Syntax error: Unexpected token '}', expecting '{'`);
    if (token.text === 'import' || token.text.startsWith('('))
      return failed(
        token.line,
        `Error during parsing: "${token.text}" is not modelled by this cluster: write the plugins out`,
      );
    keys.push(...token.text.split(',').filter((key) => key !== ''));
    reader.take();
  }
  if (reader.take() === undefined) return failed(reader.lastLine, 'Error during parsing: Unexpected EOF');
  const directives: Directive[] = [];
  for (;;) {
    const token = reader.take();
    if (token === undefined) return failed(reader.lastLine, `Syntax error: Unexpected EOF, expecting '}'`);
    if (token.text === '}') return { ok: true, value: { keys, line, directives } };
    const directive = readDirective(reader, token);
    if (!directive.ok) return directive;
    directives.push(directive.value);
  }
}

function readDirective(reader: TokenReader, name: Token): Parsed<Directive> {
  const args = reader.restOfLine(name.line);
  const block: { readonly words: readonly string[]; readonly line: number }[] = [];
  if (reader.peek()?.text === '{' && reader.peek()?.line === name.line) {
    reader.take();
    for (;;) {
      const token = reader.take();
      if (token === undefined) return failed(reader.lastLine, `Syntax error: Unexpected EOF, expecting '}'`);
      if (token.text === '}') break;
      if (token.text === '{')
        return failed(token.line, 'Error during parsing: blocks within a plugin’s block are not modelled');
      block.push({ words: [token.text, ...reader.restOfLine(token.line)], line: token.line });
    }
  }
  return { ok: true, value: { name: name.text, args, line: name.line, block } };
}
