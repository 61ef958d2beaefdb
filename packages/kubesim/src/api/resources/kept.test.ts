import { describe, expect, test } from 'vitest';
import { POD, PODS, SERVICE, SERVICES, TestServer } from '../api-server.test-support.ts';
import { TestControlPlane } from '../../controllers/control-plane.test-support.ts';

const MERGE = { contentType: 'application/merge-patch+json' };
const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1';
const STORAGE = '/apis/storage.k8s.io/v1';

describe('API20: kinds that are kept as they are written', () => {
  test.each<[string, string, object]>([
    [
      'FlowSchemas',
      `${FLOW}/flowschemas`,
      { spec: { priorityLevelConfiguration: { name: 'global-default' }, matchingPrecedence: 9999 } },
    ],
    [
      'PriorityLevelConfigurations',
      `${FLOW}/prioritylevelconfigurations`,
      {
        spec: {
          type: 'Limited',
          limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
        },
      },
    ],
    ['CSIDrivers', `${STORAGE}/csidrivers`, { spec: { attachRequired: false } }],
    ['CSINodes', `${STORAGE}/csinodes`, { spec: { drivers: [] } }],
    [
      'VolumeAttributesClasses',
      `${STORAGE}/volumeattributesclasses`,
      { driverName: 'd', parameters: { a: 'b' } },
    ],
    [
      'VolumeAttachments',
      `${STORAGE}/volumeattachments`,
      { spec: { attacher: 'd', nodeName: 'n1', source: { persistentVolumeName: 'v' } } },
    ],
    [
      'CSIStorageCapacities',
      `${STORAGE}/namespaces/default/csistoragecapacities`,
      { storageClassName: 'fast', capacity: '1Gi' },
    ],
    ['RuntimeClasses', '/apis/node.k8s.io/v1/runtimeclasses', { handler: 'kata' }],
  ])('%s: made, patched, listed and deleted', (_name, path, object) => {
    const server = new TestServer();
    const made = server.call('POST', path, { metadata: { name: 'one', labels: { of: 'test' } }, ...object });
    expect([made.status, made.body['message']]).toEqual([201, undefined]);
    const patched = server.call(
      'PATCH',
      `${path}/one`,
      { metadata: { annotations: { patched: 'true' } } },
      MERGE,
    );
    expect(patched.body).toMatchObject({ metadata: { annotations: { patched: 'true' } } });
    expect(server.call('GET', `${path}?labelSelector=of%3Dtest`).body['items']).toHaveLength(1);
    expect(server.call('DELETE', `${path}?labelSelector=of%3Dtest`).status).toBe(200);
    expect(server.call('GET', `${path}/one`).status).toBe(404);
  });

  test('a status of a FlowSchema is written by itself, and nothing of the metadata with it', () => {
    const server = new TestServer();
    server.call('POST', `${FLOW}/flowschemas`, {
      metadata: { name: 'one' },
      spec: { priorityLevelConfiguration: { name: 'exempt' } },
    });
    const patch = {
      metadata: { annotations: { a: 'b' } },
      status: { conditions: [{ type: 'Dangling', status: 'False' }] },
    };
    const patched = server.call('PATCH', `${FLOW}/flowschemas/one/status`, patch, MERGE);
    expect(patched.body).toMatchObject({
      spec: { matchingPrecedence: 1000 },
      status: { conditions: [{ type: 'Dangling', status: 'False' }] },
    });
    expect(patched.body['metadata']).not.toHaveProperty('annotations');
  });

  test('FlowSchemas are printed by precedence, then by name', () => {
    const server = new TestServer();
    for (const [name, matchingPrecedence] of [
      ['late', 900],
      ['b', 7],
      ['a', 7],
    ] as const)
      server.call('POST', `${FLOW}/flowschemas`, {
        metadata: { name },
        spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence },
      });
    const table = server.call('GET', `${FLOW}/flowschemas`, undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    }).body as { rows: readonly { cells: readonly unknown[] }[] };
    expect(table.rows.map(({ cells }) => cells[0])).toEqual(['a', 'b', 'late']);
  });

  test.each([
    [
      { matchingPrecedence: 10_001, priorityLevelConfiguration: { name: 'x' } },
      'must not be greater than 10000',
    ],
    [{ priorityLevelConfiguration: { name: '' } }, 'must reference a priority level'],
    [
      { matchingPrecedence: 1, priorityLevelConfiguration: { name: 'x' } },
      "only the schema named 'exempt' may have matchingPrecedence 1",
    ],
  ])('a FlowSchema %j is refused', (spec, message) => {
    const refused = new TestServer().call('POST', `${FLOW}/flowschemas`, { metadata: { name: 'one' }, spec });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(message)]);
  });

  test('an IPAddress made by hand stays, and no Service gets its address', () => {
    const server = new TestControlPlane();
    const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';
    const spec = { parentRef: { group: 'mygroup', resource: 'myresources', namespace: 'foo', name: 'bar' } };
    for (const name of ['10.96.7.7', 'fe80::42:1dff:fe84:f9e2'])
      expect(server.call('POST', ADDRESSES, { metadata: { name }, spec }).status).toBe(201);
    expect(server.call('POST', ADDRESSES, { metadata: { name: 'x' }, spec }).status).toBe(422);
    const refused = server.call('POST', SERVICES, {
      ...SERVICE,
      spec: { ...SERVICE.spec, clusterIP: '10.96.7.7' },
    });
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('provided IP is already allocated'),
    ]);
    server.run(1000);
    expect(server.call('GET', `${ADDRESSES}/10.96.7.7`).status).toBe(200);
    expect(server.call('DELETE', `${ADDRESSES}/10.96.7.7`).status).toBe(200);
  });

  test('a pod takes overhead and scheduling from its RuntimeClass', () => {
    const server = new TestServer();
    const overhead = { cpu: '10m', memory: '1Mi' };
    server.call('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
      metadata: { name: 'kata' },
      handler: 'kata',
      overhead: { podFixed: overhead },
      scheduling: { nodeSelector: { kata: 'yes' }, tolerations: [{ key: 'kata', operator: 'Exists' }] },
    });
    const pod = (spec: object): object => ({ ...POD, spec: { ...POD.spec, ...spec } });
    expect(server.call('POST', PODS, pod({ runtimeClassName: 'kata' })).body['spec']).toMatchObject({
      overhead,
      nodeSelector: { kata: 'yes' },
      tolerations: expect.arrayContaining([{ key: 'kata', operator: 'Exists' }]),
    });
    for (const [spec, why] of [
      [{ runtimeClassName: 'gone' }, 'RuntimeClass \\"gone\\" not found'],
      [{ overhead }, 'Pod Overhead set without corresponding RuntimeClass defined Overhead'],
      [{ runtimeClassName: 'kata', overhead: { cpu: '1' } }, "doesn't match RuntimeClass's defined Overhead"],
      [{ runtimeClassName: 'kata', nodeSelector: { kata: 'no' } }, 'conflict: runtimeClass.scheduling'],
    ] as const)
      expect(server.call('POST', PODS, pod(spec)).text).toContain(why);
  });
});
