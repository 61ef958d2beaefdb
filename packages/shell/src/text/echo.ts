import { unescape } from './printf.ts';

/** What echo(1) prints for these arguments, as bash's and GNU's do: `-n`, `-e`, `-E`. */
export function echoText(args: readonly string[]): string {
  let newline = true;
  let escapes = false;
  let first = 0;
  for (; /^-[neE]+$/.test(args[first] ?? ''); first++) {
    for (const letter of (args[first] ?? '').slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  const text = args.slice(first).join(' ');
  if (!escapes) return text + (newline ? '\n' : '');
  const result = unescape(text, 'argument');
  return result.text + (newline && !result.stop ? '\n' : '');
}
