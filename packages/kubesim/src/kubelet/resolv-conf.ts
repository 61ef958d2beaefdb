import type { Pod } from 'kubernetes-types/core/v1';
import { clusterFirstResolvConf, parseResolvConf } from '../dns/search-list.ts';

export interface PodDnsOptions {
  readonly clusterDomain: string;
  /** ClusterIPs of the cluster's DNS Service. */
  readonly clusterDns: readonly string[];
  readonly nodeResolvConf: string;
}

/** resolv.conf(5) and the kubelet alike: at most this many name servers, and search domains. */
const MAX_NAME_SERVERS = 3;
const MAX_SEARCH_DOMAINS = 32;

/** /etc/resolv.conf of a pod (DNS10, DNS11). */
export function podResolvConf(pod: Pod, options: PodDnsOptions): string {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const base = baseFor(pod, policy, options);
  const extra = pod.spec?.dnsConfig;
  if (extra === undefined) return base;
  const parsed = parseResolvConf(base);
  const servers = [...new Set([...parsed.nameServers, ...(extra.nameservers ?? [])])].slice(
    0,
    MAX_NAME_SERVERS,
  );
  const search = [...new Set([...parsed.search, ...(extra.searches ?? [])])].slice(0, MAX_SEARCH_DOMAINS);
  const settings = new Map(optionsOf(base));
  for (const option of extra.options ?? [])
    if (option.name !== undefined) settings.set(option.name, option.value ?? '');
  const lines: string[] = [];
  if (search.length > 0) lines.push(`search ${search.join(' ')}`);
  for (const server of servers) lines.push(`nameserver ${server}`);
  if (settings.size > 0)
    lines.push(
      `options ${[...settings].map(([name, value]) => (value === '' ? name : `${name}:${value}`)).join(' ')}`,
    );
  return `${lines.join('\n')}\n`;
}

function baseFor(pod: Pod, policy: string, options: PodDnsOptions): string {
  if (policy === 'None') return '';
  // DNS11: on the host's network, ClusterFirst means the node's own resolver.
  const clusterFirst =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec?.hostNetwork !== true);
  if (!clusterFirst || options.clusterDns.length === 0) return options.nodeResolvConf;
  return clusterFirstResolvConf({
    namespace: pod.metadata?.namespace ?? 'default',
    clusterDomain: options.clusterDomain,
    nameServers: options.clusterDns,
    nodeSearch: parseResolvConf(options.nodeResolvConf).search,
  });
}

function optionsOf(text: string): readonly (readonly [string, string])[] {
  const entries: (readonly [string, string])[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword !== 'options') continue;
    for (const value of values) {
      const colon = value.indexOf(':');
      entries.push(colon < 0 ? [value, ''] : [value.slice(0, colon), value.slice(colon + 1)]);
    }
  }
  return entries;
}

/** /etc/hosts of a pod on its node's network: the node's own, and what the pod adds (nodeHostsFileContent). */
export function hostNetworkHosts(pod: Pod, nodeHosts: string): string {
  return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${hostAliases(pod)}`;
}

const HOSTS_HEAD =
  '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n';

/** /etc/hosts of a pod (kubelet_pods.go, managedHostsFileContent). */
export function podHosts(pod: Pod, hostname: string, clusterDomain: string, ips: readonly string[]): string {
  let text = HOSTS_HEAD;
  const subdomain = pod.spec?.subdomain;
  const names =
    subdomain === undefined || subdomain === ''
      ? hostname
      : `${hostname}.${subdomain}.${pod.metadata?.namespace ?? ''}.svc.${clusterDomain}\t${hostname}`;
  for (const ip of ips) text += `${ip}\t${names}\n`;
  return text + hostAliases(pod);
}

function hostAliases(pod: Pod): string {
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip = '', hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}

/** What `hostname` prints in the pod's containers. */
export function podHostname(pod: Pod, nodeName: string): string {
  if (pod.spec?.hostNetwork === true) return nodeName;
  return (pod.spec?.hostname ?? pod.metadata?.name ?? '').slice(0, 63).replace(/[-.]+$/, '');
}
