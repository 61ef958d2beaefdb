import { describe, expect, it } from 'vitest';
import { checkManifest, closest } from './manifest-check.ts';
import { suggest } from './manifest-completion.ts';
import { objectType } from './manifest-schema.ts';
import { MANIFEST_KINDS, MANIFEST_TYPES } from './manifest-types.ts';

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
spec:
  podSelector:
    matchLabels: { app: db }
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: { matchLabels: { app: api } }
      ports:
        - port: 5432
`;
const messages = (text: string): string[] => checkManifest(text).map((mistake) => mistake.message);

describe('the type tables', () => {
  it('name only types that exist', () => {
    for (const [, name] of MANIFEST_TYPES.matchAll(/^([A-Z]\w+)/gm)) {
      const type = objectType(name ?? '');
      expect(type, name).toBeDefined();
      for (const field of type?.fields ?? []) {
        const inner = field.type.kind === 'list' ? field.type.of : field.type;
        if (inner.kind === 'object')
          expect(objectType(inner.type), `${name ?? ''}.${field.name}`).toBeDefined();
        // A misspelt type would read as a choice of one.
        if (inner.kind === 'choice' && inner.choices.length === 1)
          expect(['apiVersion', 'kind']).toContain(field.name);
      }
    }
  });
});

describe('checkManifest', () => {
  it('has nothing to say about a right manifest', () => {
    expect(messages(POLICY)).toEqual([]);
  });
  it('leaves kinds it does not know to the API server', () => {
    expect(messages('apiVersion: example.com/v1\nkind: Whatever\nspec: { a: 1 }\n')).toEqual([]);
  });
  it.each([
    [
      'a misspelt field',
      POLICY.replace('policyTypes', 'policyType'),
      'Unknown field "spec.policyType". Did you mean policyTypes?',
    ],
    [
      'a field at the wrong level',
      POLICY.replace('      ports:\n        - port: 5432', '          ports:\n            - port: 5432'),
      'Unknown field "spec.ingress[0].from[0].ports".',
    ],
    [
      'a wrong choice',
      POLICY.replace('[Ingress]', '[ingress]'),
      'spec.policyTypes[0]: must be one of Ingress, Egress. Did you mean Ingress?',
    ],
    [
      'a list without dashes',
      POLICY.replace(
        '    - from:\n        - podSelector: { matchLabels: { app: api } }',
        '      from:\n        - podSelector: {}',
      ),
      'spec.ingress: must be a list. Begin each item with a dash.',
    ],
    [
      'a port in quotes',
      POLICY.replace('5432', '"5432"'),
      'spec.ingress[0].ports[0].port: in quotes this is a name, not a number. Take the quotes away.',
    ],
    [
      'a number as a label',
      POLICY.replace('{ app: db }', '{ app: 1 }'),
      'spec.podSelector.matchLabels: values are texts. Put 1 into quotes.',
    ],
    [
      'the wrong apiVersion',
      POLICY.replace('networking.k8s.io/v1', 'v1'),
      'apiVersion: must be networking.k8s.io/v1.',
    ],
    ['no kind', 'apiVersion: v1\nmetadata: {}\n', 'This document has no kind.'],
    ['a tab', 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n', 'YAML is indented by spaces, not tabs.'],
    [
      'a port out of range',
      'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 70000 }] }\n',
      'spec.ports[0].port: must be between 1 and 65535.',
    ],
    [
      'something required',
      'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ name: x }] }\n',
      'spec.ports[0]: port is required. The port of the Service itself.',
    ],
  ])('says what is wrong with %s', (_case, text, message) => {
    expect(messages(text)).toContain(message);
  });
  it('knows every field of a pod, and no others', () => {
    const pod = (field: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  ${field}\n  containers: [{ name: a, volumeMounts: [] }]\n`;
    expect(messages(pod('tolerations: []'))).toEqual([]);
    expect(messages(pod('nodeNaem: a'))).toEqual(['Unknown field "spec.nodeNaem". Did you mean nodeName?']);
  });
  it('points at the mistake', () => {
    const text = POLICY.replace('policyTypes', 'policyType');
    const [mistake] = checkManifest(text);
    expect(text.slice(mistake?.from, mistake?.to)).toBe('policyType');
  });
  it('reads each document of a file', () => {
    expect(messages(`${POLICY}---\nkind: Pod\n`)).toEqual(['This document has no apiVersion.']);
  });
  it.each(['', '---\n', ':', '- a', '{', '\u0000', '&a [*a]', 'a: &x\n  b: *x\n'])('survives %j', (text) => {
    expect(() => checkManifest(text)).not.toThrow();
  });
});

describe('suggest', () => {
  const labels = (text: string): string[] | undefined =>
    suggest(text.split('\n'))?.items.map((item) => item.label);
  it('offers whole manifests where a document begins', () => {
    expect(labels('')).toEqual([...MANIFEST_KINDS]);
    expect(labels(`${POLICY}---\n`)).toEqual([...MANIFEST_KINDS]);
  });
  it('offers the fields of the object the cursor is in, less those it has', () => {
    expect(
      labels(
        'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: x\nspec:\n  podSelector: {}\n  ',
      ),
    ).toEqual(['policyTypes', 'ingress', 'egress']);
  });
  it('knows list items', () => {
    const head = 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec:\n  ingress:\n';
    expect(labels(`${head}    - `)).toEqual(['from', 'ports']);
    expect(labels(`${head}    - from:\n        - podSelector: {}\n      `)).toEqual(['ports']);
    expect(labels(`${head}    - from:\n        - `)).toEqual(['podSelector', 'namespaceSelector', 'ipBlock']);
  });
  it('offers values', () => {
    expect(labels('kind: Service\nspec:\n  type: ')).toEqual([
      'ClusterIP',
      'NodePort',
      'LoadBalancer',
      'ExternalName',
    ]);
    expect(labels('kind: NetworkPolicy\nspec:\n  policyTypes:\n    - ')).toEqual(['Ingress', 'Egress']);
    expect(labels('kind: ')).toEqual([...MANIFEST_KINDS]);
  });
  it('is silent where it knows nothing', () => {
    expect(labels('kind: Service\nspec:\n  selector:\n    app: we')).toBeUndefined();
    expect(labels('kind: Whatever\nspec:\n  ')).toBeUndefined();
  });
});

describe('closest', () => {
  it.each([
    ['podselector', 'podSelector'],
    ['protcol', 'protocol'],
    ['zzz', undefined],
  ])('%s → %s', (word, expected) => {
    expect(closest(word, ['podSelector', 'protocol', 'port'])).toBe(expected);
  });
});
