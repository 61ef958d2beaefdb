import { beforeAll, describe, expect, it } from 'vitest';
import { applyWorld } from '../src/apply/apply.ts';
import { prepare } from '../src/apply/prepare.ts';
import type { Bench } from '../src/bench/bench.ts';
import { PlantedBench, PLANTS } from '../src/bench/planted.ts';
import { SimulatedBench } from '../src/bench/simulated.ts';
import { compare } from '../src/compare.ts';
import { unexplained } from '../src/known.ts';
import type { Observation } from '../src/observe/observation.ts';
import { observe } from '../src/observe/observe.ts';
import { observeRefusals } from '../src/refusals/observe.ts';
import { NASTY_WORLD } from './nasty-world.ts';

/** Where each planted rule is to show, among other places. */
const SHOWN_BY: Readonly<Record<string, string>> = {
  'ignores-except': 'reach | alpha/a → alpha/b:81/tcp',
  'or-for-and': 'reach | alpha/b → beta/c:80/tcp',
  'endport-exclusive': 'reach | alpha/a → beta/c:81/tcp',
  'named-ports-by-first-guess': 'reach | beta/c → alpha/b:81/tcp',
  'egress-not-isolated': 'reach | gamma/d → watch/host1:18080/tcp',
  'sctp-is-tcp': 'reach | beta/c → gamma/d:80/tcp',
  'pod-peers-of-any-namespace': 'reach | beta/c → alpha/a:80/tcp',
  'local-is-cluster': 'reach | watch/host0 → service alpha/near:80/tcp',
  'no-defaults': 'object | services alpha/near',
  'other-words': 'manifest | networkpolicy: port 0',
  'prints-otherwise': 'kubectl | describe services -n alpha',
};

/** With `key`, that alone is looked at: a cluster is soon asked, and many are asked here. */
async function look(bench: Bench, key?: string): Promise<Observation> {
  const applied = await applyWorld(bench, NASTY_WORLD);
  return {
    ...(await observe(bench, applied, NASTY_WORLD, key === undefined ? {} : { keys: new Set([key]) })),
    ...(key === undefined || key.startsWith('manifest') ? await observeRefusals(bench) : {}),
  };
}

describe('a rule turned round in one of two simulations', () => {
  let booted: SimulatedBench;
  let truth: Observation;

  beforeAll(async () => {
    booted = SimulatedBench.boot();
    await prepare(booted);
    truth = await look(booted.fork());
  });

  it('none turned round: no difference', async () => {
    const found = await look(booted.fork());
    expect(unexplained(compare(truth, found), NASTY_WORLD)).toEqual([]);
  });

  it.each(PLANTS.map((plant) => [plant.rule, plant.name, plant] as const))(
    '%s %s is found',
    async (_rule, name, plant) => {
      const key = SHOWN_BY[name] ?? '';
      const found = await look(new PlantedBench(booted.fork(), plant), key);
      const differing = unexplained(compare(truth, { ...truth, ...found }), NASTY_WORLD);
      expect(found[key]).toBeDefined();
      expect(differing.map((difference) => difference.key)).toContain(key);
    },
  );
});
