import type { EndReason, SessionView } from '@podwire/protocol';

export interface EndWords {
  readonly title: string;
  readonly body: string;
}

/** Why a session ended, plainly, and what is safe. What has passed is stored outside the cluster, so it always is. */
export function endWords(session: SessionView): EndWords {
  const reason = session.endReason ?? 'learner-ended';
  const words = WORDS[reason];
  return { title: words.title, body: session.endMessage ?? words.body };
}

const WORDS: Readonly<Record<EndReason, EndWords>> = {
  'learner-ended': { title: 'You ended this lab', body: 'The cluster is gone.' },
  'lifetime-over': {
    title: 'The time for this lab is over',
    body: 'The cluster was ended after its extra time had run out.',
  },
  idle: {
    title: 'The lab ended because nothing happened in it',
    body: 'Nobody typed, checked or read here for a long time.',
  },
  orphaned: {
    title: 'The lab ended because no page was open',
    body: 'The cluster was ended some time after the last page was closed.',
  },
  'hard-deadline': { title: 'This lab reached its longest time', body: 'No extension goes beyond it.' },
  replaced: { title: 'You started this lab anew', body: 'A newer cluster has taken the place of this one.' },
  'start-failed': {
    title: 'The cluster did not start',
    body: 'This is our fault, not yours. Starting again usually helps.',
  },
  'worker-crashed': { title: 'The cluster broke down', body: 'This is our fault, not yours.' },
  'cpu-exceeded': {
    title: 'The cluster used more processor time than it may',
    body: 'A program that never waits is the usual cause.',
  },
  'memory-exceeded': {
    title: 'The cluster used more memory than it may',
    body: 'Very many objects or very large files are the usual cause.',
  },
  'disk-exceeded': {
    title: 'The cluster wrote more than it may',
    body: 'A program that fills a file without end is the usual cause.',
  },
  'operator-ended': {
    title: 'The operator of this site ended the lab',
    body: 'This happens for maintenance.',
  },
};
