import { describe, expect, it, test } from 'vitest';
import { TestControlPlane } from '../controllers/control-plane.test-support.ts';

const PODS = '/api/v1/namespaces/default/pods';

interface Seen {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly nominatedNodeName?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

class Rig extends TestControlPlane {
  constructor() {
    super();
    for (const [name, value, preemptionPolicy] of [
      ['high', 1000, 'PreemptLowerPriority'],
      ['middle', 500, 'PreemptLowerPriority'],
      ['polite', 1000, 'Never'],
    ] as const)
      this.call('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
        metadata: { name },
        value,
        preemptionPolicy,
      });
  }

  pod(name: string, cpu: string, priorityClassName?: string, labels: Record<string, string> = {}): void {
    const answer = this.call('POST', PODS, {
      metadata: { name, labels },
      spec: {
        containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu } } }],
        ...(priorityClassName === undefined ? {} : { priorityClassName }),
      },
    });
    expect(answer.status).toBe(201);
    this.run(100);
  }

  running(name: string, cpu: string, priorityClassName?: string, labels: Record<string, string> = {}): void {
    this.pod(name, cpu, priorityClassName, labels);
    this.runPod(name);
    this.run(100);
  }

  seen(name: string): Seen {
    return this.call('GET', `${PODS}/${name}`).body as unknown as Seen;
  }

  events(name: string): readonly (readonly [reason: string, message: string])[] {
    const list = this.call(
      'GET',
      `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${name}`,
    );
    return (list.body['items'] as { reason: string; message: string }[]).map(
      ({ reason, message }) => [reason, message] as const,
    );
  }
}

describe('API16: preemption', () => {
  it('ends a less important pod, names the node meanwhile, and binds when the room is there', () => {
    const rig = new Rig();
    rig.addNode('n1', { cpu: '1' });
    rig.running('low', '800m');
    rig.pod('vip', '800m', 'high');
    const vip = rig.seen('vip');
    expect(vip.status.nominatedNodeName).toBe('n1');
    expect(vip.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available: 1 Insufficient cpu.',
      }),
    );
    expect(rig.events('vip')).toContainEqual([
      'FailedScheduling',
      '0/1 nodes are available: 1 Insufficient cpu.',
    ]);
    const low = rig.seen('low');
    expect(low.metadata.deletionTimestamp).toBeDefined();
    expect(low.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      }),
    );
    expect(rig.events('low')).toContainEqual([
      'Preempted',
      `Preempted by pod ${vip.metadata.uid} on node n1`,
    ]);
    // While it leaves, a lesser pod does not slip in, and nobody else is ended.
    rig.pod('thief', '300m', 'middle');
    expect(rig.seen('thief').spec.nodeName).toBeUndefined();
    rig.call('DELETE', `${PODS}/low`, { gracePeriodSeconds: 0 });
    rig.run(100);
    expect(rig.seen('vip').spec.nodeName).toBe('n1');
    expect(rig.seen('thief').spec.nodeName).toBeUndefined();
  });

  it('takes as few as it can, the least important first, and spares who a budget protects', () => {
    const rig = new Rig();
    rig.addNode('n1', { cpu: '1' });
    rig.call('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      metadata: { name: 'keep' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'kept' } } },
    });
    rig.running('kept', '400m', undefined, { app: 'kept' });
    rig.running('middle', '200m', 'middle');
    rig.running('low', '400m');
    rig.run(1000);
    rig.pod('vip', '400m', 'high');
    const gone = ['kept', 'middle', 'low'].filter(
      (name) => rig.seen(name).metadata.deletionTimestamp !== undefined,
    );
    expect(gone).toEqual(['low']);
  });

  test.each([
    [
      'nobody is less important',
      undefined,
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ],
    [
      'it may not preempt',
      'polite',
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    ],
  ])('not when %s', (_, className, message) => {
    const rig = new Rig();
    rig.addNode('n1', { cpu: '1' });
    rig.running('low', '800m');
    rig.pod('other', '800m', className);
    expect(rig.events('other')).toEqual([['FailedScheduling', message]]);
    expect(rig.seen('low').metadata.deletionTimestamp).toBeUndefined();
  });

  it('is not helpful where the node is out of the question, nor where all victims make too little room', () => {
    const rig = new Rig();
    rig.addNode('n1', { cpu: '1' });
    rig.addNode('n2', { cpu: '1' });
    rig.call(
      'PATCH',
      '/api/v1/nodes/n2',
      { spec: { unschedulable: true } },
      { contentType: 'application/merge-patch+json' },
    );
    rig.running('low', '500m');
    rig.pod('huge', '2', 'high');
    expect(rig.events('huge')).toEqual([
      [
        'FailedScheduling',
        '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 Preemption is not helpful for scheduling.',
      ],
    ]);
  });

  it('lets the most important pod go first', () => {
    const rig = new Rig();
    rig.pod('low', '800m');
    rig.pod('vip', '800m', 'high');
    rig.addNode('n1', { cpu: '1' });
    rig.run(1000);
    expect([rig.seen('vip').spec.nodeName, rig.seen('low').spec.nodeName]).toEqual(['n1', undefined]);
  });
});
