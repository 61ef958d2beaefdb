import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDifference, valueAt } from './match.ts';

describe('firstDifference', () => {
  const table: readonly (readonly [
    what: string,
    pattern: unknown,
    actual: unknown,
    path: string | undefined,
  ])[] = [
    ['equal scalars', 80, 80, undefined],
    ['a number is not its text', 80, '80', ''],
    ['a map with more keys fits', { a: 1 }, { a: 1, b: 2 }, undefined],
    ['a missing key', { a: { b: 1 } }, { a: {} }, 'a.b'],
    [
      'a key with dots',
      { labels: { 'app.kubernetes.io/name': 'MyApp' } },
      { labels: {} },
      "labels['app.kubernetes.io/name']",
    ],
    ['a longer list', [1], [1, 2], ''],
    ['an element deep in', { ports: [{ port: 80 }] }, { ports: [{ port: 81 }] }, 'ports[0].port'],
    ['a list where a map is', { a: {} }, { a: [] }, 'a'],
    ['an inherited key is no key', { toString: 'x' }, {}, 'toString'],
    ['null is a value', { a: null }, { a: null }, undefined],
    ['null is not absence', { a: null }, {}, 'a'],
  ];
  it.each(table)('%s', (_what, pattern, actual, path) => {
    expect(firstDifference(pattern, actual)?.path).toBe(path);
  });

  it('finds none between any JSON value and itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => firstDifference(value, structuredClone(value)) === undefined),
    );
  });

  it('fits whatever a map is extended with', () => {
    const maps = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(
        maps,
        maps,
        (pattern, more) => firstDifference(pattern, { ...more, ...pattern }) === undefined,
      ),
    );
  });

  it('does not run away on what contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['again'] = loop;
    expect(firstDifference(loop, loop)).toBeDefined();
  });
});

describe('valueAt', () => {
  const pod = { status: { podIP: '10.244.1.3' }, spec: { containers: [{ name: 'a' }] } };
  it.each([
    ['status.podIP', '10.244.1.3'],
    ['spec.containers[0].name', 'a'],
    ['spec.containers[1].name', undefined],
    ['spec.constructor', undefined],
  ])('%s', (path, value) => {
    expect(valueAt(pod, path)).toBe(value);
  });
});
