import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CourseState, CourseWatch } from './course-watch.ts';

/** A page's question waits so long for something new: below the minute after which proxies lose patience. */
const POLL_LIMIT_MS = 25_000;

/**
 * Answers `GET /preview/state?after=<revision>` as soon as there is a newer one. `next dev` hands these requests on,
 * so that the page asks its own origin.
 */
export async function servePreviewState(
  watch: CourseWatch,
): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method !== 'GET' || url.pathname !== '/preview/state') {
      response.writeHead(404).end();
      return;
    }
    const after = Number(url.searchParams.get('after') ?? 0);
    void watch.newerThan(Number.isInteger(after) ? after : 0, POLL_LIMIT_MS).then((state) => {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(messageOf(state)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
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
