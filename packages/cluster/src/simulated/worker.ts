import { parentPort, workerData } from 'node:worker_threads';
import type { ToWorker } from './messages.ts';
import { simulatedClusterFactory } from './factory.ts';
import { systemClock } from './scheduler.ts';
import { WorkerHost } from './worker-host.ts';

/** The entry of a worker thread: clusters behind a message port. */
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const { heartbeat } = workerData as { readonly heartbeat: SharedArrayBuffer };

const host = new WorkerHost({
  factory: simulatedClusterFactory(),
  clock: systemClock,
  heartbeat: new Int32Array(heartbeat),
  send: (message) => port.postMessage(message),
});
port.on('message', (message: ToWorker) => host.receive(message));
port.postMessage({ kind: 'ready' });
