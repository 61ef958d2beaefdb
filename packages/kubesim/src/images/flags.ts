/** Command lines of simulated servers, in the manner of Go's pflag: `--name=value` or `--name value`. */
export interface ParsedFlags {
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

export type FlagOutcome =
  { readonly ok: true; readonly flags: ParsedFlags } | { readonly ok: false; readonly message: string };

export type FlagKind = 'text' | 'number' | 'switch';

export function parseFlags(args: readonly string[], known: Readonly<Record<string, FlagKind>>): FlagOutcome {
  const values = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(index + 1));
      break;
    }
    const match = /^--?([A-Za-z][A-Za-z0-9_-]*)(?:=(.*))?$/s.exec(arg);
    if (match === null) {
      rest.push(arg);
      continue;
    }
    const [, name = '', inline] = match;
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) return { ok: false, message: `unknown flag: --${name}` };
    const next = args[index + 1];
    const value = inline ?? (kind === 'switch' ? 'true' : next);
    if (value === undefined) return { ok: false, message: `flag needs an argument: --${name}` };
    if (inline === undefined && kind !== 'switch') index++;
    if (kind === 'number' && !/^-?\d+$/.test(value))
      return {
        ok: false,
        message: `invalid argument "${value}" for "--${name}" flag: strconv.ParseInt: parsing "${value}": invalid syntax`,
      };
    values.set(name, value);
  }
  return { ok: true, flags: { values, rest } };
}

export function numberFlag(flags: ParsedFlags, name: string, otherwise: number): number {
  return Number(flags.values.get(name) ?? otherwise);
}
