import { describe, expect, test } from 'vitest';
import { TestControlPlane } from '../control-plane.test-support.ts';

const JOBS = '/apis/batch/v1/namespaces/default/jobs';
const PODS = '/api/v1/namespaces/default/pods';
const MERGE = { contentType: 'application/merge-patch+json' };
const STRATEGIC = { contentType: 'application/strategic-merge-patch+json' };

interface PodView {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly status: { readonly phase: string };
}

class JobCluster extends TestControlPlane {
  constructor(spec: object) {
    super();
    this.addNode('n1');
    const made = this.call('POST', JOBS, {
      metadata: { name: 'work' },
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
        ...spec,
      },
    });
    expect(made.text).toContain('"uid"');
    this.run(1000);
  }

  pods(): readonly PodView[] {
    return (this.call('GET', PODS).body as unknown as { items?: readonly PodView[] }).items ?? [];
  }

  live(): readonly PodView[] {
    return this.pods().filter(({ status }) => status.phase !== 'Failed' && status.phase !== 'Succeeded');
  }

  ofIndex(index: number): PodView {
    const found = this.live().find(
      ({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'] === String(index),
    );
    if (found === undefined) throw new Error(`no pod of index ${index}`);
    return found;
  }

  /** What a kubelet says of a pod whose container has exited. */
  exit({ metadata: { name } }: PodView, exitCode: number, conditions: readonly object[] = []): void {
    const finishedAt = new Date(this.simulation.nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const answer = this.call(
      'PATCH',
      `${PODS}/${name}/status`,
      {
        status: {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          conditions,
          containerStatuses: [
            {
              name: 'c',
              image: 'busybox',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode, finishedAt } },
            },
          ],
        },
      },
      STRATEGIC,
    );
    expect(answer.status).toBe(200);
    this.run(500);
  }

  status(): Record<string, unknown> {
    return this.call('GET', `${JOBS}/work`).body['status'] as Record<string, unknown>;
  }

  conditions(): readonly string[] {
    const { conditions = [] } = this.status() as {
      conditions?: readonly { type: string; status: string; reason: string }[];
    };
    return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  }
}

const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 3 };
const onDisruption = [{ type: 'DisruptionTarget', status: 'True' }];

describe('API19: jobs', () => {
  test('a failure that podFailurePolicy ignores is not counted, and its index runs again', () => {
    const cluster = new JobCluster({
      ...indexed,
      backoffLimit: 0,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: onDisruption }] },
    });
    for (const { metadata } of cluster.pods()) cluster.runPod(metadata.name);
    cluster.run(500);
    expect(cluster.status()).toMatchObject({ active: 3, ready: 3, terminating: 0 });
    for (const pod of cluster.pods()) {
      const { name } = pod.metadata;
      const evicted = cluster.call('POST', `${PODS}/${name}/eviction`, { metadata: { name } });
      expect(evicted.status).toBe(201);
      cluster.exit(pod, 137, onDisruption);
      // The kubelet's last word; nobody holds the pod any longer.
      cluster.call('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 0 });
    }
    cluster.run(60_000);
    expect(cluster.status()).not.toHaveProperty('failed');
    expect(cluster.live()).toHaveLength(3);
    for (const index of [0, 1, 2]) cluster.exit(cluster.ofIndex(index), 0);
    expect(cluster.status()).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    expect(cluster.conditions()).toEqual([
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
  });

  test('an exit code that podFailurePolicy names ends the whole job', () => {
    const cluster = new JobCluster({
      ...indexed,
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { containerName: 'c', operator: 'In', values: [1] } }],
      },
    });
    const failed = cluster.ofIndex(1);
    cluster.exit(failed, 1);
    for (const { metadata } of cluster.live())
      cluster.call('DELETE', `${PODS}/${metadata.name}`, { gracePeriodSeconds: 0 });
    cluster.run(1000);
    expect(cluster.conditions()).toEqual([
      'FailureTarget=True PodFailurePolicy',
      'Failed=True PodFailurePolicy',
    ]);
    expect(cluster.status()).toMatchObject({ failed: 3 });
    expect(JSON.stringify(cluster.status())).toContain(
      `Container c for pod default/${failed.metadata.name} failed with exit code 1 matching FailJob rule at index 0`,
    );
  });

  test.each<[string, object, string, object]>([
    ['one index fails', { backoffLimitPerIndex: 0 }, 'FailedIndexes', { failedIndexes: '0', succeeded: 2 }],
    [
      'FailIndex',
      {
        backoffLimitPerIndex: 5,
        podFailurePolicy: {
          rules: [{ action: 'FailIndex', onExitCodes: { operator: 'NotIn', values: [7] } }],
        },
      },
      'FailedIndexes',
      { failedIndexes: '0', failed: 1 },
    ],
    [
      'maxFailedIndexes',
      { backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
      'MaxFailedIndexesExceeded',
      { failedIndexes: '0' },
    ],
  ])('backoffLimitPerIndex: %s', (_name, spec, reason, status) => {
    const cluster = new JobCluster({ ...indexed, ...spec });
    cluster.exit(cluster.ofIndex(1), 0);
    cluster.exit(cluster.ofIndex(2), 0);
    cluster.exit(cluster.ofIndex(0), 1);
    expect(cluster.conditions()).toEqual([`FailureTarget=True ${reason}`, `Failed=True ${reason}`]);
    expect(cluster.status()).toMatchObject(status);
  });

  test('an index that may fail once is tried again after ten seconds, and its pod knows of the failure', () => {
    const cluster = new JobCluster({ ...indexed, backoffLimitPerIndex: 1 });
    const first = cluster.ofIndex(0);
    cluster.exit(first, 1);
    expect(cluster.live()).toHaveLength(2);
    cluster.run(11_000);
    expect(cluster.ofIndex(0).metadata.annotations).toMatchObject({
      'batch.kubernetes.io/job-index-failure-count': '1',
    });
    expect(cluster.status()).toMatchObject({ failed: 1, failedIndexes: '' });
  });

  test.each<[string, object, readonly number[]]>([
    ['all indexes named', { succeededIndexes: '0-1' }, [0, 1]],
    ['so many', { succeededCount: 2 }, [1, 2]],
    ['so many of those named', { succeededIndexes: '1-2', succeededCount: 1 }, [2]],
  ])('successPolicy: %s', (_name, rule, exits) => {
    const cluster = new JobCluster({ ...indexed, successPolicy: { rules: [rule] } });
    for (const index of exits) {
      expect(cluster.conditions()).toEqual([]);
      cluster.exit(cluster.ofIndex(index), 0);
    }
    cluster.run(1000);
    for (const { metadata } of cluster.live())
      cluster.call('DELETE', `${PODS}/${metadata.name}`, { gracePeriodSeconds: 0 });
    cluster.run(1000);
    expect(cluster.conditions()).toEqual([
      'SuccessCriteriaMet=True SuccessPolicy',
      'Complete=True SuccessPolicy',
    ]);
    expect(cluster.status()).toMatchObject({ succeeded: exits.length });
    expect(cluster.status()).not.toHaveProperty('failed');
  });

  test('a pod is held until it is counted, and let go when its job is deleted', () => {
    const cluster = new JobCluster({ completions: 2, parallelism: 1 });
    const [pod] = cluster.pods();
    if (pod === undefined) throw new Error('no pod');
    expect(pod.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    cluster.exit(pod, 0);
    expect(
      cluster.pods().find(({ metadata }) => metadata.name === pod.metadata.name)?.metadata.finalizers,
    ).toBe(undefined);
    cluster.call('DELETE', `${PODS}/${pod.metadata.name}`);
    cluster.run(1000);
    expect(cluster.status()).toMatchObject({ succeeded: 1, active: 1 });
    cluster.call('DELETE', `${JOBS}/work?propagationPolicy=Orphan`);
    cluster.run(2000);
    expect(cluster.pods().map(({ metadata }) => metadata.finalizers)).toEqual([undefined]);
  });

  test('a job that is suspended has no pods, and begins anew when it goes on', () => {
    const cluster = new JobCluster({ completions: 1, suspend: true });
    expect(cluster.pods()).toEqual([]);
    expect(cluster.conditions()).toEqual(['Suspended=True JobSuspended']);
    cluster.call('PATCH', `${JOBS}/work`, { spec: { suspend: false } }, MERGE);
    cluster.run(1000);
    expect(cluster.pods()).toHaveLength(1);
    expect(cluster.conditions()).toEqual(['Suspended=False JobResumed']);
  });

  test('a job that says managedBy is left alone', () => {
    const cluster = new JobCluster({ managedBy: 'example.com/other' });
    expect(cluster.pods()).toEqual([]);
    expect(cluster.status()).toEqual({});
  });
});
