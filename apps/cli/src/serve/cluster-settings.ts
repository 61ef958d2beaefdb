import type { ClusterConfig } from '@podwire/kubesim';
import { clusterRanges, defaultConfig, IP_FAMILIES, LOAD_BALANCER_RANGE, nodeNames } from '@podwire/kubesim';

/** Settings as they stand on the command line. */
export interface ClusterSettings {
  readonly name: string;
  readonly nodes: string;
  readonly cni: string;
  readonly policies: boolean;
  readonly seed: string;
  readonly ipFamily: string;
  readonly podCidr?: string;
  readonly serviceCidr?: string;
  readonly proxyMode: string;
  /** true: under the class that the controller has by default. */
  readonly ingress: boolean | string;
  /** true: under the class that the controller has by default. */
  readonly gateway?: boolean | string;
  readonly loadBalancer: boolean;
}

export type SettingsOutcome =
  | { readonly ok: true; readonly config: ClusterConfig }
  /** One sentence for each setting that can't be had. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** The nodes' network has room for more, and a laptop has not. */
const MAX_NODES = 20;
const MAX_SEED = 2 ** 32 - 1;
const CNIS = ['bridge', 'ptp', 'vxlan', 'none'] as const;
const PROXY_MODES = ['nftables', 'iptables'] as const;
const DEFAULT_INGRESS_CLASS = 'nginx';
const DEFAULT_GATEWAY_CLASS = 'podwire';
const NAME = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;

/** Turns settings into a cluster's configuration; what the simulation does not have is refused, not ignored. */
export function readClusterSettings(settings: ClusterSettings, startMs: number): SettingsOutcome {
  const problems: string[] = [];
  const nodes = wholeNumber('--nodes', settings.nodes, 1, MAX_NODES, problems);
  const seed = wholeNumber('--seed', settings.seed, 0, MAX_SEED, problems);
  const cni = oneOf('--cni', settings.cni, CNIS, problems);
  const proxyMode = oneOf('--proxy-mode', settings.proxyMode, PROXY_MODES, problems);
  const family = oneOf('--ip-family', settings.ipFamily, IP_FAMILIES, problems);
  if (!NAME.test(settings.name))
    problems.push(`--name "${settings.name}": lower-case letters, digits and hyphens, at most 30.`);
  const ingressClass = settings.ingress === true ? DEFAULT_INGRESS_CLASS : settings.ingress;
  if (ingressClass !== false && !NAME.test(ingressClass))
    problems.push(`--ingress "${ingressClass}": the name of an IngressClass.`);
  const gatewayClass = settings.gateway === true ? DEFAULT_GATEWAY_CLASS : (settings.gateway ?? false);
  if (gatewayClass !== false && !NAME.test(gatewayClass))
    problems.push(`--gateway "${gatewayClass}": the name of a GatewayClass.`);
  const ranges = clusterRanges(
    {
      family: family ?? 'ipv4',
      podCidrs: listed(settings.podCidr),
      serviceCidrs: listed(settings.serviceCidr),
      nodes: nodes ?? 1,
    },
    { family: '--ip-family', pods: '--pod-cidr', services: '--service-cidr' },
  );
  problems.push(...ranges.problems);
  if (
    problems.length > 0 ||
    nodes === undefined ||
    seed === undefined ||
    cni === undefined ||
    proxyMode === undefined
  )
    return { ok: false, problems };
  return {
    ok: true,
    config: {
      ...defaultConfig({ seed, startMs }),
      name: settings.name,
      nodes: nodeNames(settings.name, nodes).map((name, index) => ({
        name,
        labels: {},
        controlPlane: index === 0,
        // As kind does: pods go to the workers, unless there are none.
        schedulable: index > 0 || nodes === 1,
      })),
      cni,
      networkPolicies: settings.policies,
      podCidrs: ranges.podCidrs,
      serviceCidrs: ranges.serviceCidrs,
      proxyMode,
      ...(settings.loadBalancer ? { loadBalancer: { range: LOAD_BALANCER_RANGE } } : {}),
      ...(ingressClass === false ? {} : { ingress: { className: ingressClass } }),
      ...(gatewayClass === false ? {} : { gateway: { className: gatewayClass } }),
    },
  };
}

function listed(given: string | undefined): readonly string[] | undefined {
  return given?.split(',').map((text) => text.trim());
}

function wholeNumber(
  option: string,
  text: string,
  min: number,
  max: number,
  problems: string[],
): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  problems.push(`${option} ${JSON.stringify(text)}: a whole number from ${min} to ${max}.`);
  return undefined;
}

function oneOf<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
  problems: string[],
): Choice | undefined {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) problems.push(`${option} "${text}": one of ${choices.join(', ')}.`);
  return found;
}
