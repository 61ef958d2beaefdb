import type { DockerHost } from './docker-host.ts';

const PROGRAM = '/usr/local/libexec/podwire-arrivals';
/** Of each node: a probe's own packets are among the last ones. */
const MAX_KEPT = 512;
/** What passes on another node is told a moment later. */
const SETTLE_MS = 60;
const SEEN_WITHIN_MS = 600;

/** A connection's first packet, or a short datagram, as it passed an interface of a node. */
export interface Passing {
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly ttl: number;
  /** What nobody rewrites on the way. */
  readonly same: string;
}

/** From where a connection was made, as its own end knows it. */
export interface OwnEnd {
  readonly address: string;
  readonly port: number;
}

/** Where a connection came to its end, and whose address was on it there. */
export interface Arrival {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

/**
 * Follows packets through the nodes, so that it is known whose address a server saw and which one was reached, without
 * asking the server. The kernel of the nodes is asked, through a raw socket of the grader's own.
 */
export class Arrivals {
  readonly #docker: Pick<DockerHost, 'follow'>;
  readonly #passings: Passing[] = [];
  #stops: Promise<readonly (() => void)[]> | undefined;
  /** Grows with each end: what an earlier round still tells is not this one's. */
  #round = 0;

  constructor(docker: Pick<DockerHost, 'follow'>) {
    this.#docker = docker;
  }

  /** @param probers in the networks of the nodes. Repeating it changes nothing. */
  async listen(probers: () => Promise<readonly string[]>): Promise<void> {
    const round = this.#round;
    this.#stops ??= probers().then((ids) =>
      Promise.all(
        ids.map((id) =>
          this.#docker.follow(
            id,
            [PROGRAM],
            (line) => this.#onLine(line),
            // Its node was stopped, or Docker has gone away: all of them anew, when they are wanted again.
            () => {
              if (round === this.#round) this.close();
            },
          ),
        ),
      ),
    );
    try {
      await this.#stops;
    } catch (error) {
      this.#stops = undefined;
      throw error;
    }
  }

  #onLine(line: string): void {
    const passing = passingOf(line);
    if (passing === undefined) return;
    this.#passings.push(passing);
    if (this.#passings.length > MAX_KEPT) this.#passings.shift();
  }

  close(): void {
    this.#round++;
    const stops = this.#stops;
    this.#stops = undefined;
    this.#passings.length = 0;
    void stops?.then(
      (each) => {
        for (const stop of each) stop();
      },
      () => undefined,
    );
  }

  /** Where the connection from this end arrived. Undefined: it passed no interface of a node. */
  async of(protocol: Passing['protocol'], end: OwnEnd): Promise<Arrival | undefined> {
    const deadline = performance.now() + SEEN_WITHIN_MS;
    let before = -1;
    while (performance.now() < deadline) {
      const way = wayOf(this.#passings, protocol, end);
      if (way.length > 0 && way.length === before) return arrivalOf(way);
      before = way.length;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
    return arrivalOf(wayOf(this.#passings, protocol, end));
  }
}

/** Every passing of the connection that was made last from this end. */
export function wayOf(
  passings: readonly Passing[],
  protocol: Passing['protocol'],
  { address, port }: OwnEnd,
): readonly Passing[] {
  const own = passings.filter((each) => each.protocol === protocol && each.sourcePort === port);
  // A node may rewrite its own address before the packet passes any interface.
  const first = own.findLast(({ source }) => source === address) ?? own.at(-1);
  return first === undefined
    ? []
    : passings.filter((each) => each.protocol === protocol && each.same === first.same);
}

/** The last of them: each router takes one off the TTL. */
export function arrivalOf(way: readonly Passing[]): Arrival | undefined {
  const last = way.reduce<Passing | undefined>(
    (lowest, each) => (lowest === undefined || each.ttl <= lowest.ttl ? each : lowest),
    undefined,
  );
  return last === undefined
    ? undefined
    : { source: last.source, destination: last.destination, port: last.destinationPort };
}

/** A line of `podwire-arrivals`. Undefined: something else that it said. */
export function passingOf(line: string): Passing | undefined {
  const [protocol, source, sourcePort, destination, destinationPort, ttl, same] = line.split(' ');
  if ((protocol !== 'tcp' && protocol !== 'udp') || same === undefined) return undefined;
  return {
    protocol,
    source: source ?? '',
    sourcePort: Number(sourcePort),
    destination: destination ?? '',
    destinationPort: Number(destinationPort),
    ttl: Number(ttl),
    same,
  };
}
