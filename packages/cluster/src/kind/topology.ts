import { TOPOLOGY_KINDS } from '@podwire/protocol';
import type { ServerEvent } from '@podwire/protocol';
import { TOPOLOGY_COLLECTIONS, topologyObject } from '../topology-objects.ts';
import type { TopologyChange, TopologyKind } from '../topology-objects.ts';
import { CollectionWatch } from './collection-watch.ts';
import type { ObjectList } from './collection-watch.ts';
import type { KubeApi } from './kube-api.ts';

/** People see no more than this. */
const TOLD_EVERY_MS = 150;

export interface TopologyListener {
  onSnapshot(snapshot: ServerEvent<'topology:snapshot'>): void;
  onChanges(changes: ServerEvent<'topology:changes'>): void;
}

/** Follows a real cluster's objects for the live drawing, told in batches. */
export class KindTopology {
  readonly #watch: CollectionWatch<TopologyKind>;
  readonly #listener: TopologyListener;
  #revision = 0;
  #changes: TopologyChange[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(api: KubeApi, listener: TopologyListener) {
    this.#listener = listener;
    this.#watch = new CollectionWatch(api, TOPOLOGY_COLLECTIONS, {
      onLists: (lists) => this.#onLists(lists),
      onChange: (kind, type, item) => this.#onChange(kind, type, item),
    });
  }

  watch(on: boolean): void {
    this.#forget();
    if (on) this.#watch.start();
    else this.#watch.stop();
  }

  #onLists(lists: ReadonlyMap<TopologyKind, ObjectList>): void {
    // What was gathered before is in the lists.
    this.#forget();
    this.#revision = Math.max(...[...lists.values()].map(revisionOf));
    this.#listener.onSnapshot({
      revision: this.#revision,
      objects: TOPOLOGY_KINDS.flatMap((kind) =>
        (lists.get(kind)?.items ?? []).map((item) => topologyObject(kind, item)),
      ),
    });
  }

  #onChange(kind: TopologyKind, type: TopologyChange['type'], item: Record<string, unknown>): void {
    this.#revision = Math.max(this.#revision, revisionOf(item));
    this.#changes.push({ type, object: topologyObject(kind, item) });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#listener.onChanges({ revision: this.#revision, changes: this.#changes.splice(0) });
    }, TOLD_EVERY_MS);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changes = [];
  }
}

function revisionOf({ metadata }: Pick<ObjectList, 'metadata'>): number {
  return Number(metadata?.resourceVersion ?? 0);
}
