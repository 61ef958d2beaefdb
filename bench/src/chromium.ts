import { existsSync } from 'node:fs';
import process from 'node:process';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import type { Bench } from './figure.ts';
import { freePort } from './free-port.ts';

const SYSTEM_CHROMIUM = '/usr/bin/chromium';

/** The Chromium that the browser tests use too, with a port for its DevTools. It needs no network. */
export async function launchChromium(
  bench: Bench,
): Promise<{ readonly browser: Browser; readonly devToolsPort: number }> {
  const executablePath =
    process.env['CHROMIUM'] ?? (existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined);
  const devToolsPort = await freePort();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      `--remote-debugging-port=${devToolsPort}`,
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  bench.atEnd(() => browser.close());
  return { browser, devToolsPort };
}
