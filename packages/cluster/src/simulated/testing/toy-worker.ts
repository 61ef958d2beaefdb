import { parentPort, workerData } from 'node:worker_threads';
import type { ToWorker } from '../messages.ts';
import { systemClock } from '../scheduler.ts';
import { WorkerHost } from '../worker-host.ts';
import { toyFactory } from './toy-cluster.ts';

const { heartbeat } = workerData as { readonly heartbeat: SharedArrayBuffer };
const host = new WorkerHost({
  factory: toyFactory,
  clock: systemClock,
  heartbeat: new Int32Array(heartbeat),
  send: (message) => parentPort?.postMessage(message),
});
parentPort?.on('message', (message: ToWorker) => host.receive(message));
