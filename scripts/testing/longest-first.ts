import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Files that take the longest: begun last, one of them would run on alone when all else is done. */
const LONGEST = [
  'labs.docker.test.ts',
  'kind-bounds.docker.test.ts',
  'kind-killed.docker.test.ts',
  'labs.integration.test.ts',
  'kubectl-differential.integration.test.ts',
];

/** Vitest's own order, but for the longest files: they come first. It knows no durations on a fresh checkout. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((left, right) => rank(left) - rank(right));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
  return found < 0 ? LONGEST.length : found;
}
