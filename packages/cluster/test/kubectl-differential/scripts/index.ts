import type { Script } from '../script.ts';
import { CHANGING } from './changing.ts';
import { COMPARING } from './comparing.ts';
import { EXPLAINING } from './explaining.ts';
import { GETTING } from './getting.ts';
import { KUSTOMIZING } from './kustomizing.ts';
import { LOOKING } from './looking.ts';
import { SETTINGS } from './settings.ts';
import { WORKLOADS } from './workloads.ts';

/** All that is compared, by what the lines are about. Each script has a pair of clusters of its own. */
export const SCRIPTS: readonly Script[] = [
  ...GETTING,
  ...CHANGING,
  ...WORKLOADS,
  ...LOOKING,
  ...COMPARING,
  ...EXPLAINING,
  ...KUSTOMIZING,
  ...SETTINGS,
];
