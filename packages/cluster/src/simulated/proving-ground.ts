import type { ProbeRequest, ProbeResult, SimulatedCluster } from '@podwire/kubesim';
import type { FetchResult, GradingCluster } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import type { PlaceView, ProbeResultView } from '@podwire/protocol';
import type { BootOutcome, ProvingCluster, ProvingGround, ScriptOutcome } from '@podwire/prover';
import { utf8Decode } from '@podwire/sim';
import { MAX_NODES } from '../cluster-config.ts';
import { jsonContent, requestJson } from './api-request.ts';
import { bootCluster } from './boot.ts';
import type { ClusterFactory } from './boot.ts';
import { simulatedClusterFactory } from './factory.ts';

/** A script of a lab has this much of the cluster's time, and so have its controllers to come to rest after it. */
const SCRIPT_LIMIT_MS = 120_000;
/** Keeps a script that spins from holding its thread. */
const MAX_EVENTS = 5_000_000;
const MAX_OUTPUT_CHARS = 65_536;
const HTTP_PORT = 80;
/** Every proof begins at the same moment, so that it can be had again. */
const START_MS = Date.UTC(2026, 0, 1);

/** Simulated clusters in this thread: their time passes as fast as it can. */
export function simulatedProvingGround(factory: ClusterFactory = simulatedClusterFactory()): ProvingGround {
  return {
    backend: 'simulated',
    boot: (lab, seed) => Promise.resolve(boot(lab, seed, factory)),
  };
}

function boot(lab: Lab, seed: number, factory: ClusterFactory): BootOutcome {
  if (lab.cluster.nodes > MAX_NODES)
    return { ok: false, message: `a simulated cluster has at most ${MAX_NODES} nodes` };
  const booted = bootCluster(
    {
      labId: lab.id,
      labDigest: lab.digest,
      seed,
      startMs: START_MS,
      needs: lab.cluster,
      setup: lab.setup,
      files: lab.files,
    },
    factory,
  );
  return booted.ok ? { ok: true, cluster: provingCluster(booted.cluster) } : booted;
}

function provingCluster(cluster: SimulatedCluster): ProvingCluster {
  return {
    grading: directGrading(cluster),
    runScript: (script) => Promise.resolve(runScript(cluster, script)),
    request: (method, path, body) =>
      Promise.resolve(
        requestJson(cluster.api, method, path, body === undefined ? undefined : jsonContent(body)),
      ),
    settle: () => Promise.resolve(cluster.settle(SCRIPT_LIMIT_MS)),
    copy: () => {
      const copy = cluster.fork();
      return Promise.resolve(copy === undefined ? undefined : provingCluster(copy));
    },
  };
}

function runScript(cluster: SimulatedCluster, script: string): ScriptOutcome {
  const started = cluster.exec({ kind: 'toolbox' }, ['bash', '-c', script]);
  if (!started.ok) throw new Error(`the toolbox has no shell: ${started.reason}`);
  let output = '';
  let exitCode: number | undefined;
  const take = (data: Uint8Array): void => {
    if (output.length < MAX_OUTPUT_CHARS) output += utf8Decode(data);
  };
  started.handle.onStdout(take);
  started.handle.onStderr(take);
  started.handle.onExit((code) => (exitCode = code));
  cluster.run({
    untilMs: cluster.nowMs() + SCRIPT_LIMIT_MS,
    maxEvents: MAX_EVENTS,
    condition: () => exitCode !== undefined,
  });
  return exitCode === undefined ? { kind: 'hung', output } : { kind: 'ended', exitCode, output };
}

/** Grading without a worker between: a probe's time is passed at once. */
function directGrading(cluster: SimulatedCluster): GradingCluster {
  const probe = (request: ProbeRequest): ProbeResult => {
    const started = cluster.startProbe(request);
    cluster.run({
      untilMs: cluster.nowMs() + SCRIPT_LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => started.result() !== undefined,
    });
    const result = started.result();
    if (result === undefined) throw new Error('the probe came to no result');
    return result;
  };
  return {
    request: (method, path) => Promise.resolve(requestJson(cluster.api, method, path)),
    probe: (request) =>
      Promise.resolve(viewOf(probe({ ...request, from: request.from as ProbeRequest['from'] }))),
    fetch: (request) => Promise.resolve(fetchPage(probe, request)),
  };
}

function fetchPage(
  probe: (request: ProbeRequest) => ProbeResult,
  { from, url, timeoutMs }: { readonly from: PlaceView; readonly url: string; readonly timeoutMs: number },
): FetchResult {
  const parts = new URL(url);
  const result = probe({
    from: from as ProbeRequest['from'],
    to: { kind: 'host', host: parts.hostname },
    port: parts.port === '' ? HTTP_PORT : Number(parts.port),
    protocol: 'tcp',
    timeoutMs,
    http: { path: `${parts.pathname}${parts.search}`, host: parts.host },
  });
  return { probe: viewOf(result), ...result.http };
}

/** Results are plain data already; the wire's type is a mutable copy of theirs. */
function viewOf(result: ProbeResult): ProbeResultView {
  return result as unknown as ProbeResultView;
}
