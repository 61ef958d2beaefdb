import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** Ids are letters and digits (`names.ts`); a point parts them in file names. */
const HELD = /^([a-z0-9]{1,32})\.([a-z0-9]{1,32})\.json$/;
const WARM = /^([a-z0-9]{1,32})\.json$/;

const markSchema = z.object({ key: z.string(), nodes: z.number() });
export type WarmMark = z.infer<typeof markSchema>;

/**
 * Which cluster a session holds, when it was made before the session: Docker can rename no kind cluster, so the
 * clusters of the pool keep their own names and these files say whose they are. One rename takes a cluster out of
 * the pool and gives it to a session: a process that is killed leaves it in one of both, never in none.
 */
export class Holdings {
  readonly #warm: string;
  readonly #held: string;

  constructor(directory: string) {
    this.#warm = path.join(directory, 'warm');
    this.#held = path.join(directory, 'held');
  }

  /** What the pool has ready, by the cluster's id. */
  async warm(): Promise<ReadonlyMap<string, WarmMark>> {
    const found = new Map<string, WarmMark>();
    for (const file of await namesIn(this.#warm)) {
      const member = WARM.exec(file)?.[1];
      if (member === undefined) continue;
      const text = await readFile(path.join(this.#warm, file), 'utf8').catch(() => '');
      const mark = markSchema.safeParse(parsed(text));
      if (mark.success) found.set(member, mark.data);
    }
    return found;
  }

  async markWarm(member: string, mark: WarmMark): Promise<void> {
    await mkdir(this.#warm, { recursive: true, mode: 0o700 });
    const temporary = path.join(this.#warm, `${member}.new`);
    await writeFile(temporary, JSON.stringify(mark), { mode: 0o600 });
    await rename(temporary, path.join(this.#warm, `${member}.json`));
  }

  /** From the pool to a session. @throws when it is not in the pool. */
  async take(session: string, member: string): Promise<void> {
    await mkdir(this.#held, { recursive: true, mode: 0o700 });
    await rename(path.join(this.#warm, `${member}.json`), path.join(this.#held, `${session}.${member}.json`));
  }

  /** The cluster that a session holds; its own id when it was made for it. */
  async memberOf(session: string): Promise<string> {
    return (await this.held()).get(session) ?? session;
  }

  /** By session. */
  async held(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const file of await namesIn(this.#held)) {
      const [, session, member] = HELD.exec(file) ?? [];
      if (session !== undefined && member !== undefined) found.set(session, member);
    }
    return found;
  }

  /** A cluster is no more. */
  async forget(member: string): Promise<void> {
    await rm(path.join(this.#warm, `${member}.json`), { force: true });
    for (const file of await namesIn(this.#held))
      if (HELD.exec(file)?.[2] === member) await rm(path.join(this.#held, file), { force: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
