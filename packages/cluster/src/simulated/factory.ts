import { createCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import type { ClusterFactory } from './boot.ts';

/** The real simulated clusters, with the programs that learners type. */
export function simulatedClusterFactory(): ClusterFactory {
  return { create: createCluster, programs, homeDirectory: '/home/learner' };
}
