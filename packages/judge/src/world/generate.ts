import { Draw } from './draw.ts';
import { drawFleet, drawLabels, drawNamespaceLabels, NAMESPACES } from './fleet.ts';
import { drawPolicies } from './policies.ts';
import { drawServices } from './services.ts';
import { WATCH_NAMESPACE, WATCHERS } from './world.ts';
import type { World } from './world.ts';

/** So many worlds in a row have the same pods under other labels: a real cluster takes seconds to start pods. */
const WORLDS_PER_FLEET = 20;
/** Keeps the draws of fleets apart from those of worlds. */
const FLEET_OFFSET = 500_000;

/** World `number` of a seed: always the same, whatever was drawn before. */
export function generateWorld(seed: number, number: number): World {
  const fleet = drawFleet(new Draw(seed, FLEET_OFFSET + Math.floor(number / WORLDS_PER_FLEET)));
  const draw = new Draw(seed, number);
  const pods = fleet.map((pod) => ({ ...pod, labels: drawLabels(draw) }));
  return {
    name: `${seed}-${number}`,
    namespaces: [
      ...NAMESPACES.map((name) => ({ name, labels: drawNamespaceLabels(draw) })),
      { name: WATCH_NAMESPACE, labels: draw.chance(30) ? { team: 'red' } : {} },
    ],
    pods: [...pods, ...WATCHERS],
    ...drawServices(draw, pods),
    policies: drawPolicies(draw, pods),
  };
}
