import type { Lab } from '@podwire/lab';
import type { ClusterOrigin } from './port.ts';

/**
 * What a cluster for the lab begins from. What is booted in advance has to say the same as what is asked for later, to
 * the letter.
 *
 * @param startMs the cluster's clock at its start, ms since the epoch
 */
export function originOf(
  { id: labId, digest: labDigest, cluster: needs, setup, files }: Lab,
  seed: number,
  startMs: number,
): ClusterOrigin {
  return { labId, labDigest, seed, startMs, needs, setup, files };
}
