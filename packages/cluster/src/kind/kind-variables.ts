import path from 'node:path';
import { z } from 'zod';
import { ADDON_FILES, readAddons } from './addons.ts';
import type { KindAbilities } from './addons.ts';

/** Variables that say what kind clusters of this host have around them: of the site, and of `podwire test`. */
export const KIND_VARIABLES = {
  /** The node image's CNI obeys NetworkPolicies. */
  KIND_NETWORK_POLICIES: z
    .enum(['true', 'false'])
    .default('true')
    .transform((value) => value === 'true'),
  /** Whose CNI obeys the policies of labs: the node image's own as far as it does, or always the addon's. */
  KIND_CNI: z.enum(['node-image', 'addon']).default('node-image'),
  /** A folder with manifests of further CNIs and controllers. */
  KIND_ADDONS: z.string().min(1).optional(),
  /** What a learner's kind cluster reaches beyond itself: public addresses (to pull images), or nothing. */
  KIND_EGRESS: z.enum(['public', 'none']).default('public'),
};

export interface KindSurroundings {
  readonly networkPolicies: boolean;
  readonly cni: 'node-image' | 'addon';
  /** A folder. */
  readonly addons: string | undefined;
  readonly egress: 'public' | 'none';
}

/** @throws Error naming every variable that is wrong. An empty one is not set. */
export function readKindVariables(variables: Readonly<Record<string, string | undefined>>): KindSurroundings {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = z.object(KIND_VARIABLES).safeParse(given);
  if (!parsed.success)
    throw new Error(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  const env = parsed.data;
  return {
    networkPolicies: env.KIND_NETWORK_POLICIES,
    cni: env.KIND_CNI,
    addons: env.KIND_ADDONS,
    egress: env.KIND_EGRESS,
  };
}

/** Reads the manifests. @throws Error when their folder can't be read, or lacks the CNI that all labs are to get. */
export async function kindAbilities({
  networkPolicies,
  cni,
  addons: folder,
}: Pick<KindSurroundings, 'networkPolicies' | 'cni' | 'addons'>): Promise<KindAbilities> {
  const addons = folder === undefined ? undefined : await readAddons(folder);
  if (cni === 'addon' && addons?.cniWithPolicies === undefined)
    throw new Error(
      `KIND_CNI: addon wants a CNI's manifest, ${path.join(folder ?? '$KIND_ADDONS', ADDON_FILES.cniWithPolicies)}, which is not there. Put one there, or leave KIND_CNI out.`,
    );
  return { networkPolicies, cni, ...(addons === undefined ? {} : { addons }) };
}
