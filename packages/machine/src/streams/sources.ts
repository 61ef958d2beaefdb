import { StreamFailure } from '../contract.ts';
import type { FileSystem, ReadStream, WriteStream } from '../contract.ts';

/** The most a read of an endless device gives at once, bytes. */
const DEVICE_READ_BYTES = 16_384;

/** `/dev/null` read: at its end from the start. */
export const emptyInput: ReadStream = { isTty: false, read: () => undefined };

/** `/dev/null` written to. */
export const discardOutput: WriteStream = { isTty: false, write: (data) => data.length };

/** A here-document, or a file as it was when it was opened. */
export function bytesInput(data: Uint8Array): ReadStream {
  let offset = 0;
  return {
    isTty: false,
    read: (maxBytes = Number.MAX_SAFE_INTEGER) => {
      if (offset >= data.length) return undefined;
      const part = data.subarray(offset, offset + maxBytes);
      offset += part.length;
      return part;
    },
  };
}

export function zeroInput(): ReadStream {
  return {
    isTty: false,
    read: (maxBytes = DEVICE_READ_BYTES) => new Uint8Array(Math.min(maxBytes, DEVICE_READ_BYTES)),
  };
}

export function randomInput(randomInt: (bound: number) => number): ReadStream {
  return {
    isTty: false,
    read: (maxBytes = DEVICE_READ_BYTES) =>
      Uint8Array.from({ length: Math.min(maxBytes, DEVICE_READ_BYTES) }, () => randomInt(256)),
  };
}

/** `/dev/full`. */
export const fullOutput: WriteStream = {
  isTty: false,
  write: () => {
    throw new StreamFailure('ENOSPC');
  },
};

/** A file opened for writing: each write goes to its end. The opener has created or truncated it. */
export function fileOutput(fs: FileSystem, path: string): WriteStream {
  return {
    isTty: false,
    write: (data) => {
      const written = fs.writeFile(path, data, { append: true });
      if (!written.ok) throw new StreamFailure(written.errno);
      return data.length;
    },
  };
}
