import type { Ingress } from 'kubernetes-types/networking/v1';
import { describe, expect, test } from 'vitest';
import { behaviourOf, canaryOf, maySee, takesCanary, unknownAnnotations } from './annotations.ts';
import { renderRequest } from './forwarded-request.ts';
import { buildRoutes } from './routes.ts';

const annotated = (annotations: Record<string, string>, name = 'web', pathType = 'Prefix'): Ingress => ({
  metadata: {
    name,
    namespace: 'default',
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
    ),
  },
  spec: {
    rules: [
      {
        host: 'a.example',
        http: {
          paths: [{ path: '/', pathType, backend: { service: { name, port: { number: 80 } } } }],
        },
      },
    ],
  },
});

describe('ING13: annotations', () => {
  test.each([
    [{ 'canary-by-header': 'X-Canary' }, [['x-canary', 'always']], 99, true],
    [{ 'canary-by-header': 'X-Canary', 'canary-weight': '100' }, [['x-canary', 'never']], 0, false],
    [{ 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'de' }, [['x-canary', 'de']], 99, true],
    [{ 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'de' }, [['x-canary', 'fr']], 99, false],
    [{ 'canary-by-cookie': 'c' }, [['cookie', 'a=b; c=always']], 99, true],
    [{ 'canary-weight': '30' }, [], 29, true],
    [{ 'canary-weight': '30' }, [], 30, false],
    [{ 'canary-weight': '0' }, [], 0, false],
  ] as const)('canary %j with %j and the draw %s: %s', (annotations, headers, drawn, takes) => {
    expect(takesCanary(canaryOf(annotated(annotations)), new Map(headers), () => drawn)).toBe(takes);
  });

  test('a canary joins the location of the same host and path, and makes none of its own', () => {
    const main = annotated({});
    const canary = annotated({ canary: 'true', 'canary-weight': '50' }, 'next');
    const [location] = buildRoutes([main, canary]).servers.get('a.example')?.locations ?? [];
    expect(location?.backend?.service).toBe('web');
    expect(location?.canary?.backend.service).toBe('next');
    expect(buildRoutes([canary]).servers.size).toBe(0);
    // Of another pathType it is of another location, which it does not make (ING13).
    const exact = annotated({ canary: 'true', 'canary-weight': '50' }, 'next', 'Exact');
    expect(buildRoutes([main, exact]).servers.get('a.example')?.locations[0]?.canary).toBeUndefined();
  });

  test.each([
    [{}, '10.0.0.1', true],
    [{ 'whitelist-source-range': '10.0.0.0/24, 192.168.1.1' }, '10.0.0.9', true],
    [{ 'whitelist-source-range': '10.0.0.0/24, 192.168.1.1' }, '192.168.1.1', true],
    [{ 'whitelist-source-range': '10.0.0.0/24' }, '10.0.1.9', false],
    [{ 'denylist-source-range': '10.0.0.0/24' }, '10.0.0.9', false],
  ])('%j lets %s in: %s', (annotations, address, may) => {
    expect(maySee(behaviourOf(annotated(annotations)), address)).toBe(may);
  });

  test.each([
    ['8m', 8_388_608],
    ['512k', 524_288],
    ['0', 0],
    ['large', 1_048_576],
  ])('proxy-body-size %s is %s bytes', (size, bytes) => {
    expect(behaviourOf(annotated({ 'proxy-body-size': size })).maxBodyBytes).toBe(bytes);
  });

  test('what is not modelled is named, values included', () => {
    expect(
      unknownAnnotations(annotated({ 'backend-protocol': 'GRPC', 'limit-rps': '5', affinity: 'cookie' })),
    ).toEqual([
      'nginx.ingress.kubernetes.io/backend-protocol: GRPC',
      'nginx.ingress.kubernetes.io/limit-rps',
    ]);
  });

  test('the backend hears what nginx tells it, and nothing that a client claims', () => {
    const request = {
      method: 'GET',
      target: '/a?b=c',
      path: '/a',
      query: new Map(),
      headers: new Map([
        ['host', 'a.example'],
        ['x-forwarded-for', '1.2.3.4'],
        ['x-own', '1'],
      ]),
      body: new Uint8Array(0),
      keepAlive: true,
    };
    const text = new TextDecoder().decode(
      renderRequest(request, '/a', {
        host: 'a.example',
        upstreamHost: 'b.example',
        client: '10.0.0.1',
        requestId: 'id',
        secure: true,
        prefix: '/p',
      }),
    );
    for (const line of [
      'GET /a?b=c HTTP/1.1',
      'Host: b.example',
      'X-Forwarded-For: 10.0.0.1',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Prefix: /p',
      'x-own: 1',
    ])
      expect(text).toContain(`${line}\r\n`);
    expect(text).not.toContain('1.2.3.4');
  });
});
