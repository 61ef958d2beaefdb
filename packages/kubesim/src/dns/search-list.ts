import type { DomainName } from './records.ts';

/** What /etc/resolv.conf says, as far as it bears on names. */
export interface ResolverConfig {
  readonly nameServers: readonly string[];
  readonly search: readonly string[];
  /** A name with at least this many dots is tried as it stands first. */
  readonly ndots: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly useTcp: boolean;
}

/** resolv.conf(5): what glibc reads, at most. */
const MAX_NAME_SERVERS = 3;
const MAX_NDOTS = 15;
const MAX_TIMEOUT_SECONDS = 30;
const MAX_ATTEMPTS = 5;

/** Reads resolv.conf(5); what it does not know it skips, as resolvers do. */
export function parseResolvConf(text: string): ResolverConfig {
  const nameServers: string[] = [];
  let search: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined && nameServers.length < MAX_NAME_SERVERS)
      nameServers.push(values[0]);
    // The last of `search` and `domain` wins.
    if (keyword === 'search') search = values;
    if (keyword === 'domain') search = values.slice(0, 1);
    if (keyword === 'options') options = [...options, ...values];
  }
  const number = (name: string, fallback: number, largest: number): number => {
    const value = options.findLast((option) => option.startsWith(`${name}:`))?.slice(name.length + 1);
    return value === undefined || !/^\d{1,4}$/.test(value) ? fallback : Math.min(Number(value), largest);
  };
  return {
    nameServers,
    search,
    ndots: number('ndots', 1, MAX_NDOTS),
    timeoutSeconds: Math.max(1, number('timeout', 5, MAX_TIMEOUT_SECONDS)),
    attempts: Math.max(1, number('attempts', 2, MAX_ATTEMPTS)),
    useTcp: options.includes('use-vc'),
  };
}

/** What the kubelet writes into a pod with dnsPolicy ClusterFirst (DNS10). */
export function clusterFirstResolvConf(options: {
  readonly namespace: string;
  readonly clusterDomain: string;
  readonly nameServers: readonly string[];
  /** The node's own search domains come last. */
  readonly nodeSearch?: readonly string[];
}): string {
  const { namespace, clusterDomain, nameServers, nodeSearch } = options;
  const search = [
    `${namespace}.svc.${clusterDomain}`,
    `svc.${clusterDomain}`,
    clusterDomain,
    ...(nodeSearch ?? []),
  ];
  return [
    `search ${search.join(' ')}`,
    ...nameServers.map((address) => `nameserver ${address}`),
    'options ndots:5',
    '',
  ].join('\n');
}

/** The names to ask for, in order, fully qualified (DNS10). A trailing dot means: this name and no other. */
export function expandSearch(
  name: string,
  config: Pick<ResolverConfig, 'search' | 'ndots'>,
): readonly DomainName[] {
  if (name.endsWith('.')) return [name];
  const absolute = `${name}.`;
  const searched = config.search.map((domain) =>
    domain === '.' ? absolute : `${name}.${domain.replace(/\.$/, '')}.`,
  );
  const dots = name.split('.').length - 1;
  const candidates = dots >= config.ndots ? [absolute, ...searched] : [...searched, absolute];
  return [...new Set(candidates)];
}
