import type { ClusterSnapshot } from '@podwire/kubesim';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../journal.ts';
import type { ClusterOrigin } from '../port.ts';
import { requestJson } from './api-request.ts';
import { bootCluster } from './boot.ts';
import { Checkpoints } from './checkpoints.ts';
import { simulatedClusterFactory } from './factory.ts';
import { HostedCluster } from './hosted-cluster.ts';

const ORIGIN: ClusterOrigin = {
  labId: 'past',
  labDigest: 'digest',
  seed: 3,
  startMs: Date.UTC(2026, 0, 1),
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [],
  files: [],
};
const NEVER = (): boolean => false;
const PODS = '/api/v1/namespaces/default/pods';

const booted = bootCluster(ORIGIN, simulatedClusterFactory());
if (!booted.ok) throw new Error(booted.message);
const base = booted.cluster;

function fork() {
  const cluster = base.fork();
  if (cluster === undefined) throw new Error('the cluster cannot fork');
  return cluster;
}

/** A cluster that lived for some minutes, a pod each, with checkpoints of its own. */
function lived(minutes: number) {
  const checkpoints = new Checkpoints();
  const host = new HostedCluster(fork(), 0);
  host.onCheckpoint = (sequence, digest, snapshot) =>
    checkpoints.keep({ clusterId: 'c', sequence, digest, snapshot });
  const records: JournalRecord[] = [];
  const slice = (wallMs: number): void => {
    host.slice(wallMs, NEVER);
    records.push(...(host.takeNews(wallMs)?.records ?? []));
  };
  for (let minute = 0; minute < minutes; minute++) {
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${minute}` },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    };
    const request = {
      method: 'POST',
      path: PODS,
      body: Buffer.from(JSON.stringify(body)).toString('base64'),
    } as const;
    host.whenSettledAtInstant(() => void host.commit({ kind: 'api-written', request }));
    for (const second of [0, 1, 20, 59]) slice((minute * 60 + second) * 1_000);
  }
  return { host, records, checkpoints };
}

function replayed(host: HostedCluster, records: readonly JournalRecord[], clusterTimeMs: number): unknown {
  for (const _ of host.replay({ records, clusterTimeMs }, NEVER, () => 0));
  return requestJson(host.cluster.api, 'GET', '/api/v1/pods').body;
}

describe('checkpoints', () => {
  it('give back the same cluster as the whole journal does, with the rest of it alone', () => {
    const { host, records, checkpoints } = lived(4);
    const clusterTimeMs = host.cluster.nowMs();
    const live = requestJson(host.cluster.api, 'GET', '/api/v1/pods').body;
    expect(replayed(new HostedCluster(fork(), 0), records, clusterTimeMs)).toEqual(live);
    const found = checkpoints.latest('c', records);
    if (found === undefined) throw new Error('no checkpoint');
    expect(found.sequence).toBeGreaterThan(records.length / 2);
    const back = new HostedCluster(found.snapshot.restore(), 0);
    back.beginAfter(found.sequence);
    expect(replayed(back, records, clusterTimeMs)).toEqual(live);
    // Twice, and the same: what was restored did not change the checkpoint.
    const again = new HostedCluster(found.snapshot.restore(), 0);
    again.beginAfter(found.sequence);
    expect(replayed(again, records, clusterTimeMs)).toEqual(live);
  });

  it('are found by the very past that led to them, and steps back find the one before', () => {
    const { records, checkpoints } = lived(4);
    const latest = checkpoints.latest('c', records);
    const until = (latest?.sequence ?? 0) - 1;
    expect(checkpoints.latest('c', records.slice(0, until))?.sequence).toBeLessThanOrEqual(until);
    const other = records.map((record) => ({ ...record, virtualMs: record.virtualMs + 1 }));
    expect(checkpoints.latest('c', other)).toBeUndefined();
    expect(checkpoints.latest('d', records)).toBeUndefined();
    checkpoints.forget('c');
    expect(checkpoints.latest('c', records)).toBeUndefined();
    expect(checkpoints.bytes).toBe(0);
  });

  it('are bounded for each cluster, in number and in bytes, whatever is kept', () => {
    const snapshot = (bytes: number): ClusterSnapshot => ({ atMs: 0, bytes, restore: fork });
    const checkpoints = new Checkpoints();
    for (let sequence = 1; sequence <= 100; sequence++)
      checkpoints.keep({ clusterId: 'one', sequence, digest: 0, snapshot: snapshot(1_000) });
    expect(checkpoints.count).toBeLessThanOrEqual(8);
    for (let cluster = 0; cluster < 1_000; cluster++)
      checkpoints.keep({ clusterId: `c${cluster}`, sequence: 1, digest: 0, snapshot: snapshot(1_000) });
    expect(checkpoints.count).toBe(256);
    for (let cluster = 0; cluster < 100; cluster++)
      checkpoints.keep({
        clusterId: `big${cluster}`,
        sequence: 1,
        digest: 0,
        snapshot: snapshot(10_000_000),
      });
    expect(checkpoints.bytes).toBeLessThanOrEqual(64 * 1_048_576);
    checkpoints.keep({ clusterId: 'huge', sequence: 1, digest: 0, snapshot: snapshot(1e9) });
    expect(checkpoints.bytes).toBeLessThanOrEqual(64 * 1_048_576);
  });

  it('are about as large as what they take', () => {
    const snapshot = base.snapshot();
    expect(snapshot?.atMs).toBe(base.nowMs());
    expect(snapshot?.bytes).toBeGreaterThan(50_000);
    expect(snapshot?.bytes).toBeLessThan(2 * 1_048_576);
  });
});
