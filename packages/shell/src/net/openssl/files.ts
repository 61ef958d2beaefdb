import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { readAll } from '../../stdio/input.ts';
import { complain, print } from '../../stdio/output.ts';

/** What an openssl command was given: words with one dash, each with or without a value. */
export interface Words {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** Reads a command line; a text is what is wrong with it. */
export function readWords(
  command: string,
  args: readonly string[],
  table: { readonly flags: readonly string[]; readonly values: readonly string[] },
): Words | string {
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  const operands: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const name = arg.replace(/^--?/, '');
    if (!arg.startsWith('-') || arg === '-') operands.push(arg);
    else if (table.flags.includes(name)) flags.add(name);
    else if (table.values.includes(name)) {
      const value = args[++index];
      if (value === undefined)
        return `${command}: Option -${name} needs a value\n${command}: Use -help for summary.`;
      values.set(name, [...(values.get(name) ?? []), value]);
    } else return `${command}: Unknown option: -${name}\n${command}: Use -help for summary.`;
  }
  return { values, flags, operands };
}

export function lastOf(words: Words, name: string): string | undefined {
  return words.values.get(name)?.at(-1);
}

/** The text of a file, or of standard input; undefined after a complaint. */
export function* readInput(
  process: Process,
  path: string | undefined,
  what: string,
): Task<string | undefined> {
  if (path === undefined || path === '-') return utf8Decode(yield* readAll(process.stdin));
  const file = process.fs.readFile(absolutePath(process.cwd, path));
  if (file.ok) return utf8Decode(file.value);
  yield* complain(
    process,
    `Could not open file or uri for loading ${what} from ${path}: ${errnoText(file.errno)}`,
  );
  return undefined;
}

/** Writes to a file, or to standard output. @returns whether it could. */
export function* writeOutput(
  process: Process,
  path: string | undefined,
  text: string,
  mode?: number,
): Task<boolean> {
  if (path === undefined || path === '-') {
    yield* print(process, text);
    return true;
  }
  const written = process.fs.writeFile(
    absolutePath(process.cwd, path),
    utf8Encode(text),
    mode === undefined ? {} : { mode },
  );
  if (written.ok) return true;
  yield* complain(process, `Can't open "${path}" for writing, ${errnoText(written.errno)}`);
  return false;
}
