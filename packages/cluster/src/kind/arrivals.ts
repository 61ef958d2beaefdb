import type { DockerHost, Followed } from './docker-host.ts';

const PROGRAM = '/usr/local/libexec/podwire-arrivals';
/** Of each node: a probe's own packets are among the last ones. */
const MAX_KEPT = 1_024;
/** What a node had seen is told within this, or the node has other troubles. */
const TOLD_WITHIN_MS = 2_000;

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
  #nodes: Promise<readonly Followed[]> | undefined;
  /** Grows with each end: what an earlier round still tells is not this one's. */
  #round = 0;
  #asked = 0;
  /** Nodes that have not yet told all that they had seen, by what they were asked. */
  readonly #open = new Map<string, { left: number; readonly done: (all: boolean) => void }>();

  constructor(docker: Pick<DockerHost, 'follow'>) {
    this.#docker = docker;
  }

  /** @param probers in the networks of the nodes. Repeating it changes nothing. */
  async listen(probers: () => Promise<readonly string[]>): Promise<void> {
    const round = this.#round;
    this.#nodes ??= probers().then((ids) =>
      Promise.all(
        ids.map((id) =>
          this.#docker.follow(
            id,
            [PROGRAM],
            (line) => {
              if (round === this.#round) this.#onLine(line);
            },
            // Its node was stopped, or Docker has gone away: all of them anew, when they are wanted again.
            () => {
              if (round === this.#round) this.close();
            },
          ),
        ),
      ),
    );
    try {
      await this.#nodes;
    } catch (error) {
      this.#nodes = undefined;
      throw error;
    }
  }

  #onLine(line: string): void {
    const asked = /^told (\d+)$/u.exec(line)?.[1];
    if (asked !== undefined) {
      const open = this.#open.get(asked);
      if (open !== undefined && --open.left === 0) open.done(true);
      return;
    }
    const passing = passingOf(line);
    if (passing === undefined) return;
    this.#passings.push(passing);
    if (this.#passings.length > MAX_KEPT) this.#passings.shift();
  }

  close(): void {
    this.#round++;
    const nodes = this.#nodes;
    this.#nodes = undefined;
    this.#passings.length = 0;
    for (const { done } of [...this.#open.values()]) done(false);
    void nodes?.then(
      (each) => {
        for (const node of each) node.stop();
      },
      () => undefined,
    );
  }

  /**
   * Where the connection from this end arrived, once it was answered: its packets had passed by then. Undefined: they
   * passed no interface of a node, or a node can't be asked any more.
   */
  async of(protocol: Passing['protocol'], end: OwnEnd): Promise<Arrival | undefined> {
    if (!(await this.#allTold())) return undefined;
    return arrivalOf(wayOf(this.#passings, protocol, end));
  }

  /** @returns true when every node has told what it had seen when it was asked. */
  async #allTold(): Promise<boolean> {
    const nodes = await this.#nodes;
    if (nodes === undefined) return false;
    const asked = String(++this.#asked);
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(false), TOLD_WITHIN_MS);
      const done = (all: boolean): void => {
        clearTimeout(timer);
        this.#open.delete(asked);
        resolve(all);
      };
      this.#open.set(asked, { left: nodes.length, done });
      for (const node of nodes) node.say(asked);
    });
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
