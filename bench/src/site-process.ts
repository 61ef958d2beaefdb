import path from 'node:path';
import type { Bench } from './figure.ts';
import { freePort } from './free-port.ts';
import { Program, endLeftPostgres } from './process.ts';
import { ROOT } from './root.ts';

/** Asked again and again until the first page is there. */
const POLL_MS = 50;

export interface Site {
  readonly url: string;
  /** From `npm start` to the last byte of the first page. */
  readonly firstPageMs: number;
  stop(): Promise<void>;
}

/** `npm start` in a checkout, until it has served its first page. */
export async function startSite(
  bench: Bench,
  options: { readonly checkout?: string; readonly dataDirectory: string },
): Promise<Site> {
  const { checkout = ROOT, dataDirectory } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const begunMs = performance.now();
  const program = new Program(process.execPath, [path.join('scripts', 'start.mjs')], {
    cwd: checkout,
    env: { PORT: String(port), PODWIRE_DATA_DIR: dataDirectory },
  });
  let over = false;
  const ended = program.finished().finally(() => (over = true));
  // Whoever waits for the first page is told; later its end is no news.
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    await program.stop();
    endLeftPostgres(dataDirectory);
  };
  bench.atEnd(stop);
  while (!over) {
    const page = await fetch(url).catch(() => undefined);
    if (page?.ok === true) {
      await page.arrayBuffer();
      return { url, firstPageMs: performance.now() - begunMs, stop };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await ended;
  throw new Error('the site ended before its first page');
}
