import { forkState } from '@podwire/sim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newStoreState, ObjectStore } from './store.ts';
import type { StoredObject } from './store.ts';

const object = (name: string, namespace?: string): StoredObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

function stored(store: ObjectStore, key: string): StoredObject {
  const found = store.get('configmaps', key);
  if (found === undefined) throw new Error(`${key} is not there`);
  return found;
}

describe('object store', () => {
  it('API4: every write moves the one revision, and stamps it on the object', () => {
    const store = new ObjectStore(newStoreState());
    store.create('configmaps', 'a/x', object('x', 'a'));
    store.create('secrets', 'a/x', object('x', 'a'));
    expect(stored(store, 'a/x').metadata.resourceVersion).toBe('2');
    const result = store.update('configmaps', 'a/x', stored(store, 'a/x'), object('x', 'a'));
    expect(result.ok && result.object.metadata.resourceVersion).toBe('4');
    expect(store.revision).toBe(4);
  });

  it('API4: a write over a stale version is a conflict and changes nothing', () => {
    const store = new ObjectStore(newStoreState());
    store.create('configmaps', 'a/x', object('x', 'a'));
    const stale = stored(store, 'a/x');
    store.update('configmaps', 'a/x', stale, object('x', 'a'));
    expect(store.update('configmaps', 'a/x', stale, object('x', 'a'))).toEqual({
      ok: false,
      reason: 'conflict',
    });
    expect(store.remove('configmaps', 'a/x', stale)).toEqual({ ok: false, reason: 'conflict' });
    expect(store.revision).toBe(3);
  });

  it('lists a namespace without those whose name begins alike, in pages', () => {
    const store = new ObjectStore(newStoreState());
    for (const key of ['web/b', 'web-2/a', 'web/a', 'we/z', 'web/c'])
      store.create('configmaps', key, object(key.split('/')[1] ?? '', key.split('/')[0]));
    const first = store.list('configmaps', 'web/', undefined, 2);
    expect(first.objects.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(first).toMatchObject({ next: 'web/b', remaining: 1 });
    expect(store.list('configmaps', 'web/', first.next, 2).objects.map((item) => item.metadata.name)).toEqual(
      ['c'],
    );
    expect(store.list('configmaps').objects).toHaveLength(5);
  });

  it('API4: changes before the compaction are gone, later ones are told in order', () => {
    const store = new ObjectStore(newStoreState());
    store.create('configmaps', 'a/x', object('x', 'a'));
    store.create('configmaps', 'a/y', object('y', 'a'));
    store.remove('configmaps', 'a/x', stored(store, 'a/x'));
    store.compact(2);
    expect(store.changesSince(1)).toBeUndefined();
    expect(store.changesSince(2)?.map((change) => [change.type, change.key, change.revision])).toEqual([
      ['ADDED', 'a/y', 3],
      ['DELETED', 'a/x', 4],
    ]);
  });

  it('keeps the change log bounded', () => {
    const store = new ObjectStore(newStoreState());
    store.create('configmaps', 'a/x', object('x', 'a'));
    for (let i = 0; i < 20_000; i++)
      store.update('configmaps', 'a/x', stored(store, 'a/x'), object('x', 'a'));
    expect(store.state.changes.length).toBeLessThanOrEqual(16_384);
    expect(store.changesSince(2)).toBeUndefined();
    expect(store.changesSince(store.revision - 10)).toHaveLength(10);
  });

  it('a fork and its original go on apart, and share what was there', () => {
    const store = new ObjectStore(newStoreState());
    store.create('configmaps', 'a/x', object('x', 'a'));
    const fork = new ObjectStore(forkState(store.state));
    expect(fork.get('configmaps', 'a/x')).toBe(store.get('configmaps', 'a/x'));
    fork.create('configmaps', 'a/y', object('y', 'a'));
    expect(store.get('configmaps', 'a/y')).toBeUndefined();
    expect(store.revision).toBe(2);
  });

  it('replaying the change log gives the objects', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('put', 'remove'), fc.constantFrom('a/x', 'a/y', 'b/x', 'a-/q')), {
          maxLength: 60,
        }),
        (steps) => {
          const store = new ObjectStore(newStoreState());
          for (const [step, key] of steps) {
            const current = store.get('configmaps', key);
            if (step === 'remove' && current !== undefined) store.remove('configmaps', key, current);
            else if (current === undefined) store.create('configmaps', key, object(key));
            else store.update('configmaps', key, current, object(key));
          }
          const replayed = new Map<string, string | undefined>();
          for (const change of store.changesSince(1) ?? []) {
            if (change.type === 'DELETED') replayed.delete(change.key);
            else replayed.set(change.key, change.object.metadata.resourceVersion);
          }
          const keys = [...replayed.keys()].sort();
          expect(store.state.tables.get('configmaps')?.keys ?? []).toEqual(keys);
          for (const key of keys) expect(stored(store, key).metadata.resourceVersion).toBe(replayed.get(key));
        },
      ),
    );
  });
});

describe('the room of a store', () => {
  const MEBIBYTE = 1024 * 1024;
  const large = (name: string, bytes: number): StoredObject =>
    ({ ...object(name), data: { text: 'x'.repeat(bytes) } }) as unknown as StoredObject;

  it('ends at its quota, and what shrinks or goes makes room again', () => {
    const store = new ObjectStore(newStoreState());
    let count = 0;
    while (store.create('configmaps', `c${count}`, large(`c${count}`, MEBIBYTE)).ok) count++;
    expect(count).toBe(63);
    const first = stored(store, 'c0');
    expect(store.update('configmaps', 'c0', first, large('c0', 3 * MEBIBYTE))).toEqual({
      ok: false,
      reason: 'full',
    });
    expect(stored(store, 'c0')).toBe(first);
    expect(store.update('configmaps', 'c0', first, large('c0', 10)).ok).toBe(true);
    expect(store.remove('configmaps', 'c1', stored(store, 'c1')).ok).toBe(true);
    expect(store.create('configmaps', 'new', large('new', MEBIBYTE)).ok).toBe(true);
  });

  it('counts what it holds, whatever is written', () => {
    const write = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      bytes: fc.integer({ min: 0, max: 500 }),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        const store = new ObjectStore(newStoreState());
        for (const { key, bytes, gone } of writes) {
          const current = store.get('configmaps', key);
          if (current === undefined) store.create('configmaps', key, large(key, bytes));
          else if (gone) store.remove('configmaps', key, current);
          else store.update('configmaps', key, current, large(key, bytes));
        }
        for (const { key } of writes) {
          const current = store.get('configmaps', key);
          if (current !== undefined) store.remove('configmaps', key, current);
        }
        expect(store.state.objectBytes).toBe(0);
      }),
    );
  });

  it('keeps few changes of large objects, so that a loop of patches costs no memory', () => {
    const store = new ObjectStore(newStoreState());
    store.create('configmaps', 'c', large('c', MEBIBYTE));
    for (let round = 0; round < 200; round++)
      store.update('configmaps', 'c', stored(store, 'c'), large('c', MEBIBYTE + (round % 2)));
    expect(store.state.changes.length).toBeLessThan(33);
    expect(store.state.changeBytes).toBeLessThanOrEqual(32 * MEBIBYTE);
    expect(store.changesSince(2)).toBeUndefined();
    expect(store.changesSince(store.revision - 1)).toHaveLength(1);
  });
});
