// Preloaded into a measured server: tells its starter its memory after collecting garbage in each thread, and writes CPU profiles.
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import path from 'node:path';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

/** Rounds of collection: weak references and finalisers need more than one. */
const COLLECTIONS = 3;

if (isMainThread) {
  let session;
  const workers = new Set();
  const answers = new Map();
  let nextId = 1;

  const post = (method, parameters) =>
    new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
    });

  /** Asks a worker thread's own inspector. */
  const ask = (sessionId, method) =>
    new Promise((resolve) => {
      const id = nextId++;
      answers.set(id, resolve);
      post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method }) });
    });

  const attach = async () => {
    session = new Session();
    session.connect();
    session.on('NodeWorker.attachedToWorker', ({ params }) => workers.add(params.sessionId));
    session.on('NodeWorker.detachedFromWorker', ({ params }) => workers.delete(params.sessionId));
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const { id, result } = JSON.parse(params.message);
      answers.get(id)?.(result);
      answers.delete(id);
    });
    await post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  };

  const memory = async () => {
    let workerHeapBytes = 0;
    for (const worker of workers) {
      for (let round = 0; round < COLLECTIONS; round++) await ask(worker, 'HeapProfiler.collectGarbage');
      workerHeapBytes += (await ask(worker, 'Runtime.getHeapUsage')).usedSize;
    }
    for (let round = 0; round < COLLECTIONS; round++) globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBytes: rss, mainHeapBytes: heapUsed, workerHeapBytes, externalBytes: external };
  };

  const startProfile = async () => {
    for (const worker of workers) {
      await ask(worker, 'Profiler.enable');
      await ask(worker, 'Profiler.start');
    }
    await post('Profiler.enable');
    await post('Profiler.start');
    return {};
  };

  const stopProfile = async (folder) => {
    mkdirSync(folder, { recursive: true });
    const write = (name, { profile }) =>
      writeFileSync(path.join(folder, `${name}.cpuprofile`), JSON.stringify(profile));
    write('main', await post('Profiler.stop'));
    for (const worker of workers) write(`worker-${worker}`, await ask(worker, 'Profiler.stop'));
    return {};
  };

  process.on('message', async ({ order, folder }) => {
    if (session === undefined) await attach();
    const answer =
      order === 'memory'
        ? await memory()
        : order === 'start-profile'
          ? await startProfile()
          : await stopProfile(folder);
    process.send(answer);
  });
  // The question alone keeps no server alive.
  process.channel?.unref();
}
