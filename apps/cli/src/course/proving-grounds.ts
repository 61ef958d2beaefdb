import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {
  kindAbilities,
  KindProvider,
  KindProvingGround,
  readKindVariables,
  simulatedProvingGround,
} from '@podwire/cluster';
import type { Lab } from '@podwire/lab';
import type { ProvingGround } from '@podwire/prover';

export interface KindImages {
  readonly nodeImage: string;
  readonly toolboxImage: string;
}

/** Clusters to prove labs on, and what is to be done when nothing more is proven. */
export interface OpenGround {
  readonly ground: ProvingGround;
  /** Why a lab can't be had there, or undefined. */
  readonly refusal: (lab: Lab) => string | undefined;
  readonly close: () => Promise<void>;
}

export function simulatedGround(): OpenGround {
  return {
    ground: simulatedProvingGround(),
    refusal: () => undefined,
    close: () => Promise.resolve(),
  };
}

/**
 * Real clusters on this machine's Docker, set as the site's are, by its variables. Closing removes whatever was begun.
 * @throws Error when a variable is wrong, or says a folder that can't be read.
 */
export async function kindGround({ nodeImage, toolboxImage }: KindImages): Promise<OpenGround> {
  const surroundings = readKindVariables(process.env);
  const state = mkdtempSync(path.join(tmpdir(), 'podwire-test-'));
  const provider = await KindProvider.open({
    installation: `test${process.pid}`,
    nodeImage,
    toolboxImage,
    abilities: await kindAbilities(surroundings),
    egress: surroundings.egress,
    maxClusters: 1,
    // The next attempt's is made while this one waits for its pods.
    warmClusters: 1,
    stateDirectory: state,
  });
  return {
    ground: new KindProvingGround(provider),
    refusal: ({ cluster }) => provider.refusal(cluster),
    close: async () => {
      await provider.close();
      for (const session of await provider.owned()) await provider.remove(session);
      rmSync(state, { recursive: true, force: true });
    },
  };
}
