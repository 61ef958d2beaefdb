import type { ClusterFactory } from './boot.ts';

/** The real simulated clusters, with the programs that learners type. */
export function simulatedClusterFactory(): ClusterFactory {
  throw new Error('the simulation is not linked yet');
}
