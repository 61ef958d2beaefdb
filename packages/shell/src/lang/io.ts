import type { ReadStream, WriteStream } from '@podwire/machine';

/** The open descriptors of a command. A descriptor may be open both ways, as a terminal is. */
export interface Io {
  readonly readers: ReadonlyMap<number, ReadStream>;
  readonly writers: ReadonlyMap<number, WriteStream>;
}

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

const closedInput: ReadStream = { isTty: false, read: () => undefined };
const closedOutput: WriteStream = { isTty: false, write: (data) => data.length };

export function standardIo(streams: {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}): Io {
  return {
    readers: new Map([[STDIN, streams.stdin]]),
    writers: new Map([
      [STDOUT, streams.stdout],
      [STDERR, streams.stderr],
    ]),
  };
}

export function inputOf(io: Io): ReadStream {
  return io.readers.get(STDIN) ?? closedInput;
}

export function outputOf(io: Io): WriteStream {
  return io.writers.get(STDOUT) ?? closedOutput;
}

export function errorsOf(io: Io): WriteStream {
  return io.writers.get(STDERR) ?? closedOutput;
}

export function withReader(io: Io, descriptor: number, stream: ReadStream | undefined): Io {
  const readers = new Map(io.readers);
  const writers = new Map(io.writers);
  writers.delete(descriptor);
  if (stream === undefined) readers.delete(descriptor);
  else readers.set(descriptor, stream);
  return { readers, writers };
}

export function withWriter(io: Io, descriptor: number, stream: WriteStream | undefined): Io {
  const readers = new Map(io.readers);
  const writers = new Map(io.writers);
  readers.delete(descriptor);
  if (stream === undefined) writers.delete(descriptor);
  else writers.set(descriptor, stream);
  return { readers, writers };
}

export function withBoth(io: Io, descriptor: number, reader: ReadStream, writer: WriteStream): Io {
  const readers = new Map(io.readers).set(descriptor, reader);
  const writers = new Map(io.writers).set(descriptor, writer);
  return { readers, writers };
}

/** The three streams that a child process is started with. */
export function childStreams(io: Io): {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
} {
  return { stdin: inputOf(io), stdout: outputOf(io), stderr: errorsOf(io) };
}
