import { expect, test } from 'vitest';
import { TestControlPlane } from './control-plane.test-support.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

test('API17: a group that a definition adds has its APIServices, as long as it serves their versions', () => {
  const server = new TestControlPlane();
  const version = (name: string, served: boolean, storage: boolean) => ({
    name,
    served,
    storage,
    schema: { openAPIV3Schema: { type: 'object' } },
  });
  const of = (plural: string, kind: string, versions: readonly object[]) => ({
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural, kind }, versions },
  });
  const services = (): readonly string[] => {
    server.run(1000);
    const { items } = server.call('GET', '/apis/apiregistration.k8s.io/v1/apiservices').body as {
      items: readonly { metadata: { name: string } }[];
    };
    return items.map(({ metadata }) => metadata.name).filter((name) => name.endsWith('example.com'));
  };
  server.call(
    'POST',
    DEFINITIONS,
    of('widgets', 'Widget', [
      version('v1', true, true),
      version('v1beta1', true, false),
      version('v2', false, false),
    ]),
  );
  server.call('POST', DEFINITIONS, of('gadgets', 'Gadget', [version('v1', true, true)]));
  expect(services()).toEqual(['v1.example.com', 'v1beta1.example.com']);
  server.call('DELETE', `${DEFINITIONS}/widgets.example.com`);
  expect(services()).toEqual(['v1.example.com']);
  server.call('DELETE', `${DEFINITIONS}/gadgets.example.com`);
  expect(services()).toEqual([]);
});
