import { expect, it } from 'vitest';
import { TestControlPlane } from './control-plane.test-support.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const ENDPOINTS = '/api/v1/namespaces/default/endpoints/web';

it('Endpoints end with their Service, also where another of its name comes at once', () => {
  const server = new TestControlPlane();
  const create = (spec: object): void => {
    expect(server.call('POST', SERVICES, { metadata: { name: 'web' }, spec }).status).toBe(201);
  };
  create({ selector: { app: 'web' }, ports: [{ port: 80 }] });
  server.run(1000);
  const first = server.call('GET', ENDPOINTS).body['metadata'] as { uid: string };
  server.call('DELETE', `${SERVICES}/web`);
  create({ selector: { app: 'web' }, ports: [{ port: 80 }] });
  server.run(1000);
  expect((server.call('GET', ENDPOINTS).body['metadata'] as { uid: string }).uid).not.toBe(first.uid);
  server.call('DELETE', `${SERVICES}/web`);
  create({ type: 'ExternalName', externalName: 'elsewhere.example' });
  server.run(1000);
  expect(server.call('GET', ENDPOINTS).status).toBe(404);
});
