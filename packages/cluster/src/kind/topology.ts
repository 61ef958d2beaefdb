import { TOPOLOGY_KINDS } from '@podwire/protocol';
import type { ServerEvent } from '@podwire/protocol';
import { TOPOLOGY_COLLECTIONS, topologyObject } from '../topology-objects.ts';
import type { TopologyChange, TopologyKind } from '../topology-objects.ts';
import type { KubeApi } from './kube-api.ts';

/** People see no more than this. */
const TOLD_EVERY_MS = 150;
/** After a watch ended or the API was away. */
const RETRY_MS = 1_000;
const OK = 200;

const CHANGES: readonly string[] = ['ADDED', 'MODIFIED', 'DELETED'] satisfies TopologyChange['type'][];

export interface TopologyListener {
  onSnapshot(snapshot: ServerEvent<'topology:snapshot'>): void;
  onChanges(changes: ServerEvent<'topology:changes'>): void;
}

/** Follows a real cluster's objects for the live drawing: a list and a watch of each kind, told in batches. */
export class KindTopology {
  readonly #api: KubeApi;
  readonly #listener: TopologyListener;
  readonly #stops: (() => void)[] = [];
  /** Grows with each start and stop: what an older one still brings is not told. */
  #round = 0;
  #revision = 0;
  #changes: TopologyChange[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(api: KubeApi, listener: TopologyListener) {
    this.#api = api;
    this.#listener = listener;
  }

  watch(on: boolean): void {
    this.#round++;
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changes = [];
    if (on) void this.#begin(this.#round);
  }

  async #begin(round: number): Promise<void> {
    const lists = await Promise.all(
      TOPOLOGY_KINDS.map(async (kind) => {
        const answer = await this.#api.request('GET', TOPOLOGY_COLLECTIONS[kind]).catch(() => undefined);
        return answer?.status === OK ? { kind, list: answer.body as ObjectList } : undefined;
      }),
    );
    if (round !== this.#round) return;
    const read = lists.filter((each) => each !== undefined);
    if (read.length < lists.length) {
      this.#again(round);
      return;
    }
    const revisions = read.map(({ list }) => Number(list.metadata?.resourceVersion ?? 0));
    this.#revision = Math.max(...revisions);
    this.#listener.onSnapshot({
      revision: this.#revision,
      objects: read.flatMap(({ kind, list }) => (list.items ?? []).map((item) => topologyObject(kind, item))),
    });
    for (const { kind, list } of read) {
      this.#stops.push(
        this.#api.watch(TOPOLOGY_COLLECTIONS[kind], list.metadata?.resourceVersion ?? '', {
          onEvent: (type, object) => this.#onEvent(round, kind, type, object),
          onEnd: () => this.#again(round),
        }),
      );
    }
  }

  #onEvent(round: number, kind: TopologyKind, type: string, object: unknown): void {
    // Bookmarks and errors are no changes; an error's watch ends, and everything is listed anew.
    if (round !== this.#round || !isChange(type)) return;
    const item = object as Record<string, unknown>;
    const revision = Number((item['metadata'] as ObjectList['metadata'])?.resourceVersion ?? 0);
    this.#revision = Math.max(this.#revision, revision);
    this.#changes.push({ type, object: topologyObject(kind, item) });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#listener.onChanges({ revision: this.#revision, changes: this.#changes.splice(0) });
    }, TOLD_EVERY_MS);
  }

  /** Everything anew: what was missed meanwhile is in the next list. */
  #again(round: number): void {
    if (round !== this.#round) return;
    this.watch(false);
    const next = this.#round;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (next === this.#round) this.watch(true);
    }, RETRY_MS);
  }
}

function isChange(type: string): type is TopologyChange['type'] {
  return CHANGES.includes(type);
}

interface ObjectList {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly Record<string, unknown>[];
}
