import { describe, expect, it } from 'vitest';
import { TestControlPlane } from './control-plane.test-support.ts';

const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';
const BOATS = '/apis/example.com/v1/namespaces/default/services';

/** A cluster whose definition adds a kind that is called as one of Kubernetes' own. */
function cluster(): TestControlPlane {
  const server = new TestControlPlane();
  const made = server.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'services.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Service', plural: 'services', singular: 'service' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  expect(made.status).toBe(201);
  server.run(1000);
  return server;
}

interface Made {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string };
}

function make(server: TestControlPlane, collection: string, name: string, owner?: Made): Made {
  const custom = collection === BOATS;
  const answer = server.call('POST', collection, {
    apiVersion: custom ? 'example.com/v1' : 'v1',
    kind: custom ? 'Service' : 'ConfigMap',
    metadata: {
      name,
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: owner.apiVersion,
                kind: owner.kind,
                name: owner.metadata.name,
                uid: owner.metadata.uid,
                blockOwnerDeletion: true,
              },
            ],
          }),
    },
  });
  expect(answer.status).toBe(201);
  return answer.body as unknown as Made;
}

describe('API8: owners and what they own, of every kind', () => {
  it('what a custom object owns goes with it, and what owns a custom object takes it along', () => {
    const server = cluster();
    const boat = make(server, BOATS, 'boat');
    const log = make(server, CONFIGMAPS, 'log', boat);
    make(server, BOATS, 'dinghy', log);
    server.run(1000);
    expect(server.call('GET', `${BOATS}/dinghy`).status).toBe(200);
    server.call('DELETE', `${BOATS}/boat`);
    server.run(1000);
    expect([`${CONFIGMAPS}/log`, `${BOATS}/dinghy`].map((path) => server.call('GET', path).status)).toEqual([
      404, 404,
    ]);
  });

  it('in the foreground a custom owner waits for what blocks it; as an orphan that stays', () => {
    const server = cluster();
    const boat = make(server, BOATS, 'boat');
    make(server, CONFIGMAPS, 'log', boat);
    server.call(
      'PATCH',
      `${CONFIGMAPS}/log`,
      { metadata: { finalizers: ['example.com/read-me'] } },
      { contentType: 'application/merge-patch+json' },
    );
    server.call('DELETE', `${BOATS}/boat`, { propagationPolicy: 'Foreground' });
    server.run(1000);
    expect(server.call('GET', `${BOATS}/boat`).body['metadata']).toMatchObject({
      finalizers: ['foregroundDeletion'],
    });
    server.call(
      'PATCH',
      `${CONFIGMAPS}/log`,
      { metadata: { finalizers: null } },
      { contentType: 'application/merge-patch+json' },
    );
    server.run(1000);
    expect(server.call('GET', `${BOATS}/boat`).status).toBe(404);

    const other = make(server, BOATS, 'other');
    make(server, CONFIGMAPS, 'kept', other);
    server.call('DELETE', `${BOATS}/other`, { propagationPolicy: 'Orphan' });
    server.run(1000);
    const { metadata } = server.call('GET', `${CONFIGMAPS}/kept`).body as {
      metadata: { ownerReferences?: unknown };
    };
    expect(metadata.ownerReferences).toBeUndefined();
    expect(server.call('GET', `${BOATS}/other`).status).toBe(404);
  });

  it('in the foreground owners that wait for each other in a circle go all the same', () => {
    const server = cluster();
    const first = make(server, CONFIGMAPS, 'first');
    const second = make(server, CONFIGMAPS, 'second', first);
    const { uid, name } = second.metadata;
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true };
    server.call(
      'PATCH',
      `${CONFIGMAPS}/first`,
      { metadata: { ownerReferences: [owner] } },
      { contentType: 'application/merge-patch+json' },
    );
    server.call('DELETE', `${CONFIGMAPS}/first`, { propagationPolicy: 'Foreground' });
    server.run(2000);
    expect(['first', 'second'].map((each) => server.call('GET', `${CONFIGMAPS}/${each}`).status)).toEqual([
      404, 404,
    ]);
  });

  it('in the foreground a child with another owner stays, and lets go of the one that waits', () => {
    const server = cluster();
    const [leaving, staying] = [make(server, CONFIGMAPS, 'leaving'), make(server, CONFIGMAPS, 'staying')];
    make(server, CONFIGMAPS, 'child', leaving);
    const references = [leaving, staying].map(({ metadata: { name, uid } }) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true },
    }));
    server.call(
      'PATCH',
      `${CONFIGMAPS}/child`,
      { metadata: { ownerReferences: references } },
      { contentType: 'application/merge-patch+json' },
    );
    server.call('DELETE', `${CONFIGMAPS}/leaving`, { propagationPolicy: 'Foreground' });
    server.run(2000);
    expect(server.call('GET', `${CONFIGMAPS}/leaving`).status).toBe(404);
    expect(server.call('GET', `${CONFIGMAPS}/child`).body['metadata']).toMatchObject({
      ownerReferences: [{ name: 'staying' }],
    });
  });

  it('an owner that never was is gone; one of a kind that nobody serves is not judged', () => {
    const server = cluster();
    const uid = '00000000-0000-4000-8000-000000000000';
    make(server, CONFIGMAPS, 'lost', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'never', uid },
    });
    make(server, CONFIGMAPS, 'odd', {
      apiVersion: 'none.example/v1',
      kind: 'Odd',
      metadata: { name: 'x', uid },
    });
    server.run(1000);
    expect(
      [`${CONFIGMAPS}/lost`, `${CONFIGMAPS}/odd`].map((path) => server.call('GET', path).status),
    ).toEqual([404, 200]);
  });
});

describe('API13: a quota', () => {
  it('says what is used, as it comes and goes', () => {
    const server = new TestControlPlane();
    const QUOTAS = '/api/v1/namespaces/default/resourcequotas';
    server.call('POST', QUOTAS, {
      metadata: { name: 'q' },
      spec: { hard: { configmaps: '5', persistentvolumeclaims: '2', 'count/secrets': '3' } },
    });
    server.run(1000);
    const status = () => server.call('GET', `${QUOTAS}/q`).body['status'];
    const before = Number((status() as { used: { configmaps: string } }).used.configmaps);
    server.call('POST', CONFIGMAPS, { metadata: { name: 'a' } });
    server.call('POST', '/api/v1/namespaces/default/persistentvolumeclaims', {
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    server.run(1000);
    expect(status()).toEqual({
      hard: { configmaps: '5', persistentvolumeclaims: '2', 'count/secrets': '3' },
      used: { configmaps: String(before + 1), persistentvolumeclaims: '1', 'count/secrets': '0' },
    });
    server.call('DELETE', `${CONFIGMAPS}/a`);
    server.run(1000);
    expect(status()).toMatchObject({ used: { configmaps: String(before) } });
  });
});
