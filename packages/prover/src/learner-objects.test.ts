import { describe, expect, it } from 'vitest';
import { collectionsOf, learnerObjects, snapshotOf } from './learner-objects.ts';
import type { Manifest } from './manifest.ts';
import { submissionBetween } from './sealed/read-submission.ts';

const DAEMONS = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  path: '/apis/apps/v1/daemonsets',
  plural: 'daemonsets',
  namespaced: true,
};

function daemon(annotations: Readonly<Record<string, string>>, image = 'a'): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'n', annotations },
    spec: { template: { spec: { containers: [{ image }] } } },
  };
}

const snapshot = (object: Manifest) => new Map([['d', { object, collection: DAEMONS }]]);

/** A cluster whose API knows pods alone, and answers their list so. */
function podsAnswered(status: number, items: readonly unknown[] = []) {
  return {
    request: (_method: string, path: string) => {
      if (path === '/apis') return Promise.resolve({ status: 200, body: { groups: [] } });
      if (path === '/api/v1')
        return Promise.resolve({
          status: 200,
          body: { resources: [{ name: 'pods', kind: 'Pod', namespaced: true, verbs: ['create', 'list'] }] },
        });
      return Promise.resolve({ status, body: { items } });
    },
  };
}

describe('what a learner made of a cluster', () => {
  it('is not what the server notes by itself', () => {
    const before = daemon({ 'deprecated.daemonset.template.generation': '1' });
    const after = daemon({ 'deprecated.daemonset.template.generation': '3' });
    expect(learnerObjects(snapshot(before), snapshot(after))).toEqual([]);
    const changed = learnerObjects(snapshot(before), snapshot(daemon({}, 'b')));
    expect(changed.map(({ object }) => object.metadata.name)).toEqual(['d']);
  });

  it('is not what every cluster is born with, nor what others own', async () => {
    const object = (kind: string, name: string, namespace: string, more: object = {}): object => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace, ...more },
    });
    const cluster = podsAnswered(200, [
      object('Pod', 'mine', 'shop'),
      object('Pod', 'owned', 'shop', { ownerReferences: [{}] }),
    ]);
    const found = await snapshotOf(cluster, await collectionsOf(cluster));
    expect([...found.keys()]).toEqual(['Pod/shop/mine']);
    const secrets = [
      { apiVersion: 'v1', kind: 'Secret', path: '/api/v1/secrets', plural: 'secrets', namespaced: true },
    ];
    const born = podsAnswered(200, [
      object('Secret', 'bootstrap-token-abcdef', 'kube-system'),
      object('Secret', 'bootstrap-token-abcdef', 'shop'),
    ]);
    expect([...(await snapshotOf(born, secrets)).keys()]).toEqual(['Secret/shop/bootstrap-token-abcdef']);
  });

  it.each([
    [
      'answers 503',
      podsAnswered(503),
      'What you made can’t be read: the API server of your cluster answers 503.',
    ],
    [
      'does not answer',
      { request: () => Promise.reject(new Error('ECONNREFUSED')) },
      'What you made can’t be read: the API server of your cluster does not answer.',
    ],
  ])('is unreadable, not gone, where the API server %s', async (_what, now, unreadable) => {
    expect(await submissionBetween(podsAnswered(200), now, [])).toEqual({ unreadable });
  });

  it('is empty where there is no such list any more', async () => {
    expect(await submissionBetween(podsAnswered(200), podsAnswered(404), [])).toEqual({
      made: [],
      deleted: [],
      files: [],
    });
  });
});
