import { describe, expect, test } from 'vitest';
import { TestControlPlane } from './control-plane.test-support.ts';

const APPS = '/apis/apps/v1/namespaces/default';
const PODS = '/api/v1/namespaces/default/pods';
const MERGE = { contentType: 'application/merge-patch+json' };

interface Item {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly revision: number;
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

class Sets extends TestControlPlane {
  constructor(resource: 'daemonsets' | 'statefulsets', spec: object) {
    super();
    for (const node of ['n1', 'n2', 'n3']) this.addNode(node);
    const made = this.call('POST', `${APPS}/${resource}`, {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'nginx:1' }] },
        },
        ...spec,
      },
    });
    expect(made.status).toBe(201);
    this.work();
  }

  items(path: string): readonly Item[] {
    return (this.call('GET', path).body as { items?: readonly Item[] }).items ?? [];
  }

  revisions(): readonly string[] {
    return [...this.items(`${APPS}/controllerrevisions`)]
      .sort((left, right) => left.revision - right.revision)
      .map(({ revision, metadata }) => `${revision} ${metadata.name}`);
  }

  images(): readonly string[] {
    return this.items(PODS).map(({ spec }) => spec.containers[0]?.image ?? '');
  }

  setImage(resource: string, image: string): void {
    const spec = { template: { spec: { containers: [{ name: 'c', image }] } } };
    this.call('PATCH', `${APPS}/${resource}/web`, { spec }, MERGE);
    this.work();
  }

  /** What kubelets do, for as long as a rollout takes. */
  work(): void {
    for (let round = 0; round < 12; round++) {
      this.run(500);
      for (const { metadata } of this.items(PODS)) {
        if ((metadata as { deletionTimestamp?: string }).deletionTimestamp === undefined)
          this.runPod(metadata.name);
        else this.call('DELETE', `${PODS}/${metadata.name}`, { gracePeriodSeconds: 0 });
      }
    }
  }
}

describe('API21: revisions of templates', () => {
  test('a DaemonSet notes each template once; a rollback numbers the old one anew', () => {
    const sets = new Sets('daemonsets', {});
    const [first = ''] = sets.revisions();
    expect(sets.images()).toEqual(['nginx:1', 'nginx:1', 'nginx:1']);
    const hashes = new Set(
      sets.items(PODS).map(({ metadata }) => metadata.labels['controller-revision-hash']),
    );
    expect([...hashes].map((hash) => `1 web-${hash ?? ''}`)).toEqual([first]);
    sets.setImage('daemonsets', 'nginx:2');
    expect(sets.images()).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    const [, second = ''] = sets.revisions();
    sets.setImage('daemonsets', 'nginx:1');
    expect(sets.revisions()).toEqual([second, first.replace(/^1/, '3')]);
  });

  test('a DaemonSet replaces one pod after the other; what a new one waits for keeps the rest', () => {
    const sets = new Sets('daemonsets', {});
    const spec = { template: { spec: { containers: [{ name: 'c', image: 'nginx:none' }] } } };
    sets.call('PATCH', `${APPS}/daemonsets/web`, { spec }, MERGE);
    for (let round = 0; round < 20; round++) {
      sets.run(50);
      for (const { metadata } of sets.items(PODS))
        if ('deletionTimestamp' in metadata)
          sets.call('DELETE', `${PODS}/${metadata.name}`, { gracePeriodSeconds: 0 });
    }
    expect([...sets.images()].sort()).toEqual(['nginx:1', 'nginx:1', 'nginx:none']);
  });

  test('a revision is written with its names in order, since clients compare its bytes', () => {
    const sets = new Sets('daemonsets', {});
    const [revision] = sets.items(`${APPS}/controllerrevisions`) as unknown as readonly [{ data: object }];
    expect(JSON.stringify(revision.data)).toMatch(
      /^\{"spec":\{"template":\{"\$patch":"replace","metadata":\{"labels":\{"app":"web"\}\},"spec":\{"containers":\[\{"image":"nginx:1","imagePullPolicy"/,
    );
  });

  test('a partition keeps lower pods at the revision before, also when they are made again', () => {
    const sets = new Sets('statefulsets', {
      serviceName: 'web',
      replicas: 3,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });
    expect(sets.revisions()).toHaveLength(1);
    sets.setImage('statefulsets', 'nginx:2');
    expect(sets.images()).toEqual(['nginx:1', 'nginx:1', 'nginx:2']);
    const status = sets.call('GET', `${APPS}/statefulsets/web`).body['status'] as Record<string, string>;
    expect([`1 ${status['currentRevision'] ?? ''}`, `2 ${status['updateRevision'] ?? ''}`]).toEqual(
      sets.revisions(),
    );
    for (const name of ['web-0', 'web-2']) sets.call('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 0 });
    sets.work();
    expect(sets.images()).toEqual(['nginx:1', 'nginx:1', 'nginx:2']);
    const whole = { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } };
    sets.call('PATCH', `${APPS}/statefulsets/web`, whole, MERGE);
    sets.work();
    expect(sets.images()).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    expect(sets.call('GET', `${APPS}/statefulsets/web`).body['status']).toMatchObject({
      currentRevision: status['updateRevision'],
      updatedReplicas: 3,
    });
  });

  test('revisions beyond the limit go, the oldest first', () => {
    const sets = new Sets('daemonsets', { revisionHistoryLimit: 1 });
    for (const image of ['nginx:2', 'nginx:3', 'nginx:4']) sets.setImage('daemonsets', image);
    expect(sets.revisions().map((line) => line.split(' ')[0])).toEqual(['3', '4']);
  });
});
