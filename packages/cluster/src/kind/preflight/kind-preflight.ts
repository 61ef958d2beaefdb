import { preflightAnswers } from './answers.ts';
import type { PreflightWish } from './answers.ts';
import { preflightFindings } from './findings.ts';
import type { PreflightFinding } from './findings.ts';

/** What kind clusters need and what this machine has of it, each with its remedy. */
export async function kindPreflight(
  wish: PreflightWish,
  signal?: AbortSignal,
): Promise<readonly PreflightFinding[]> {
  return preflightFindings(await preflightAnswers(wish, signal), wish);
}
