import type { Place, SimulatedCluster } from '@podwire/kubesim';
import type { GradingCluster } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import { runParts } from '@podwire/prover';
import type { BootOutcome, ProvingCluster, ProvingGround, ScriptOutcome } from '@podwire/prover';
import { MAX_NODES } from '../cluster-config.ts';
import { originOf } from '../origin-of-lab.ts';
import { utf8Encode } from '@podwire/sim';
import { jsonContent, requestJson } from './api-request.ts';
import { bootCluster } from './boot.ts';
import type { ClusterFactory } from './boot.ts';
import { simulatedClusterFactory } from './factory.ts';
import { collect } from './command-output.ts';
import { gradingCluster } from './grading-cluster.ts';
import { HOME, homeFiles } from './grading-files.ts';

/** A script of a lab has this much of the cluster's time, and so have its controllers to come to rest after it. */
const SCRIPT_LIMIT_MS = 120_000;
/** Keeps a script that spins from holding its thread. */
const MAX_EVENTS = 5_000_000;
/** Every proof begins at the same moment, so that it can be had again. */
const START_MS = Date.UTC(2026, 0, 1);

/** Simulated clusters in this thread: their time passes as fast as it can. */
export function simulatedProvingGround(factory: ClusterFactory = simulatedClusterFactory()): ProvingGround {
  return {
    backend: 'simulated',
    boot: (lab, seed) => Promise.resolve(bootLab(lab, seed, factory)),
  };
}

function bootLab(lab: Lab, seed: number, factory: ClusterFactory): BootOutcome {
  if (lab.cluster.nodes > MAX_NODES)
    return { ok: false, message: `a simulated cluster has at most ${MAX_NODES} nodes` };
  const boot = (): ReturnType<typeof bootCluster> => bootCluster(originOf(lab, seed, START_MS), factory);
  const booted = boot();
  if (!booted.ok) return booted;
  // What the lab set up, kept for checks of what must not change. One that can't be copied is booted again.
  const start = booted.cluster.fork();
  const startOf = (): SimulatedCluster => {
    if (start !== undefined) return start;
    const again = boot();
    if (!again.ok) throw new Error(again.message);
    return again.cluster;
  };
  return { ok: true, cluster: provingCluster(booted.cluster, startOf) };
}

function provingCluster(cluster: SimulatedCluster, start: () => SimulatedCluster): ProvingCluster {
  return {
    grading: directGrading(cluster, start),
    runScript: (script) => runParts(script, (text, node) => Promise.resolve(typeAt(cluster, text, node))),
    request: (method, path, body) =>
      Promise.resolve(
        requestJson(cluster.api, method, path, body === undefined ? undefined : jsonContent(body)),
      ),
    putFile: (path, text) => {
      const fs = cluster.toolboxFiles();
      const target = `${HOME}/${path}`;
      fs.mkdir(target.slice(0, target.lastIndexOf('/')), { parents: true });
      fs.writeFile(target, utf8Encode(text));
      return Promise.resolve();
    },
    files: () => Promise.resolve(homeFiles(cluster)),
    settle: () => Promise.resolve(cluster.settle(SCRIPT_LIMIT_MS)),
    copy: () => {
      const copy = cluster.fork();
      return Promise.resolve(copy === undefined ? undefined : provingCluster(copy, start));
    },
  };
}

/** Types a stretch of a script in the toolbox or on a node. */
function typeAt(cluster: SimulatedCluster, text: string, node: string | undefined): ScriptOutcome {
  const place: Place = node === undefined ? { kind: 'toolbox' } : { kind: 'node', name: node };
  const started = cluster.exec(place, ['bash', '-c', text]);
  if (!started.ok && node === undefined) throw new Error(`the toolbox has no shell: ${started.reason}`);
  if (!started.ok) return { kind: 'ended', exitCode: 127, output: `no shell on node ${node ?? ''}\n` };
  const { result, output } = collect(started.handle);
  cluster.run({
    untilMs: cluster.nowMs() + SCRIPT_LIMIT_MS,
    maxEvents: MAX_EVENTS,
    condition: () => result() !== undefined,
  });
  return result() ?? { kind: 'hung', output: output() };
}

/** Grading without a worker between: time is passed at once. */
function directGrading(cluster: SimulatedCluster, start: () => SimulatedCluster): GradingCluster {
  const runUntil = (limitMs: number, condition: () => boolean): void =>
    void cluster.run({ untilMs: cluster.nowMs() + limitMs, maxEvents: MAX_EVENTS, condition });
  return gradingCluster({
    cluster,
    atInstant: (deed) => Promise.resolve(deed()),
    probe: (request) => {
      const started = cluster.startProbe(request);
      runUntil(SCRIPT_LIMIT_MS, () => started.result() !== undefined);
      const result = started.result();
      return result === undefined
        ? Promise.reject(new Error('the probe came to no result'))
        : Promise.resolve(result);
    },
    execute: (from, argv, limitMs, files) => {
      const started = cluster.execTrusted(from, argv, limitMs, files);
      if (!started.ok) return Promise.resolve({ kind: 'no-such-place' });
      const { result, output } = collect(started.handle);
      const deadlineMs = cluster.nowMs() + limitMs;
      runUntil(limitMs, () => result() !== undefined);
      const ended = cluster.nowMs() < deadlineMs ? result() : undefined;
      return Promise.resolve(ended ?? { kind: 'hung', output: output() });
    },
    wait: (durationMs) => {
      cluster.run({ untilMs: cluster.nowMs() + durationMs, maxEvents: MAX_EVENTS });
      return Promise.resolve();
    },
    start: () => Promise.resolve(start()),
    copy: () => {
      const copy = cluster.forkWithoutPrograms();
      return copy === undefined
        ? Promise.reject(new Error('a container’s own program can’t be copied'))
        : Promise.resolve(copy);
    },
  });
}
