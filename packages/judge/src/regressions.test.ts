import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyWorld } from './apply/apply.ts';
import { prepare } from './apply/prepare.ts';
import { SimulatedBench } from './bench/simulated.ts';
import { compare } from './compare.ts';
import { unexplained } from './known.ts';
import { observe, THOROUGH } from './observe/observe.ts';
import { observeRefusals } from './refusals/observe.ts';
import { readRegressions, REGRESSIONS } from './regressions.ts';
import type { Regression } from './regressions.ts';

describe('what a real cluster answered once, the simulation answers', () => {
  let booted: SimulatedBench;

  beforeAll(async () => {
    booted = SimulatedBench.boot();
    await prepare(booted);
  });

  it.each(readRegressions())('$name', async ({ regression: { world, truth } }) => {
    const bench = booted.fork();
    const found = await observe(bench, await applyWorld(bench, world), world, {
      style: THOROUGH,
      keys: new Set(Object.keys(truth)),
    });
    expect(unexplained(compare(truth, found), world)).toEqual([]);
  });

  it('API6 to every nasty manifest', async () => {
    const file = path.join(REGRESSIONS, 'manifests.json');
    const { truth } = JSON.parse(readFileSync(file, 'utf8')) as Regression;
    expect(compare(truth, await observeRefusals(booted.fork()))).toEqual([]);
  });
});
