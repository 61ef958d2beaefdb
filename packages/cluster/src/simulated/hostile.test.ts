import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import type { ClusterOrigin } from '../port.ts';
import { requestJson, jsonContent } from './api-request.ts';
import { bootCluster } from './boot.ts';
import { simulatedClusterFactory } from './factory.ts';

const ORIGIN: ClusterOrigin = {
  labId: 'hostile',
  labDigest: 'digest',
  seed: 5,
  startMs: Date.UTC(2026, 0, 1),
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [],
  files: [],
};
const MEBIBYTE = 1_048_576;
/** What a cluster may take when its learner does their worst, MiB: files of the toolbox, pipes and logs are part of it. */
const MOST_MIB = 160;
/** One turn is so many events; none of them may hold the thread. */
const EVENTS_A_TURN = 20;
/** A machine that does ten other things takes ten times as long. */
const LONGEST_TURN_MS = 15_000;
const TEST_TIMEOUT_MS = 120_000;

const booted = bootCluster(ORIGIN, simulatedClusterFactory());
if (!booted.ok) throw new Error(booted.message);
const base = booted.cluster;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
afterAll(() => setFlagsFromString('--no-expose-gc'));

function liveMib(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MEBIBYTE;
}

function fork() {
  const cluster = base.fork();
  if (cluster === undefined) throw new Error('the cluster cannot fork');
  return cluster;
}

/** Runs a script on the toolbox for some turns. @returns what it took, and the longest turn. */
function endure(script: string, turns: number) {
  const cluster = fork();
  const before = liveMib();
  const started = cluster.exec({ kind: 'toolbox' }, ['bash', '-c', script]);
  if (!started.ok) throw new Error(started.reason);
  let output = 0;
  started.handle.onStdout((data) => void (output += data.length));
  started.handle.onStderr((data) => void (output += data.length));
  let longestMs = 0;
  for (let turn = 0; turn < turns; turn++) {
    const begunMs = performance.now();
    cluster.run({ untilMs: cluster.nowMs() + 20, maxEvents: EVENTS_A_TURN });
    longestMs = Math.max(longestMs, performance.now() - begunMs);
  }
  const tookMib = liveMib() - before;
  // The rest of the cluster is in order, and the learner's next command is answered or refused, not lost.
  expect(requestJson(cluster.api, 'GET', '/api/v1/nodes').status).toBe(200);
  const next = cluster.exec({ kind: 'toolbox' }, ['true']);
  expect(next.ok || next.reason).toBe(next.ok ? true : 'too-many-processes');
  return { tookMib, longestMs, output };
}

describe('a learner who runs away stays within bounds', () => {
  it.each([
    ['a fork bomb', 'b() { b | b & }; b'],
    ['requests without end', 'while true; do curl -s -m 1 http://10.96.0.1:443 >/dev/null; done'],
    ['yes into a file', 'yes > /home/learner/yes'],
    ['a gigantic file', 'head -c 100000000000 /dev/zero > big; cat big big big > bigger; cp bigger more'],
    ['sleepers without end', 'while :; do sleep 1000 & done'],
    ['a variable that doubles', 'x=0123456789; while :; do x=$x$x; done'],
    ['a sort of everything', 'yes | sort | uniq -c'],
  ])(
    '%s',
    (_name, script) => {
      const { tookMib, longestMs } = endure(script, 15);
      expect(tookMib).toBeLessThan(MOST_MIB);
      expect(longestMs).toBeLessThan(LONGEST_TURN_MS);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'thousands of pods: they wait for room on the nodes, and the cluster answers meanwhile',
    () => {
      const cluster = fork();
      const before = liveMib();
      const deployment = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'many' },
        spec: {
          replicas: 10_000,
          selector: { matchLabels: { app: 'many' } },
          template: {
            metadata: { labels: { app: 'many' } },
            spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] },
          },
        },
      };
      const path = '/apis/apps/v1/namespaces/default/deployments';
      expect(requestJson(cluster.api, 'POST', path, jsonContent(deployment)).status).toBe(201);
      let longestMs = 0;
      for (let turn = 0; turn < 4; turn++) {
        const begunMs = performance.now();
        cluster.run({ untilMs: cluster.nowMs() + 100, maxEvents: 5 });
        longestMs = Math.max(longestMs, performance.now() - begunMs);
      }
      expect(longestMs).toBeLessThan(LONGEST_TURN_MS);
      expect(liveMib() - before).toBeLessThan(MOST_MIB);
      expect(requestJson(cluster.api, 'GET', '/readyz').status).toBe(200);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'objects of the largest size: the store says that it is full, as etcd does',
    () => {
      const cluster = fork();
      const before = liveMib();
      const path = '/api/v1/namespaces/default/configmaps';
      let answer = requestJson(cluster.api, 'GET', path);
      for (let number = 0; number < 100 && answer.status < 300; number++)
        answer = requestJson(
          cluster.api,
          'POST',
          path,
          jsonContent({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: `c${number}` },
            data: { text: `${number}${'x'.repeat(1_000_000)}` },
          }),
        );
      expect(answer).toMatchObject({
        status: 500,
        body: { message: expect.stringContaining('mvcc: database space exceeded') as string },
      });
      expect(liveMib() - before).toBeLessThan(MOST_MIB);
    },
    TEST_TIMEOUT_MS,
  );
});
