import type { Simulation } from '@podwire/sim';
import type { Pod, ResourceQuota } from 'kubernetes-types/core/v1';
import type { ClusterConfig } from '../config.ts';
import type { CustomKind, Kind, KubeClient, ObjectChange } from './client.ts';
import type { ApiRequest, ApiTransport, UserInfo } from './http.ts';
import type { Ownership } from './ownership.ts';
import type { NamespaceRemains } from './registry/namespace-end.ts';

/** A line that a container wrote, whole or the beginning of one that is not ended yet. */
export interface LogLine {
  readonly atMs: number;
  /** Without its newline. */
  readonly text: string;
  /** It had none: the container ended first. */
  readonly unended?: true;
}

export type LogRead =
  /** `next` is the cursor to go on from; `ended`: the container has stopped, so no line follows. */
  | { readonly ok: true; readonly lines: readonly LogLine[]; readonly next: number; readonly ended: boolean }
  /** Message as the API server answers it (400), for example `previous terminated container "web" in pod "web" not found`. */
  | {
      readonly ok: false;
      readonly message: string;
      /** Nobody answered at the node: the API server's own failure (500), rather than the kubelet's word. */
      readonly unreachable?: true;
    };

export interface ExecRequest {
  readonly pod: Pod;
  readonly container: string;
  readonly argv: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A command that runs in a container, or a container's main process that was attached to. */
export interface ExecSession {
  /** Bytes taken; fewer than given when the input queue is full. */
  write(data: Uint8Array): number;
  closeStdin(): void;
  resize(columns: number, rows: number): void;
  onStdout(listener: (data: Uint8Array) => void): void;
  onStderr(listener: (data: Uint8Array) => void): void;
  /** 128 + signal number when a signal ended it. */
  onExit(listener: (code: number) => void): void;
  /** The client went away: what was started is hung up. */
  close(): void;
}

/** A TCP connection into a pod's network namespace, opened from the namespace itself (as kubelet does for port-forward). */
export interface PortSession {
  write(data: Uint8Array): number;
  onData(listener: (data: Uint8Array) => void): void;
  onEnd(listener: (error: string | undefined) => void): void;
  close(): void;
}

export type NodeResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

/** What is asked of a kubelet on its own port. */
export interface KubeletQuestion {
  readonly method: ApiRequest['method'];
  /** Decoded; begins with `/`. */
  readonly path: string;
  readonly query: ApiRequest['query'];
}

export type KubeletAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly contentType: string;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'not-modelled'; readonly what: string };

/**
 * What the API server asks of the kubelet that runs a pod. The pods given are stored objects, frozen.
 * The API server has already checked that pod and container exist and that the pod is on a node.
 */
export interface NodeOperations {
  /** Lines from cursor `from` on (0 at first). `previous`: of the container's last finished run. */
  readLog(request: {
    readonly pod: Pod;
    readonly container: string;
    readonly previous: boolean;
    readonly from: number;
    /** The options as the API server passes them on, for messages about that request. */
    readonly query?: string;
  }): LogRead;
  /** Calls back, inside `Simulation.run`, whenever `readLog` may have more; returns how to stop. Not part of forkable state. */
  onLog(request: { readonly pod: Pod; readonly container: string }, listener: () => void): () => void;
  exec(request: ExecRequest): NodeResult<ExecSession>;
  attach(request: Omit<ExecRequest, 'argv'>): NodeResult<ExecSession>;
  connectPort(pod: Pod, port: number): NodeResult<PortSession>;
  /** A TCP connection from a node's own network, as the API server opens it for `/proxy/`. */
  dial(node: string, address: string, port: number): NodeResult<PortSession>;
  /** One question to a node's kubelet. Fails with what dialling it said. */
  askKubelet(node: string, question: KubeletQuestion): NodeResult<KubeletAnswer>;
}

/** What a component hears. Delivered inside `Simulation.run`, as an event of the simulation. */
export interface ChangeHandler {
  /** In order of revision, of the kinds subscribed to, since the last delivery. Never empty. */
  onChanges(changes: readonly ObjectChange[]): void;
  /** Start from a list: at the first delivery, after `setSubscribed(name, true)`, and when the change log was compacted past the cursor. */
  resync(): void;
}

export interface ApiServerWiring {
  readonly simulation: Simulation;
  readonly config: ClusterConfig;
  readonly nodeOps: NodeOperations;
}

/** The API server of one simulated cluster: behaviour over `ApiServerState`, made anew for each fork by `createApiServer` (api-server.ts). */
export interface ApiServer extends ApiTransport {
  /** The in-process client. Same admission, defaulting and validation as HTTP; acts as `user`. */
  clientFor(user: UserInfo): KubeClient;
  /**
   * Wires a component to changes. The cursor is kept in state under `name`, so wiring the same name
   * after a fork goes on where it stood. A name that is new in the state is subscribed and gets
   * `resync` after `delayMs`. Deliveries come `delayMs` after the first undelivered change.
   */
  subscribe(
    name: string,
    kinds: readonly (Kind | `${string}/${string}`)[],
    handler: ChangeHandler,
    delayMs: number,
  ): void;
  /**
   * A subscriber hears of these kinds too, whenever a definition serves them; their changes carry the
   * object's own kind. To be called with each wiring, as `subscribe` is.
   */
  watchCustom(name: string, kinds: readonly CustomKind[]): void;
  /** A subscriber hears of every kind that definitions add. To be called with each wiring. */
  watchAllCustom(name: string): void;
  /** false: the subscriber hears nothing. true: it hears again, beginning with `resync`. Unknown names throw. */
  setSubscribed(name: string, subscribed: boolean): void;
  isSubscribed(name: string): boolean;
  /** Schedules a `resync` of this subscriber. */
  requestResync(name: string): void;
  /** Changes of the kinds of `KindMap` after `revision`, or undefined when that was compacted. */
  changesSince(
    revision: number,
  ): { readonly revision: number; readonly changes: readonly ObjectChange[] } | undefined;
  /** The store's revision: `metadata.resourceVersion` of what was written last. */
  revision(): number;
  /** While false every HTTP request gets 503 and the in-process clients fail: the kube-apiserver is stopped. Watches end. */
  /** `no-storage`: it runs, and waits for its etcd in vain. */
  setServing(serving: boolean, reason?: 'no-storage'): void;
  /** A token of a service account, as a kubelet asks one for a pod's projected volume. */
  issueToken(namespace: string, account: string, audiences: readonly string[], seconds: number): string;
  /** Whose token it is: how an adapter turns `Authorization: Bearer` into a user. undefined: not one of ours, or expired. */
  userOfToken(token: string): UserInfo | undefined;
  /** For the namespace controller: asks for the deletion of all objects in a namespace, of every kind, and says what is left. */
  purgeNamespace(namespace: string): NamespaceRemains;
  /** For the garbage collector, which works on every kind there is. */
  readonly ownership: Ownership;
  /** For the quota controller: what a namespace uses of what a quota limits, by the quota's names. */
  quotaUsage(quota: ResourceQuota): Readonly<Record<string, string>>;
  /** Removes the `kubernetes` finalizer of an emptied namespace, which ends it. false when there is no such namespace. */
  finalizeNamespace(namespace: string): boolean;
}
