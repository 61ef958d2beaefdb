import type { DaemonContext } from '@podwire/machine';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { klogLine } from '../log-line.ts';

/** Where uploaded files go, as the image has it. */
const UPLOADS = '/uploads';
const MAX_UPLOAD_NAMES = 1_000_000_000;
const LOG_SOURCE = 'log.go:244';
const CREATED = 201;
/** netexec tells of its faults in a page that is fine. */
const FAULT = 200;

/** `/upload` of netexec: keeps the part named `file` of a form, and tells where. */
export function upload(daemon: DaemonContext, request: HttpRequest): HttpResponse {
  const say = (line: string): void => daemon.logError(klogLine(daemon, LOG_SOURCE, line));
  const fault = (error: string): HttpResponse => ({ status: FAULT, body: JSON.stringify({ error }) });
  const content = formFile(request);
  if (content === undefined) {
    say('Unable to upload file: http: no such file');
    return fault('Unable to upload file.');
  }
  const path = `${UPLOADS}/upload${daemon.randomInt(MAX_UPLOAD_NAMES)}`;
  daemon.fs.mkdir(UPLOADS, { parents: true });
  const written = daemon.fs.writeFile(path, content, { mode: 0o700 });
  if (!written.ok) {
    say(`Unable to write file: ${written.errno}`);
    return fault('Unable to write file.');
  }
  say(`Wrote upload to ${path}`);
  return { status: CREATED, body: JSON.stringify({ output: path }) };
}

/** The bytes of the part named `file` (RFC 7578). */
function formFile({ headers, body }: HttpRequest): Uint8Array | undefined {
  const type = headers.get('content-type') ?? '';
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) return undefined;
  // One character a byte, so that places in the text are places in the body.
  const text = Array.from(body, (byte) => String.fromCharCode(byte)).join('');
  let at = text.indexOf(`--${boundary}`);
  while (at >= 0) {
    const head = at + boundary.length + 4;
    const start = text.indexOf('\r\n\r\n', head) + 4;
    const next = text.indexOf(`\r\n--${boundary}`, head);
    if (start < 4 || next < start) return undefined;
    if (/^content-disposition:[^\r\n]*[; ]name="file"/im.test(text.slice(head, start)))
      return body.slice(start, next);
    at = next + 2;
  }
  return undefined;
}
