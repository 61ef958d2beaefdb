import { utf8Encode } from '@podwire/sim';
import { joinBytes } from '../../stdio/input.ts';

/** The body of `-F`, and what its boundary is. */
type FormOutcome =
  | { readonly ok: true; readonly body: Uint8Array; readonly contentType: string }
  | { readonly ok: false; readonly exitCode: number; readonly message: string };

/** By the end of the file's name, as curl guesses. */
const TYPES: readonly (readonly [string, string])[] = [
  ['.gif', 'image/gif'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain'],
  ['.htm', 'text/html'],
  ['.html', 'text/html'],
  ['.pdf', 'application/pdf'],
  ['.xml', 'application/xml'],
];
const BOUNDARY_DIGITS = 16;

/**
 * A form of parts (RFC 7578), each `name=content`, `name=@file` or `name=<file`, with `;type=` and `;filename=` behind.
 *
 * @param fields `F` or `form-string`, and what was given with it.
 */
export function multipartForm(
  fields: readonly (readonly [key: string, value: string])[],
  readFile: (path: string) => Uint8Array | undefined,
  randomInt: (bound: number) => number,
): FormOutcome {
  const digits = Array.from({ length: BOUNDARY_DIGITS }, () => randomInt(16).toString(16)).join('');
  const boundary = `${'-'.repeat(24)}${digits}`;
  const pieces: Uint8Array[] = [];
  for (const [key, value] of fields) {
    const at = value.indexOf('=');
    if (at < 0)
      return {
        ok: false,
        exitCode: 2,
        message: `option ${key === 'F' ? '-F' : '--form-string'}: is badly used here\ncurl: try 'curl --help' or 'curl --manual' for more information`,
      };
    const part = partOf(value.slice(at + 1), key === 'F', readFile);
    if (!part.ok) return part;
    const disposition = `form-data; name="${quoted(value.slice(0, at))}"${part.fileName === undefined ? '' : `; filename="${quoted(part.fileName)}"`}`;
    const type = part.type === undefined ? '' : `Content-Type: ${part.type}\r\n`;
    pieces.push(
      utf8Encode(`--${boundary}\r\nContent-Disposition: ${disposition}\r\n${type}\r\n`),
      part.content,
      utf8Encode('\r\n'),
    );
  }
  pieces.push(utf8Encode(`--${boundary}--\r\n`));
  return { ok: true, body: joinBytes(pieces), contentType: `multipart/form-data; boundary=${boundary}` };
}

type Part =
  | {
      readonly ok: true;
      readonly content: Uint8Array;
      readonly fileName?: string;
      readonly type?: string;
    }
  | Extract<FormOutcome, { ok: false }>;

function partOf(text: string, special: boolean, readFile: (path: string) => Uint8Array | undefined): Part {
  if (!special) return { ok: true, content: utf8Encode(text) };
  const [content = '', ...settings] = text.split(';');
  const values = new Map(
    settings.map((setting): [string, string] => [
      setting.trim().split('=')[0] ?? '',
      setting.slice(setting.indexOf('=') + 1).replace(/^"(.*)"$/, '$1'),
    ]),
  );
  const unknown = [...values.keys()].find((name) => name !== 'type' && name !== 'filename');
  if (unknown !== undefined)
    return {
      ok: false,
      exitCode: 2,
      message: `";${unknown}=" of option -F is not part of this simulation`,
    };
  const type = values.get('type');
  const named = values.get('filename');
  if (!content.startsWith('@') && !content.startsWith('<'))
    return {
      ok: true,
      content: utf8Encode(content.replace(/^"(.*)"$/, '$1')),
      ...(type === undefined ? {} : { type }),
      ...(named === undefined ? {} : { fileName: named }),
    };
  const path = content.slice(1);
  const file = readFile(path);
  if (file === undefined)
    return { ok: false, exitCode: 26, message: '(26) Failed to open/read local data from file/application' };
  if (content.startsWith('<')) return { ok: true, content: file, ...(type === undefined ? {} : { type }) };
  const fileName = named ?? path.slice(path.lastIndexOf('/') + 1);
  const guessed = TYPES.find(([end]) => path.toLowerCase().endsWith(end))?.[1];
  return { ok: true, content: file, fileName, type: type ?? guessed ?? 'application/octet-stream' };
}

function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
