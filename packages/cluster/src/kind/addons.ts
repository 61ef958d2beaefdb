import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { rangesForNeeds } from '@podwire/kubesim';
import type { Lab } from '@podwire/lab';

/**
 * What whoever runs the site pins for its clusters, one manifest file each in the folder `KIND_ADDONS`: a CNI in place
 * of the node image's own, an ingress controller, one for the Gateway API. Their images must be in this host's Docker,
 * or where nodes find them.
 */
export const ADDON_FILES = {
  cniWithPolicies: 'cni-with-policies.yaml',
  cniWithoutPolicies: 'cni-without-policies.yaml',
  ingress: 'ingress.yaml',
  gateway: 'gateway.yaml',
} as const;
export type AddonName = keyof typeof ADDON_FILES;

/** The manifests' texts. */
export type Addons = Readonly<Partial<Record<AddonName, string>>>;

/** What the host's images and manifests can give beyond Kubernetes itself. */
export interface KindAbilities {
  /** The node image's default CNI obeys NetworkPolicies. */
  readonly networkPolicies: boolean;
  readonly addons?: Addons;
  /** Whose CNI obeys the policies of labs: the addon only where the node image's own does not, or always. */
  readonly cni?: 'node-image' | 'addon';
}

/** @throws Error when the folder can't be read; a file that is not there is an addon that is not had. */
export async function readAddons(folder: string): Promise<Addons> {
  const addons: Partial<Record<AddonName, string>> = {};
  for (const [name, file] of Object.entries(ADDON_FILES) as [AddonName, string][])
    try {
      addons[name] = await readFile(path.join(folder, file), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  return addons;
}

/** The plugin that a lab's cluster gets: the node image's own, an addon's, none. Undefined: none that would do. */
export function cniFor(
  needs: Lab['cluster'],
  { networkPolicies, addons, cni }: KindAbilities,
): 'default' | 'none' | 'cniWithPolicies' | 'cniWithoutPolicies' | undefined {
  if (needs.cni === 'none') return 'none';
  const ownDoes = needs.networkPolicies === networkPolicies;
  // A lab that says ptp shows its configuration, which that of kind's own node images is.
  const ownIsMeant = needs.cni === 'ptp' || !needs.networkPolicies || cni !== 'addon';
  if (ownDoes && ownIsMeant) return 'default';
  const name = needs.networkPolicies ? 'cniWithPolicies' : 'cniWithoutPolicies';
  return addons?.[name] === undefined ? undefined : name;
}

export interface ChosenAddon {
  /** The file's name, for messages. */
  readonly path: string;
  readonly text: string;
}

/** The manifest of the lab's CNI, if that is an addon, and those that come once the nodes are ready. */
export function addonsFor(
  needs: Lab['cluster'],
  abilities: KindAbilities,
): { readonly cni: ChosenAddon | undefined; readonly others: readonly ChosenAddon[] } {
  const { podCidrs, serviceCidrs } = rangesForNeeds(needs);
  const values: Readonly<Record<string, string | undefined>> = {
    podSubnet: podCidrs.join(','),
    serviceSubnet: serviceCidrs.join(','),
    ingressClass: needs.ingress?.className,
    gatewayClass: needs.gateway?.className,
  };
  const chosen = (name: AddonName): ChosenAddon | undefined => {
    const text = abilities.addons?.[name];
    return text === undefined
      ? undefined
      : {
          path: ADDON_FILES[name],
          text: text.replaceAll(/\{\{(\w+)\}\}/gu, (whole, key: string) => values[key] ?? whole),
        };
  };
  const cni = cniFor(needs, abilities);
  return {
    cni: cni === 'cniWithPolicies' || cni === 'cniWithoutPolicies' ? chosen(cni) : undefined,
    others: [
      needs.ingress === undefined ? undefined : chosen('ingress'),
      needs.gateway === undefined ? undefined : chosen('gateway'),
    ].filter((addon) => addon !== undefined),
  };
}
