import type { ClusterConfig } from '@podwire/kubesim';
import { defaultConfig } from '@podwire/kubesim';
import type { ParsedCidr } from '@podwire/netsim';
import { cidrContains, parseCidr } from '@podwire/netsim';

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
const FAMILIES = ['ipv4', 'ipv6', 'dual'] as const;
/** As kind gives them. */
const DEFAULT_RANGES = {
  pods: { 4: '10.244.0.0/16', 6: 'fd00:10:244::/56' },
  services: { 4: '10.96.0.0/16', 6: 'fd00:10:96::/112' },
} as const;
/** kube-controller-manager's --node-cidr-mask-size. */
const NODE_PREFIX_LENGTH = { 4: 24, 6: 64 } as const;
/** kube-apiserver takes no larger range for Services: 20 bits of addresses. */
const MIN_SERVICE_PREFIX_LENGTH = { 4: 12, 6: 108 } as const;
/** Fewer addresses than the API, DNS and a handful of Services need. */
const MAX_SERVICE_PREFIX_LENGTH = { 4: 28, 6: 124 } as const;
/** Where the simulated nodes, their router and the toolbox are. */
const UNDERLAYS: readonly string[] = ['172.18.0.0/16', 'fc00:f853:ccd:e793::/64'];
/** From TEST-NET-2 (RFC 5737): the nodes' router sends it to the nodes. */
const LOAD_BALANCER_RANGE = '198.51.100.0/24';
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
  const family = oneOf('--ip-family', settings.ipFamily, FAMILIES, problems);
  if (!NAME.test(settings.name))
    problems.push(`--name "${settings.name}": lower-case letters, digits and hyphens, at most 30.`);
  const ingressClass = settings.ingress === true ? DEFAULT_INGRESS_CLASS : settings.ingress;
  if (ingressClass !== false && !NAME.test(ingressClass))
    problems.push(`--ingress "${ingressClass}": the name of an IngressClass.`);
  const gatewayClass = settings.gateway === true ? DEFAULT_GATEWAY_CLASS : (settings.gateway ?? false);
  if (gatewayClass !== false && !NAME.test(gatewayClass))
    problems.push(`--gateway "${gatewayClass}": the name of a GatewayClass.`);
  const versions = family === 'ipv6' ? [6] : family === 'dual' ? [4, 6] : [4];
  const podCidrs = ranges('--pod-cidr', settings.podCidr, DEFAULT_RANGES.pods, versions, problems);
  const serviceCidrs = ranges(
    '--service-cidr',
    settings.serviceCidr,
    DEFAULT_RANGES.services,
    versions,
    problems,
  );
  for (const range of podCidrs) checkPodRange(range, nodes ?? 1, problems);
  for (const range of serviceCidrs) checkServiceRange(range, problems);
  checkApart([...podCidrs, ...serviceCidrs], problems);
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
      podCidrs: podCidrs.map(({ text }) => text),
      serviceCidrs: serviceCidrs.map(({ text }) => text),
      proxyMode,
      ...(settings.loadBalancer ? { loadBalancer: { range: LOAD_BALANCER_RANGE } } : {}),
      ...(ingressClass === false ? {} : { ingress: { className: ingressClass } }),
      ...(gatewayClass === false ? {} : { gateway: { className: gatewayClass } }),
    },
  };
}

interface Range {
  readonly option: string;
  readonly text: string;
  readonly cidr: ParsedCidr;
}

function ranges(
  option: string,
  given: string | undefined,
  defaults: Readonly<Record<4 | 6, string>>,
  versions: readonly number[],
  problems: string[],
): readonly Range[] {
  const texts =
    given?.split(',').map((text) => text.trim()) ??
    versions.map((version) => defaults[version === 6 ? 6 : 4]);
  const parsed = texts.flatMap((text): readonly Range[] => {
    const cidr = parseCidr(text);
    if (cidr === undefined)
      problems.push(`${option} "${text}" is no CIDR; write one like ${defaults[4]} or ${defaults[6]}.`);
    return cidr === undefined ? [] : [{ option, text, cidr }];
  });
  const found = parsed.map(({ cidr }) => cidr.version);
  if (parsed.length === texts.length && found.join() !== versions.join())
    problems.push(
      `${option} "${texts.join(',')}" does not fit --ip-family: give ${versions.map((version) => `one IPv${version} range`).join(', then ')}.`,
    );
  return parsed;
}

function checkPodRange({ option, text, cidr }: Range, nodes: number, problems: string[]): void {
  const each = NODE_PREFIX_LENGTH[cidr.version];
  if (cidr.prefixLength > each)
    problems.push(`${option} ${text} is smaller than the /${each} that each node gets.`);
  else if (2 ** (each - cidr.prefixLength) < nodes)
    problems.push(
      `${option} ${text} has ${2 ** (each - cidr.prefixLength)} blocks of /${each}: too few for ${nodes} nodes.`,
    );
}

function checkServiceRange({ option, text, cidr }: Range, problems: string[]): void {
  const least = MIN_SERVICE_PREFIX_LENGTH[cidr.version];
  const most = MAX_SERVICE_PREFIX_LENGTH[cidr.version];
  if (cidr.prefixLength < least || cidr.prefixLength > most)
    problems.push(`${option} ${text}: the range for Services is between /${least} and /${most}.`);
}

function checkApart(all: readonly Range[], problems: string[]): void {
  for (const [index, range] of all.entries()) {
    const other = all.slice(index + 1).find((candidate) => overlap(range.text, candidate.text));
    if (other !== undefined)
      problems.push(`${range.option} ${range.text} and ${other.option} ${other.text} overlap.`);
    const underlay = UNDERLAYS.find((text) => overlap(range.text, text));
    if (underlay !== undefined)
      problems.push(`${range.option} ${range.text} overlaps ${underlay}, the network of the nodes.`);
  }
}

function overlap(left: string, right: string): boolean {
  const [a, b] = [parseCidr(left), parseCidr(right)];
  if (a === undefined || b === undefined || a.version !== b.version) return false;
  const [wide, narrow] = a.prefixLength <= b.prefixLength ? [left, right] : [right, left];
  return cidrContains(wide, narrow.slice(0, narrow.indexOf('/')));
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

function nodeNames(cluster: string, count: number): readonly string[] {
  const workers = Array.from(
    { length: count - 1 },
    (_, index) => `${cluster}-worker${index === 0 ? '' : index + 1}`,
  );
  return [`${cluster}-control-plane`, ...workers];
}
