import type { ApiPortConnection, ApiRequest, ApiTransport } from '@podwire/kubesim';
import type { ClusterClock } from './cluster-clock.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import type { SpdyStream, SpdyWire } from './spdy/spdy-connection.ts';

export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** SPDY within a WebSocket, as kubectl sends it since 1.31 (KEP-4006). */
export const TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;

/** A pod's end that takes no more for now is asked again this often, ms. */
const RETRY_MS = 10;

export interface PortForwardContext {
  readonly api: ApiTransport;
  readonly clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
}

/** Serves the streams of one `kubectl port-forward`: for each connection a stream of errors, and then one of data. */
export function servePortForward(
  { api, clock }: PortForwardContext,
  request: ApiRequest,
  wire: SpdyWire,
): SpdyConnection {
  const errors = new Map<string, SpdyStream>();
  return new SpdyConnection(wire, (stream) => {
    const id = stream.headers.get('requestid') ?? '';
    if (stream.headers.get('streamtype') === 'error') {
      errors.set(id, stream);
      return;
    }
    const error = errors.get(id);
    errors.delete(id);
    clock.catchUp();
    const connection = api.connectPort(request, Number(stream.headers.get('port')));
    if (connection.kind === 'port') join(stream, error, connection, clock);
    else {
      error?.write(connection.response.body ?? Buffer.from('the port could not be reached'));
      error?.end();
      stream.end();
    }
    clock.wake();
  });
}

/** Bytes for a pod's end that it has not taken yet. */
export class InputQueue {
  readonly #connection: Pick<ApiPortConnection, 'write'>;
  readonly #clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
  #waiting: Buffer[] = [];
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(connection: Pick<ApiPortConnection, 'write'>, clock: Pick<ClusterClock, 'catchUp' | 'wake'>) {
    this.#connection = connection;
    this.#clock = clock;
  }

  push(data: Buffer): void {
    if (this.#stopped) return;
    this.#clock.catchUp();
    this.#waiting.push(data);
    if (this.#retry === undefined) this.#flush();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    clearTimeout(this.#retry);
  }

  #flush(): void {
    this.#retry = undefined;
    for (let next = this.#waiting[0]; next !== undefined && !this.#stopped; next = this.#waiting[0]) {
      const taken = this.#connection.write(next);
      this.#clock.wake();
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        this.#retry = setTimeout(() => this.#flush(), RETRY_MS);
        return;
      }
      this.#waiting.shift();
    }
  }
}

function join(
  stream: SpdyStream,
  error: SpdyStream | undefined,
  connection: ApiPortConnection,
  clock: Pick<ClusterClock, 'catchUp' | 'wake'>,
): void {
  const input = new InputQueue(connection, clock);
  let over = false;
  connection.onData((data) => stream.write(data));
  connection.onEnd((message) => {
    over = true;
    input.stop();
    if (message !== undefined) error?.write(Buffer.from(message));
    error?.end();
    stream.end();
  });
  stream.onData = (data) => input.push(data);
  stream.onEnd = () => {
    if (over) return;
    over = true;
    input.stop();
    clock.catchUp();
    connection.close();
    error?.end();
    stream.end();
    clock.wake();
  };
}
