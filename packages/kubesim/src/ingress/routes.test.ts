import type { Ingress, IngressClass, IngressRule } from 'kubernetes-types/networking/v1';
import { describe, expect, it, test } from 'vitest';
import { buildRoutes, matchRoute, servedIngresses } from './routes.ts';
import { unknownAnnotations } from './annotations.ts';

type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific';

/** `Prefix /foo service` for each path. */
function rule(host: string | undefined, ...paths: readonly string[]): IngressRule {
  return {
    ...(host === undefined ? {} : { host }),
    http: {
      paths: paths.map((text) => {
        const [pathType = 'Prefix', path = '/', name = 'web'] = text.split(' ');
        return { pathType: pathType as PathType, path, backend: { service: { name, port: { number: 80 } } } };
      }),
    },
  };
}

function ingress(name: string, spec: Ingress['spec'], annotations: Record<string, string> = {}): Ingress {
  return { metadata: { name, namespace: 'shop', annotations }, spec: { ingressClassName: 'nginx', ...spec } };
}

function served(table: readonly Ingress[], url: string): string {
  const [host = '', ...rest] = url.split('/');
  const match = matchRoute(buildRoutes(table), host, `/${rest.join('/')}`);
  if (match.kind === 'none') return 'none';
  return `${match.location.backend?.service ?? '-'} ${match.upstreamPath}`;
}

describe('paths', () => {
  // The examples of the Ingress documentation, and their neighbours.
  test.each([
    ['ING1', 'Prefix /', 'a/any/thing', true],
    ['ING2', 'Exact /foo', 'a/foo', true],
    ['ING2', 'Exact /foo', 'a/bar', false],
    ['ING2', 'Exact /foo', 'a/foo/', false],
    ['ING2', 'Exact /foo/', 'a/foo', false],
    ['ING2', 'Prefix /foo', 'a/foo', true],
    ['ING2', 'Prefix /foo', 'a/foo/', true],
    ['ING2', 'Prefix /foo/', 'a/foo', true],
    ['ING2', 'Prefix /foo/', 'a/foo/', true],
    ['ING1', 'Prefix /aaa/bb', 'a/aaa/bbb', false],
    ['ING1', 'Prefix /aaa/bbb', 'a/aaa/bbb', true],
    ['ING2', 'Prefix /aaa/bbb/', 'a/aaa/bbb', true],
    ['ING2', 'Prefix /aaa/bbb', 'a/aaa/bbb/', true],
    ['ING1', 'Prefix /aaa/bbb', 'a/aaa/bbb/ccc', true],
    ['ING1', 'Prefix /aaa/bbb', 'a/aaa/bbbxyz', false],
    ['ING2', 'Prefix /foo', 'a/FOO', false],
    ['ING2', 'Exact /foo', 'a/Foo', false],
    ['ImplementationSpecific is nginx’s plain location', 'ImplementationSpecific /foo', 'a/foobar', true],
  ])('%s: %s takes %s: %s', (_rule, path, url, expected) => {
    expect(served([ingress('i', { rules: [rule(undefined, path)] })], url) !== 'none').toBe(expected);
  });

  test.each([
    ['a/aaa/ccc', 'short'],
    ['a/aaa/bbb/c', 'long'],
    ['a/aaa/bbb', 'exact'],
  ])('ING3: the longest path wins, then Exact over Prefix: %s goes to %s', (url, service) => {
    const rules = [rule(undefined, 'Prefix /aaa short', 'Prefix /aaa/bbb long', 'Exact /aaa/bbb exact')];
    expect(served([ingress('i', { rules })], url)).toMatch(new RegExp(`^${service} `));
  });
});

describe('hosts', () => {
  test.each([
    ['bar.foo.com/x', 'star /x'],
    ['baz.bar.foo.com/x', 'any /x'],
    ['foo.com/x', 'any /x'],
    ['exact.foo.com/x', 'exact /x'],
    ['EXACT.foo.com:8080/x', 'exact /x'],
  ])('ING4: %s is served by %s', (url, expected) => {
    const rules = [
      rule('*.foo.com', 'Prefix / star'),
      rule('exact.foo.com', 'Prefix / exact'),
      rule(undefined, 'Prefix / any'),
    ];
    expect(served([ingress('i', { rules })], url)).toBe(expected);
  });

  it('ING10: a host with rules of its own does not fall back on rules without a host', () => {
    const rules = [rule('own.example', 'Prefix /only'), rule(undefined, 'Prefix / any')];
    expect(served([ingress('i', { rules })], 'own.example/else')).toBe('none');
  });

  it('ING8: a default backend without rules takes every host', () => {
    const spec = { defaultBackend: { service: { name: 'last', port: { name: 'http' } } } };
    expect(served([ingress('i', spec)], 'whoever.example/x')).toBe('last /x');
  });
});

describe('rewriting', () => {
  const minimal = ingress(
    'minimal-ingress',
    { ingressClassName: 'nginx-example', rules: [rule(undefined, 'Prefix /testpath test')] },
    { 'nginx.ingress.kubernetes.io/rewrite-target': '/' },
  );

  test.each([
    ['x/testpath', 'test /'],
    ['x/testpath/more', 'test /'],
    // As in nginx: a rewrite makes the path a regular expression, which knows no path elements and no case.
    ['x/testpathological', 'test /'],
    ['x/TestPath', 'test /'],
    ['x/other', 'none'],
  ])('minimal-ingress: %s becomes %s', (url, expected) => {
    expect(served([minimal], url)).toBe(expected);
  });

  it('groups of the path stand for $1, $2', () => {
    const annotations = { 'nginx.ingress.kubernetes.io/rewrite-target': '/$2' };
    const rules = [rule(undefined, 'ImplementationSpecific /api(/|$)(.*) api')];
    const table = [ingress('i', { rules }, annotations)];
    expect(served(table, 'x/api/v1/items')).toBe('api /v1/items');
    expect(served(table, 'x/api')).toBe('api /');
  });

  it('an expression that would never end elsewhere ends here', () => {
    const annotations = { 'nginx.ingress.kubernetes.io/use-regex': 'true' };
    const table = [
      ingress('i', { rules: [rule(undefined, 'ImplementationSpecific /(a+)+$ web')] }, annotations),
    ];
    expect(served(table, `x/${'a'.repeat(2000)}b`)).toBe('none');
  });
});

describe('classes', () => {
  const controlled = (name: string, isDefault = false): IngressClass => ({
    metadata: {
      name,
      annotations: isDefault ? { 'ingressclass.kubernetes.io/is-default-class': 'true' } : {},
    },
    spec: { controller: 'k8s.io/ingress-nginx' },
  });
  const named = (className: string | undefined): Ingress => ({
    metadata: { name: className ?? 'none', namespace: 'shop' },
    spec: className === undefined ? {} : { ingressClassName: className },
  });

  it('ING5: an Ingress of another class, or of none that exists, is left alone', () => {
    const other: IngressClass = { metadata: { name: 'other' }, spec: { controller: 'example.com/other' } };
    const all = [named('nginx-example'), named('other'), named('missing'), named(undefined)];
    const names = (classes: readonly IngressClass[]): readonly (string | undefined)[] =>
      servedIngresses(all, classes).map(({ metadata }) => metadata?.name);
    expect(names([controlled('nginx-example'), other])).toEqual(['nginx-example']);
    expect(names([controlled('nginx-example', true), other])).toEqual(['nginx-example', 'none']);
  });

  it('names the annotations that mean nothing here', () => {
    const annotations = {
      'nginx.ingress.kubernetes.io/auth-url': 'http://auth',
      'nginx.ingress.kubernetes.io/rewrite-target': '/',
      'example.com/own': 'x',
    };
    expect(unknownAnnotations(ingress('i', {}, annotations))).toEqual([
      'nginx.ingress.kubernetes.io/auth-url',
    ]);
  });

  it('where two Ingresses claim a path, the older has it', () => {
    const at = (name: string, creationTimestamp: string): Ingress => ({
      ...ingress(name, { rules: [rule(undefined, `Prefix / ${name}`)] }),
      metadata: { name, namespace: 'shop', creationTimestamp },
    });
    const both = [at('younger', '2026-01-02T00:00:00Z'), at('older', '2026-01-01T00:00:00Z')];
    expect(served(servedIngresses(both, [controlled('nginx')]), 'x/y')).toBe('older /y');
  });
});
