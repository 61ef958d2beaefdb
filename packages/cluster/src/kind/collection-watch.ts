import type { KubeApi } from './kube-api.ts';

/** After a watch ended or the API was away. */
const RETRY_MS = 1_000;
const OK = 200;

const CHANGES = ['ADDED', 'MODIFIED', 'DELETED'] as const;
export type ChangeType = (typeof CHANGES)[number];

export interface ObjectList {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly Record<string, unknown>[];
}

export interface CollectionListener<Name extends string> {
  /** All of them, as they are now: at the start, and whenever changes may have been missed. */
  onLists(lists: ReadonlyMap<Name, ObjectList>): void;
  onChange(name: Name, type: ChangeType, object: Record<string, unknown>): void;
}

/** Follows collections of a real cluster by a list and a watch of each; when one ends, all begin anew. */
export class CollectionWatch<Name extends string> {
  readonly #api: Pick<KubeApi, 'request' | 'watch'>;
  readonly #paths: Readonly<Record<Name, string>>;
  readonly #listener: CollectionListener<Name>;
  readonly #stops: (() => void)[] = [];
  /** Grows with each start and stop: what an older one still brings is not told. */
  #round = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    api: Pick<KubeApi, 'request' | 'watch'>,
    paths: Readonly<Record<Name, string>>,
    listener: CollectionListener<Name>,
  ) {
    this.#api = api;
    this.#paths = paths;
    this.#listener = listener;
  }

  start(): void {
    this.stop();
    void this.#begin(this.#round);
  }

  stop(): void {
    this.#round++;
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#timer);
  }

  async #begin(round: number): Promise<void> {
    const names = Object.keys(this.#paths) as Name[];
    const answers = await Promise.all(
      names.map((name) => this.#api.request('GET', this.#paths[name]).catch(() => undefined)),
    );
    if (round !== this.#round) return;
    const lists = new Map<Name, ObjectList>();
    for (const [index, name] of names.entries()) {
      const answer = answers[index];
      if (answer?.status === OK) lists.set(name, answer.body as ObjectList);
    }
    if (lists.size < names.length) {
      this.#again(round);
      return;
    }
    this.#listener.onLists(lists);
    for (const [name, list] of lists)
      this.#stops.push(
        this.#api.watch(this.#paths[name], list.metadata?.resourceVersion ?? '', {
          onEvent: (type, object) => {
            // Bookmarks and errors are no changes; an error's watch ends, and everything is listed anew.
            if (round === this.#round && isChange(type))
              this.#listener.onChange(name, type, object as Record<string, unknown>);
          },
          onEnd: () => this.#again(round),
        }),
      );
  }

  #again(round: number): void {
    if (round !== this.#round) return;
    this.stop();
    this.#timer = setTimeout(() => this.start(), RETRY_MS).unref();
  }
}

function isChange(type: string): type is ChangeType {
  return (CHANGES as readonly string[]).includes(type);
}
