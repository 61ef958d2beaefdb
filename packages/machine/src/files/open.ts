import type { FsResult, Process, ReadStream, WriteStream } from '../contract.ts';
import {
  bytesInput,
  discardOutput,
  emptyInput,
  fileOutput,
  fullOutput,
  randomInput,
  zeroInput,
} from '../streams/sources.ts';
import { absolutePath } from './path.ts';

/** Opens a path for reading as `process`; devices give their streams. Files are read as they are now. */
export function openInput(process: Process, path: string): FsResult<ReadStream> {
  const absolute = absolutePath(process.cwd, path);
  const info = process.fs.stat(absolute);
  if (!info.ok) return info;
  switch (info.value.device) {
    case undefined:
      break;
    case 'stdin':
      return { ok: true, value: process.stdin };
    case 'tty':
      return process.tty === undefined
        ? { ok: false, errno: 'ENOENT' }
        : { ok: true, value: process.tty.input };
    case 'zero':
    case 'full':
      return { ok: true, value: zeroInput() };
    case 'random':
      return { ok: true, value: randomInput((bound) => process.randomInt(bound)) };
    default:
      return { ok: true, value: emptyInput };
  }
  const data = process.fs.readFile(absolute);
  return data.ok ? { ok: true, value: bytesInput(data.value) } : data;
}

/** Opens a path for writing as `process`: creates it, and empties it unless `append`. */
export function openOutput(
  process: Process,
  path: string,
  options: { readonly append?: boolean; readonly exclusive?: boolean } = {},
): FsResult<WriteStream> {
  const absolute = absolutePath(process.cwd, path);
  const info = process.fs.stat(absolute);
  if (info.ok && info.value.device !== undefined) {
    switch (info.value.device) {
      case 'stdout':
        return { ok: true, value: process.stdout };
      case 'stderr':
        return { ok: true, value: process.stderr };
      case 'tty':
        return process.tty === undefined
          ? { ok: false, errno: 'ENOENT' }
          : { ok: true, value: process.tty.output };
      case 'full':
        return { ok: true, value: fullOutput };
      default:
        return { ok: true, value: discardOutput };
    }
  }
  const opened = process.fs.writeFile(absolute, new Uint8Array(), {
    append: options.append === true,
    exclusive: options.exclusive === true,
  });
  return opened.ok ? { ok: true, value: fileOutput(process.fs, absolute) } : opened;
}
