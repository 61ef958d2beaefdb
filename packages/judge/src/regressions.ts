import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Observation } from './observe/observation.ts';
import type { World } from './world/world.ts';

/** A world that was found to differ once, and what a real cluster answered to the keys that did. */
export interface Regression {
  readonly about: string;
  readonly world: World;
  readonly truth: Observation;
}

export const REGRESSIONS = path.resolve(import.meta.dirname, '../regressions');

export function writeRegression(folder: string, name: string, regression: Regression): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name.replace(/[^\w.-]+/g, '-').slice(0, 100)}.json`);
  writeFileSync(file, `${JSON.stringify(regression, null, 2)}\n`);
  return file;
}

export function readRegressions(
  folder = REGRESSIONS,
): readonly { readonly name: string; readonly regression: Regression }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'manifests.json')
    .sort()
    .map((name) => ({
      name,
      regression: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Regression,
    }));
}
