import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';

/** Programs that work for a session bear its cluster's name in their environment, and so do those they begin. */
export const CLUSTER_VARIABLE = 'PODWIRE_KIND_CLUSTER';
/** `kind` begins some programs for each node; while one round of killing goes on, they may begin others. */
const MAX_ROUNDS = 10;

/**
 * Ends programs that a killed process of ours left at work for a cluster: `kind` goes on making nodes when nobody
 * waits for it any more. On hosts without `/proc` there is nothing to be seen, and so nothing is ended.
 * @returns how many were ended.
 */
export async function endStrayPrograms(cluster: string): Promise<number> {
  let ended = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await programsOf(cluster);
    if (found.length === 0) break;
    for (const id of found) {
      try {
        process.kill(id, 'SIGKILL');
        ended++;
      } catch {
        // It has ended by itself.
      }
    }
  }
  return ended;
}

async function programsOf(cluster: string): Promise<readonly number[]> {
  const wanted = `${CLUSTER_VARIABLE}=${cluster}`;
  const names = await readdir('/proc').catch(() => []);
  const ids = names.map(Number).filter((id) => Number.isInteger(id) && id !== process.pid);
  const marked = await Promise.all(
    ids.map(async (id) => {
      // Other users' programs can't be read, and none of them is ours.
      const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(wanted) && !(await isDead(id)) ? id : undefined;
    }),
  );
  return marked.filter((id) => id !== undefined);
}

/** A program that was killed stays in the list until its parent has heard of it. */
async function isDead(id: number): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
  return stat === '' || /\) [ZX] /u.test(stat);
}
