import { resolve } from 'node:path';

/** The web app's whole environment, read at build time, by `next dev` and in a preview: what is served is static. */
export interface WebEnv {
  /** Where `next dev` sends /api and /socket.io. In production the gateway does that. */
  readonly orchestratorPort: number;
  /** Whether `podwire preview` runs the site: pages follow the files of the course. */
  readonly preview: boolean;
  /** Folder of the course, from the repository's root. */
  readonly courseDirectory: string;
}

const DEFAULT_ORCHESTRATOR_PORT = 4400;

export function readEnv(variables: Readonly<Record<string, string | undefined>>): WebEnv {
  const port = Number(variables['ORCHESTRATOR_PORT'] ?? DEFAULT_ORCHESTRATOR_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`ORCHESTRATOR_PORT must be a port number, not ${String(variables['ORCHESTRATOR_PORT'])}`);
  }
  return {
    orchestratorPort: port,
    preview: variables['PODWIRE_PREVIEW'] === '1',
    // next runs in apps/web. Nothing of this is read once the pages are built, so it is not traced.
    courseDirectory: resolve(
      /* turbopackIgnore: true */ process.cwd(),
      '..',
      '..',
      variables['LABS_DIR'] ?? 'labs',
    ),
  };
}
