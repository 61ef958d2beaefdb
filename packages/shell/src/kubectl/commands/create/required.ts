import type { Invocation } from '../../command/command.ts';
import { fail } from '../../failure.ts';

/** Flags that cobra requires, named in alphabetical order when they are missing. */
export function requireFlags({ flags }: Invocation, names: readonly string[]): void {
  const missing = names.filter((name) => !flags.changed(name)).sort();
  if (missing.length > 0) fail(`required flag(s) ${missing.map((name) => `"${name}"`).join(', ')} not set`);
}
