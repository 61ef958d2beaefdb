import { join } from 'node:path';

/** The web app's whole environment, read at build time and by `next dev` only: what is served is static. */
export interface WebEnv {
  /** Where `next dev` sends /api and /socket.io. In production the gateway does that. */
  readonly orchestratorPort: number;
  /** Folder of the course: chapters, lessons, labs. `next` runs in apps/web. */
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
    courseDirectory: variables['PODWIRE_COURSE_DIR'] ?? join(process.cwd(), '..', '..', 'labs'),
  };
}
