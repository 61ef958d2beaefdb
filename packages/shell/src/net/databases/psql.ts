import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { joinBytes, LineReader } from '../../stdio/input.ts';
import { parseOptions } from '../../stdio/options.ts';
import { complain, print, writeText } from '../../stdio/output.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp, receiveSome, sendAll } from '../socket.ts';
import {
  connectMessage,
  fieldsOf,
  passwordMessage,
  queryMessage,
  rowOf,
  takeMessage,
} from './postgres-wire.ts';
import type { PostgresMessage } from './postgres-wire.ts';

const DEFAULT_PORT = 5432;
const SOCKET = '/var/run/postgresql/.s.PGSQL.5432';
const CONNECTION_FAILED = 2;
/** Of what a server may say before it is ready again, bytes. */
const MAX_ANSWER_BYTES = 1_048_576;

const OPTIONS = [
  { name: 'host', short: 'h', long: 'host', value: 'required' },
  { name: 'port', short: 'p', long: 'port', value: 'required' },
  { name: 'user', short: 'U', long: 'username', value: 'required' },
  { name: 'database', short: 'd', long: 'dbname', value: 'required' },
  { name: 'command', short: 'c', long: 'command', value: 'required' },
  { name: 'tuples', short: 't', long: 'tuples-only' },
  { name: 'unaligned', short: 'A', long: 'no-align' },
  { name: 'never', short: 'w', long: 'no-password' },
  { name: 'quiet', short: 'q', long: 'quiet' },
  { name: 'version', short: 'V', long: 'version' },
] as const;

interface Target {
  /** undefined: the socket of this machine. */
  readonly host: string | undefined;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** psql: queries of one kind or another, and a prompt. */
export const psql: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const options = parseOptions(process.argv.slice(1), OPTIONS);
    if (!options.ok)
      return yield* complain(
        process,
        `psql: ${options.message}\npsql: hint: Try "psql --help" for more information.`,
      );
    const { values, flags, given, operands } = options;
    if (flags.has('version')) {
      yield* print(process, 'psql (PostgreSQL) 18.1\n');
      return 0;
    }
    const target = targetOf(process, values, operands);
    if (typeof target === 'string') return yield* complain(process, `psql: error: ${target}`, 2);
    const client = new Client(process, target, {
      tuplesOnly: flags.has('tuples'),
      aligned: !flags.has('unaligned'),
    });
    const failure = yield* client.connect();
    if (failure !== undefined) return yield* complain(process, `psql: error: ${failure}`, CONNECTION_FAILED);
    try {
      const commands = given.filter(({ name }) => name === 'command').map(({ value }) => value ?? '');
      if (commands.length === 0) return yield* client.session(process.stdin.isTty);
      let ok = true;
      for (const command of commands) ok = yield* client.run(command);
      return ok ? 0 : 1;
    } finally {
      client.close();
    }
  },
};

function targetOf(
  process: Process,
  values: ReadonlyMap<string, string>,
  operands: readonly string[],
): Target | string {
  const [first = '', second] = operands;
  const uri =
    /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[^\]]+\]|[^:/?]*)(?::(\d+))?(?:\/([^?]*))?/.exec(
      values.get('database') ?? first,
    );
  if (uri?.[2] !== undefined) process.env.set('PGPASSWORD', decodeURIComponent(uri[2]));
  const host = values.get('host') ?? nonEmpty(uri?.[3]) ?? nonEmpty(process.env.get('PGHOST'));
  const portText = values.get('port') ?? uri?.[4] ?? process.env.get('PGPORT') ?? String(DEFAULT_PORT);
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `invalid port number: "${portText}"`;
  const named = uri === null ? (values.get('database') ?? first) : uri[5];
  const user =
    values.get('user') ?? nonEmpty(uri?.[1]) ?? second ?? process.env.get('PGUSER') ?? process.machine.user;
  const database = nonEmpty(named) ?? process.env.get('PGDATABASE') ?? user;
  return { host: host?.replace(/^\[|\]$/g, ''), port, user, database };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

class Client {
  readonly #process: Process;
  readonly #target: Target;
  readonly #style: { tuplesOnly: boolean; aligned: boolean };
  #socket: SocketId | undefined;
  #buffer: Uint8Array = new Uint8Array();
  #serverVersion = '';

  constructor(process: Process, target: Target, style: { tuplesOnly: boolean; aligned: boolean }) {
    this.#process = process;
    this.#target = target;
    this.#style = style;
  }

  close(): void {
    if (this.#socket !== undefined) this.#process.net.close(this.#socket);
    this.#socket = undefined;
  }

  /** @returns why there is no connection. */
  *connect(): Task<string | undefined> {
    const process = this.#process;
    const { host, port, user, database } = this.#target;
    const found = yield* resolveHost(process, host ?? '127.0.0.1');
    if (found.kind !== 'found') {
      const why =
        found.kind === 'try-again' ? 'Temporary failure in name resolution' : 'Name or service not known';
      return `could not translate host name "${host ?? ''}" to address: ${why}`;
    }
    const address = found.addresses[0] ?? '';
    const opened = yield* openTcp(process, { address, port });
    const shown = isIpv4(host ?? '') || isIpv6(host ?? '') ? '' : ` (${address})`;
    const to =
      host === undefined
        ? `connection to server on socket "${SOCKET}" failed: `
        : `connection to server at "${host}"${shown}, port ${port} failed: `;
    if (opened.kind !== 'open') {
      if (host === undefined)
        return `${to}No such file or directory\n\tIs the server running locally and accepting connections on that socket?`;
      const why =
        opened.kind === 'timed-out'
          ? 'Connection timed out'
          : opened.errno === 'ECONNREFUSED'
            ? 'Connection refused'
            : 'No route to host';
      return `${to}${why}\n\tIs the server running on that host and accepting TCP/IP connections?`;
    }
    this.#socket = opened.socket;
    yield* sendAll(process, opened.socket, connectMessage(user, database));
    for (;;) {
      const message = yield* this.#next();
      if (message === undefined)
        return `${to}server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.`;
      if (message.type === 'E') return `${to}${errorLine(message)}`;
      if (message.type === 'Z') return undefined;
      if (message.type === 'S') {
        const [name, value] = fieldsOf(message);
        if (name === 'server_version') this.#serverVersion = value ?? '';
      }
      if (message.type !== 'R' || message.body[3] === 0) continue;
      if (message.body[3] !== 3) return `${to}authentication method ${message.body[3] ?? 0} not supported`;
      const password = yield* this.#password();
      if (password === undefined) return `${to}fe_sendauth: no password supplied`;
      yield* sendAll(process, opened.socket, passwordMessage(password));
    }
  }

  *#password(): Task<string | undefined> {
    const process = this.#process;
    const given = process.env.get('PGPASSWORD');
    if (given !== undefined) return given;
    if (process.tty === undefined) return undefined;
    yield* writeText(process.tty.output, `Password for user ${this.#target.user}: `);
    const typed = yield* new LineReader(process.tty.input).next();
    return typed;
  }

  *#next(): Task<PostgresMessage | undefined> {
    const socket = this.#socket;
    while (socket !== undefined && this.#buffer.length < MAX_ANSWER_BYTES) {
      const taken = takeMessage(this.#buffer);
      if (taken !== undefined) {
        this.#buffer = taken.rest;
        return taken.message;
      }
      const got = yield* receiveSome(this.#process, socket);
      if (got.kind !== 'data') return undefined;
      this.#buffer = joinBytes([this.#buffer, got.data]);
    }
    return undefined;
  }

  *session(prompts: boolean): Task {
    const process = this.#process;
    const { database, user } = this.#target;
    if (prompts) yield* print(process, `psql (18.1)\nType "help" for help.\n\n`);
    const lines = new LineReader(process.stdin);
    let pending = '';
    for (;;) {
      const mark = pending === '' ? '=' : '-';
      if (prompts) yield* print(process, `${database}${mark}${user === 'postgres' ? '#' : '>'} `);
      const line = yield* lines.next();
      if (line === undefined) {
        if (prompts) yield* print(process, '\\q\n');
        return 0;
      }
      const text = line.trim();
      if (pending === '' && (text === '\\q' || text === 'quit' || text === 'exit')) return 0;
      if (pending === '' && text.startsWith('\\')) {
        yield* this.run(text);
        continue;
      }
      pending = pending === '' ? line : `${pending}\n${line}`;
      if (pending.trim() === '') pending = '';
      else if (text.endsWith(';')) {
        yield* this.run(pending);
        pending = '';
      }
    }
  }

  /** @returns whether it went well. */
  *run(text: string): Task<boolean> {
    const process = this.#process;
    if (text.startsWith('\\')) return yield* this.#meta(text);
    const socket = this.#socket;
    if (socket === undefined || !(yield* sendAll(process, socket, queryMessage(text))))
      return yield* this.#lost();
    let columns: readonly string[] = [];
    const rows: (readonly string[])[] = [];
    let ok = true;
    for (;;) {
      const message = yield* this.#next();
      if (message === undefined) return yield* this.#lost();
      if (message.type === 'T') columns = columnNames(message);
      else if (message.type === 'D') rows.push(rowOf(message));
      else if (message.type === 'E') {
        ok = false;
        yield* complain(process, errorLine(message));
      } else if (message.type === 'C') {
        if (columns.length > 0) yield* print(process, this.#table(columns, rows));
        else yield* print(process, `${fieldsOf(message)[0] ?? ''}\n`);
        columns = [];
        rows.length = 0;
      } else if (message.type === 'Z') return ok;
    }
  }

  *#lost(): Task<boolean> {
    yield* complain(
      this.#process,
      'server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\nconnection to server was lost',
    );
    return false;
  }

  *#meta(text: string): Task<boolean> {
    const process = this.#process;
    const { host, port, user, database } = this.#target;
    const [word = ''] = text.split(/\s+/);
    if (word === '\\conninfo') {
      const where = host === undefined ? 'via socket in "/var/run/postgresql"' : `on host "${host}"`;
      yield* print(
        process,
        `You are connected to database "${database}" as user "${user}" ${where} at port "${port}".\n`,
      );
      return true;
    }
    if (word === '\\t') this.#style.tuplesOnly = !this.#style.tuplesOnly;
    else {
      yield* complain(
        process,
        /^\\(l|d|dt|du|dn|list)\+?$/.test(word)
          ? `${word} is not part of this simulation: its server keeps no tables (version ${this.#serverVersion})`
          : `invalid command ${word}\nTry \\? for help.`,
      );
      return false;
    }
    return true;
  }

  #table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
    const { tuplesOnly, aligned } = this.#style;
    const count = rows.length === 1 ? '(1 row)' : `(${rows.length} rows)`;
    if (!aligned) {
      const lines = rows.map((row) => `${row.join('|')}\n`).join('');
      return tuplesOnly ? lines : `${columns.join('|')}\n${lines}${count}\n`;
    }
    const widths = columns.map((column, index) =>
      Math.max(tuplesOnly ? 0 : column.length, ...rows.map((row) => (row[index] ?? '').length)),
    );
    const numeric = columns.map((_column, index) =>
      rows.every((row) => /^-?\d+(\.\d+)?$/.test(row[index] ?? '')),
    );
    const cells = (row: readonly string[]): string =>
      row
        .map((cell, index) => {
          const width = widths[index] ?? 0;
          if (numeric[index] === true) return ` ${cell.padStart(width)}`;
          return index === row.length - 1 ? ` ${cell}` : ` ${cell.padEnd(width)}`;
        })
        .join(' |');
    const head = columns.map((column, index) => ` ${center(column, widths[index] ?? 0)}`).join(' |');
    const line = widths.map((width) => '-'.repeat(width + 2)).join('+');
    const body = rows.map((row) => `${cells(row)}\n`).join('');
    return tuplesOnly ? `${body}\n` : `${head} \n${line}\n${body}${count}\n\n`;
  }
}

function center(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return ' '.repeat(left) + text + ' '.repeat(width - text.length - left);
}

function errorLine(message: PostgresMessage): string {
  const parts = new Map(fieldsOf(message).map((part) => [part.charAt(0), part.slice(1)]));
  const detail = parts.get('D');
  return `${parts.get('S') ?? 'ERROR'}:  ${parts.get('M') ?? ''}${detail === undefined ? '' : `\nDETAIL:  ${detail}`}`;
}

function columnNames({ body }: PostgresMessage): readonly string[] {
  const names: string[] = [];
  const count = (body[0] ?? 0) * 256 + (body[1] ?? 0);
  let at = 2;
  for (let column = 0; column < count; column++) {
    const end = body.indexOf(0, at);
    if (end < 0) break;
    names.push(utf8Decode(body.subarray(at, end)));
    at = end + 19;
  }
  return names;
}

const READY = ['accepting connections', 'rejecting connections', 'no response', 'no attempt'] as const;

/** pg_isready: whether a server takes connections, by its exit code. */
export const pgIsReady: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const options = parseOptions(process.argv.slice(1), [
      ...OPTIONS.filter(({ name }) => name !== 'tuples'),
      { name: 'timeout', short: 't', long: 'timeout', value: 'required' },
    ]);
    if (!options.ok) return yield* complain(process, `pg_isready: ${options.message}`, 3);
    const target = targetOf(process, options.values, []);
    if (typeof target === 'string') return yield* complain(process, `pg_isready: error: ${target}`, 3);
    const { host, port } = target;
    const found = yield* resolveHost(process, host ?? '127.0.0.1');
    const timeoutMs = Number(options.values.get('timeout') ?? '3') * 1000;
    const opened =
      found.kind === 'found'
        ? yield* openTcp(process, { address: found.addresses[0] ?? '', port }, timeoutMs)
        : undefined;
    if (opened?.kind === 'open') process.net.close(opened.socket);
    const code = opened?.kind === 'open' ? 0 : 2;
    if (!options.flags.has('quiet'))
      yield* print(process, `${host ?? '/var/run/postgresql'}:${port} - ${READY[code]}\n`);
    return code;
  },
};
