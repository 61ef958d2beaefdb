import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const SUFFIX = '.kind';
const OWNED = /^([a-z0-9]{1,32})\.(?:kind|json\.gz)$/u;
const OWNER_ONLY = 0o700;

/**
 * A session's files on the server's disk, beside its objects at the start. The folder is there before anything of
 * the session is in Docker and goes after all of that has gone: whoever finds it knows that something may be left.
 */
export class StateFolders {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async open(session: string): Promise<string> {
    const folder = this.#folder(session);
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
    return folder;
  }

  async remove(session: string): Promise<void> {
    await rm(this.#folder(session), { recursive: true, force: true });
  }

  /** Sessions that have any file here, those of `StartObjects` too. */
  async sessions(): Promise<readonly string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    return [...new Set(names.map((name) => OWNED.exec(name)?.[1]).filter((name) => name !== undefined))];
  }

  #folder(session: string): string {
    return path.join(this.#directory, `${session}${SUFFIX}`);
  }
}
