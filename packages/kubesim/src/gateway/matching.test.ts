import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeHeaders, changePath, drawBackend, durationMs, redirectTarget } from './filters.ts';
import { hostMatches, intersect } from './hostname.ts';
import { matchEntry, matches } from './matching.ts';
import type { RouteEntry, RoutedRequest } from './matching.ts';
import type { RouteMatch } from './model.ts';

const ask = (path: string, more: Partial<RoutedRequest> = {}): RoutedRequest => ({
  method: 'GET',
  host: 'a.example',
  path,
  query: new Map(),
  headers: new Map(),
  ...more,
});
const entry = (name: string, match: RouteMatch, more: Partial<RouteEntry> = {}): RouteEntry => ({
  route: `default/${name}`,
  namespace: 'default',
  createdAt: '2026-01-01T00:00:00Z',
  hostnames: [],
  rule: {},
  ruleIndex: 0,
  match,
  matchIndex: 0,
  ...more,
});
const prefix = (value: string): RouteMatch => ({ path: { type: 'PathPrefix', value } });

describe('GW2: matches', () => {
  test.each([
    ['/', '/any/thing', true],
    ['/foo', '/foo', true],
    ['/foo', '/foo/', true],
    ['/foo', '/foo/bar', true],
    ['/foo', '/foobar', false],
    ['/foo/', '/foo', true],
    ['/foo', '/FOO', false],
  ])('PathPrefix %s and %s: %s', (value, path, holds) => {
    expect(matches(prefix(value), ask(path))).toBe(holds);
  });

  test('Exact, a regular expression of the whole path, a method, headers and query parameters', () => {
    expect(matches({ path: { type: 'Exact', value: '/a' } }, ask('/a/'))).toBe(false);
    expect(matches({ path: { type: 'RegularExpression', value: '/v[0-9]+' } }, ask('/v12'))).toBe(true);
    expect(matches({ path: { type: 'RegularExpression', value: '/v[0-9]+' } }, ask('/v12/x'))).toBe(false);
    expect(matches({ method: 'POST' }, ask('/'))).toBe(false);
    const headers = [{ name: 'X-Env', value: 'canary' }];
    expect(matches({ headers }, ask('/', { headers: new Map([['x-env', 'canary']]) }))).toBe(true);
    expect(matches({ headers }, ask('/'))).toBe(false);
    const queryParams = [{ name: 'q', value: '1' }];
    expect(matches({ queryParams }, ask('/', { query: new Map([['q', '1']]) }))).toBe(true);
  });

  test.each<[string, RouteEntry[], string]>([
    ['a longer prefix', [entry('short', prefix('/a')), entry('long', prefix('/a/b'))], 'long'],
    [
      'Exact before a prefix',
      [entry('prefix', prefix('/a/b')), entry('exact', { path: { type: 'Exact', value: '/a/b' } })],
      'exact',
    ],
    ['a method', [entry('any', prefix('/a')), entry('method', { ...prefix('/a'), method: 'GET' })], 'method'],
    [
      'more headers',
      [entry('none', prefix('/a')), entry('one', { ...prefix('/a'), headers: [{ name: 'h', value: 'v' }] })],
      'one',
    ],
    [
      'an exact host before a wildcard, whatever the path',
      [
        entry('wild', prefix('/a/b'), { hostnames: ['*.example'] }),
        entry('host', prefix('/'), { hostnames: ['a.example'] }),
      ],
      'host',
    ],
    [
      'the older route',
      [entry('aaa', prefix('/a'), { createdAt: '2026-01-02T00:00:00Z' }), entry('zzz', prefix('/a'))],
      'zzz',
    ],
    ['the first by name', [entry('b', prefix('/a')), entry('a', prefix('/a'))], 'a'],
  ])('precedence: %s', (_what, entries, winner) => {
    const request = ask('/a/b', { headers: new Map([['h', 'v']]) });
    for (const order of [entries, [...entries].reverse()])
      expect(matchEntry(order, request)?.route).toBe(`default/${winner}`);
  });

  test('no order of the routes changes the winner', () => {
    const some = [
      prefix('/'),
      prefix('/a'),
      prefix('/a/b'),
      { method: 'GET' },
      { path: { type: 'Exact' as const, value: '/a' } },
    ];
    const entries = some.map((match, index) => entry(`r${index}`, match));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(entries, { minLength: 5 }),
        fc.constantFrom('/', '/a', '/a/b', '/x'),
        (order, path) => {
          expect(matchEntry(order, ask(path))?.route).toBe(matchEntry(entries, ask(path))?.route);
        },
      ),
    );
  });
});

describe('GW2: hostnames', () => {
  test.each([
    [undefined, ['a.example'], ['a.example']],
    ['a.example', [], ['a.example']],
    ['*.example', ['a.example', 'b.other'], ['a.example']],
    ['*.example', ['a.b.example'], ['a.b.example']],
    ['a.example', ['*.example'], ['a.example']],
    ['*.example', ['*.b.example'], ['*.b.example']],
    ['a.example', ['b.example'], undefined],
    ['*.example', ['example'], undefined],
  ] as const)('listener %s and routes %j: %j', (listener, routes, common) => {
    expect(intersect(listener, routes)).toEqual(common);
  });

  test('what is common to both is matched by both', () => {
    const name = fc.constantFrom(
      'example',
      'a.example',
      '*.example',
      'b.a.example',
      '*.a.example',
      '*.b.a.example',
    );
    fc.assert(
      fc.property(
        name,
        name,
        fc.constantFrom('a.example', 'b.a.example', 'c.b.a.example', 'example'),
        (left, right, host) => {
          const common = intersect(left, [right]) ?? [];
          expect(common.some((each) => hostMatches(each, host))).toBe(
            hostMatches(left, host) && hostMatches(right, host),
          );
        },
      ),
    );
  });
});

describe('GW4: filters', () => {
  test('headers are set, added and removed without regard to case', () => {
    const change = { set: [{ name: 'A', value: '2' }], add: [{ name: 'b', value: '2' }], remove: ['C'] };
    expect(
      changeHeaders(
        [
          ['a', '1'],
          ['B', '1'],
          ['c', '1'],
        ],
        change,
      ),
    ).toEqual([
      ['B', '1,2'],
      ['A', '2'],
    ]);
    expect(changeHeaders([], { set: [{ name: 'x', value: 'a\r\nEvil: 1' }] })).toEqual([['x', 'a Evil: 1']]);
  });

  // The table of HTTPPathModifier.replacePrefixMatch.
  test.each([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '/', '/'],
  ])('%s under %s with %s becomes %s', (path, under, replacePrefixMatch, result) => {
    expect(changePath(path, { type: 'ReplacePrefixMatch', replacePrefixMatch }, prefix(under))).toBe(result);
  });

  test.each([
    [{ scheme: 'https' }, 'https://a.example/p?q=1'],
    [{ hostname: 'b.example' }, 'http://b.example:8080/p?q=1'],
    [{ port: 80 }, 'http://a.example/p?q=1'],
    [{ path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }, 'http://a.example:8080/new?q=1'],
  ] as const)('redirect %j goes to %s', (redirect, target) => {
    const request = { scheme: 'http', host: 'a.example', path: '/p', query: '?q=1', port: 8080 } as const;
    expect(redirectTarget(redirect, request, {})).toBe(target);
  });

  test.each([
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['0s', undefined],
    ['soon', undefined],
  ])('a duration of %s is %s ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});

describe('GW3: weights', () => {
  test('each backend gets its share', () => {
    const backends = [{ name: 'a', weight: 3 }, { name: 'b', weight: 0 }, { name: 'c' }];
    const drawn = [0, 1, 2, 3].map((at) => drawBackend(backends, () => at)?.name);
    expect(drawn).toEqual(['a', 'a', 'a', 'c']);
    expect(drawBackend([{ weight: 0 }], () => 0)).toBeUndefined();
    expect(drawBackend([], () => 0)).toBeUndefined();
  });
});
