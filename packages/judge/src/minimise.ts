import { fewerPods, smallerWorlds } from './world/reduce.ts';
import type { World } from './world/world.ts';

/**
 * The smallest world found in which `differs` still holds: one thing after another is left out, and stays
 * out where the difference stays. `budget`: worlds that may be tried, since a real cluster takes seconds for each.
 */
export async function minimise(
  world: World,
  differs: (smaller: World) => Promise<boolean>,
  budget: number,
): Promise<World> {
  let smallest = world;
  let left = budget;
  for (const candidates of [smallerWorlds, fewerPods]) {
    let progressed = true;
    while (progressed && left > 0) {
      progressed = false;
      for (const candidate of candidates(smallest)) {
        if (left-- <= 0) break;
        if (!(await differs(candidate))) continue;
        smallest = candidate;
        progressed = true;
        break;
      }
    }
  }
  return smallest;
}
