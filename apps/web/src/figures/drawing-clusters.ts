import type { SimulatedCluster } from '@podwire/kubesim';
import type { Lab } from '@podwire/lab';
import { programs } from '@podwire/shell';
import { countedPrograms } from './counted-programs.ts';
import type { Manifest } from './cluster-base.ts';
import { FigureClusters } from './figure-cluster.ts';
import { baseOf } from './lab-base.ts';

/** One for each lab that a page draws from. */
const MOST_KEPT = 64;

const counted = countedPrograms(programs);
const clusters = new FigureClusters(counted.programs, MOST_KEPT);
const withShell = new Set<string>();

/** A cluster to draw a figure from while the site is built. @throws when the API refuses a manifest, with its words. */
export function drawingCluster(lab: Lab | undefined, own: readonly Manifest[]): SimulatedCluster {
  const base = baseOf(lab);
  const before = counted.starts();
  clusters.booted(base);
  if (counted.starts() > before) withShell.add(base.key);
  return clusters.cluster(base, own);
}

/** Draws, and tells whether a program of the shell was started for it, or for the lab's setup before. */
export function withShellNoted<Drawn>(
  lab: Lab | undefined,
  draw: () => Drawn,
): { readonly drawn: Drawn; readonly shell: boolean } {
  const before = counted.starts();
  const drawn = draw();
  return { drawn, shell: counted.starts() > before || withShell.has(baseOf(lab).key) };
}
