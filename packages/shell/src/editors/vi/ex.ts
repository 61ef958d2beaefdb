import { Regex } from '@podwire/sim';
import type { TextBuffer } from '../text-buffer.ts';

/** What a command line asks for. Ranges are line indexes, inclusive. */
export type ExCommand =
  | {
      readonly kind: 'write';
      readonly file: string | undefined;
      readonly quit: boolean;
      readonly onlyIfModified: boolean;
      readonly force: boolean;
    }
  | { readonly kind: 'quit'; readonly force: boolean }
  | { readonly kind: 'edit'; readonly force: boolean }
  | { readonly kind: 'goto'; readonly row: number }
  | { readonly kind: 'delete' | 'yank'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'substitute';
      readonly from: number;
      readonly to: number;
      readonly regex: Regex;
      readonly replacement: string;
      readonly global: boolean;
    }
  | { readonly kind: 'set'; readonly option: string }
  | { readonly kind: 'nohighlight' | 'undo' | 'nothing' }
  | { readonly kind: 'failed'; readonly message: string };

/** Parses what was typed behind a colon. */
export function parseEx(text: string, buffer: TextBuffer, lastSearch: string): ExCommand {
  const trimmed = text.replace(/^[:\s]+/, '');
  if (trimmed === '') return { kind: 'nothing' };
  const range = /^(%|(?:\d+|\.|\$)(?:[-+]\d+)?(?:,(?:\d+|\.|\$)(?:[-+]\d+)?)?)?\s*(.*)$/s.exec(trimmed);
  const [from, to] = rangeOf(range?.[1], buffer);
  const command = range?.[2] ?? '';
  if (from < 0 || to >= buffer.lines.length || from > to)
    return { kind: 'failed', message: 'E16: Invalid range' };
  if (command === '') return { kind: 'goto', row: to };
  const write = /^(wq|w|x|xit|write|wqall|wqa|wa|exit)(!?)(?:\s+(\S.*))?$/.exec(command);
  if (write !== null) {
    const name = write[1] ?? '';
    const exit = ['x', 'xit', 'exit'].includes(name);
    return {
      kind: 'write',
      file: write[3]?.trim(),
      quit: exit || name.startsWith('wq'),
      onlyIfModified: exit,
      force: write[2] === '!',
    };
  }
  const quit = /^(?:q|quit|qa|qall|cq)(!?)$/.exec(command);
  if (quit !== null) return { kind: 'quit', force: quit[1] === '!' };
  const edit = /^e(?:dit)?(!?)$/.exec(command);
  if (edit !== null) return { kind: 'edit', force: edit[1] === '!' };
  if (/^d(?:elete)?$/.test(command)) return { kind: 'delete', from, to };
  if (/^y(?:ank)?$/.test(command)) return { kind: 'yank', from, to };
  if (/^u(?:ndo)?$/.test(command)) return { kind: 'undo' };
  if (/^noh(?:lsearch)?$/.test(command)) return { kind: 'nohighlight' };
  const set = /^set?\s+(.+)$/.exec(command);
  if (set !== null) return { kind: 'set', option: set[1] ?? '' };
  if (/^s(?:ubstitute)?[^A-Za-z0-9\s"|]/.test(command))
    return substitution(command.replace(/^s(?:ubstitute)?/, ''), from, to, lastSearch);
  return { kind: 'failed', message: `E492: Not an editor command: ${trimmed}` };
}

function rangeOf(text: string | undefined, buffer: TextBuffer): readonly [number, number] {
  if (text === undefined || text === '') return [buffer.row, buffer.row];
  if (text === '%') return [0, buffer.lines.length - 1];
  const rows = text.split(',').map((part) => {
    const match = /^(\d+|\.|\$)([-+]\d+)?$/.exec(part);
    const base =
      match?.[1] === '.'
        ? buffer.row
        : match?.[1] === '$'
          ? buffer.lines.length - 1
          : Math.max(0, Math.min(buffer.lines.length, Number(match?.[1] ?? 1)) - 1);
    return base + Number(match?.[2] ?? 0);
  });
  return [rows[0] ?? 0, rows.at(-1) ?? 0];
}

function substitution(text: string, from: number, to: number, lastSearch: string): ExCommand {
  const delimiter = text.charAt(0);
  const parts: string[] = [];
  let part = '';
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && text.charAt(at + 1) === delimiter) part += text.charAt(++at);
    else if (character === '\\') part += character + text.charAt(++at);
    else if (character === delimiter && parts.length < 2) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  parts.push(part);
  const [source = '', replacement = '', flags = ''] = parts;
  if (/[^giI&ne]/.test(flags)) return { kind: 'failed', message: 'E488: Trailing characters' };
  const pattern = source === '' ? lastSearch : source;
  const compiled = Regex.compile(pattern, { syntax: 'basic', ignoreCase: /i/.test(flags) });
  if (!compiled.ok) return { kind: 'failed', message: `E486: Pattern not found: ${pattern}` };
  return { kind: 'substitute', from, to, regex: compiled.value, replacement, global: flags.includes('g') };
}

/** Runs a substitution; the number of replacements and of lines. */
export function substituteLines(
  buffer: TextBuffer,
  command: ExCommand & { readonly kind: 'substitute' },
): { readonly count: number; readonly lines: number } {
  let [count, lines] = [0, 0];
  for (let row = command.from; row <= Math.min(command.to, buffer.lines.length - 1); row++) {
    const line = buffer.lines[row] ?? '';
    let result = '';
    let at = 0;
    let hits = 0;
    for (
      let match = command.regex.search(line, 0);
      match !== undefined;
      match = at <= line.length ? command.regex.search(line, at) : undefined
    ) {
      const found = match;
      hits++;
      result +=
        line.slice(at, match.start) +
        command.replacement.replace(/\\(\d|[nrt&\\])|&/g, (whole, escape: string | undefined) =>
          replacementPart(whole, escape, found.groups),
        );
      at = match.end;
      if (match.end === match.start) result += line.charAt(at++);
      if (!command.global) break;
    }
    if (hits === 0) continue;
    const changed = (result + line.slice(at)).split('\n');
    buffer.setLine(row, changed[0] ?? '');
    if (changed.length > 1) buffer.insertLines(row + 1, changed.slice(1));
    buffer.moveTo({ row, column: 0 });
    count += hits;
    lines++;
  }
  return { count, lines };
}

function replacementPart(
  whole: string,
  escape: string | undefined,
  groups: readonly (string | undefined)[],
): string {
  if (whole === '&') return groups[0] ?? '';
  if (escape === 'n' || escape === 'r') return '\n';
  if (escape === 't') return '\t';
  if (escape === '&' || escape === '\\') return escape;
  return groups[Number(escape)] ?? '';
}
