import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../journal.ts';
import type { ClusterOrigin } from '../port.ts';
import { requestJson } from './api-request.ts';
import { bootCluster } from './boot.ts';
import { performCall } from './calls.ts';
import { simulatedClusterFactory } from './factory.ts';
import { HostedCluster } from './hosted-cluster.ts';

const ORIGIN: ClusterOrigin = {
  labId: 'rest',
  labDigest: 'digest',
  seed: 7,
  startMs: Date.UTC(2026, 0, 1),
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [],
  files: [],
};
const NEVER = (): boolean => false;
const HOUR_MS = 3_600_000;

const booted = bootCluster(ORIGIN, simulatedClusterFactory());
if (!booted.ok) throw new Error(booted.message);
const base = booted.cluster;

/** A real cluster under a clock that the test holds. */
class Hosted {
  wallMs = 50_000;
  slices = 0;
  text = '';
  readonly host: HostedCluster;
  readonly records: JournalRecord[] = [];

  constructor() {
    const fork = base.fork();
    if (fork === undefined) throw new Error('the cluster cannot fork');
    this.host = new HostedCluster(fork, this.wallMs);
  }

  /** One slice now. @returns when it wants the next, by the wall clock. */
  slice(): number | undefined {
    this.slices += 1;
    const outcome = this.host.slice(this.wallMs, NEVER);
    const news = this.host.takeNews(this.wallMs);
    this.records.push(...(news?.records ?? []));
    for (const piece of news?.output ?? []) this.text += piece.data;
    if (outcome.kind !== 'asleep') throw new Error(outcome.kind);
    return outcome.wakeAtMs;
  }

  /** The wall clock goes on; slices come when they were asked for. */
  live(ms: number): void {
    const endMs = this.wallMs + ms;
    for (;;) {
      const wakeAtMs = this.slice();
      if (wakeAtMs === undefined || wakeAtMs > endMs) break;
      this.wallMs = Math.max(this.wallMs, wakeAtMs);
    }
    this.wallMs = endMs;
  }

  async openTerminal(): Promise<void> {
    const opened = performCall(this.host, {
      name: 'open-terminal',
      terminalId: 't1',
      place: { kind: 'toolbox' },
      columns: 80,
      rows: 24,
    });
    this.live(100);
    await opened;
  }

  type(sequence: number, line: string): void {
    this.host.terminals.get('t1')?.queueInput(sequence, new TextEncoder().encode(`${line}\r`));
    this.live(1_000);
  }

  apply(path: string, body: object): void {
    this.host.whenSettledAtInstant(() => {
      const request = {
        method: 'POST',
        path,
        body: Buffer.from(JSON.stringify(body)).toString('base64'),
      } as const;
      const effect = this.host.commit({ kind: 'api-written', request });
      expect(effect).toMatchObject({ status: 201 });
    });
  }

  readyNodes(): number {
    const { body } = requestJson(this.host.cluster.api, 'GET', '/api/v1/nodes');
    const { items } = body as {
      items: { status: { conditions: { type: string; status: string }[] } }[];
    };
    return items.filter(({ status }) =>
      status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    ).length;
  }

  skipped(): number {
    return this.records.filter(({ entry }) => entry.kind === 'time-skipped').length;
  }
}

describe('a cluster at rest', () => {
  it('has no turns for hours while a shell waits at its prompt, and knows the time when a key comes', async () => {
    const hosted = new Hosted();
    await hosted.openTerminal();
    hosted.live(30_000);
    const before = hosted.slices;
    const startMs = hosted.host.cluster.nowMs();
    hosted.live(5 * HOUR_MS);
    // The controllers look at a Deployment every ten minutes; five hours of probes would be thousands of turns.
    expect(hosted.slices - before).toBeLessThan(100);
    hosted.type(1, 'date +%s; kubectl get nodes --no-headers | grep -c " Ready "');
    const [, seconds, ready] = /(\d{10})\r\n(\d)\r\n/.exec(hosted.text) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThanOrEqual(startMs + 5 * HOUR_MS - 2_000);
    expect(ready).toBe('2');
    hosted.live(120_000);
    expect(hosted.readyNodes()).toBe(2);
  });

  it('comes back from its journal as it was, rests included', async () => {
    const hosted = new Hosted();
    await hosted.openTerminal();
    hosted.live(HOUR_MS);
    hosted.type(1, 'kubectl create deployment web --image=nginx --replicas=2');
    hosted.live(20_000);
    hosted.live(HOUR_MS);
    hosted.type(2, 'kubectl get pods -o wide; echo $RANDOM');
    expect(hosted.skipped()).toBeGreaterThan(0);
    const again = new Hosted();
    const history = { records: hosted.records, clusterTimeMs: hosted.host.cluster.nowMs() };
    for (const _ of again.host.replay(history, NEVER, () => again.wallMs));
    const all = (host: HostedCluster) => requestJson(host.cluster.api, 'GET', '/api/v1/pods').body;
    expect(all(again.host)).toEqual(all(hosted.host));
    again.slice();
    expect(again.text).toBe(hosted.text);
  });

  it('runs what is due meanwhile at its time: a CronJob', () => {
    const hosted = new Hosted();
    hosted.apply('/apis/batch/v1/namespaces/default/cronjobs', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick' },
      spec: {
        schedule: '*/10 * * * *',
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: 'Never',
                containers: [{ name: 'c', image: 'busybox', command: ['true'] }],
              },
            },
          },
        },
      },
    });
    hosted.live(HOUR_MS);
    const { body } = requestJson(hosted.host.cluster.api, 'GET', '/api/v1/namespaces/default/events');
    const { items } = body as { items: { reason: string; count?: number }[] };
    const made = items.filter(({ reason }) => reason === 'SuccessfulCreate').length;
    expect(made).toBeGreaterThanOrEqual(6);
  });

  it('does not rest while tcpdump listens, a component is stopped, or somebody watches packets', async () => {
    const hosted = new Hosted();
    hosted.live(30_000);
    hosted.slice();
    expect(hosted.host.cluster.restsUntilMs()).toBeGreaterThan(hosted.host.cluster.nowMs());
    hosted.host.watch.watchPackets(true);
    hosted.live(60_000);
    expect(hosted.skipped()).toBeLessThanOrEqual(2);
    hosted.host.watch.watchPackets(false);
    hosted.host.whenSettledAtInstant(
      () =>
        void hosted.host.commit({
          kind: 'component-switched',
          name: 'kubelet/podwire-worker',
          running: false,
        }),
    );
    hosted.live(60_000);
    // The silence of a kubelet is found out at its time, although nothing came in.
    expect(hosted.readyNodes()).toBe(1);
    expect(hosted.host.cluster.restsUntilMs()).toBeUndefined();
    await hosted.openTerminal();
    hosted.type(1, 'tcpdump -i any');
    expect(hosted.host.cluster.restsUntilMs()).toBeUndefined();
  });
});
