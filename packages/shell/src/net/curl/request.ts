import { absolutePath } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { joinBytes, readAll } from '../../stdio/input.ts';
import { writeText } from '../../stdio/output.ts';
import { encodeBase64 } from '../../text/base64.ts';
import { has, valueOf, valuesOf } from '../arguments.ts';
import { authority } from '../url.ts';
import type { Url } from '../url.ts';
import { warning } from './command-line.ts';
import type { CurlArguments } from './command-line.ts';
import { multipartForm } from './form.ts';

export const VERSION = '7.88.1';

/** What is asked of every URL of a command line. */
export interface RequestParts {
  readonly method: string;
  readonly body: Uint8Array | undefined;
  /** Of the body, where `-H` says nothing else. */
  readonly contentType: string | undefined;
  /** `-H`, in order; an empty value takes a header away. */
  readonly custom: readonly (readonly [name: string, value: string])[];
  /** What `-G` and `--url-query` add to the URL. */
  readonly query: string;
  readonly uploads: boolean;
}

type RequestOutcome =
  | ({ readonly ok: true } & RequestParts)
  /** `message` as it stands behind `curl: `; empty when all has been said. */
  | { readonly ok: false; readonly exitCode: number; readonly message: string };

const DATA: readonly string[] = ['d', 'data-ascii', 'data-binary', 'data-raw', 'data-urlencode', 'json'];
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Reads what the options say of the request: its method, its body, and headers of the learner's own. */
export function* readRequest(process: Process, args: CurlArguments): Task<RequestOutcome> {
  const warn = function* (text: string): Task<void> {
    if (!has(args, 's')) yield* writeText(process.stderr, warning(text));
  };
  const forms = args.given.filter(([key]) => key === 'F' || key === 'form-string');
  const upload = valueOf(args, 'T');
  const data = yield* readData(process, args, warn);
  const asked = [
    ...(data !== undefined && !has(args, 'G') ? ['POST (-d, --data)'] : []),
    ...(forms.length > 0 ? ['multipart formpost (-F, --form)'] : []),
    ...(has(args, 'I') ? ['HEAD (-I, --head)'] : []),
    ...(upload === undefined ? [] : ['PUT (-T, --upload-file)']),
  ];
  const [first, second] = asked;
  if (first !== undefined && second !== undefined) {
    yield* warn(`You can only select one HTTP request method! You asked for both ${first} and ${second}.`);
    return { ok: false, exitCode: 2, message: '' };
  }
  const custom = yield* customHeaders(process, args, warn);
  const urlQuery = valuesOf(args, 'url-query').map((value) =>
    value.startsWith('+') ? value.slice(1) : (urlEncoded(process, value) ?? ''),
  );
  const asQuery = has(args, 'G') && data !== undefined;
  const query = [...urlQuery, ...(asQuery ? [utf8Decode(data)] : [])].join('&');
  const common = { ok: true, custom, query, uploads: upload !== undefined } as const;
  const method = valueOf(args, 'X');
  if (forms.length > 0) {
    const form = multipartForm(forms, (path) => readFile(process, path), process.randomInt.bind(process));
    if (!form.ok) return form;
    return { ...common, method: method ?? 'POST', body: form.body, contentType: form.contentType };
  }
  if (upload !== undefined) {
    const file = upload === '-' || upload === '.' ? yield* readAll(process.stdin) : readFile(process, upload);
    if (file === undefined)
      return {
        ok: false,
        exitCode: 26,
        message: `Can't open '${upload}'!\ncurl: try 'curl --help' or 'curl --manual' for more information\ncurl: (26) Failed to open/read local data from file/application`,
      };
    return { ...common, method: method ?? 'PUT', body: file, contentType: undefined };
  }
  const body = asQuery ? undefined : data;
  return {
    ...common,
    method: method ?? (has(args, 'I') ? 'HEAD' : body === undefined ? 'GET' : 'POST'),
    body,
    contentType: body === undefined || has(args, 'json') ? undefined : FORM_TYPE,
  };
}

/** The data of all options together, in their order. */
function* readData(
  process: Process,
  args: CurlArguments,
  warn: (text: string) => Task<void>,
): Task<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  for (const [key, value] of args.given) {
    if (!DATA.includes(key)) continue;
    // Pieces of JSON follow each other as they stand.
    if (pieces.length > 0 && key !== 'json') pieces.push(utf8Encode('&'));
    if (key === 'data-urlencode') {
      pieces.push(utf8Encode(urlEncoded(process, value) ?? ''));
      continue;
    }
    if (!value.startsWith('@') || key === 'data-raw') {
      pieces.push(utf8Encode(value));
      continue;
    }
    const file = value === '@-' ? yield* readAll(process.stdin) : readFile(process, value.slice(1));
    if (file === undefined)
      yield* warn(`Couldn't read data from file "${value.slice(1)}", this makes an empty POST.`);
    const data = file ?? new Uint8Array(0);
    const isText = key === 'd' || key === 'data-ascii';
    pieces.push(isText ? utf8Encode(utf8Decode(data).replace(/[\r\n\0]/g, '')) : data);
  }
  return pieces.length === 0 ? undefined : joinBytes(pieces);
}

/** `content`, `=content`, `name=content`, `@file` or `name@file`. */
function urlEncoded(process: Process, value: string): string | undefined {
  const at = value.search(/[=@]/);
  if (at < 0) return percentEncoded(utf8Encode(value));
  const [name, rest] = [value.slice(0, at), value.slice(at + 1)];
  const content = value.charAt(at) === '=' ? utf8Encode(rest) : readFile(process, rest);
  if (content === undefined) return undefined;
  return `${name === '' ? '' : `${name}=`}${percentEncoded(content)}`;
}

function percentEncoded(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9._~-]/.test(character)) return character;
    return character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

function* customHeaders(
  process: Process,
  args: CurlArguments,
  warn: (text: string) => Task<void>,
): Task<readonly (readonly [string, string])[]> {
  const lines: string[] = [];
  for (const header of valuesOf(args, 'H')) {
    if (!header.startsWith('@')) {
      lines.push(header);
      continue;
    }
    const file = header === '@-' ? yield* readAll(process.stdin) : readFile(process, header.slice(1));
    if (file === undefined) yield* warn(`Failed to open ${header.slice(1)}!`);
    else lines.push(...utf8Decode(file).split(/\r?\n/));
  }
  const headers = lines.flatMap((line): (readonly [string, string])[] => {
    const colon = line.indexOf(':');
    if (colon > 0) return [[line.slice(0, colon), line.slice(colon + 1).trim()]];
    // `Name;` sends a header without a value.
    const empty = /^([^;:]+);\s*$/.exec(line)?.[1];
    return empty === undefined ? [] : [[empty, EMPTY]];
  });
  if (!has(args, 'json')) return headers;
  const names = headers.map(([name]) => name.toLowerCase());
  const json = [['Content-Type', 'application/json'] as const, ['Accept', 'application/json'] as const];
  return [...headers, ...json.filter(([name]) => !names.includes(name.toLowerCase()))];
}

/** Stands for a header that is sent without a value, which no command line can hold. */
const EMPTY = '\0';

/** All headers of one request, in curl's order; `cookies` and who asks may differ from redirect to redirect. */
export function headersFor(
  args: CurlArguments,
  url: Url,
  parts: RequestParts,
  state: { readonly cookies: string; readonly credentials: string | undefined; readonly referer?: string },
): readonly (readonly [string, string])[] {
  const given = new Map(parts.custom.map(([name, value]): [string, string] => [name.toLowerCase(), value]));
  const bearer = valueOf(args, 'oauth2-bearer');
  const agent = valueOf(args, 'A') ?? `curl/${VERSION}`;
  const { body, contentType } = parts;
  const authorization =
    bearer !== undefined
      ? `Bearer ${bearer}`
      : state.credentials === undefined
        ? undefined
        : `Basic ${encodeBase64(utf8Encode(state.credentials))}`;
  const before: (readonly [string, string | undefined])[] = [
    ['Host', given.get('host') === undefined ? authority(url) : given.get('host')],
    ['Authorization', state.credentials === undefined && bearer === undefined ? undefined : authorization],
    ['Range', valueOf(args, 'r') === undefined ? undefined : `bytes=${valueOf(args, 'r') ?? ''}`],
    ['User-Agent', agent === '' ? undefined : agent],
    ['Accept', '*/*'],
    ['Accept-Encoding', has(args, 'compressed') ? 'deflate, gzip, br, zstd' : undefined],
    ['Referer', state.referer],
    ['Cookie', state.cookies === '' ? undefined : state.cookies],
  ];
  const after: (readonly [string, string | undefined])[] =
    body === undefined
      ? []
      : [
          ['Content-Length', String(body.length)],
          ['Content-Type', contentType],
          ['Expect', asksFirst(parts, body) ? '100-continue' : undefined],
        ];
  const own = (headers: typeof before): (readonly [string, string])[] =>
    headers.flatMap(([name, value]) =>
      value === undefined || (name !== 'Host' && given.has(name.toLowerCase())) ? [] : [[name, value]],
    );
  const custom = parts.custom
    .filter(([name, value]) => value !== '' && name.toLowerCase() !== 'host')
    .map(([name, value]): readonly [string, string] => [name, value === EMPTY ? '' : value]);
  return [...own(before).filter(([, value]) => value !== ''), ...custom, ...own(after)];
}

/** A body larger than this is sent when the server has said that it wants it. */
const SENT_UNASKED_BYTES = 1024 * 1024;

/** curl 7.88 asks before it puts a file, however small. */
function asksFirst({ uploads }: RequestParts, body: Uint8Array): boolean {
  return body.length > (uploads ? 0 : SENT_UNASKED_BYTES);
}

export function readFile(process: Process, path: string): Uint8Array | undefined {
  const file = process.fs.readFile(absolutePath(process.cwd, path));
  return file.ok ? file.value : undefined;
}
