import type { ClusterConfig } from '@podwire/kubesim';
import { configForNeeds } from '@podwire/kubesim';
import type { ClusterOrigin } from './port.ts';

export { MAX_LAB_NODES as MAX_NODES } from '@podwire/lab';

/** The settings of the simulated cluster that a lab's needs ask for. */
export function clusterConfig({
  needs,
  seed,
  startMs,
}: Pick<ClusterOrigin, 'needs' | 'seed' | 'startMs'>): ClusterConfig {
  return configForNeeds(needs, { seed, startMs });
}
