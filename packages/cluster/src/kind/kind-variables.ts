import { z } from 'zod';
import { readAddons } from './addons.ts';
import type { KindAbilities } from './addons.ts';

/** Variables that say what kind clusters of this host have around them: of the site, and of `podwire test`. */
export const KIND_VARIABLES = {
  /** The node image's CNI obeys NetworkPolicies. */
  KIND_NETWORK_POLICIES: z
    .enum(['true', 'false'])
    .default('true')
    .transform((value) => value === 'true'),
  /** A folder with manifests of further CNIs and controllers. */
  KIND_ADDONS: z.string().min(1).optional(),
  /** What a learner's kind cluster reaches beyond itself: public addresses (to pull images), or nothing. */
  KIND_EGRESS: z.enum(['public', 'none']).default('public'),
};

export interface KindSurroundings {
  readonly networkPolicies: boolean;
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
  return { networkPolicies: env.KIND_NETWORK_POLICIES, addons: env.KIND_ADDONS, egress: env.KIND_EGRESS };
}

/** Reads the manifests. @throws Error when their folder can't be read. */
export async function kindAbilities({
  networkPolicies,
  addons,
}: Pick<KindSurroundings, 'networkPolicies' | 'addons'>): Promise<KindAbilities> {
  return { networkPolicies, ...(addons === undefined ? {} : { addons: await readAddons(addons) }) };
}
