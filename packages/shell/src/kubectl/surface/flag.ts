/** The value types that flags have, by the names pflag prints in its messages. */
export type FlagKind =
  'bool' | 'string' | 'int' | 'duration' | 'stringSlice' | 'stringArray' | 'stringToString' | 'tristate';

/** One flag of a command, as its help text and the parser see it. */
export interface Flag {
  readonly name: string;
  readonly kind: FlagKind;
  /** One line of help, as printed below the flag. */
  readonly usage: string;
  /** The value before anyone sets it, in the text form of the help page. */
  readonly initial: string;
  readonly shorthand?: string;
  /** What the flag means when it is given without a value. A flag that has none needs one. */
  readonly bare?: string;
  /** Width of an integer: out of range is refused as strconv does. */
  readonly bits?: 32 | 64;
  readonly hidden?: boolean;
  readonly deprecated?: string;
}

/** What the outside of a command looks like: its usage line, its summary, its flags. */
export interface CommandSurface {
  readonly use: string;
  readonly short: string;
  readonly aliases?: readonly string[];
  /** Words that people type for this command elsewhere, e.g. `ps` for `get`. */
  readonly suggestFor?: readonly string[];
  /** Adds `[flags]` to the usage line when the command has flags. */
  readonly showFlagsInUse?: boolean;
  readonly hidden?: boolean;
  readonly flags: readonly Flag[];
}

interface FlagOptions {
  readonly shorthand?: string;
  readonly initial?: string;
  readonly bare?: string;
  readonly bits?: 32 | 64;
  readonly hidden?: boolean;
  readonly deprecated?: string;
}

function flag(kind: FlagKind, initial: string, name: string, usage: string, options: FlagOptions): Flag {
  return { name, kind, usage, initial, ...options };
}

export const text = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('string', '', name, usage, options);
export const toggle = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('bool', 'false', name, usage, { bare: 'true', ...options });
export const tristate = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('tristate', '', name, usage, { bare: 'true', ...options });
export const integer = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('int', '0', name, usage, options);
export const duration = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('duration', '0s', name, usage, options);
/** Comma-separated values, and the flag may be repeated. */
export const slice = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('stringSlice', '[]', name, usage, options);
/** The flag may be repeated; commas are part of the value. */
export const array = (name: string, usage: string, options: FlagOptions = {}): Flag =>
  flag('stringArray', '[]', name, usage, options);
/** `key=value`, comma-separated or repeated. */
export const pairs = (
  name: string,
  usage: string,
  options: FlagOptions & { readonly typeName?: string } = {},
): Flag => {
  const { typeName: _typeName, ...rest } = options;
  return flag('stringToString', '[]', name, usage, rest);
};
