import type { ManifestsResult } from '@podwire/grader';

export type ManifestPath =
  /** Relative to the home folder; empty is the folder itself. */
  { readonly ok: true; readonly path: string } | Extract<ManifestsResult, { readonly ok: false }>;

/** Where a check looks for manifests: in the learner's home folder, and nowhere else. */
export function manifestPath(given: string): ManifestPath {
  const steps = given
    .replace(/^~(?:\/|$)/u, '')
    .split('/')
    .filter((step) => step !== '.' && step !== '');
  if (given.startsWith('/') || steps.includes('..'))
    return { ok: false, message: `${given} is not in your home folder.` };
  return { ok: true, path: steps.join('/') };
}
