import { utf8Encode } from '@podwire/sim';
import type { Process, Task, WriteStream } from '@podwire/machine';

/** Writes all of it, waiting while the reader is behind. */
export function* writeBytes(stream: WriteStream, data: Uint8Array): Task<void> {
  let left = data;
  for (;;) {
    left = left.subarray(stream.write(left));
    if (left.length === 0) return;
    yield { kind: 'writable', stream };
  }
}

export function* writeText(stream: WriteStream, text: string): Task<void> {
  if (text !== '') yield* writeBytes(stream, utf8Encode(text));
}

export function* print(process: Process, text: string): Task<void> {
  yield* writeText(process.stdout, text);
}

/** `name: text` on standard error, and the exit code of a failure. */
export function* complain(process: Process, text: string, exitCode = 1): Task {
  yield* writeText(process.stderr, `${text}\n`);
  return exitCode;
}
