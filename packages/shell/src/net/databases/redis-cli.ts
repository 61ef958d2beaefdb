import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { joinBytes, LineReader } from '../../stdio/input.ts';
import { parseOptions } from '../../stdio/options.ts';
import { complain, print, writeText } from '../../stdio/output.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp, receiveSome, sendAll } from '../socket.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 6379;
/** Of one answer, bytes; and how deep lists may stand in lists. */
const MAX_ANSWER_BYTES = 1_048_576;
const MAX_DEPTH = 8;

const OPTIONS = [
  { name: 'host', short: 'h', value: 'required' },
  { name: 'port', short: 'p', value: 'required' },
  { name: 'password', short: 'a', long: 'pass', value: 'required' },
  { name: 'database', short: 'n', value: 'required' },
  { name: 'raw', long: 'raw' },
  { name: 'no-raw', long: 'no-raw' },
  { name: 'no-warning', long: 'no-auth-warning' },
  { name: 'version', short: 'v', long: 'version' },
] as const;

/** redis-cli: one command, commands from standard input, or a prompt. */
export const redisCli: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const options = parseOptions(process.argv.slice(1), OPTIONS, { stopAtOperand: true });
    if (!options.ok)
      return yield* complain(
        process,
        `Unrecognized option or bad number of args for: '${process.argv[1] ?? ''}'`,
      );
    const { values, flags, operands } = options;
    if (flags.has('version')) {
      yield* print(process, 'redis-cli 8.2.3\n');
      return 0;
    }
    const password = values.get('password') ?? process.env.get('REDISCLI_AUTH');
    if (values.has('password') && !flags.has('no-warning'))
      yield* complain(
        process,
        "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.",
      );
    const client = new Client(process, {
      host: values.get('host') ?? DEFAULT_HOST,
      port: Number(values.get('port') ?? DEFAULT_PORT),
      raw: flags.has('raw') || (!process.stdout.isTty && !flags.has('no-raw')),
      first: [
        ...(password === undefined ? [] : [['AUTH', password]]),
        ...(values.has('database') ? [['SELECT', values.get('database') ?? '0']] : []),
      ],
    });
    try {
      if (operands.length > 0) return yield* client.once(operands);
      return process.stdin.isTty ? yield* client.prompt() : yield* client.script();
    } finally {
      client.close();
    }
  },
};

interface Settings {
  readonly host: string;
  readonly port: number;
  readonly raw: boolean;
  readonly first: readonly (readonly string[])[];
}

class Client {
  readonly #process: Process;
  readonly #settings: Settings;
  #socket: SocketId | undefined;
  #buffer: Uint8Array = new Uint8Array();

  constructor(process: Process, settings: Settings) {
    this.#process = process;
    this.#settings = settings;
  }

  *once(words: readonly string[]): Task {
    if (!(yield* this.#connect())) return 1;
    return (yield* this.#ask(words)) ? 0 : 1;
  }

  *script(): Task {
    if (!(yield* this.#connect())) return 1;
    const lines = new LineReader(this.#process.stdin);
    for (;;) {
      const line = yield* lines.next();
      if (line === undefined) return 0;
      const words = split(line);
      if (words === undefined) yield* print(this.#process, 'Invalid argument(s)\n');
      else if (words.length > 0) yield* this.#ask(words);
    }
  }

  *prompt(): Task {
    const process = this.#process;
    yield* this.#connect();
    const lines = new LineReader(process.stdin);
    for (;;) {
      const { host, port } = this.#settings;
      yield* print(process, this.#socket === undefined ? 'not connected> ' : `${host}:${port}> `);
      const line = yield* lines.next();
      if (line === undefined) return 0;
      const words = split(line);
      const [first] = words ?? [];
      if (words === undefined) yield* print(process, 'Invalid argument(s)\n');
      else if (first === 'quit' || first === 'exit') return 0;
      else if (first === 'clear') yield* print(process, '\u001B[H\u001B[2J');
      else if (first !== undefined && (this.#socket !== undefined || (yield* this.#connect())))
        yield* this.#ask(words);
    }
  }

  close(): void {
    if (this.#socket !== undefined) this.#process.net.close(this.#socket);
    this.#socket = undefined;
  }

  *#connect(): Task<boolean> {
    const process = this.#process;
    const { host, port, first } = this.#settings;
    const found = yield* resolveHost(process, host);
    const failed = function* (why: string): Task<boolean> {
      yield* complain(process, `Could not connect to Redis at ${host}:${port}: ${why}`);
      return false;
    };
    if (found.kind !== 'found')
      return yield* failed(
        found.kind === 'try-again' ? 'Temporary failure in name resolution' : 'Name or service not known',
      );
    const opened = yield* openTcp(process, { address: found.addresses[0] ?? '', port });
    if (opened.kind === 'timed-out') return yield* failed('Connection timed out');
    if (opened.kind === 'failed')
      return yield* failed(opened.errno === 'ECONNREFUSED' ? 'Connection refused' : 'No route to host');
    this.#socket = opened.socket;
    for (const words of first) {
      const answer = yield* this.#exchange(words);
      if (answer?.kind === 'error') yield* complain(process, `AUTH failed: ${answer.text}`);
    }
    return true;
  }

  /** @returns whether the server answered, and not with an error. */
  *#ask(words: readonly string[]): Task<boolean> {
    const answer = yield* this.#exchange(words);
    if (answer === undefined) {
      yield* writeText(this.#process.stderr, 'Error: Server closed the connection\n');
      this.close();
      return false;
    }
    const text = this.#settings.raw ? raw(answer) : pretty(answer, '');
    yield* print(this.#process, text.endsWith('\n') ? text : `${text}\n`);
    return answer.kind !== 'error';
  }

  *#exchange(words: readonly string[]): Task<Answer | undefined> {
    const socket = this.#socket;
    if (socket === undefined) return undefined;
    const parts = words.map((word) => `$${utf8Encode(word).length}\r\n${word}\r\n`).join('');
    if (!(yield* sendAll(this.#process, socket, utf8Encode(`*${words.length}\r\n${parts}`))))
      return undefined;
    while (this.#buffer.length < MAX_ANSWER_BYTES) {
      const read = readAnswer(this.#buffer, 0, 0);
      if (read !== undefined) {
        this.#buffer = this.#buffer.slice(read.end);
        return read.answer;
      }
      const got = yield* receiveSome(this.#process, socket);
      if (got.kind !== 'data') return undefined;
      this.#buffer = joinBytes([this.#buffer, got.data]);
    }
    return undefined;
  }
}

type Answer =
  | { readonly kind: 'status' | 'error' | 'bulk'; readonly text: string }
  | { readonly kind: 'integer'; readonly text: string }
  | { readonly kind: 'nil' }
  | { readonly kind: 'list'; readonly items: readonly Answer[] };

/** RESP2. undefined while it is not whole; what is no answer reads as an error. */
function readAnswer(
  bytes: Uint8Array,
  from: number,
  depth: number,
): { readonly answer: Answer; readonly end: number } | undefined {
  const lineEnd = bytes.indexOf(10, from);
  if (lineEnd < 0) return undefined;
  const line = utf8Decode(bytes.subarray(from + 1, lineEnd)).replace(/\r$/, '');
  const end = lineEnd + 1;
  switch (String.fromCharCode(bytes[from] ?? 0)) {
    case '+':
      return { answer: { kind: 'status', text: line }, end };
    case '-':
      return { answer: { kind: 'error', text: line }, end };
    case ':':
      return { answer: { kind: 'integer', text: line }, end };
    case '$': {
      const length = Number(line);
      if (!(length >= 0)) return { answer: { kind: 'nil' }, end };
      if (bytes.length < end + length + 2) return undefined;
      const text = utf8Decode(bytes.subarray(end, end + length));
      return { answer: { kind: 'bulk', text }, end: end + length + 2 };
    }
    case '*': {
      const count = Number(line);
      if (!(count >= 0) || depth >= MAX_DEPTH) return { answer: { kind: 'nil' }, end };
      const items: Answer[] = [];
      let at = end;
      for (let item = 0; item < count; item++) {
        const read = readAnswer(bytes, at, depth + 1);
        if (read === undefined) return undefined;
        items.push(read.answer);
        at = read.end;
      }
      return { answer: { kind: 'list', items }, end: at };
    }
    default:
      return {
        answer: { kind: 'error', text: `Protocol error, got ${JSON.stringify(line)} as reply type byte` },
        end,
      };
  }
}

function raw(answer: Answer): string {
  if (answer.kind === 'nil') return '\n';
  if (answer.kind === 'list') return answer.items.map(raw).join('\n');
  return answer.text;
}

function pretty(answer: Answer, indent: string): string {
  switch (answer.kind) {
    case 'status':
      return answer.text;
    case 'error':
      return `(error) ${answer.text}`;
    case 'integer':
      return `(integer) ${answer.text}`;
    case 'nil':
      return '(nil)';
    case 'bulk':
      return quoted(answer.text);
    case 'list': {
      if (answer.items.length === 0) return '(empty array)';
      const width = String(answer.items.length).length;
      const inner = indent + ' '.repeat(width + 2);
      return answer.items
        .map((item, index) => {
          const head = `${index === 0 ? '' : indent}${String(index + 1).padStart(width)}) `;
          return head + pretty(item, inner);
        })
        .join('\n');
    }
  }
}

function quoted(text: string): string {
  const escaped = text.replaceAll(/["\\\n\r\t]/g, (character) => {
    const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return names[character] ?? `\\${character}`;
  });
  return `"${escaped}"`;
}

/** Words of a line, with quotes as redis-cli reads them; undefined where one is not closed. */
function split(line: string): readonly string[] | undefined {
  const words: string[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']+))(?=\s|$)/y;
  let at = 0;
  while (at < line.trimEnd().length) {
    word.lastIndex = at;
    const match = word.exec(line);
    if (match === null) return undefined;
    words.push((match[1] ?? match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1'));
    at = word.lastIndex;
  }
  return words;
}
