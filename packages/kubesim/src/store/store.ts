import { deepFreeze } from '@podwire/sim';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';

/** What the store holds: any API object. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: StoredMetadata;
}

/** The server itself writes what clients may only read. */
export type StoredMetadata = { -readonly [Field in keyof ObjectMeta]: ObjectMeta[Field] };

/** One committed write. Frozen, and shared by forks. */
export interface StoreChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The table, for example `pods`. */
  readonly table: string;
  readonly key: string;
  readonly revision: number;
  readonly object: StoredObject;
  readonly previous?: StoredObject;
}

interface TableState {
  readonly objects: Map<string, StoredObject>;
  /** All keys in byte order, as etcd ranges over them. */
  keys: string[];
}

/** All that the store remembers. Obeys the rule of `forkState`; objects and changes are frozen. */
export interface StoreState {
  revision: number;
  /** Changes up to and including this revision are forgotten. */
  compactedRevision: number;
  readonly tables: Map<string, TableState>;
  /** Ascending by revision. */
  changes: StoreChange[];
  /** About what the objects, and the changes that are kept, take. */
  objectBytes: number;
  changeBytes: number;
}

/** Changes kept for watchers. A component lags by milliseconds; this is some minutes of a busy cluster. */
const MAX_CHANGES = 8192;
/** Objects of one kind. A lab has hundreds; more is a runaway loop, and answered as a full etcd. */
export const MAX_OBJECTS_PER_TABLE = 20_000;

/**
 * What the objects of one cluster may take together, as `objectBytes` counts it: etcd's quota, though a lab needs a
 * hundredth of it. Objects of the largest size that the API takes would otherwise fill the server's memory.
 */
export const MAX_STORED_BYTES = 64 * 1024 * 1024;
/** What the kept changes may take: each holds a whole object, which a loop of patches makes anew each time. */
const MAX_CHANGE_BYTES = 32 * 1024 * 1024;

/** The order of ObjectMeta's fields, so that raw JSON reads as the real server's. */
const LEADING_METADATA = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
];

export function newStoreState(): StoreState {
  return {
    revision: 1,
    compactedRevision: 1,
    tables: new Map(),
    changes: [],
    objectBytes: 0,
    changeBytes: 0,
  };
}

export type WriteResult =
  | { readonly ok: true; readonly object: StoredObject }
  | { readonly ok: false; readonly reason: 'exists' | 'missing' | 'conflict' | 'full' };

export interface Page {
  readonly objects: readonly StoredObject[];
  /** The key after which the next page begins. */
  readonly next?: string;
  /** How many objects the range holds beyond this page. */
  readonly remaining: number;
}

/** A versioned map in the manner of etcd: one revision counter for all tables, compare-and-swap writes, a bounded change log. */
export class ObjectStore {
  readonly state: StoreState;
  readonly #listeners: ((change: StoreChange) => void)[] = [];

  constructor(state: StoreState) {
    this.state = state;
  }

  get revision(): number {
    return this.state.revision;
  }

  /** Called after each commit, synchronously. Listeners must not write. */
  onChange(listener: (change: StoreChange) => void): void {
    this.#listeners.push(listener);
  }

  get(table: string, key: string): StoredObject | undefined {
    return this.state.tables.get(table)?.objects.get(key);
  }

  count(table: string): number {
    return this.state.tables.get(table)?.keys.length ?? 0;
  }

  /** Objects whose key starts with `prefix`, in key order, beginning after `after`. */
  list(table: string, prefix = '', after?: string, limit = Number.POSITIVE_INFINITY): Page {
    const found = this.state.tables.get(table);
    if (found === undefined) return { objects: [], remaining: 0 };
    const { keys, objects } = found;
    const first =
      after !== undefined && after >= prefix ? position(keys, after, true) : position(keys, prefix, false);
    const end = prefix === '' ? keys.length : position(keys, prefix.slice(0, -1) + successor(prefix), false);
    const page: StoredObject[] = [];
    let index = first;
    for (; index < end && page.length < limit; index++) {
      const object = objects.get(keys[index] ?? '');
      if (object !== undefined) page.push(object);
    }
    const last = keys[index - 1];
    const remaining = Math.max(0, end - index);
    return remaining > 0 && last !== undefined
      ? { objects: page, next: last, remaining }
      : { objects: page, remaining };
  }

  /** As `list`, of the moment of an earlier revision; undefined when that was compacted. */
  listAt(
    revision: number,
    table: string,
    prefix = '',
    after?: string,
    limit = Number.POSITIVE_INFINITY,
  ): Page | undefined {
    const since = this.changesSince(revision)?.filter((change) => change.table === table);
    if (since === undefined) return undefined;
    if (since.length === 0) return this.list(table, prefix, after, limit);
    const objects = new Map(this.state.tables.get(table)?.objects);
    for (const { type, key, previous } of since.reverse()) {
      if (type === 'ADDED' || previous === undefined) objects.delete(key);
      else objects.set(key, previous);
    }
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(prefix) && (after === undefined || key > after))
      .sort((left, right) => (left < right ? -1 : 1));
    const page = keys.slice(0, limit);
    const remaining = keys.length - page.length;
    const found = page.flatMap((key) => objects.get(key) ?? []);
    const next = page.at(-1);
    return remaining > 0 && next !== undefined
      ? { objects: found, next, remaining }
      : { objects: found, remaining };
  }

  /** Stores a new object; its `resourceVersion` is set here. The object given is frozen and kept. */
  create(table: string, key: string, object: StoredObject): WriteResult {
    const target = this.#table(table);
    if (target.objects.has(key)) return { ok: false, reason: 'exists' };
    if (target.keys.length >= MAX_OBJECTS_PER_TABLE) return { ok: false, reason: 'full' };
    if (!this.#hasRoom(object, undefined)) return { ok: false, reason: 'full' };
    const stored = this.#stamp(object);
    this.state.objectBytes += bytesOf(stored);
    target.objects.set(key, stored);
    target.keys.splice(position(target.keys, key, false), 0, key);
    this.#commit({ type: 'ADDED', table, key, revision: this.state.revision, object: stored });
    return { ok: true, object: stored };
  }

  /** Replaces an object if it is still `expected`. */
  update(table: string, key: string, expected: StoredObject, object: StoredObject): WriteResult {
    const target = this.#table(table);
    const current = target.objects.get(key);
    if (current === undefined) return { ok: false, reason: 'missing' };
    if (current !== expected) return { ok: false, reason: 'conflict' };
    if (!this.#hasRoom(object, current)) return { ok: false, reason: 'full' };
    const stored = this.#stamp(object);
    this.state.objectBytes += bytesOf(stored) - bytesOf(current);
    target.objects.set(key, stored);
    this.#commit({
      type: 'MODIFIED',
      table,
      key,
      revision: this.state.revision,
      object: stored,
      previous: current,
    });
    return { ok: true, object: stored };
  }

  /** Removes an object if it is still `expected`. What watchers see last carries the revision of the removal. */
  remove(table: string, key: string, expected: StoredObject): WriteResult {
    const target = this.#table(table);
    const current = target.objects.get(key);
    if (current === undefined) return { ok: false, reason: 'missing' };
    if (current !== expected) return { ok: false, reason: 'conflict' };
    target.objects.delete(key);
    this.state.objectBytes -= bytesOf(current);
    target.keys.splice(position(target.keys, key, false), 1);
    const last = this.#stamp(current);
    this.#commit({
      type: 'DELETED',
      table,
      key,
      revision: this.state.revision,
      object: last,
      previous: current,
    });
    return { ok: true, object: last };
  }

  /** Changes after `revision`, oldest first, or undefined when some of them are forgotten. */
  changesSince(revision: number): readonly StoreChange[] | undefined {
    if (revision < this.state.compactedRevision) return undefined;
    const { changes } = this.state;
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return changes.slice(low);
  }

  /** Forgets changes up to `revision`, as etcd's compaction does. */
  compact(revision: number): void {
    const kept = this.changesSince(revision);
    if (kept === undefined) return;
    this.state.changes = [...kept];
    this.state.changeBytes = kept.reduce((sum, { object }) => sum + bytesOf(object), 0);
    this.state.compactedRevision = Math.min(revision, this.state.revision);
  }

  /** An object that grows needs room; one that shrinks, or stays, is taken also by a full store. */
  #hasRoom(object: StoredObject, current: StoredObject | undefined): boolean {
    // Far from the bound nothing that the API takes can reach it: most stores never measure a draft.
    if (this.state.objectBytes < MAX_STORED_BYTES / 2) return true;
    const bytes = measured(object);
    const before = current === undefined ? 0 : bytesOf(current);
    return bytes <= before || this.state.objectBytes + bytes - before <= MAX_STORED_BYTES;
  }

  #table(name: string): TableState {
    let table = this.state.tables.get(name);
    if (table === undefined) {
      table = { objects: new Map(), keys: [] };
      this.state.tables.set(name, table);
    }
    return table;
  }

  #stamp(object: StoredObject): StoredObject {
    this.state.revision++;
    const source: Record<string, unknown> = {
      ...object.metadata,
      resourceVersion: String(this.state.revision),
    };
    const ordered: Record<string, unknown> = {};
    for (const field of [...LEADING_METADATA, ...Object.keys(source)]) {
      const value = source[field];
      if (value !== undefined) ordered[field] = value;
    }
    return deepFreeze({ ...object, metadata: ordered });
  }

  #commit(change: StoreChange): void {
    const { state } = this;
    state.changes.push(Object.freeze(change));
    // Twice the bound before cutting, so that the cost of cutting is spread over many writes.
    state.changeBytes += bytesOf(change.object);
    if (state.changes.length > 2 * MAX_CHANGES || state.changeBytes > MAX_CHANGE_BYTES) {
      let dropped = Math.max(0, state.changes.length - MAX_CHANGES);
      let bytes = state.changes.slice(dropped).reduce((sum, { object }) => sum + bytesOf(object), 0);
      // Half of the bound, for the same reason; the last change is always kept.
      for (; bytes > MAX_CHANGE_BYTES / 2 && dropped < state.changes.length - 1; dropped++) {
        const oldest = state.changes[dropped];
        if (oldest !== undefined) bytes -= bytesOf(oldest.object);
      }
      state.changeBytes = bytes;
      state.compactedRevision = state.changes[dropped - 1]?.revision ?? state.compactedRevision;
      state.changes = state.changes.slice(dropped);
    }
    for (const listener of this.#listeners) listener(change);
  }
}

/** What an object, and each field or item, costs beside its text, bytes. */
const PART_BYTES = 16;
const sizes = new WeakMap<StoredObject, number>();

/** About what a stored object takes in memory. It is frozen, so it is measured once. */
function bytesOf(object: StoredObject): number {
  let bytes = sizes.get(object);
  if (bytes === undefined) sizes.set(object, (bytes = measured(object)));
  return bytes;
}

function measured(value: unknown): number {
  if (typeof value === 'string') return PART_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return PART_BYTES;
  let bytes = PART_BYTES;
  if (Array.isArray(value)) for (const item of value) bytes += measured(item);
  else for (const key in value) bytes += key.length + measured((value as Record<string, unknown>)[key]);
  return bytes;
}

/** The character after the last one of a prefix: the end of its range. */
function successor(prefix: string): string {
  return String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

/** Index of the first key that is not below `key` (or, `after`, that is above it). */
function position(keys: readonly string[], key: string, after: boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const candidate = keys[middle] ?? '';
    if (candidate < key || (after && candidate === key)) low = middle + 1;
    else high = middle;
  }
  return low;
}
