import type { Script } from '../script.ts';
import { GETTING } from './getting.ts';
import { CHANGING } from './changing.ts';

/** All that is compared, by what the lines are about. Each script has a pair of clusters of its own. */
export const SCRIPTS: readonly Script[] = [...GETTING, ...CHANGING];
