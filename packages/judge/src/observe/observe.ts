import type { Applied } from '../apply/apply.ts';
import type { Bench } from '../bench/bench.ts';
import type { World } from '../world/world.ts';
import { observeDns } from './dns.ts';
import { observeKubectl } from './kubectl.ts';
import { observeObjects } from './objects.ts';
import type { Observation } from './observation.ts';
import { probesOf } from './probes.ts';
import type { ProbingStyle } from './probes.ts';
import { observeReach } from './reach.ts';

/** The first look at a world: quick. */
export const QUICK: ProbingStyle = { patienceSeconds: 1, draws: 3 };
/** A second look at what differed: a busy machine is slow, and draws may fall together. */
export const THOROUGH: ProbingStyle = { patienceSeconds: 3, draws: 20 };

/** Looks at an applied world: at all of it, or at these keys alone. */
export async function observe(
  bench: Bench,
  applied: Applied,
  world: World,
  {
    style = QUICK,
    keys,
    kubectl = true,
  }: {
    readonly style?: ProbingStyle;
    readonly keys?: ReadonlySet<string>;
    readonly kubectl?: boolean;
  } = {},
): Promise<Observation> {
  const asked = (kind: string): boolean =>
    keys === undefined || [...keys].some((key) => key.startsWith(kind));
  const probes = probesOf(world).filter(
    ({ key, host, port }) =>
      (keys === undefined || keys.has(`reach | ${key}`)) &&
      applied.names.knows(host) &&
      applied.names.knows(port),
  );
  const observation: Observation = {
    ...(asked('reach') ? await observeReach(bench, applied.names, probes, style) : {}),
    ...(asked('dns') ? await observeDns(bench, applied.names, world) : {}),
    ...(asked('object') || asked('refusal') ? await observeObjects(bench, applied, world) : {}),
    ...(kubectl && asked('kubectl') ? await observeKubectl(bench, applied.names, world) : {}),
  };
  return keys === undefined
    ? observation
    : Object.fromEntries(Object.entries(observation).filter(([key]) => keys.has(key)));
}
