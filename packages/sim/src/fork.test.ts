import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze, forkState } from './fork.ts';

class Counter {
  count = 0;
  readonly seen = new Set<string>();

  add(name: string): void {
    this.count++;
    this.seen.add(name);
  }
}

const state = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie('value'), { maxKeys: 4 }),
    fc
      .array(fc.tuple(fc.string({ maxLength: 3 }), tie('value')), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }).map((entries) => new Set(entries)),
    fc.uint8Array({ maxLength: 4 }),
  ),
})).value;

/** Every object that may be changed, however deep. */
function changeable(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || found.has(value)) return found;
  found.add(value);
  const parts: unknown[] =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  for (const part of parts) changeable(part, found);
  return found;
}

describe('forkState', () => {
  it('makes an equal state that shares nothing that may change', () => {
    fc.assert(
      fc.property(state, (value) => {
        const copy = forkState(value);
        expect(copy).toEqual(value);
        const own = changeable(value);
        for (const each of changeable(copy)) expect(own.has(each)).toBe(false);
      }),
    );
  });

  it('shares what is frozen, keeps what is one object one, and classes what they are', () => {
    const frozen = deepFreeze({ deep: [{ a: 1 }] });
    const counter = new Counter();
    const copy = forkState({ frozen, counter, again: counter, list: [counter] });
    expect(copy.frozen).toBe(frozen);
    expect(copy.again).toBe(copy.counter);
    expect(copy.list[0]).toBe(copy.counter);
    copy.counter.add('x');
    expect([copy.counter.count, counter.count, counter.seen.size]).toEqual([1, 0, 0]);
  });

  it('copies circles, and a field named __proto__ as any other', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const copy = forkState(circle);
    expect(copy.self).toBe(copy);
    const odd = JSON.parse('{"__proto__": {"a": 1}}') as object;
    const copied = forkState(odd);
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    expect(Object.entries(copied)).toEqual([['__proto__', { a: 1 }]]);
  });

  it.each([
    ['function', () => 1],
    ['promise', Promise.resolve()],
    ['iterator or generator', [1].values()],
    ['typed array other than Uint8Array', new Float64Array(1)],
  ])('refuses a %s and says where it is', (what, value) => {
    expect(() => forkState({ nodes: new Map([['one', [{ field: value }]]]) })).toThrow(
      `a ${what} cannot be part of simulation state (at nodes.one.0.field)`,
    );
    expect(() => forkState(value)).toThrow('(at the root)');
  });
});
