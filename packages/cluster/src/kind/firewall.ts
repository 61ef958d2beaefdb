import { ClusterError } from '../cluster-error.ts';
import type { DockerHost } from './docker-host.ts';
import { routesGone } from './host-routes.ts';
import type { SessionNames } from './names.ts';

/**
 * What a learner's network reaches beyond itself. `public`: addresses of the Internet, as nodes that pull images need.
 * `none`: nothing at all, as in the simulation.
 */
export type Egress = 'public' | 'none';

/** Never a learner's to reach: private, shared, link-local, documentation, benchmark, multicast and reserved ranges (RFC 6890). */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
] as const;

/** Before Docker's own chains, whichever tool made those: a drop here is final, an accept there changes nothing. */
const PRIORITY = -10;

/**
 * The nftables rules of one session, as one transaction that replaces what was there. They name the bridge only: they
 * may stand before it does, and hold what comes later. Dropped, not rejected: the kernel bounds how many rejections it
 * sends, so that one and the same attempt would end now this way and now that.
 */
export function firewallRules(
  { bridge, table }: Pick<SessionNames, 'bridge' | 'table'>,
  egress: Egress,
  resolvers: readonly string[],
): string {
  const own = JSON.stringify(bridge);
  const out =
    egress === 'none'
      ? ['drop']
      : [
          // Docker's resolver may ask these from within the container's own network.
          ...resolvers.map((address) => `ip daddr ${address} meta l4proto { tcp, udp } th dport 53 accept`),
          `ip daddr { ${NOT_PUBLIC.join(', ')} } drop`,
          // A lab's IPv6, and what a node's administrator makes of it, stays within.
          'meta nfproto ipv6 drop',
        ];
  return `table inet ${table}
delete table inet ${table}
table inet ${table} {
  # Packets to the host itself: answers to what the host began, nothing else.
  chain input {
    type filter hook input priority ${PRIORITY}; policy accept;
    iifname != ${own} accept
    fib saddr . iif oif missing drop
    ct state established ct direction reply accept
    drop
  }
  # Packets that the host would pass on, from this network and to it.
  chain forward {
    type filter hook forward priority ${PRIORITY}; policy accept;
    iifname ${own} oifname ${own} accept
    iifname ${own} jump leaving
    oifname ${own} ct state established ct direction reply accept
    oifname ${own} drop
  }
  chain leaving {
    fib saddr . iif oif missing drop
${out.map((rule) => `    ${rule}`).join('\n')}
  }
}
`;
}

/** IPv4 name servers of a `resolv.conf` that are not the host's own loopback: those Docker asks from the host. */
export function resolversOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => /^nameserver\s+(\d{1,3}(?:\.\d{1,3}){3})\s*$/u.exec(line)?.[1])
    .filter((address) => address !== undefined && !address.startsWith('127.'))
    .filter((address) => address !== undefined);
}

/**
 * A firewall on the host around each learner's network, in an nftables table of the session's own. It is set by a
 * short-lived container on the host's network, so that it works wherever Docker does and Podwire needs no root.
 */
export class Firewall {
  readonly #docker: Pick<DockerHost, 'runOnHostNetwork'>;
  readonly #image: string;
  readonly #egress: Egress;
  /** The host's name servers, asked once. */
  #resolvers: Promise<readonly string[]> | undefined;

  /** @param image with `nft` in it: the toolbox. */
  constructor(docker: Pick<DockerHost, 'runOnHostNetwork'>, image: string, egress: Egress) {
    this.#docker = docker;
    this.#image = image;
    this.#egress = egress;
  }

  /** Repeating it changes nothing. @throws ClusterError `start-failed`: a cluster without its walls is not given out. */
  async raise(session: string, names: SessionNames): Promise<void> {
    const rules = firewallRules(names, this.#egress, await this.#resolversOfHost(session));
    const result = await this.#run(session, ['sh', '-c', 'printf %s "$1" | nft -f -', 'sh', rules]);
    if (result.exitCode !== 0)
      throw new ClusterError(
        'start-failed',
        `The firewall around your cluster could not be set up: ${result.stderr.trim().split('\n')[0] ?? ''}`,
        'Tell who runs this server: `podwire doctor` says what the host lacks.',
      );
  }

  /** The rules of a session, and its routes, which nobody else would remove. */
  async lower(session: string, names: SessionNames): Promise<void> {
    // Two statements of one transaction: deleting what was never there is no error.
    const rulesGone = `nft 'add table inet ${names.table}; delete table inet ${names.table}'`;
    await this.#run(session, ['sh', '-c', `${rulesGone}\n${routesGone(names)}`]);
  }

  async #resolversOfHost(session: string): Promise<readonly string[]> {
    if (this.#egress === 'none') return [];
    this.#resolvers ??= this.#run(session, ['cat', '/etc/resolv.conf']).then(({ stdout }) =>
      resolversOf(stdout),
    );
    return this.#resolvers.catch((error: unknown) => {
      this.#resolvers = undefined;
      throw error;
    });
  }

  #run(session: string, words: readonly string[]): ReturnType<DockerHost['runOnHostNetwork']> {
    return this.#docker.runOnHostNetwork({ session, image: this.#image, words });
  }
}
