import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiProxyConnection } from '@podwire/kubesim';
import { expect, test } from 'vitest';
import { serveProxy } from './proxy.ts';

const REFUSED = 'dial tcp 10.244.1.16:462: connect: connection refused';
const CLOCK = { catchUp: () => undefined, wake: () => undefined };

/** A connection to a pod that ends when it is told to. */
function target(): { readonly connection: ApiProxyConnection; readonly end: () => void } {
  const listeners: ((error: string | undefined) => void)[] = [];
  const connection = {
    path: '/page',
    base: '/api/v1/namespaces/default/pods/https:web:462/proxy',
    host: '10.244.1.16:462',
    write: (data: Uint8Array) => data.length,
    onData: () => undefined,
    onEnd: (listener: (error: string | undefined) => void) => void listeners.push(listener),
    close: () => undefined,
  } as unknown as ApiProxyConnection;
  return {
    connection,
    end: () => {
      for (const listener of listeners) listener(REFUSED);
    },
  };
}

test.each<[string, (end: () => void) => void]>([
  ['after a turn of the loop', setImmediate],
  [
    'after this tick',
    (end) => {
      process.nextTick(end);
    },
  ],
  ['at once', (end) => end()],
])('API7: a pod that refuses is a 503, and nothing when the client has gone (%s)', async (_when, later) => {
  const pods = [target(), target()];
  const asked: (() => void)[] = [];
  const gone: (() => void)[] = [];
  const server = createServer((incoming, response) => {
    const pod = pods.shift();
    if (pod === undefined) throw new Error('asked too often');
    serveProxy(pod.connection, { request: incoming, body: Buffer.alloc(0) }, response, CLOCK);
    if (incoming.url === '/leaves') {
      response.on('close', () => {
        pod.end();
        setImmediate(() => gone.shift()?.());
      });
      asked.shift()?.();
    } else later(pod.end);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/stays`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining(REFUSED)]);
  const left = new Promise<void>((done) => gone.push(done));
  const heard = new Promise<void>((done) => asked.push(done));
  const leaves = request({ host: '127.0.0.1', port, path: '/leaves' });
  leaves.on('error', () => undefined);
  leaves.end();
  await heard;
  leaves.destroy();
  await left;
  server.close();
});
