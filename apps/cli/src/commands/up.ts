import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { systemClock } from '../serve/cluster-clock.ts';
import { readClusterSettings } from '../serve/cluster-settings.ts';
import type { ClusterSettings } from '../serve/cluster-settings.ts';
import { writeKubeconfig } from '../serve/kubeconfig.ts';
import { serveSimulatedCluster } from '../serve/simulated-api.ts';
import { EXIT, messageOf, stackOf } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

export interface UpOptions extends ClusterSettings {
  readonly port: string;
  readonly kubeconfig: string;
}

const HOST = '127.0.0.1';
const MAX_PORT = 65_535;

/** One simulated cluster in the foreground, until it is told to end. */
export async function up(options: UpOptions, output: Output): Promise<ExitCode> {
  const read = readClusterSettings(options, Date.now());
  const problems = [...(read.ok ? [] : read.problems), ...problemsOf(options)];
  if (!read.ok || problems.length > 0) {
    for (const problem of problems) output.err(`podwire up: ${problem}`);
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
    onRequestFault: (error) => output.err(`podwire up: a request failed: ${stackOf(error)}`),
  });
  if (!served.ok) {
    output.err(`podwire up: ${served.message}`);
    return EXIT.failed;
  }
  const { cluster } = served;
  const file = path.resolve(options.kubeconfig);
  try {
    writeKubeconfig(file, cluster.kubeconfig);
  } catch (error) {
    await cluster.close();
    output.err(`podwire up: ${file} can't be written: ${messageOf(error)}`);
    return EXIT.failed;
  }
  const nodes = `${cluster.nodes} ${cluster.nodes === 1 ? 'node' : 'nodes'}`;
  output.out(`Ready: ${nodes} at ${cluster.url}, kubeconfig ${file}`);
  await ended.promise;
  await cluster.close();
  if (fault === undefined) return EXIT.ok;
  output.err(`podwire up: the simulation failed: ${stackOf(fault)}`);
  return EXIT.internal;
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
