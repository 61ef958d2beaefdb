import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { ClusterConfig } from '@podwire/kubesim';
import { systemClock } from '../serve/cluster-clock.ts';
import { readClusterSettings } from '../serve/cluster-settings.ts';
import type { ClusterSettings } from '../serve/cluster-settings.ts';
import { writeKubeconfig } from '../serve/kubeconfig.ts';
import { serveSimulatedCluster } from '../serve/simulated-api.ts';
import { errorTeller, writeJsonLine } from '../terminal/json-lines.ts';
import type { JsonLine } from '../terminal/json-lines.ts';
import { EXIT, messageOf, plural, stackOf } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

export interface UpOptions extends ClusterSettings {
  readonly port: string;
  readonly kubeconfig: string;
  /** Lines of JSON on standard output instead of words. */
  readonly json: boolean;
}

const HOST = '127.0.0.1';
const MAX_PORT = 65_535;

/** One simulated cluster in the foreground, until it is told to end. */
export async function up(options: UpOptions, output: Output): Promise<ExitCode> {
  const fail = errorTeller('up', options.json, output);
  const read = readClusterSettings(options, Date.now());
  const problems = [...(read.ok ? [] : read.problems), ...problemsOf(options)];
  if (!read.ok || problems.length > 0) {
    for (const problem of problems) fail(problem);
    return EXIT.usage;
  }
  const ended = untilSignal();
  let fault: unknown;
  const served = await serveSimulatedCluster({
    config: read.config,
    host: HOST,
    port: Number(options.port),
    clock: systemClock,
    onFault: (error) => {
      fault = error;
      ended.now();
    },
    onRequestFault: (error) => fail(`a request failed: ${stackOf(error)}`),
  });
  if (!served.ok) {
    fail(served.message);
    return EXIT.failed;
  }
  const { cluster } = served;
  const file = path.resolve(options.kubeconfig);
  try {
    writeKubeconfig(file, cluster.kubeconfig);
  } catch (error) {
    await cluster.close();
    fail(`${file} can't be written: ${messageOf(error)}`);
    return EXIT.failed;
  }
  if (options.json) writeJsonLine(output, readyLine(cluster.url, file, read.config));
  else output.out(`Ready: ${plural(cluster.nodes, 'node')} at ${cluster.url}, kubeconfig ${file}`);
  await ended.promise;
  await cluster.close();
  if (fault === undefined) return EXIT.ok;
  fail(`the simulation failed: ${stackOf(fault)}`);
  return EXIT.internal;
}

/** The settings as they are in force: what was drawn or left to a default is in it too. */
function readyLine(server: string, kubeconfig: string, config: ClusterConfig): JsonLine {
  return {
    kind: 'ready',
    server,
    kubeconfig,
    seed: config.seed,
    settings: {
      name: config.name,
      nodes: config.nodes.map((node) => node.name),
      cni: config.cni,
      networkPolicies: config.networkPolicies,
      podCidrs: config.podCidrs,
      serviceCidrs: config.serviceCidrs,
      clusterDomain: config.clusterDomain,
      proxyMode: config.proxyMode,
      mtuBytes: config.mtuBytes,
      ingressClass: config.ingress?.className ?? null,
      gatewayClass: config.gateway?.className ?? null,
      loadBalancerRange: config.loadBalancer?.range ?? null,
    },
  };
}

function problemsOf({ port, kubeconfig }: UpOptions): readonly string[] {
  const problems: string[] = [];
  if (!/^\d{1,5}$/.test(port) || Number(port) > MAX_PORT)
    problems.push(`--port "${port}": a port from 0 (any that is free) to ${MAX_PORT}.`);
  const folder = path.dirname(path.resolve(kubeconfig));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    problems.push(`--kubeconfig ${kubeconfig}: there is no folder ${folder}.`);
  else if (statSync(kubeconfig, { throwIfNoEntry: false })?.isDirectory() === true)
    problems.push(`--kubeconfig ${kubeconfig} is a folder; name a file.`);
  return problems;
}

function untilSignal(): { readonly promise: Promise<void>; now(): void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => end());
  return { promise, now: () => end() };
}
