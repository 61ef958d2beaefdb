import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { concat } from '../http/message.ts';

const DEFAULT_PORT = 6379;
const MAX_CLIENTS = 256;
/** Keys and bytes one server keeps, so that a loop of SETs stays bounded. */
const MAX_KEYS = 4_096;
const MAX_INPUT_BYTES = 65_536;
const MAX_COMMANDS_PER_EVENT = 256;
/** Words of one command. */
const MAX_WORDS = 64;

interface RedisState {
  readonly listener: SocketId;
  readonly clients: Map<SocketId, Uint8Array>;
  readonly keys: Map<string, string>;
}

/** Redis, as far as a network course needs it: strings, over RESP2 and inline commands. */
export const redis: DaemonProgram<RedisState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const at = daemon.argv.indexOf('--port');
    const port = at < 0 ? DEFAULT_PORT : Number(daemon.argv[at + 1]);
    const listener = daemon.net.listenTcp({ address: '::', port });
    if (listener.ok) {
      sayHello(daemon, port);
      return { listener: listener.value, clients: new Map(), keys: new Map() };
    }
    daemon.log(
      `1:M # Warning: Could not create server TCP listening socket *:${port}: bind: Address already in use\n1:M # Failed listening on port ${port} (tcp), aborting.\n`,
    );
    daemon.exit(1);
    return undefined;
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'incoming') accept(daemon, state);
    else if (event.kind === 'readable' || event.kind === 'end') read(daemon, state, event.socket);
    else if (event.kind === 'failed') drop(daemon, state, event.socket);
    else if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(0);
  },
};

const VERSION = '8.2.3';

function sayHello(daemon: DaemonContext, port: number): void {
  const [, day = '', month = '', year = ''] =
    /^\w+, (\d+) (\w+) (\d+)/.exec(new Date(daemon.nowMs()).toUTCString()) ?? [];
  const time = new Date(daemon.nowMs()).toISOString().slice(11, 23);
  const line = (role: string, level: string, text: string): void =>
    daemon.log(`${daemon.pid}:${role} ${day} ${month} ${year} ${time} ${level} ${text}\n`);
  line('C', '*', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
  line(
    'C',
    '*',
    `Redis version=${VERSION}, bits=64, commit=00000000, modified=1, pid=${daemon.pid}, just started`,
  );
  line('M', '*', `Running mode=standalone, port=${port}.`);
  line('M', '*', 'Server initialized');
  line('M', '*', 'Ready to accept connections tcp');
}

function accept(daemon: DaemonContext, state: RedisState): void {
  for (let accepted = 0; accepted < MAX_CLIENTS; accepted++) {
    const socket = daemon.net.accept(state.listener);
    if (!socket.ok) return;
    if (state.clients.size >= MAX_CLIENTS) {
      daemon.net.send(socket.value, utf8Encode('-ERR max number of clients reached\r\n'));
      daemon.net.close(socket.value);
    } else state.clients.set(socket.value, new Uint8Array(0));
  }
}

function drop(daemon: DaemonContext, state: RedisState, socket: SocketId): void {
  state.clients.delete(socket);
  daemon.net.close(socket);
}

function read(daemon: DaemonContext, state: RedisState, socket: SocketId): void {
  let input = state.clients.get(socket);
  if (input === undefined) return;
  let ended = false;
  while (input.length < MAX_INPUT_BYTES) {
    const got = daemon.net.receive(socket, MAX_INPUT_BYTES);
    if (!got.ok || got.value === undefined) {
      ended = true;
      break;
    }
    if (got.value.length === 0) break;
    input = concat(input, got.value);
  }
  let answer = '';
  for (let served = 0; served < MAX_COMMANDS_PER_EVENT; served++) {
    const parsed = parseCommand(input);
    if (parsed === undefined) break;
    input = input.slice(parsed.consumedBytes);
    if (parsed.words[0]?.toUpperCase() === 'QUIT') {
      answer += '+OK\r\n';
      ended = true;
      break;
    }
    if (parsed.words.length > 0) answer += execute(state.keys, parsed.words);
  }
  if (answer !== '') daemon.net.send(socket, utf8Encode(answer));
  if (ended || input.length >= MAX_INPUT_BYTES) drop(daemon, state, socket);
  else state.clients.set(socket, input);
}

/** A RESP array of bulk strings, or one line of words. undefined while it is not complete. */
function parseCommand(
  input: Uint8Array,
): { readonly words: readonly string[]; readonly consumedBytes: number } | undefined {
  const lineEnd = (from: number): number => input.indexOf(10, from);
  const line = (from: number, end: number): string =>
    utf8Decode(input.subarray(from, end)).replace(/\r$/, '');
  const first = lineEnd(0);
  if (first < 0) return undefined;
  if (input[0] !== 42) {
    const words = line(0, first)
      .split(/\s+/)
      .filter((word) => word !== '');
    return { words, consumedBytes: first + 1 };
  }
  const count = Number(line(1, first));
  if (!(count >= 0 && count <= MAX_WORDS)) return { words: ['PROTOCOL-ERROR'], consumedBytes: input.length };
  const words: string[] = [];
  let at = first + 1;
  for (let word = 0; word < count; word++) {
    const end = lineEnd(at);
    if (end < 0) return undefined;
    const length = Number(line(at + 1, end));
    if (input[at] !== 36 || !(length >= 0 && length < MAX_INPUT_BYTES))
      return { words: ['PROTOCOL-ERROR'], consumedBytes: input.length };
    if (input.length < end + 1 + length + 2) return undefined;
    words.push(utf8Decode(input.subarray(end + 1, end + 1 + length)));
    at = end + 1 + length + 2;
  }
  return { words, consumedBytes: at };
}

function execute(keys: Map<string, string>, words: readonly string[]): string {
  const [name = '', key = '', value = ''] = words;
  const arity = (count: number): boolean => words.length === count;
  const wrong = `-ERR wrong number of arguments for '${name.toLowerCase()}' command\r\n`;
  switch (name.toUpperCase()) {
    case 'PING':
      return words.length > 1 ? bulk(key) : '+PONG\r\n';
    case 'ECHO':
      return arity(2) ? bulk(key) : wrong;
    case 'GET':
      return arity(2) ? bulk(keys.get(key)) : wrong;
    case 'SET':
      if (words.length < 3) return wrong;
      if (keys.size >= MAX_KEYS && !keys.has(key))
        return "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
      keys.set(key, value);
      return '+OK\r\n';
    case 'MSET': {
      if (words.length < 3 || words.length % 2 === 0) return wrong;
      if (keys.size + words.length > MAX_KEYS)
        return "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
      for (let at = 1; at < words.length; at += 2) keys.set(words[at] ?? '', words[at + 1] ?? '');
      return '+OK\r\n';
    }
    case 'MGET':
      return list(words.slice(1).map((word) => bulk(keys.get(word))));
    case 'KEYS':
      return arity(2) ? list([...keys.keys()].filter((each) => globMatches(key, each)).map(bulk)) : wrong;
    case 'TYPE':
      return arity(2) ? `+${keys.has(key) ? 'string' : 'none'}\r\n` : wrong;
    case 'STRLEN':
      return arity(2) ? `:${utf8Encode(keys.get(key) ?? '').length}\r\n` : wrong;
    case 'FLUSHALL':
    case 'FLUSHDB':
      keys.clear();
      return '+OK\r\n';
    case 'SELECT':
      return key === '0' ? '+OK\r\n' : '-ERR DB index is out of range\r\n';
    case 'DEL':
      return `:${words.slice(1).filter((word) => keys.delete(word)).length}\r\n`;
    case 'EXISTS':
      return `:${words.slice(1).filter((word) => keys.has(word)).length}\r\n`;
    case 'INCR':
    case 'DECR': {
      const next = Number(keys.get(key) ?? '0') + (name.toUpperCase() === 'INCR' ? 1 : -1);
      if (!Number.isSafeInteger(next)) return '-ERR value is not an integer or out of range\r\n';
      keys.set(key, String(next));
      return `:${next}\r\n`;
    }
    case 'DBSIZE':
      return `:${keys.size}\r\n`;
    case 'COMMAND':
      return '*0\r\n';
    case 'PROTOCOL-ERROR':
      return '-ERR Protocol error\r\n';
    default:
      return `-ERR unknown command '${name.slice(0, 64)}', with args beginning with: ${words
        .slice(1, 3)
        .map((word) => `'${word.slice(0, 32)}' `)
        .join('')}\r\n`;
  }
}

/** `*` and `?`, as KEYS reads them; looks back to the last star alone, so that no pattern takes long. */
function globMatches(pattern: string, text: string): boolean {
  let [at, place, star, from] = [0, 0, -1, 0];
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      from = place;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[place])) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++from;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

function list(items: readonly string[]): string {
  return `*${items.length}\r\n${items.join('')}`;
}

function bulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${utf8Encode(text).length}\r\n${text}\r\n`;
}
