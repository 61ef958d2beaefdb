import type { Figure } from '../figure.ts';
import { parseCourses, proofs } from './authoring.ts';
import { apiRequests, watchOfMany } from './api.ts';
import { checks } from './checks.ts';
import { clusterFork } from './cluster-fork.ts';
import { deployment } from './deployment.ts';
import { gradeSubmissions, policiesEqual } from './grading.ts';
import { idle } from './idle.ts';
import { besideEndlessLoop, keystrokes } from './keystrokes.ts';
import { kind } from './kind.ts';
import { labStart } from './lab-start.ts';
import { liveMemory } from './live-memory.ts';
import { memory } from './memory.ts';
import { lighthouseScores, pageScripts } from './pages.ts';
import { packets } from './packets.ts';
import { reachabilityOfAll } from './reachability.ts';
import { startUp } from './start-up.ts';
import { workerBundle } from './worker-bundle.ts';

/** In the order in which they are run. */
export const FIGURES: readonly Figure[] = [
  clusterFork,
  deployment,
  liveMemory,
  packets,
  parseCourses,
  proofs,
  gradeSubmissions,
  policiesEqual,
  reachabilityOfAll,
  apiRequests,
  watchOfMany,
  idle,
  workerBundle,
  labStart,
  keystrokes,
  besideEndlessLoop,
  checks,
  memory,
  startUp,
  pageScripts,
  lighthouseScores,
];

/** Those that need what `npm run test:kind` needs: run when they are named. */
export const ON_REQUEST: readonly Figure[] = [kind];
