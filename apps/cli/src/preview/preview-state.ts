import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CourseState, CourseWatch } from './course-watch.ts';

/** A page's question waits so long for something new: below the minute after which proxies lose patience. */
const POLL_LIMIT_MS = 25_000;

/** Answers `GET /preview/state?after=<revision>` as soon as there is a newer one; false for any other request. */
export function answersPreviewState(
  watch: CourseWatch,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method !== 'GET' || url.pathname !== '/preview/state') return false;
  const after = Number(url.searchParams.get('after') ?? 0);
  void watch.newerThan(Number.isInteger(after) ? after : 0, POLL_LIMIT_MS).then((state) => {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(messageOf(state)));
  });
  return true;
}

/** What the page shows: every error, and how many warnings there are. */
function messageOf({ revision, diagnostics }: CourseState): unknown {
  return {
    revision,
    errors: diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ code, file, line, column, message, remedy }) => ({
        place: `${file}:${line}:${column}`,
        code,
        message,
        remedy,
      })),
    warnings: diagnostics.filter(({ severity }) => severity === 'warning').length,
  };
}
