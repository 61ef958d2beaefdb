import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const DEFAULT_PORT = 3000;
const OTHERS_MAY_ENTER = 0o001;

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly trustForwarded: boolean;
}

/** What `npm start` reads of the environment; the orchestrator reads the rest itself. */
export function readSettings(env: NodeJS.ProcessEnv, root: string): Settings {
  const port = Number(env['PORT'] ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT is "${env['PORT'] ?? ''}"; it has to be a number from 1 to 65535.`);
  return {
    host: env['HOST'] ?? '127.0.0.1',
    port,
    dataDirectory: path.resolve(env['PODWIRE_DATA_DIR'] ?? defaultDataDirectory(root)),
    trustForwarded: env['TRUST_PROXY'] === 'true',
  };
}

/** PostgreSQL refuses to run as root, so as root its folder must be one that another user can reach. */
function defaultDataDirectory(root: string): string {
  const beside = path.join(root, '.podwire');
  return process.getuid?.() !== 0 || othersCanReach(root) ? beside : '/var/lib/podwire';
}

function othersCanReach(folder: string): boolean {
  for (let at = folder; ; at = path.dirname(at)) {
    if ((statSync(at).mode & OTHERS_MAY_ENTER) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** A free port on the loopback interface. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
