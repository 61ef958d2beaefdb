/** What a tool's command line may hold: letters and long names, each with or without a value. */
export interface OptionTable {
  /** Single letters that take no value. */
  readonly switches: string;
  /** Single letters that take one. */
  readonly values: string;
  /** Long names → the letter they stand for, or their own name. */
  readonly long?: Readonly<Record<string, string>>;
  /** Long names (or what they stand for) that take a value. */
  readonly longValues?: readonly string[];
  /** Whether options may follow operands. GNU tools allow it. */
  readonly permute?: boolean;
}

export interface Arguments {
  /** Option → its values, in order; switches have empty ones. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

export type ArgumentsOutcome =
  | { readonly ok: true; readonly arguments: Arguments }
  | { readonly ok: false; readonly kind: 'unknown' | 'needs-value'; readonly option: string };

/** Reads a command line in the manner of getopt_long(3). */
export function parseArguments(args: readonly string[], table: OptionTable): ArgumentsOutcome {
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  const add = (name: string, value: string): void => {
    const known = options.get(name);
    if (known === undefined) options.set(name, [value]);
    else known.push(value);
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [written, inline] = cut(arg.slice(2));
      const name =
        table.long !== undefined && Object.hasOwn(table.long, written) ? table.long[written] : undefined;
      if (name === undefined) return { ok: false, kind: 'unknown', option: arg };
      if (!takesValue(name, table)) add(name, '');
      else {
        const value = inline ?? args[++index];
        if (value === undefined) return { ok: false, kind: 'needs-value', option: `--${written}` };
        add(name, value);
      }
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg.charAt(at);
        if (table.switches.includes(letter)) add(letter, '');
        else if (table.values.includes(letter)) {
          const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++index];
          if (value === undefined) return { ok: false, kind: 'needs-value', option: `-${letter}` };
          add(letter, value);
          break;
        } else return { ok: false, kind: 'unknown', option: `-${letter}` };
      }
    } else if (table.permute === false) {
      operands.push(...args.slice(index));
      break;
    } else operands.push(arg);
  }
  return { ok: true, arguments: { options, operands } };
}

function takesValue(name: string, table: OptionTable): boolean {
  return (name.length === 1 && table.values.includes(name)) || (table.longValues?.includes(name) ?? false);
}

function cut(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

export function has(args: Arguments, name: string): boolean {
  return args.options.has(name);
}

/** The last value given, as most tools take it. */
export function valueOf(args: Arguments, name: string): string | undefined {
  return args.options.get(name)?.at(-1);
}

export function valuesOf(args: Arguments, name: string): readonly string[] {
  return args.options.get(name) ?? [];
}

/** What `-4` and `-6` ask for; the last wins. */
export function familyOf(args: Arguments): 4 | 6 | undefined {
  const last = [...args.options.keys()].findLast((name) => name === '4' || name === '6');
  return last === undefined ? undefined : last === '4' ? 4 : 6;
}
