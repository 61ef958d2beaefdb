import { ClusterError } from '../cluster-error.ts';
import type { DockerHost } from './docker-host.ts';
import type { SessionNames } from './names.ts';

/** Of the rule that sends a learner's packets to the session's table: before the host's main one, which is 32766. */
const RULE_PRIORITY = 31_000;

type RouteNames = Pick<SessionNames, 'bridge' | 'routes'>;

/** Removes what a session has in the host's routing; there may be nothing. */
export function routesGone({ bridge, routes }: RouteNames): string {
  return [
    `while ip rule del iif ${bridge} lookup ${routes} 2>/dev/null; do :; done`,
    `ip route flush table ${routes} 2>/dev/null`,
  ].join('\n');
}

/** Addresses outside the nodes' network, and the node that each leads to: exactly these afterwards. */
export function routesScript(
  { bridge, routes }: RouteNames,
  before: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): string {
  return [
    'set -e',
    ...[...before.keys()]
      .filter((address) => !wanted.has(address))
      .map((address) => `ip route del ${address} table ${routes}`),
    ...[...wanted]
      .filter(([address, node]) => before.get(address) !== node)
      .map(([address, node]) => `ip route replace ${address} via ${node} dev ${bridge} table ${routes}`),
    `ip rule list iif ${bridge} | grep -q . || ip rule add iif ${bridge} lookup ${routes} priority ${RULE_PRIORITY}`,
  ].join('\n');
}

/**
 * Routes of one learner's network on the host, which is that network's router: in a table of the session's own, asked
 * for packets from the learner's bridge alone, so that two learners may use the same addresses.
 */
export class HostRoutes {
  readonly #docker: Pick<DockerHost, 'runOnHostNetwork'>;
  readonly #image: string;
  readonly #session: string;
  readonly #names: SessionNames;
  /** Undefined: an earlier process may have left some. */
  #present: ReadonlyMap<string, string> | undefined;

  /** @param image with `ip` in it: the toolbox. */
  constructor(
    docker: Pick<DockerHost, 'runOnHostNetwork'>,
    image: string,
    session: string,
    names: SessionNames,
  ) {
    this.#docker = docker;
    this.#image = image;
    this.#session = session;
    this.#names = names;
  }

  /**
   * @param wanted the nodes' addresses, by the addresses that lead to them; both as the cluster's API and our own
   * plan gave them, never as a learner wrote them.
   */
  async set(wanted: ReadonlyMap<string, string>): Promise<void> {
    const before = this.#present;
    if (before !== undefined && isSame(before, wanted)) return;
    const script = [
      ...(before === undefined ? [routesGone(this.#names)] : []),
      routesScript(this.#names, before ?? new Map(), wanted),
    ].join('\n');
    this.#present = undefined;
    const { exitCode, stderr } = await this.#docker.runOnHostNetwork({
      session: this.#session,
      image: this.#image,
      words: ['sh', '-c', script],
    });
    if (exitCode !== 0)
      throw new ClusterError('start-failed', `The load balancer’s routes: ${stderr.trim()}`, 'Try again.');
    this.#present = wanted;
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
