import type { Names } from '../apply/names.ts';
import { containerName } from '../apply/manifests.ts';
import type { Bench } from '../bench/bench.ts';
import { answersOf } from './observation.ts';
import type { Observation } from './observation.ts';
import { firstPort, readProbes, scriptOf } from './probes.ts';
import type { Probe, ProbingStyle } from './probes.ts';
import { refOf } from '../world/world.ts';

/** Tries all probes from inside their pods, a script a pod. */
export async function observeReach(
  bench: Bench,
  names: Names,
  probes: readonly Probe[],
  style: ProbingStyle,
): Promise<Observation> {
  const bySource = new Map<string, Probe[]>();
  for (const probe of probes) {
    const source = refOf(probe.from);
    const own = bySource.get(source);
    if (own === undefined) bySource.set(source, [probe]);
    else own.push(probe);
  }
  const observation: Record<string, readonly string[]> = {};
  await Promise.all(
    [...bySource.values()].map(async (own) => {
      const [first] = own;
      if (first === undefined) return;
      const place = {
        namespace: first.from.namespace,
        name: first.from.name,
        container: containerName(firstPort(first.from)),
      };
      const run = await bench.exec(place, ['sh', '-c', scriptOf(own, names, style, bench.parallelCurl)]);
      if (run.code !== 0)
        throw new Error(
          `${bench.name}: probing from ${refOf(first.from)} failed (${run.code}): ${run.stderr}`,
        );
      for (const [key, outcomes] of readProbes(own, names, run.stdout))
        observation[`reach | ${key}`] = answersOf(outcomes);
    }),
  );
  return observation;
}
