import { describe, expect, test } from 'vitest';
import { bindGateway } from './binding.ts';
import type { BoundGateway, Surroundings } from './binding.ts';
import type { Gateway, HttpRoute, Listener, ParentReference, ReferenceGrant } from './model.ts';

const GROUP = 'gateway.networking.k8s.io';
const HTTP: Listener = { name: 'web', port: 80, protocol: 'HTTP' };
const CHAIN = [Uint8Array.of(48)];

const around = (more: Partial<Surroundings> = {}): Surroundings => ({
  grants: [],
  namespaceLabels: (namespace) => ({ 'kubernetes.io/metadata.name': namespace }),
  selects: (selector, labels) =>
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value),
  serviceExists: (_namespace, name) => name !== 'missing',
  chainOf: (_namespace, secret) => (secret === 'cert' ? CHAIN : undefined),
  ...more,
});
const gateway = (...listeners: Listener[]): Gateway => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Gateway',
  metadata: { name: 'gw', namespace: 'infra' },
  spec: { gatewayClassName: 'podwire', listeners },
});
const route = (
  spec: HttpRoute['spec'] = {},
  namespace = 'infra',
  parent: Partial<ParentReference> = {},
): HttpRoute => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'HTTPRoute',
  metadata: { name: 'r', namespace },
  spec: { parentRefs: [{ name: 'gw', namespace: 'infra', ...parent }], ...spec },
});
const grant = (namespace: string, from: string, kind: string, to: string, name?: string): ReferenceGrant => ({
  apiVersion: `${GROUP}/v1beta1`,
  kind: 'ReferenceGrant',
  metadata: { name: 'g', namespace },
  spec: {
    from: [{ group: GROUP, kind, namespace: from }],
    to: [{ group: '', kind: to, ...(name === undefined ? {} : { name }) }],
  },
});
const reasons = (bound: BoundGateway, listener = 0): Record<string, string> =>
  Object.fromEntries(
    (bound.listeners[listener]?.verdicts ?? []).map(({ type, status, reason }) => [
      type,
      `${status} ${reason}`,
    ]),
  );
const routeReasons = (bound: BoundGateway): readonly string[] =>
  bound.parents.flatMap(({ verdicts }) =>
    verdicts.map(({ type, status, reason }) => `${type}=${status} ${reason}`),
  );

describe('GW6: listeners say what they are', () => {
  test('a good one', () => {
    expect(reasons(bindGateway(gateway(HTTP), [], around()))).toEqual({
      Accepted: 'True Accepted',
      Programmed: 'True Programmed',
      ResolvedRefs: 'True ResolvedRefs',
      Conflicted: 'False NoConflicts',
    });
  });

  test.each<[string, Listener[], Partial<Record<string, string>>]>([
    [
      'protocol',
      [{ ...HTTP, protocol: 'TCP' }],
      { Accepted: 'False UnsupportedProtocol', Programmed: 'False Invalid' },
    ],
    [
      'two protocols on a port',
      [HTTP, { name: 's', port: 80, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } }],
      { Conflicted: 'True ProtocolConflict' },
    ],
    ['one host twice', [HTTP, { ...HTTP, name: 'two' }], { Conflicted: 'True HostnameConflict' }],
    [
      'kinds of routes',
      [{ ...HTTP, allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } }],
      { ResolvedRefs: 'False InvalidRouteKinds' },
    ],
    [
      'a Secret that is not there',
      [{ name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } }],
      { ResolvedRefs: 'False InvalidCertificateRef', Programmed: 'False Invalid' },
    ],
    [
      'a Secret of another namespace',
      [
        {
          name: 's',
          port: 443,
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ name: 'cert', namespace: 'other' }] },
        },
      ],
      { ResolvedRefs: 'False RefNotPermitted' },
    ],
  ])('%s', (_what, listeners, expected) => {
    expect(reasons(bindGateway(gateway(...listeners), [], around()))).toMatchObject(expected);
  });

  test('GW5: a ReferenceGrant lets a Gateway use a Secret of another namespace', () => {
    const secure: Listener = {
      name: 's',
      port: 443,
      protocol: 'HTTPS',
      tls: { certificateRefs: [{ name: 'cert', namespace: 'other' }] },
    };
    const bound = bindGateway(
      gateway(secure),
      [],
      around({ grants: [grant('other', 'infra', 'Gateway', 'Secret')] }),
    );
    expect(reasons(bound)).toMatchObject({ ResolvedRefs: 'True ResolvedRefs' });
    expect(bound.listeners[0]?.chain).toBe(CHAIN);
  });
});

describe('GW6: routes say how they are attached', () => {
  const selected: Listener = {
    ...HTTP,
    allowedRoutes: {
      namespaces: { from: 'Selector', selector: { matchLabels: { 'kubernetes.io/metadata.name': 'team' } } },
    },
  };
  test.each<[string, Listener, HttpRoute, string]>([
    ['the same namespace', HTTP, route(), 'Accepted=True Accepted'],
    ['another namespace', HTTP, route({}, 'team'), 'Accepted=False NotAllowedByListeners'],
    [
      'all namespaces',
      { ...HTTP, allowedRoutes: { namespaces: { from: 'All' } } },
      route({}, 'team'),
      'Accepted=True Accepted',
    ],
    ['a selected namespace', selected, route({}, 'team'), 'Accepted=True Accepted'],
    ['one that is not', selected, route({}, 'infra'), 'Accepted=False NotAllowedByListeners'],
    ['no such section', HTTP, route({}, 'infra', { sectionName: 'x' }), 'Accepted=False NoMatchingParent'],
    ['no such port', HTTP, route({}, 'infra', { port: 81 }), 'Accepted=False NoMatchingParent'],
    [
      'no host in common',
      { ...HTTP, hostname: 'a.example' },
      route({ hostnames: ['b.example'] }),
      'Accepted=False NoMatchingListenerHostname',
    ],
    [
      'a filter that is not modelled',
      HTTP,
      route({ rules: [{ filters: [{ type: 'ExtensionRef' }] }] }),
      'Accepted=False UnsupportedValue',
    ],
  ])('%s', (_what, listener, each, expected) => {
    const bound = bindGateway(gateway(listener), [each], around());
    expect(routeReasons(bound)[0]).toBe(expected);
    expect(bound.listeners[0]?.attachedRoutes).toBe(expected.includes('True') ? 1 : 0);
  });

  const to = (name: string, more: object = {}): HttpRoute =>
    route({ rules: [{ backendRefs: [{ name, port: 80, ...more }] }] });
  test.each<[string, HttpRoute, string]>([
    ['a Service', to('web'), 'True ResolvedRefs'],
    ['none', to('missing'), 'False BackendNotFound'],
    ['another kind', to('web', { kind: 'Pod' }), 'False InvalidKind'],
    ['GW5: another namespace', to('web', { namespace: 'other' }), 'False RefNotPermitted'],
  ])('backends: %s', (_what, each, expected) => {
    expect(routeReasons(bindGateway(gateway(HTTP), [each], around()))[1]).toBe(`ResolvedRefs=${expected}`);
  });

  test.each([
    ['any name', grant('other', 'infra', 'HTTPRoute', 'Service'), 'True ResolvedRefs'],
    ['this name', grant('other', 'infra', 'HTTPRoute', 'Service', 'web'), 'True ResolvedRefs'],
    ['another name', grant('other', 'infra', 'HTTPRoute', 'Service', 'db'), 'False RefNotPermitted'],
    ['another source', grant('other', 'team', 'HTTPRoute', 'Service'), 'False RefNotPermitted'],
    ['in the wrong namespace', grant('infra', 'infra', 'HTTPRoute', 'Service'), 'False RefNotPermitted'],
  ])('GW5: a grant for %s', (_what, given, expected) => {
    const bound = bindGateway(
      gateway(HTTP),
      [to('web', { namespace: 'other' })],
      around({ grants: [given] }),
    );
    expect(routeReasons(bound)[1]).toBe(`ResolvedRefs=${expected}`);
  });
});
