import { createHash } from 'node:crypto';

/**
 * Everything that a session owns in Docker says whose it is: kind's containers by the cluster's name (kind puts
 * no labels of ours on them), networks and toolboxes by labels too. What bears no name of this installation is
 * never touched.
 */
export const LABELS = {
  installation: 'io.podwire.installation',
  session: 'io.podwire.session',
  part: 'io.podwire.part',
} as const;

/** kind's own label on each node's container, and the node's role. */
export const KIND_CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
export const KIND_ROLE_LABEL = 'io.x-k8s.kind.role';

/** Letters and digits: it stands between hyphens in names. */
const INSTALLATION = /^[a-z0-9]{1,16}$/;
const SESSION = /^[a-z0-9]{1,32}$/;

/** The names of one session's things on one host. */
export interface SessionNames {
  readonly cluster: string;
  readonly network: string;
  readonly toolbox: string;
  /** The network's bridge on the host: known before it is there, so that the firewall is never late. */
  readonly bridge: string;
  /** The session's nftables table on the host. */
  readonly table: string;
  /** The network's own range where it has IPv6: unique and local (RFC 4193). Docker gives none by itself. */
  readonly ipv6Subnet: string;
  /** The session's routing table on the host: a number, as Linux knows them by. */
  readonly routes: number;
}

/** Linux gives an interface's name 15 characters. */
const BRIDGE_DIGITS = 12;
/** Numbers of routing tables up to 255 are Linux' own, and people choose small ones: these lie far above. */
const FIRST_ROUTES = 0x1000_0000;
const ROUTES_DIGITS = 7;

/**
 * @param installation which Podwire on this host: two of them must not take each other's clusters for orphans.
 * @throws Error when a part has other characters than lower-case letters and digits.
 */
export function sessionNames(installation: string, session: string): SessionNames {
  if (!INSTALLATION.test(installation)) throw new Error(`not an installation's id: ${installation}`);
  if (!SESSION.test(session)) throw new Error(`not a session's id: ${session}`);
  const cluster = `podwire-${installation}-${session}`;
  const digest = createHash('sha256').update(cluster).digest('hex');
  return {
    cluster,
    network: cluster,
    toolbox: `${cluster}-toolbox`,
    bridge: `pw${digest.slice(0, BRIDGE_DIGITS)}`,
    table: cluster.replaceAll('-', '_'),
    ipv6Subnet: `fd${digest.slice(0, 2)}:${digest.slice(2, 6)}:${digest.slice(6, 10)}:${digest.slice(10, 14)}::/64`,
    routes: FIRST_ROUTES + Number.parseInt(digest.slice(-ROUTES_DIGITS), 16),
  };
}

/** The session that a cluster's name carries, or undefined for a cluster of somebody else. */
export function sessionOfCluster(installation: string, cluster: string): string | undefined {
  const prefix = `podwire-${installation}-`;
  if (!cluster.startsWith(prefix)) return undefined;
  const session = cluster.slice(prefix.length);
  return SESSION.test(session) ? session : undefined;
}

/** The simulated cluster's nodes are named so: what labs say of a node holds on both backends. */
export const NODE_PREFIX = 'podwire';

/** A node's name in Kubernetes, from its container's, which carries the cluster's. */
export function nodeName(cluster: string, container: string): string {
  return container.startsWith(cluster) ? `${NODE_PREFIX}${container.slice(cluster.length)}` : container;
}
