import { connect } from 'node:net';
import { startEmbeddedPostgres } from '@podwire/db';
import type { Logger } from 'pino';

/** A database that died is back within this and its recovery; meanwhile journals wait, and browsers hold input back. */
const LOOK_EVERY_MS = 1_000;
/** A server that runs takes a connection at once, however busy it is: the system does it. */
const CONNECT_WITHIN_MS = 2_000;

/** Starts our own PostgreSQL again on its port when it has died. @returns a way to stop looking. */
export function watchEmbeddedPostgres(
  server: { readonly dataDir: string; readonly port: number },
  log: Logger,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const look = async (): Promise<void> => {
    try {
      if (!(await listens(server.port)) && !stopped()) {
        log.warn({ port: server.port }, 'PostgreSQL is away; it is started again');
        await startEmbeddedPostgres(server);
        log.info({ port: server.port }, 'PostgreSQL is back');
      }
    } catch (error) {
      log.error({ err: error }, 'PostgreSQL could not be started again; it is tried again');
    }
    next();
  };
  const stopped = (): boolean => over;
  const next = (): void => {
    if (!over) timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  };
  next();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: CONNECT_WITHIN_MS });
    const answer = (listening: boolean) => (): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
    socket.once('timeout', answer(false));
  });
}
