import { collectionsOf, snapshotOf, UnreadableCluster } from '../learner-objects.ts';
import type { Collection, Snapshot } from '../learner-objects.ts';
import type { ProvingCluster } from '../proving-ground.ts';
import { submissionOf } from './submission.ts';
import type { SealedSubmission } from './submission.ts';

/** A message for the learner. */
export type ReadSubmission = SealedSubmission | { readonly unreadable: string };

type Api = Pick<ProvingCluster, 'request'>;

/** What was made of a cluster, told by its API then and now. */
export async function submissionBetween(
  then: Api,
  now: Api,
  files: SealedSubmission['files'],
): Promise<ReadSubmission> {
  return readable(async () => {
    const collections = await collectionsOf(now);
    return compared(await snapshotOf(then, collections), now, collections, files);
  });
}

/** What was made of a cluster whose start is known already. */
export function submissionSince(
  start: { readonly collections: readonly Collection[]; readonly before: Snapshot },
  now: Api,
  files: SealedSubmission['files'],
): Promise<ReadSubmission> {
  return readable(() => compared(start.before, now, start.collections, files));
}

async function compared(
  before: Snapshot,
  now: Api,
  collections: readonly Collection[],
  files: SealedSubmission['files'],
): Promise<ReadSubmission> {
  return submissionOf(before, await snapshotOf(now, collections), files);
}

/** An API server that is down has not deleted anything: nothing is said of the work then. */
async function readable(read: () => Promise<ReadSubmission>): Promise<ReadSubmission> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableCluster)) throw error;
    return { unreadable: `What you made can’t be read: ${error.message}.` };
  }
}
