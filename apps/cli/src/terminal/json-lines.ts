import type { Output } from './output.ts';

/** What a command that goes on until it is ended tells a program: one object a line, told apart by `kind`. */
export interface JsonLine {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Writes a line of JSON to standard output, where all lines of such a command go, errors too. */
export function writeJsonLine(output: Output, line: JsonLine): void {
  output.out(JSON.stringify(line));
}

/** Says what is wrong: to a person on standard error, to a program in a line of kind `error`. */
export function errorTeller(command: string, json: boolean, output: Output): (message: string) => void {
  return (message) => {
    if (json) writeJsonLine(output, { kind: 'error', message });
    else output.err(`podwire ${command}: ${message}`);
  };
}
