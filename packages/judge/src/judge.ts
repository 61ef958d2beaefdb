import { applyWorld } from './apply/apply.ts';
import type { Applied } from './apply/apply.ts';
import type { Bench } from './bench/bench.ts';
import { compare } from './compare.ts';
import type { Difference } from './compare.ts';
import { KNOWN_CHOICES, unexplained } from './known.ts';
import { minimise } from './minimise.ts';
import { observe, QUICK, THOROUGH } from './observe/observe.ts';
import type { Observation } from './observe/observation.ts';
import type { World } from './world/world.ts';

export interface Benches {
  /** The cluster that is believed. */
  readonly truth: Bench;
  /** The cluster that is judged; a fresh one for each world, where that is cheap. */
  readonly judged: () => Bench;
}

export interface Verdict {
  readonly world: World;
  /** What was compared: probes, questions, objects, outputs. */
  readonly compared: number;
  readonly probes: number;
  readonly differences: readonly Difference[];
  /** How often each known choice explained a difference. */
  readonly explained: ReadonlyMap<string, number>;
  readonly truth: Observation;
}

/** Makes both clusters be this world and compares them; what differs is looked at again, thoroughly. */
export async function judgeWorld(
  { truth, judged }: Benches,
  world: World,
  { kubectl = true }: { readonly kubectl?: boolean } = {},
): Promise<Verdict> {
  const other = judged();
  const [left, right] = await Promise.all([applyWorld(truth, world), applyWorld(other, world)]);
  const [first, second] = await Promise.all([
    observe(truth, left, world, { style: QUICK, kubectl }),
    observe(other, right, world, { style: QUICK, kubectl }),
  ]);
  const suspects = compare(first, second, { lenient: true });
  const again = await lookAgain(truth, left, other, right, world, suspects);
  const counts = new Map<string, number>();
  for (const { id, covers } of KNOWN_CHOICES) {
    const count = again.differences.filter((difference) => covers(difference, world)).length;
    if (count > 0) counts.set(id, count);
  }
  return {
    world,
    compared: new Set([...Object.keys(first), ...Object.keys(second)]).size,
    probes: Object.keys(first).filter((key) => key.startsWith('reach')).length,
    differences: unexplained(again.differences, world),
    explained: counts,
    truth: { ...first, ...again.truth },
  };
}

/** Once more, with more patience: what differs then, differs. */
const LOOKS = 2;

async function lookAgain(
  truth: Bench,
  left: Applied,
  judged: Bench,
  right: Applied,
  world: World,
  suspects: readonly Difference[],
): Promise<{ readonly differences: readonly Difference[]; readonly truth: Observation }> {
  let differences = unexplained(suspects, world);
  const explained = suspects.filter((suspect) => !differences.includes(suspect));
  let seen: Observation = {};
  for (let look = 0; look < LOOKS && differences.length > 0; look++) {
    const keys = new Set(differences.map(({ key }) => key));
    const options = { style: THOROUGH, keys };
    const expected = await observe(truth, left, world, options);
    seen = { ...seen, ...expected };
    differences = compare(expected, await observe(judged, right, world, options));
  }
  return { differences: [...explained, ...differences], truth: seen };
}

/** The smallest world in which this key still differs. */
export async function smallestWorld(
  { truth, judged }: Benches,
  world: World,
  { key }: Difference,
  budget: number,
): Promise<World> {
  const options = { style: THOROUGH, keys: new Set([key]) };
  return minimise(
    world,
    async (smaller) => {
      const other = judged();
      const [left, right] = [await applyWorld(truth, smaller), await applyWorld(other, smaller)];
      const expected = await observe(truth, left, smaller, options);
      const found = await observe(other, right, smaller, options);
      // Of a thing that is not there any more, nothing can differ.
      return expected[key] !== undefined && found[key] !== undefined && compare(expected, found).length > 0;
    },
    budget,
  );
}
