import type { Simulation } from '@podwire/sim';
import type { ObjectStore, StoreChange } from '../store/store.ts';
import type { CustomKind, Kind, ObjectChange } from './client.ts';
import { resourceOfKind, resourceOfTable } from './resources/catalog.ts';
import type { ChangeHandler } from './server.ts';

/** What is remembered of one subscriber. Data: it forks with the cluster. */
export interface SubscriberState {
  /** Changes up to this revision were delivered. */
  cursor: number;
  subscribed: boolean;
  resync: boolean;
  /** A delivery is scheduled. */
  pending: boolean;
}

interface Subscriber {
  readonly tables: Set<string>;
  /** Hears of every kind that a definition adds. */
  allCustom: boolean;
  readonly handler: ChangeHandler;
  readonly delayMs: number;
}

const TARGET = 'kube-apiserver/deliver';

/** Brings changes to components, as events of the simulation, with one cursor each. */
export class Subscriptions {
  readonly #store: ObjectStore;
  readonly #simulation: Simulation;
  readonly #states: Map<string, SubscriberState>;
  readonly #subscribers = new Map<string, Subscriber>();

  constructor(store: ObjectStore, simulation: Simulation, states: Map<string, SubscriberState>) {
    this.#store = store;
    this.#simulation = simulation;
    this.#states = states;
    simulation.on(TARGET, (data) => this.#deliver(data));
    store.onChange((change) => this.#changed(change));
  }

  add(
    name: string,
    kinds: readonly (Kind | `${string}/${string}`)[],
    handler: ChangeHandler,
    delayMs: number,
  ): void {
    if (this.#subscribers.has(name)) throw new Error(`subscriber ${name} is already wired`);
    this.#subscribers.set(name, {
      tables: new Set(kinds.map((kind) => (kind.includes('/') ? kind : resourceOfKind(kind as Kind).table))),
      allCustom: false,
      handler,
      delayMs,
    });
    if (this.#states.has(name)) return;
    this.#states.set(name, { cursor: this.#store.revision, subscribed: true, resync: true, pending: false });
    this.#schedule(name);
  }

  addCustom(name: string, kinds: readonly CustomKind[]): void {
    const subscriber = this.#subscribers.get(name);
    if (subscriber === undefined) throw new Error(`no subscriber ${name}`);
    for (const { group, resource } of kinds) subscriber.tables.add(`${group}/${resource}`);
  }

  addAllCustom(name: string): void {
    const subscriber = this.#subscribers.get(name);
    if (subscriber === undefined) throw new Error(`no subscriber ${name}`);
    subscriber.allCustom = true;
  }

  setSubscribed(name: string, subscribed: boolean): void {
    const state = this.#state(name);
    if (state.subscribed === subscribed) return;
    state.subscribed = subscribed;
    if (!subscribed) return;
    this.requestResync(name);
  }

  isSubscribed(name: string): boolean {
    return this.#state(name).subscribed;
  }

  requestResync(name: string): void {
    this.#state(name).resync = true;
    this.#schedule(name);
  }

  #state(name: string): SubscriberState {
    const state = this.#states.get(name);
    if (state === undefined) throw new Error(`no subscriber ${name}`);
    return state;
  }

  #changed(change: StoreChange): void {
    for (const [name, subscriber] of this.#subscribers)
      if (hears(subscriber, change.table)) this.#schedule(name);
  }

  #schedule(name: string): void {
    const state = this.#state(name);
    const subscriber = this.#subscribers.get(name);
    if (subscriber === undefined || state.pending || !state.subscribed) return;
    state.pending = true;
    this.#simulation.schedule(subscriber.delayMs, TARGET, Object.freeze({ name }));
  }

  #deliver(data: unknown): void {
    const { name } = data as { readonly name: string };
    const state = this.#state(name);
    const subscriber = this.#subscribers.get(name);
    state.pending = false;
    if (subscriber === undefined || !state.subscribed) return;
    const changes = state.resync ? undefined : this.#store.changesSince(state.cursor);
    state.cursor = this.#store.revision;
    state.resync = false;
    // What the handler writes itself comes back to it in a later delivery, as with a watch.
    if (changes === undefined) return subscriber.handler.resync();
    const wanted = changes.filter((change) => hears(subscriber, change.table)).map(toObjectChange);
    if (wanted.length > 0) subscriber.handler.onChanges(wanted);
  }
}

function hears({ tables, allCustom }: Subscriber, table: string): boolean {
  return tables.has(table) || (allCustom && resourceOfTable(table) === undefined);
}

export function toObjectChange(change: StoreChange): ObjectChange {
  const builtIn = resourceOfTable(change.table);
  return {
    type: change.type,
    kind: (builtIn?.kind ?? change.object.kind) as Kind,
    table: change.table,
    ...(builtIn === undefined ? { custom: true as const } : {}),
    object: change.object as unknown as ObjectChange['object'],
    ...(change.previous === undefined
      ? {}
      : { previous: change.previous as unknown as ObjectChange['object'] }),
    revision: change.revision,
  };
}
