import type { Figure } from '../figure.ts';
import { checks } from './checks.ts';
import { clusterFork } from './cluster-fork.ts';
import { besideEndlessLoop, keystrokes } from './keystrokes.ts';
import { labStart } from './lab-start.ts';
import { memory } from './memory.ts';
import { lighthouseScores, pageScripts } from './pages.ts';
import { startUp } from './start-up.ts';

/** In the order in which they are run. */
export const FIGURES: readonly Figure[] = [
  clusterFork,
  labStart,
  keystrokes,
  besideEndlessLoop,
  checks,
  memory,
  startUp,
  pageScripts,
  lighthouseScores,
];
