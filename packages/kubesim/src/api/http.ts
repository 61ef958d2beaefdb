/** The API server's request and response, free of any runtime's fetch types. Adapters wrap it in HTTP, a worker port or a browser worker. */
export interface ApiRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** Path only, still percent-encoded. */
  readonly path: string;
  /** Decoded, in order; repeated keys allowed. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Who asks, as the adapter established it (client certificate, token, or the trusted in-process path). */
  readonly user: UserInfo;
}

export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole bodies. */
  readonly body?: Uint8Array;
  /** Watches and followed logs: the body goes on. */
  readonly stream?: ApiStream;
}

/** A response body that goes on. Bounded: a reader that falls too far behind sees the stream end. */
export interface ApiStream {
  /** What has come since the last read; empty when nothing has. undefined at the end. */
  read(): Uint8Array | undefined;
  /** Called inside `Simulation.run` when there is something to read, or the end. */
  onReadable(listener: () => void): void;
  close(): void;
}

/** A connection taken over by exec, attach or port-forward. Channels as in the remotecommand protocol v4/v5. */
export interface ApiUpgrade {
  readonly kind: 'upgraded';
  readonly stdin: { write(data: Uint8Array): number; close(): void };
  onStdout(listener: (data: Uint8Array) => void): void;
  onStderr(listener: (data: Uint8Array) => void): void;
  /** The final v1.Status: success, or failure with the exit code among its causes. */
  onStatus(listener: (status: unknown) => void): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Port-forward: one TCP connection into the pod's network namespace. */
export interface ApiPortConnection {
  readonly kind: 'port';
  write(data: Uint8Array): number;
  onData(listener: (data: Uint8Array) => void): void;
  onEnd(listener: (error: string | undefined) => void): void;
  close(): void;
}

/**
 * The proxy of a pod or a Service: the connection over which the adapter speaks HTTP on the client's behalf. Where TLS
 * was asked for, it is spoken below.
 */
export interface ApiProxyConnection extends Omit<ApiPortConnection, 'kind'> {
  readonly kind: 'proxy';
  /** `address:port`, the Host that the target is to see. */
  readonly host: string;
  /** What is asked of the target, still percent-encoded. */
  readonly path: string;
  /** The path up to and including `/proxy`: where the target's `/` is for the client. */
  readonly base: string;
}

/** One request through `/proxy/`, carried by the API server: for clients that speak no HTTP of a runtime's. */
export interface ProxiedExchange {
  readonly kind: 'exchange';
  /** The whole answer; undefined while it is still to come. */
  answer(): ApiResponse | undefined;
  /** Called inside `Simulation.run` when it is there. */
  onAnswer(listener: () => void): void;
  close(): void;
}

/** What a client needs of an API server. Synchronous: the simulated API answers within the call. */
export interface ApiTransport {
  /** Whether anybody listens at all: a client of an API server that is not running sees its connection refused. Absent: yes. */
  isListening?(): boolean;
  handle(request: ApiRequest): ApiResponse;
  /** exec and attach. */
  upgrade(request: ApiRequest): ApiUpgrade | { readonly kind: 'refused'; readonly response: ApiResponse };
  /** portforward: `port` of the pod that the path names. */
  connectPort(
    request: ApiRequest,
    port: number,
  ): ApiPortConnection | { readonly kind: 'refused'; readonly response: ApiResponse };
  /** `/proxy/` below a pod, a Service or another port of a node than its kubelet's. undefined: the path is none of these. */
  connectProxy?(
    request: ApiRequest,
  ): ApiProxyConnection | { readonly kind: 'refused'; readonly response: ApiResponse } | undefined;
  /** As `connectProxy`, with the HTTP done: the answer comes whole. */
  askProxy?(
    request: ApiRequest,
  ): ProxiedExchange | { readonly kind: 'refused'; readonly response: ApiResponse } | undefined;
}
