import type { DockerHost, DiskUse } from './docker-host.ts';
import type { ClusterEnd } from '../port.ts';

const MEBIBYTE = 1_024 * 1_024;
/**
 * What may be written before a cluster is ended. Docker bounds a container's disk on few file systems, so it is
 * measured: one can write more than this between two looks, which is why the host needs room beyond it.
 */
export const DISK_BOUNDS = { node: 8 * 1_024 * MEBIBYTE, toolbox: 1_024 * MEBIBYTE } as const;
/** A node whose memory ran out so often within the time does not come to rest by itself. */
const MAX_SHORTAGES = 6;
const SHORTAGES_WITHIN_MS = 60_000;
/** The kernel tells several times of one and the same shortage. */
const SAME_SHORTAGE_MS = 3_000;
/** A learner is told once in this time. */
const TOLD_EVERY_MS = 10_000;
/** After Docker's events ended. */
const RETRY_MS = 2_000;

/** A learner's running cluster, as far as trouble goes. */
export interface Watched {
  readonly session: string;
  /** By their containers' ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly toolbox: string;
  /** Said in the learner's open terminals. */
  announce(text: string): void;
}

export interface TroubleWiring {
  readonly watched: () => readonly Watched[];
  /** A container ended, or Docker was away: whether clusters are whole is to be looked at now. */
  readonly onStopped: () => void;
  readonly onEnd: (session: string, end: ClusterEnd) => void;
  readonly nowMs: () => number;
  readonly after: (delayMs: number, callback: () => void) => { cancel(): void };
}

/** Follows what befalls running clusters: memory that runs out, disks that fill, containers that end, Docker away. */
export class TroubleWatch {
  readonly #docker: Pick<DockerHost, 'containerEvents' | 'diskUse'>;
  readonly #wiring: TroubleWiring;
  /** When memory ran out, by container. */
  readonly #shortages = new Map<string, number[]>();
  #stop: (() => void) | undefined;
  #retry: { cancel(): void } | undefined;
  #closed = false;

  constructor(docker: Pick<DockerHost, 'containerEvents' | 'diskUse'>, wiring: TroubleWiring) {
    this.#docker = docker;
    this.#wiring = wiring;
  }

  start(): void {
    this.#docker
      .containerEvents(
        (event) => this.#onEvent(event),
        () => this.#onAway(),
      )
      .then(
        (stop) => {
          if (this.#closed) stop();
          else this.#stop = stop;
        },
        () => this.#onAway(),
      );
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#stop?.();
  }

  /** What was missed while nobody listened is found by looking. */
  #onAway(): void {
    this.#stop = undefined;
    if (this.#closed) return;
    this.#wiring.onStopped();
    this.#retry = this.#wiring.after(RETRY_MS, () => this.start());
  }

  #onEvent({ id, action }: { readonly id: string; readonly action: string }): void {
    const cluster = this.#wiring.watched().find(({ names }) => names.has(id));
    if (cluster === undefined) return;
    if (action === 'die') {
      this.#shortages.delete(id);
      this.#wiring.onStopped();
    } else if (action === 'oom') this.#onShortage(cluster, id);
  }

  #onShortage(cluster: Watched, id: string): void {
    const name = cluster.names.get(id) ?? 'A node';
    const nowMs = this.#wiring.nowMs();
    const before = (this.#shortages.get(id) ?? []).filter((atMs) => nowMs - atMs < SHORTAGES_WITHIN_MS);
    const last = before.at(-1);
    if (last !== undefined && nowMs - last < SAME_SHORTAGE_MS) return;
    this.#shortages.set(id, [...before, nowMs]);
    if (before.length + 1 >= MAX_SHORTAGES) {
      this.#shortages.delete(id);
      this.#wiring.onEnd(cluster.session, {
        kind: 'memory-exceeded',
        message: `${name} ran out of memory again and again.`,
      });
      return;
    }
    if (last === undefined || nowMs - last >= TOLD_EVERY_MS)
      cluster.announce(`${name} has run out of memory: the kernel ended one of its programs.`);
  }

  /** Ends clusters that have written more than they may. To be called every now and then. */
  async lookAtDisks(): Promise<void> {
    const watched = this.#wiring.watched();
    if (watched.length === 0) return;
    const use = await this.#docker.diskUse();
    for (const cluster of watched) {
      const full = fullest(cluster, use);
      if (full === undefined) continue;
      this.#wiring.onEnd(cluster.session, {
        kind: 'disk-exceeded',
        message: `${full.name} has written ${Math.round(full.bytes / MEBIBYTE)} MiB; ${Math.round(full.bound / MEBIBYTE)} MiB is the most.`,
      });
    }
  }
}

function fullest(
  { names, toolbox }: Watched,
  use: ReadonlyMap<string, DiskUse>,
): { readonly name: string; readonly bytes: number; readonly bound: number } | undefined {
  for (const [id, name] of names) {
    const bound = id === toolbox ? DISK_BOUNDS.toolbox : DISK_BOUNDS.node;
    const bytes = use.get(id)?.writtenBytes ?? 0;
    if (bytes > bound) return { name, bytes, bound };
  }
  return undefined;
}
