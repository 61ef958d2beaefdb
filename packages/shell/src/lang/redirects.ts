import { absolutePath, bytesInput, errnoText, openInput, openOutput } from '@podwire/machine';
import type { Errno, ReadStream, Task, WriteStream } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import type { Redirect } from './ast.ts';
import { ExpansionFailure } from './errors.ts';
import type { Expander } from './expand.ts';
import {
  STDERR,
  STDIN,
  STDOUT,
  inputOf,
  outputOf,
  errorsOf,
  withBoth,
  withReader,
  withWriter,
} from './io.ts';
import type { Io } from './io.ts';
import { connectFile, networkFile } from './network-files.ts';
import type { NetworkFile } from './network-files.ts';
import type { Shell } from './shell.ts';

/** The most descriptors a command may have open. */
const MAX_DESCRIPTORS = 256;

/** Opens what redirections name. */
export class Redirector {
  readonly #shell: Shell;
  readonly #expander: Expander;

  constructor(shell: Shell, expander: Expander) {
    this.#shell = shell;
    this.#expander = expander;
  }

  /** The descriptors after all redirections, from left to right; undefined after a message when one fails. */
  *apply(redirects: readonly Redirect[], io: Io): Task<Io | undefined> {
    let current = io;
    for (const redirect of redirects) {
      if ((redirect.descriptor ?? 0) > MAX_DESCRIPTORS)
        return yield* this.#fail(String(redirect.descriptor), 'EBADF', io);
      const next = yield* this.#one(redirect, current);
      if (next === undefined) return undefined;
      current = next;
    }
    return current;
  }

  *#one(redirect: Redirect, io: Io): Task<Io | undefined> {
    switch (redirect.operator) {
      case 'here':
        return withReader(
          io,
          redirect.descriptor ?? STDIN,
          bytesInput(utf8Encode(yield* this.#expander.single(redirect.target, io))),
        );
      case '<<<':
        return withReader(
          io,
          redirect.descriptor ?? STDIN,
          bytesInput(utf8Encode(`${yield* this.#expander.single(redirect.target, io)}\n`)),
        );
      case '<&':
      case '>&':
        return yield* this.#duplicate(redirect, io);
      default:
        return yield* this.#open(redirect, io);
    }
  }

  *#fail(name: string, errno: Errno, io: Io): Task<undefined> {
    const sh = this.#shell.place.dialect === 'sh';
    const text = errno === 'ENOENT' && sh ? 'nonexistent directory' : errnoText(errno);
    yield* this.#shell.complain(
      sh && errno !== 'EBADF' ? `can't create ${name}: ${text}` : `${name}: ${text}`,
      io,
    );
    return undefined;
  }

  *#target(redirect: Redirect, io: Io): Task<string> {
    const fields = yield* this.#expander.fields(redirect.target, io);
    const [only] = fields;
    if (only === undefined || fields.length !== 1)
      throw new ExpansionFailure(`${redirect.target.raw}: ambiguous redirect`);
    return only;
  }

  *#open(redirect: Redirect, io: Io): Task<Io | undefined> {
    const { operator } = redirect;
    const [only] = redirect.target.parts;
    if (only?.kind === 'process' && redirect.target.parts.length === 1) {
      const { executor } = this.#shell;
      const stream = executor.processStream(only.body, only.direction, io);
      if ('read' in stream) return withReader(io, redirect.descriptor ?? STDIN, stream);
      const written = withWriter(io, redirect.descriptor ?? STDOUT, stream);
      return operator === '&>' || operator === '&>>' ? withWriter(written, STDERR, stream) : written;
    }
    const name = yield* this.#target(redirect, io);
    const network = this.#shell.place.dialect === 'sh' ? undefined : networkFile(name);
    if (network !== undefined) return yield* this.#connect(network, redirect, io);
    if (operator === '<' || operator === '<>') {
      const opened = this.#openReader(name, io);
      if (opened.ok) return withReader(io, redirect.descriptor ?? STDIN, opened.value);
      const sh = this.#shell.place.dialect === 'sh';
      yield* this.#shell.complain(
        sh
          ? `can't open ${name}: ${opened.errno === 'ENOENT' ? 'no such file' : errnoText(opened.errno)}`
          : `${name}: ${errnoText(opened.errno)}`,
        io,
      );
      return undefined;
    }
    const opened = this.#openWriter(name, operator, io);
    if (!opened.ok) {
      if (opened.errno !== 'EEXIST') return yield* this.#fail(name, opened.errno, io);
      yield* this.#shell.complain(`${name}: cannot overwrite existing file`, io);
      return undefined;
    }
    if (operator === '&>' || operator === '&>>')
      return withWriter(withWriter(io, STDOUT, opened.value), STDERR, opened.value);
    return withWriter(io, redirect.descriptor ?? STDOUT, opened.value);
  }

  *#connect(file: NetworkFile, { operator, descriptor }: Redirect, io: Io): Task<Io | undefined> {
    const connected = yield* connectFile(this.#shell.process, file);
    if (!connected.ok) {
      for (const line of connected.lines) yield* this.#shell.complain(line, io);
      return undefined;
    }
    const { read, write } = connected;
    if (operator === '<') return withReader(io, descriptor ?? STDIN, read);
    if (operator === '<>') return withBoth(io, descriptor ?? STDIN, read, write);
    const written = withWriter(io, descriptor ?? STDOUT, write);
    return operator === '&>' || operator === '&>>' ? withWriter(written, STDERR, write) : written;
  }

  /** /dev/stdin and its kin name the command's own descriptors, not the shell's. */
  #openReader(
    name: string,
    io: Io,
  ): { readonly ok: true; readonly value: ReadStream } | { readonly ok: false; readonly errno: Errno } {
    if (name === '/dev/stdin' || name === '/dev/fd/0') return { ok: true, value: inputOf(io) };
    return openInput(this.#shell.process, name);
  }

  #openWriter(
    name: string,
    operator: string,
    io: Io,
  ): { readonly ok: true; readonly value: WriteStream } | { readonly ok: false; readonly errno: Errno } {
    if (name === '/dev/stdout' || name === '/dev/fd/1') return { ok: true, value: outputOf(io) };
    if (name === '/dev/stderr' || name === '/dev/fd/2') return { ok: true, value: errorsOf(io) };
    const { process, options } = this.#shell;
    const append = operator === '>>' || operator === '&>>';
    const info = process.fs.stat(absolutePath(process.cwd, name));
    if (
      options.noclobber &&
      operator === '>' &&
      info.ok &&
      info.value.device === undefined &&
      info.value.kind === 'file'
    )
      return { ok: false, errno: 'EEXIST' };
    return openOutput(process, name, { append });
  }

  *#duplicate(redirect: Redirect, io: Io): Task<Io | undefined> {
    const target = yield* this.#target(redirect, io);
    const input = redirect.operator === '<&';
    const descriptor = redirect.descriptor ?? (input ? STDIN : STDOUT);
    if (target === '-')
      return input ? withReader(io, descriptor, undefined) : withWriter(io, descriptor, undefined);
    if (!/^\d+$/.test(target)) {
      // `>& file` is bash's older way to write `&> file`.
      if (!input && redirect.descriptor === undefined)
        return yield* this.#open({ ...redirect, operator: '&>' }, io);
      throw new ExpansionFailure(`${redirect.target.raw}: ambiguous redirect`);
    }
    const reader = io.readers.get(Number(target));
    const writer = io.writers.get(Number(target));
    if (reader === undefined && writer === undefined) return yield* this.#fail(target, 'EBADF', io);
    if (reader !== undefined && writer !== undefined) return withBoth(io, descriptor, reader, writer);
    return writer === undefined ? withReader(io, descriptor, reader) : withWriter(io, descriptor, writer);
  }
}
