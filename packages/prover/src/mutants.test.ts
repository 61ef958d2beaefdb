import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from './manifest.ts';
import { sameJson } from './manifest.ts';
import { mutantsOf } from './mutants.ts';
import { narrowerCidr, otherCidr } from './mutations/cidr.ts';

const CONTEXT = { namespaces: ['default', 'shop'], nodes: ['one', 'two'] };
const POLICY: Manifest = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'db', namespace: 'default' },
  spec: {
    podSelector: { matchLabels: { role: 'db' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          { ipBlock: { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] } },
          { namespaceSelector: { matchLabels: { project: 'a' } } },
          { podSelector: { matchLabels: { role: 'front' } } },
          {
            namespaceSelector: { matchLabels: { project: 'b' } },
            podSelector: { matchLabels: { app: 'x' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 6379 }],
      },
    ],
    egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24' } }], ports: [{ protocol: 'TCP', port: 5978 }] }],
  },
};
const SERVICE: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 9376 }] },
};
const INGRESS: Manifest = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'minimal', namespace: 'default' },
  spec: {
    ingressClassName: 'nginx-example',
    rules: [
      {
        host: 'a.example',
        http: {
          paths: [
            {
              path: '/testpath',
              pathType: 'Prefix',
              backend: { service: { name: 'test', port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
};
const ids = (manifest: Manifest, before?: Manifest): readonly string[] =>
  mutantsOf(manifest, before, CONTEXT).map(({ id }) => id);

describe('mutants', () => {
  it.each([
    ['drop a rule', POLICY, 'drop-rule/NetworkPolicy/default/db/spec.ingress[0]'],
    ['flip a selector', POLICY, 'flip-selector/NetworkPolicy/default/db/spec.podSelector.matchLabels.role'],
    ['change a port', POLICY, 'change-port/NetworkPolicy/default/db/spec.ingress[0].ports[0].port'],
    [
      'change a protocol',
      POLICY,
      'change-protocol/NetworkPolicy/default/db/spec.egress[0].ports[0].protocol',
    ],
    ['change a namespace', POLICY, 'change-namespace/NetworkPolicy/default/db/metadata.namespace'],
    ['change a CIDR', POLICY, 'change-cidr/NetworkPolicy/default/db/spec.egress[0].to[0].ipBlock.cidr'],
    ['NP3: drop a policyType', POLICY, 'drop-policy-type/NetworkPolicy/default/db/spec.policyTypes[1]'],
    [
      'NP13: drop except',
      POLICY,
      'drop-except/NetworkPolicy/default/db/spec.ingress[0].from[0].ipBlock.except',
    ],
    ['NP6: open the peers', POLICY, 'open-peers/NetworkPolicy/default/db/spec.ingress[0].from'],
    ['NP6: open the ports', POLICY, 'open-ports/NetworkPolicy/default/db/spec.ingress[0].ports'],
    ['NP9: OR for AND', POLICY, 'split-peer/NetworkPolicy/default/db/spec.ingress[0].from[3]'],
    ['NP9: AND for OR', POLICY, 'join-peers/NetworkPolicy/default/db/spec.ingress[0].from[1]'],
    ['forget the object', POLICY, 'drop-object/NetworkPolicy/default/db'],
    ['change a target port', SERVICE, 'change-port/Service/default/web/spec.ports[0].targetPort'],
    ['change a type', SERVICE, 'change-type/Service/default/web/spec.type'],
    ['change a path', INGRESS, 'change-path/Ingress/default/minimal/spec.rules[0].http.paths[0].path'],
    [
      'change a path type',
      INGRESS,
      'change-path-type/Ingress/default/minimal/spec.rules[0].http.paths[0].pathType',
    ],
    ['change a host', INGRESS, 'change-host/Ingress/default/minimal/spec.rules[0].host'],
    ['change a class', INGRESS, 'change-class/Ingress/default/minimal/spec.ingressClassName'],
  ])('%s', (_what, manifest, id) => expect(ids(manifest)).toContain(id));

  it.each([
    ['policy', POLICY],
    ['service', SERVICE],
    ['ingress', INGRESS],
  ])('of a %s are all different from it and from one another', (_what, manifest) => {
    const mutants = mutantsOf(manifest, undefined, CONTEXT).flatMap((mutant) => mutant.manifest ?? []);
    expect(mutants.some((mutant) => sameJson(mutant, manifest))).toBe(false);
    expect(new Set(mutants.map((mutant) => JSON.stringify(mutant))).size).toBe(mutants.length);
  });

  it('of what was changed are only where it was changed', () => {
    const before: Manifest = {
      ...SERVICE,
      spec: { ...(SERVICE['spec'] as object), selector: { app: 'wep' } },
    };
    expect(ids(SERVICE, before)).toEqual([
      'flip-selector/Service/default/web/spec.selector.app',
      'drop-selector/Service/default/web/spec.selector.app',
    ]);
  });
});

describe('CIDRs', () => {
  it('are another range of the same size, and the lower half', () => {
    expect([otherCidr('10.0.0.0/24'), narrowerCidr('10.0.0.0/24')]).toEqual(['10.0.1.0/24', '10.0.0.0/25']);
    expect([otherCidr('0.0.0.0/0'), narrowerCidr('10.0.0.1/32'), otherCidr('fd00::/8')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('never meet their neighbour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 1, max: 32 }),
        (bits, length) => {
          const base = length === 32 ? bits : (bits - (bits % 2 ** (32 - length))) >>> 0;
          const text = `${[24, 16, 8, 0].map((shift) => (base >>> shift) & 0xff).join('.')}/${length}`;
          const other = otherCidr(text);
          expect(other).not.toBe(text);
          expect(other === undefined ? text : otherCidr(other)).toBe(text);
        },
      ),
    );
  });
});
