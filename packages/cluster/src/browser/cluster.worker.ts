import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import { utf8Decode } from '@podwire/sim';
import type { BrowserAnswer, BrowserOrder } from './messages.ts';

/**
 * The entry of a Web Worker: a whole cluster with the learner's programs, in a browser and nowhere else. One line
 * of the shell at a time; virtual time passes as fast as the browser can.
 */

/** Virtual time for the control plane to start, and for one line to end. */
const BOOT_LIMIT_MS = 120_000;
const LINE_LIMIT_MS = 120_000;
/** A line that spins ends here. */
const MAX_EVENTS = 2_000_000;
/** The most output of one line that is told, characters. */
const MAX_OUTPUT_CHARS = 1_048_576;

/** What of the browser's worker scope is used; this package is compiled without its types. */
interface WorkerScope {
  postMessage(message: BrowserAnswer): void;
  addEventListener(type: 'message', listener: (event: { readonly data: BrowserOrder }) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
let cluster: SimulatedCluster | undefined;

function boot(seed: number, startMs: number): SimulatedCluster {
  const booted = createCluster({ config: defaultConfig({ seed, startMs }), programs });
  if (!booted.settle(BOOT_LIMIT_MS)) throw new Error('the cluster did not come to rest');
  return booted;
}

function runLine(on: SimulatedCluster, id: number, line: string): BrowserAnswer {
  const started = on.exec({ kind: 'toolbox' }, ['bash', '-c', line]);
  if (!started.ok) return { kind: 'failed', id, message: started.reason };
  let output = '';
  let exitCode: number | undefined;
  const take = (data: Uint8Array): void => {
    if (output.length < MAX_OUTPUT_CHARS) output += utf8Decode(data);
  };
  started.handle.onStdout(take);
  started.handle.onStderr(take);
  started.handle.onExit((code) => (exitCode = code));
  on.run({
    untilMs: on.nowMs() + LINE_LIMIT_MS,
    maxEvents: MAX_EVENTS,
    condition: () => exitCode !== undefined,
  });
  if (exitCode !== undefined) return { kind: 'ran', id, output, exitCode };
  started.handle.kill('SIGKILL');
  return { kind: 'failed', id, message: 'the line did not end' };
}

scope.addEventListener('message', ({ data: order }) => {
  try {
    if (order.kind === 'boot') {
      cluster = boot(order.seed, order.startMs);
      scope.postMessage({ kind: 'booted', id: order.id, clusterTimeMs: cluster.nowMs() });
      return;
    }
    if (cluster === undefined) throw new Error('there is no cluster yet');
    scope.postMessage(runLine(cluster, order.id, order.line));
  } catch (error) {
    scope.postMessage({
      kind: 'failed',
      id: order.id,
      message: error instanceof Error ? error.message : String(error),
    });
  }
});
