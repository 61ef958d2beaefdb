import { isIP } from 'node:net';
import { createCluster } from '@podwire/kubesim';
import type { ClusterConfig, SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import type { ApiListener } from './api-listener.ts';
import { listenForApi } from './api-listener.ts';
import { CertificateAuthority } from './certificates.ts';
import { ClusterClock } from './cluster-clock.ts';
import type { WallClock } from './cluster-clock.ts';
import { renderKubeconfig } from './kubeconfig.ts';

/** Virtual time that a booting control plane may take; the cluster begins so long before the wall clock. */
const BOOT_LIMIT_MS = 120_000;
const MAX_BOOT_EVENTS = 5_000_000;
/** kubeadm's admin.conf names the second; the first is what no RBAC rule can take away. */
const ADMIN_GROUPS = ['system:masters', 'kubeadm:cluster-admins'];
const ADMIN_NAME = 'kubernetes-admin';

export interface ServedCluster {
  readonly url: string;
  readonly kubeconfig: string;
  readonly nodes: number;
  close(): Promise<void>;
}

export type ServeOutcome =
  { readonly ok: true; readonly cluster: ServedCluster } | { readonly ok: false; readonly message: string };

/** Boots a simulated cluster and serves its API on loopback, its time following the wall clock. */
export async function serveSimulatedCluster(options: {
  readonly config: ClusterConfig;
  readonly host: string;
  readonly port: number;
  readonly clock: WallClock;
  /** The simulation broke: it goes no further. */
  readonly onFault: (error: unknown) => void;
  /** One request met a mistake of ours; the others go on. */
  readonly onRequestFault: (error: unknown) => void;
}): Promise<ServeOutcome> {
  const { host, clock } = options;
  const nowMs = clock.nowMs();
  const authority = new CertificateAuthority({ commonName: 'kubernetes', nowMs });
  const config: ClusterConfig = {
    ...options.config,
    startMs: nowMs - BOOT_LIMIT_MS,
    certificateAuthority: authority.credentials.certificate,
    certificateAuthorityKey: authority.credentials.key,
  };
  const cluster = createCluster({ config, programs });
  if (!cluster.settle(BOOT_LIMIT_MS))
    return { ok: false, message: 'The cluster with these settings did not come to rest.' };
  const lacking = missingFamily(cluster, config);
  if (lacking !== undefined) {
    return {
      ok: false,
      message: `The simulated nodes have no ${lacking} addresses, so pods of different nodes could not reach each other over ${lacking}. Use --ip-family ipv4.`,
    };
  }
  // Its clock is at most at the wall's now; from here on both go together.
  cluster.run({ untilMs: clock.nowMs(), maxEvents: MAX_BOOT_EVENTS });
  const driver = new ClusterClock(cluster, clock, options.onFault);
  let listener: ApiListener;
  try {
    listener = await listenForApi({
      api: cluster.api,
      clock: driver,
      server: authority.issue('kube-apiserver', { kind: 'server', hosts: serverNames(host, config) }),
      authority: authority.credentials.certificate,
      host,
      port: options.port,
      onFault: options.onRequestFault,
    });
  } catch (error) {
    return { ok: false, message: listenFailure(error, host, options.port) };
  }
  driver.start();
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${listener.port}`;
  return {
    ok: true,
    cluster: {
      url,
      nodes: config.nodes.length,
      kubeconfig: renderKubeconfig({
        clusterName: config.name,
        server: url,
        authority: authority.credentials.certificate,
        user: ADMIN_NAME,
        credentials: authority.issue(ADMIN_NAME, { kind: 'client', groups: ADMIN_GROUPS }),
      }),
      close: async () => {
        driver.stop();
        await listener.close();
      },
    },
  };
}

/** A family that pods have and nodes have not: half a network, which would mislead more than it teaches. */
function missingFamily(cluster: SimulatedCluster, config: ClusterConfig): 'IPv4' | 'IPv6' | undefined {
  const response = cluster.api.handle({
    method: 'GET',
    path: '/api/v1/nodes',
    query: [],
    headers: { accept: 'application/json' },
    user: { name: ADMIN_NAME, groups: ADMIN_GROUPS },
  });
  const { items } = JSON.parse(Buffer.from(response.body ?? []).toString('utf8')) as {
    readonly items: readonly {
      readonly status?: { readonly addresses?: readonly { readonly address: string }[] };
    }[];
  };
  const addresses = items.flatMap((node) => (node.status?.addresses ?? []).map(({ address }) => address));
  for (const cidr of config.podCidrs) {
    const family = cidr.includes(':') ? 6 : 4;
    if (!addresses.some((address) => isIP(address) === family)) return `IPv${family}`;
  }
  return undefined;
}

function serverNames(host: string, config: ClusterConfig): readonly string[] {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  return [
    ...new Set([
      host,
      'localhost',
      '127.0.0.1',
      '::1',
      ...service,
      `kubernetes.default.svc.${config.clusterDomain}`,
    ]),
  ];
}

function listenFailure(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is in use. Choose another with --port, or --port 0 for any that is free.`;
  if (code === 'EACCES') return `You may not listen on port ${port}. Choose one above 1023 with --port.`;
  return `Can't listen on ${host}, port ${port}: ${error instanceof Error ? error.message : String(error)}`;
}
