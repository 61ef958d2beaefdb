import { utf8Decode, utf8Encode } from '@podwire/sim';
import { decodeBase64, encodeBase64 } from '../text/base64.ts';
import { formatJson, isArray } from './json.ts';
import type { Json } from './json.ts';
import { JqError, shown } from './values.ts';

export function textOf(value: Json): string {
  return typeof value === 'string' ? value : formatJson(value);
}

const HTML: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&#39;',
  '"': '&quot;',
};

function row(name: string, value: Json, cell: (item: Json) => string, joint: string): string {
  if (!isArray(value)) throw new JqError(`${shown(value)} cannot be ${name}-formatted, only an array can be`);
  return value.map(cell).join(joint);
}

function scalarCell(name: string, item: Json, quote: (text: string) => string): string {
  if (item === null) return '';
  if (typeof item === 'object') throw new JqError(`${shown(item)} is not valid in a ${name} row`);
  return typeof item === 'string' ? quote(item) : formatJson(item);
}

/** `@text`, `@json`, `@csv`, `@tsv`, `@html`, `@uri`, `@sh`, `@base64`, `@base64d`. */
export function formatValue(name: string, value: Json): string {
  switch (name) {
    case '@text':
      return textOf(value);
    case '@json':
      return formatJson(value);
    case '@csv':
      return row(
        'csv',
        value,
        (item) => scalarCell('csv', item, (text) => `"${text.replaceAll('"', '""')}"`),
        ',',
      );
    case '@tsv':
      return row(
        'tsv',
        value,
        (item) =>
          scalarCell('tsv', item, (text) =>
            text
              .replaceAll('\\', '\\\\')
              .replaceAll('\t', '\\t')
              .replaceAll('\n', '\\n')
              .replaceAll('\r', '\\r'),
          ),
        '\t',
      );
    case '@html':
      return textOf(value).replace(/[<>&'"]/g, (character) => HTML[character] ?? character);
    case '@uri':
      return [...utf8Encode(textOf(value))]
        .map((byte) =>
          /[A-Za-z0-9_.~-]/.test(String.fromCharCode(byte))
            ? String.fromCharCode(byte)
            : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
        )
        .join('');
    case '@sh':
      return (isArray(value) ? value : [value]).map(shellWord).join(' ');
    case '@base64':
      return encodeBase64(utf8Encode(textOf(value)));
    case '@base64d': {
      const decoded = decodeBase64(textOf(value).replace(/=+$/, ''));
      if (decoded.bytes.length === 0 && textOf(value) !== '')
        throw new JqError(`${shown(value)} is not valid base64 data`);
      return utf8Decode(decoded.bytes);
    }
    default:
      throw new JqError(`${name.slice(1)} is not a valid format`);
  }
}

function shellWord(item: Json): string {
  if (typeof item === 'object' && item !== null)
    throw new JqError(`${shown(item)} can not be escaped for shell`);
  return typeof item === 'string' ? `'${item.replaceAll("'", `'\\''`)}'` : formatJson(item);
}
