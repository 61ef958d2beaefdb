import { gzipSync } from 'node:zlib';
import lighthouse from 'lighthouse';
import type { Page } from 'playwright-core';
import { launchChromium } from '../chromium.ts';
import { firstLesson, simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { temporaryFolder } from '../process.ts';
import { startSite } from '../site-process.ts';
import { median, rounded } from '../statistics.ts';

const KILOBYTE = 1_000;
const SCRIPT_GOAL_KB = 150;
const LIGHTHOUSE_GOAL = 95;
/** Lighthouse colours an audit green from this on. */
const GOOD_AUDIT = 0.9;
/** One run's scores scatter. */
const LIGHTHOUSE_ROUNDS = 3;
/** What a page loads in the background after it is complete comes within this. */
const AFTER_LOAD_MS = 3_000;

interface Address {
  readonly name: 'landing' | 'lesson' | 'lab';
  readonly path: string;
}

/** The landing page, and the course's first lesson and lab. */
function addresses(): readonly Address[] {
  const lesson = firstLesson();
  const [lab] = simulatedLabs();
  return [
    { name: 'landing', path: '/' },
    { name: 'lesson', path: `/learn/${lesson.chapterId}/${lesson.id}` },
    { name: 'lab', path: `/lab/${lab?.id ?? ''}` },
  ];
}

/** What a newcomer's browser loads of scripts for a page, compressed as `gzip -6` does: workers and late ones too. */
async function scriptKilobytes(
  bench: Bench,
  page: Page,
  address: string,
): Promise<{ readonly kB: number; readonly files: number }> {
  const scripts: Promise<readonly [string, number]>[] = [];
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    if (!response.ok() || !/javascript|ecmascript|wasm/.test(type)) return;
    const file = response.url().split('/').at(-1) ?? '';
    scripts.push(response.body().then((body) => [file, gzipSync(body).length]));
  });
  await page.goto(address, { waitUntil: 'load' });
  await page.waitForTimeout(AFTER_LOAD_MS);
  const sizes = (await Promise.all(scripts)).toSorted((left, right) => right[1] - left[1]);
  bench.progress(`${address} loads ${sizes.map(([file, bytes]) => `${file} ${bytes}`).join(', ')}`);
  return {
    kB: rounded(sizes.reduce((sum, [, bytes]) => sum + bytes, 0) / KILOBYTE),
    files: sizes.length,
  };
}

async function runScripts(bench: Bench): Promise<readonly Measurement[]> {
  const data = temporaryFolder('site');
  bench.atEnd(() => data.remove());
  bench.progress('starting the site');
  const { url } = await startSite(bench, { dataDirectory: data.path });
  const { browser } = await launchChromium(bench);
  const measurements: Measurement[] = [];
  for (const { name, path } of addresses()) {
    // A context of its own: nothing is cached from the page before.
    const context = await browser.newContext();
    const { kB, files } = await scriptKilobytes(bench, await context.newPage(), `${url}${path}`);
    await context.close();
    measurements.push({
      name: `script-${name}-page`,
      value: kB,
      unit: 'kB',
      statistic: 'sum',
      samples: files,
      ...(name === 'lesson' ? { goal: { atMost: SCRIPT_GOAL_KB } } : {}),
      detail: { path },
    });
  }
  return measurements;
}

export const pageScripts: Figure = {
  name: 'page-scripts',
  about: 'All scripts that a page loads on a first visit, gzipped.',
  run: runScripts,
};

async function runLighthouse(bench: Bench): Promise<readonly Measurement[]> {
  const data = temporaryFolder('site');
  bench.atEnd(() => data.remove());
  bench.progress('starting the site');
  const { url } = await startSite(bench, { dataDirectory: data.path });
  const { devToolsPort } = await launchChromium(bench);
  const measurements: Measurement[] = [];
  for (const { name, path } of addresses()) {
    const scores = new Map<string, number[]>();
    const failing = new Map<string, Set<string>>();
    for (let round = 1; round <= LIGHTHOUSE_ROUNDS; round++) {
      bench.progress(`${path}, round ${round} of ${LIGHTHOUSE_ROUNDS}`);
      const result = await lighthouse(`${url}${path}`, {
        port: devToolsPort,
        output: 'json',
        logLevel: 'silent',
        formFactor: 'desktop',
        screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
        throttlingMethod: 'simulate',
        throttling: DESKTOP_THROTTLING,
        onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'],
      });
      if (result === undefined) throw new Error('Lighthouse gave no result');
      const { categories, audits } = result.lhr;
      for (const [id, { score, auditRefs }] of Object.entries(categories)) {
        scores.set(id, [...(scores.get(id) ?? []), Math.round((score ?? 0) * 100)]);
        const below = failing.get(id) ?? new Set();
        failing.set(id, below);
        for (const { id: audit, weight } of auditRefs)
          if (weight > 0 && (audits[audit]?.score ?? 1) < GOOD_AUDIT) below.add(audit);
      }
    }
    for (const [category, each] of scores)
      measurements.push({
        name: `lighthouse-${name}-${category}`,
        value: median(each),
        unit: 'score',
        statistic: 'median',
        samples: each.length,
        goal: { atLeast: LIGHTHOUSE_GOAL },
        detail: { path, lowest: Math.min(...each), below90: [...(failing.get(category) ?? [])].join(' ') },
      });
  }
  return measurements;
}

/** Lighthouse's own preset for desktops: a cable's speed, no slower processor. */
const DESKTOP_THROTTLING = {
  rttMs: 40,
  throughputKbps: 10_240,
  cpuSlowdownMultiplier: 1,
  requestLatencyMs: 0,
  downloadThroughputKbps: 0,
  uploadThroughputKbps: 0,
};

export const lighthouseScores: Figure = {
  name: 'lighthouse',
  about: 'Lighthouse’s four scores of the landing, a lesson and a lab page, by its preset for desktops.',
  run: runLighthouse,
};
