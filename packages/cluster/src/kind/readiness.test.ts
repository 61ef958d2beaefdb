import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KubeApi } from './kube-api.ts';
import { untilAtRest, untilReady } from './readiness.ts';

/** An API server that holds these pods, or objects of another collection, and nothing else. */
function serverWith(...pods: readonly object[]): KubeApi {
  return serverOf('/api/v1/pods', ...pods);
}

function serverOf(collection: string, ...items: readonly object[]): KubeApi {
  return {
    request: (_method: string, path: string) =>
      Promise.resolve({ status: 200, body: { items: path === collection ? items : [] } }),
  } as unknown as KubeApi;
}

const pod = (status: object): object => ({
  metadata: { uid: 'u1', resourceVersion: '1' },
  spec: { nodeName: 'podwire-worker', containers: [{}] },
  status,
});

/** How long it takes until a cluster counts as at rest. */
async function restAfterMs(api: KubeApi): Promise<number> {
  const before = performance.now();
  let after: number | undefined;
  const rest = untilAtRest(api).then(() => (after = performance.now()));
  while (after === undefined) await vi.advanceTimersByTimeAsync(100);
  await rest;
  return after - before;
}

describe('a cluster that does not become ready', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says which of its own containers lack what, and not which are only being made', async () => {
    const waiting = (name: string, reason: string): object => ({
      name,
      image: `registry.example/${name}:1.0.0`,
      state: { waiting: { reason } },
    });
    const api = serverOf('/api/v1/namespaces/kube-system/pods', {
      metadata: { name: 'kube-router-abcde' },
      status: {
        initContainerStatuses: [waiting('plugins', 'ImagePullBackOff')],
        containerStatuses: [waiting('kube-router', 'PodInitializing')],
      },
    });
    const started = untilReady(api, { nodes: 2, hasCni: true }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(181_000);
    expect(await started).toMatchObject({
      message:
        'The cluster did not become ready: 0 of 2 nodes have joined; container plugins of kube-router-abcde waits (ImagePullBackOff), with the image registry.example/plugins:1.0.0.',
    });
  });
});

describe('when a cluster that was set up is at rest', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is soon where every pod is ready', async () => {
    const ready = pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    expect(await restAfterMs(serverWith(ready))).toBeLessThan(1_000);
  });

  it('is after two quiet seconds where a pod crashes, or lacks its image', async () => {
    const waiting = (reason: string): object =>
      pod({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason } } }] });
    expect(await restAfterMs(serverWith(waiting('ImagePullBackOff')))).toBeLessThan(3_000);
    expect(await restAfterMs(serverWith(pod({ phase: 'Running', conditions: [] })))).toBeLessThan(3_000);
  });

  it('waits longer for a container that is being made, and not for ever', async () => {
    const creating = pod({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }],
    });
    const tookMs = await restAfterMs(serverWith(creating));
    expect(tookMs).toBeGreaterThan(19_000);
    expect(tookMs).toBeLessThan(30_000);
  });

  it('gives an ingress controller the time to write its address, and no more to one that is nobody’s', async () => {
    const ingress = (status: object): KubeApi =>
      serverOf('/apis/networking.k8s.io/v1/ingresses', {
        metadata: { uid: 'u1', resourceVersion: '1' },
        spec: { rules: [{}] },
        status,
      });
    const addressed = await restAfterMs(ingress({ loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } }));
    expect(addressed).toBeLessThan(1_000);
    const waited = await restAfterMs(ingress({ loadBalancer: {} }));
    expect(waited).toBeGreaterThan(6_000);
    expect(waited).toBeLessThan(9_000);
  });
});
