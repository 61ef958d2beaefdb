import { createCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import type { ClusterFactory } from './boot.ts';

/** Home of the toolbox's user, as its image says. */
const HOME_DIRECTORY = '/home/learner';

/** The real simulated clusters, with the programs that learners type. */
export function simulatedClusterFactory(): ClusterFactory {
  return { create: createCluster, programs, homeDirectory: HOME_DIRECTORY };
}
