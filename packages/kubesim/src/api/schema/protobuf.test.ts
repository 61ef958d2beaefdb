import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, DEPLOYMENTS, SERVICE, SERVICES, TestServer } from '../api-server.test-support.ts';
import { decodeObject } from './decode.ts';
import { decodeProtobuf } from './protobuf-decode.ts';
import { encodeProtobuf } from './protobuf-encode.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

describe('protobuf', () => {
  it.each([
    ['a Deployment', 'apps.Deployment', DEPLOYMENT],
    [
      'a Service with a named port',
      'core.Service',
      {
        ...SERVICE,
        spec: {
          ports: [
            { name: 'a', port: 80, targetPort: 'http' },
            { name: 'b', port: 81, targetPort: 8081 },
          ],
        },
      },
    ],
    [
      'a Pod with a probe and quantities',
      'core.Pod',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', creationTimestamp: '2026-01-05T09:00:00Z' },
        spec: {
          containers: [
            {
              name: 'c',
              resources: { limits: { cpu: '250m' } },
              livenessProbe: { httpGet: { port: 80 }, periodSeconds: 3 },
            },
          ],
          volumes: [{ name: 'v', configMap: { name: 'm', defaultMode: 420 } }],
        },
      },
    ],
    [
      'a Secret',
      'core.Secret',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'aGVsbG8=' } },
    ],
    [
      'a Lease of the first seconds of our era',
      'coordination.Lease',
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'l' },
        spec: { acquireTime: '0001-01-01T00:00:02.000000Z', renewTime: '2026-01-05T09:00:00.500000Z' },
      },
    ],
    [
      'a definition with schemas in schemas',
      'apiextensions.CustomResourceDefinition',
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'shirts.shop' },
        spec: {
          group: 'shop',
          scope: 'Namespaced',
          names: { plural: 'shirts', kind: 'Shirt' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: {
                    sizes: { type: 'array', items: { type: 'number', minimum: 0.5 } },
                    prices: { type: 'object', additionalProperties: { type: 'string' } },
                    free: { type: 'object', additionalProperties: true },
                  },
                },
              },
            },
          ],
        },
      },
    ],
  ])('API2: %s comes back as it went', (_what, schema, object) => {
    const encoded = encodeProtobuf(object) ?? new Uint8Array();
    const decoded = decodeProtobuf(encoded);
    const canonical = (value: unknown) => decodeObject(schema, value as never);
    expect(decoded.ok && canonical(decoded.value)).toEqual(canonical(object));
  });

  it('API2: a client that takes only protobuf gets it, for objects and lists', () => {
    const server = new TestServer();
    const body = encodeProtobuf(DEPLOYMENT) ?? new Uint8Array();
    const created = server.call('POST', DEPLOYMENTS, body, { contentType: PROTOBUF, accept: PROTOBUF });
    expect(created.status).toBe(201);
    const decoded = decodeProtobuf(created.response.body ?? new Uint8Array());
    expect(decoded).toMatchObject({ ok: true, value: { kind: 'Deployment', spec: { replicas: 1 } } });
    expect(
      server.call('GET', SERVICES, undefined, { accept: PROTOBUF }).response.headers['content-type'],
    ).toBe(PROTOBUF);
  });

  it('answers any bytes with an error or a message, never a crash', () => {
    const prefix = Uint8Array.of(0x6b, 0x38, 0x73, 0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, magic) => {
        const input = magic ? Uint8Array.from([...prefix, ...bytes]) : bytes;
        expect(typeof decodeProtobuf(input).ok).toBe('boolean');
      }),
    );
  });
});
