import { resolve } from 'node:path';

/** The web app's whole environment, read at build time and by `next dev` only: what is served is static. */
export interface WebEnv {
  /** Where `next dev` sends /api and /socket.io. In production the gateway does that. */
  readonly orchestratorPort: number;
  /** Where `podwire preview` tells of changed files; undefined without it. */
  readonly previewPort: number | undefined;
  /** Folder of the course, from the repository's root. */
  readonly courseDirectory: string;
}

const DEFAULT_ORCHESTRATOR_PORT = 4400;

export function readEnv(variables: Readonly<Record<string, string | undefined>>): WebEnv {
  const port = Number(variables['ORCHESTRATOR_PORT'] ?? DEFAULT_ORCHESTRATOR_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`ORCHESTRATOR_PORT must be a port number, not ${String(variables['ORCHESTRATOR_PORT'])}`);
  }
  const previewPort = variables['PODWIRE_PREVIEW_PORT'];
  return {
    orchestratorPort: port,
    previewPort: previewPort === undefined ? undefined : Number(previewPort),
    // next runs in apps/web. Nothing of this is read once the pages are built, so it is not traced.
    courseDirectory: resolve(
      /* turbopackIgnore: true */ process.cwd(),
      '..',
      '..',
      variables['LABS_DIR'] ?? 'labs',
    ),
  };
}
