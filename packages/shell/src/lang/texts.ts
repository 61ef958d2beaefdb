import { IncompleteError } from './errors.ts';
import type { SyntaxProblem } from './errors.ts';

/** ash's wording of what is wrong. */
export function dashText(error: SyntaxProblem | IncompleteError): string {
  const token = /near unexpected token `(.*)'$/s.exec(error.message)?.[1];
  if (token !== undefined)
    return `syntax error: unexpected ${token === 'newline' ? 'newline' : `"${token}"`}`;
  if (error instanceof IncompleteError && /^["'`]$/.test(error.awaited))
    return 'syntax error: unterminated quoted string';
  if (error instanceof IncompleteError)
    return `syntax error: unexpected end of file${/^\w+$|^[)}]$/.test(error.awaited) && error.awaited !== 'command' ? ` (expecting "${error.awaited}")` : ''}`;
  return error.message;
}

/** A word as `set -x` shows it. */
export function quoteForTrace(word: string): string {
  if (word === '') return "''";
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What `time` prints. */
export function timeReport(elapsedMs: number, posix: boolean): string {
  if (posix) return `real ${(elapsedMs / 1000).toFixed(2)}\nuser 0.00\nsys 0.00\n`;
  const minutes = Math.floor(elapsedMs / 60_000);
  const real = `${minutes}m${((elapsedMs % 60_000) / 1000).toFixed(3)}s`;
  return `\nreal\t${real}\nuser\t0m0.000s\nsys\t0m0.000s\n`;
}
