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
}

/**
 * @param installation which Podwire on this host: two of them must not take each other's clusters for orphans.
 * @throws Error when a part has other characters than lower-case letters and digits.
 */
export function sessionNames(installation: string, session: string): SessionNames {
  if (!INSTALLATION.test(installation)) throw new Error(`not an installation's id: ${installation}`);
  if (!SESSION.test(session)) throw new Error(`not a session's id: ${session}`);
  const cluster = `podwire-${installation}-${session}`;
  return { cluster, network: cluster, toolbox: `${cluster}-toolbox` };
}

/** The session that a cluster's name carries, or undefined for a cluster of somebody else. */
export function sessionOfCluster(installation: string, cluster: string): string | undefined {
  const prefix = `podwire-${installation}-`;
  if (!cluster.startsWith(prefix)) return undefined;
  const session = cluster.slice(prefix.length);
  return SESSION.test(session) ? session : undefined;
}
