import type { ParsedCidr } from '@podwire/netsim';
import { cidrContains, parseCidr } from '@podwire/netsim';

export const IP_FAMILIES = ['ipv4', 'ipv6', 'dual'] as const;
export type IpFamily = (typeof IP_FAMILIES)[number];

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
/** Where the nodes, their router and the toolbox are. */
const UNDERLAYS: readonly string[] = ['172.18.0.0/16', 'fc00:f853:ccd:e793::/64'];

/** What is asked of a cluster's addresses; ranges that are not given are kind's. */
export interface RangesWish {
  readonly family: IpFamily;
  readonly podCidrs?: readonly string[] | undefined;
  readonly serviceCidrs?: readonly string[] | undefined;
  readonly nodes: number;
}

/** How whoever asked calls the three settings: problems name them so. */
export interface RangeNames {
  readonly family: string;
  readonly pods: string;
  readonly services: string;
}

export interface ClusterRanges {
  /** IPv4 before IPv6 where there are both. */
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  /** One sentence each; without any, a cluster can be made of these. */
  readonly problems: readonly string[];
}

/** The ranges of pods and Services, checked as the control plane's own programs check their flags. */
export function clusterRanges(wish: RangesWish, names: RangeNames): ClusterRanges {
  const problems: string[] = [];
  const versions = wish.family === 'ipv6' ? [6] : wish.family === 'dual' ? [4, 6] : [4];
  const read = (name: string, given: readonly string[] | undefined, defaults: Defaults): readonly Range[] =>
    ranges(name, given ?? versions.map((version) => defaults[version === 6 ? 6 : 4]), {
      ...{ defaults, versions, familyName: names.family, problems },
    });
  const pods = read(names.pods, wish.podCidrs, DEFAULT_RANGES.pods);
  const services = read(names.services, wish.serviceCidrs, DEFAULT_RANGES.services);
  for (const range of pods) checkPodRange(range, wish.nodes, problems);
  for (const range of services) checkServiceRange(range, problems);
  checkApart([...pods, ...services], problems);
  return {
    podCidrs: pods.map(({ text }) => text),
    serviceCidrs: services.map(({ text }) => text),
    problems,
  };
}

type Defaults = Readonly<Record<4 | 6, string>>;

interface Range {
  readonly name: string;
  readonly text: string;
  readonly cidr: ParsedCidr;
}

function ranges(
  name: string,
  texts: readonly string[],
  wanted: {
    readonly defaults: Defaults;
    readonly versions: readonly number[];
    readonly familyName: string;
    readonly problems: string[];
  },
): readonly Range[] {
  const { defaults, versions, problems } = wanted;
  const parsed = texts.flatMap((text): readonly Range[] => {
    const cidr = parseCidr(text);
    if (cidr === undefined)
      problems.push(`${name} "${text}" is no CIDR; write one like ${defaults[4]} or ${defaults[6]}.`);
    return cidr === undefined ? [] : [{ name, text, cidr }];
  });
  const found = parsed.map(({ cidr }) => cidr.version);
  if (parsed.length === texts.length && found.join() !== versions.join())
    problems.push(
      `${name} "${texts.join(',')}" does not fit ${wanted.familyName}: give ${versions.map((version) => `one IPv${version} range`).join(', then ')}.`,
    );
  return parsed;
}

function checkPodRange({ name, text, cidr }: Range, nodes: number, problems: string[]): void {
  const each = NODE_PREFIX_LENGTH[cidr.version];
  if (cidr.prefixLength > each)
    problems.push(`${name} ${text} is smaller than the /${each} that each node gets.`);
  else if (2 ** (each - cidr.prefixLength) < nodes)
    problems.push(
      `${name} ${text} has ${2 ** (each - cidr.prefixLength)} blocks of /${each}: too few for ${nodes} nodes.`,
    );
}

function checkServiceRange({ name, text, cidr }: Range, problems: string[]): void {
  const least = MIN_SERVICE_PREFIX_LENGTH[cidr.version];
  const most = MAX_SERVICE_PREFIX_LENGTH[cidr.version];
  if (cidr.prefixLength < least || cidr.prefixLength > most)
    problems.push(`${name} ${text}: the range for Services is between /${least} and /${most}.`);
}

function checkApart(all: readonly Range[], problems: string[]): void {
  for (const [index, range] of all.entries()) {
    const other = all.slice(index + 1).find((candidate) => overlap(range.cidr, candidate.cidr));
    if (other !== undefined)
      problems.push(`${range.name} ${range.text} and ${other.name} ${other.text} overlap.`);
    const underlay = UNDERLAYS.find((text) => {
      const taken = parseCidr(text);
      return taken !== undefined && overlap(range.cidr, taken);
    });
    if (underlay !== undefined)
      problems.push(`${range.name} ${range.text} overlaps ${underlay}, the network of the nodes.`);
  }
}

function overlap(left: ParsedCidr, right: ParsedCidr): boolean {
  const [wide, narrow] = left.prefixLength <= right.prefixLength ? [left, right] : [right, left];
  return cidrContains(`${wide.address}/${wide.prefixLength}`, narrow.address);
}
