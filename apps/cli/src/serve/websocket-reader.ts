import type { ApiRequest, ApiResponse } from '@podwire/kubesim';
import type { WebSocket } from 'ws';
import { sendTo } from './websocket-channels.ts';

const BASE64 = 'base64.binary.k8s.io';
export const READER_PROTOCOLS: readonly string[] = ['binary.k8s.io', BASE64];

const LOG = /\/pods\/[^/]+\/log$/;
const NORMAL_CLOSURE = 1000;
const NEWLINE = '\n'.charCodeAt(0);
/** One event of a watch: an object of etcd's size and some. */
const MAX_EVENT_BYTES = 8 * 1_024 * 1_024;

/** kube-apiserver lets logs and watches be read over a WebSocket. */
export function readableOverWebSocket({ method, path, query }: ApiRequest): boolean {
  return (
    method === 'GET' &&
    (LOG.test(path) || query.some(([name, value]) => name === 'watch' && (value === 'true' || value === '1')))
  );
}

/** Sends a body that goes on: logs as their bytes come, a watch one event a message. */
export function serveReaderOverWebSocket(
  client: WebSocket,
  request: ApiRequest,
  { body, stream }: ApiResponse,
): void {
  const send = LOG.test(request.path)
    ? (bytes: Uint8Array): void =>
        sendTo(
          client,
          client.protocol === BASE64 ? Buffer.from(bytes).toString('base64') : Buffer.from(bytes),
        )
    : eventSender(client);
  client.on('error', () => client.terminate());
  client.on('close', () => stream?.close());
  if (stream === undefined) {
    if (body !== undefined && body.length > 0) send(body);
    client.close(NORMAL_CLOSURE);
    return;
  }
  const drain = (): void => {
    for (;;) {
      const bytes = stream.read();
      if (bytes === undefined) return client.close(NORMAL_CLOSURE);
      if (bytes.length === 0) return;
      send(bytes);
    }
  };
  stream.onReadable(drain);
  drain();
}

function eventSender(client: WebSocket): (bytes: Uint8Array) => void {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    for (let end = held.indexOf(NEWLINE); end >= 0; end = held.indexOf(NEWLINE)) {
      sendTo(client, held.toString('utf8', 0, end + 1));
      held = held.subarray(end + 1);
    }
    if (held.length > MAX_EVENT_BYTES) client.terminate();
  };
}
