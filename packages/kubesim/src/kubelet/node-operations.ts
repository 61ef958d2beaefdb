import type { ExecHandle, TerminalHandle } from '@podwire/machine';
import type { SocketEvent, SocketId } from '@podwire/netsim';
import type { Pod } from 'kubernetes-types/core/v1';
import type {
  ExecSession,
  KubeletAnswer,
  KubeletQuestion,
  LogRead,
  NodeOperations,
  NodeResult,
  PortSession,
} from '../api/server.ts';
import { nameOf, namespaceOf, uidOf } from '../runtime/objects.ts';
import type { KubeletContext } from './context.ts';
import { kubeletAnswer } from './http-api.ts';
import type { Kubelet } from './kubelet.ts';
import { readLog } from './log-ring.ts';
import type { ContainerRecord, PodRecord } from './state.ts';

/** Bytes that wait for a port-forward's connection to take them. */
const MAX_PORT_BUFFER_BYTES = 256 * 1024;
const KUBELET_PORT = 10_250;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const END_OF_TRANSMISSION = new Uint8Array([4]);
export const PORT_FORWARD_OWNER = 'portforward/';

interface PortForward {
  readonly onEvent: (event: SocketEvent) => void;
}

/** What the API server asks of the nodes, brought to the kubelet in question. Listeners here are not part of forkable state. */
export class NodeOperationsHub implements NodeOperations {
  readonly #kubelets: ReadonlyMap<string, Kubelet>;
  readonly #logListeners = new Map<string, Set<() => void>>();
  readonly #ports = new Map<SocketId, PortForward>();
  #nextPort = 1;

  constructor(kubelets: ReadonlyMap<string, Kubelet>) {
    this.#kubelets = kubelets;
  }

  readLog(request: Parameters<NodeOperations['readLog']>[0]): LogRead {
    const found = this.#find(request.pod, request.container);
    if (!found.ok) {
      const query = request.query === undefined || request.query === '' ? '' : `?${request.query}`;
      return {
        ok: false,
        message: `Get "${kubeletUrl(found, 'containerLogs', request)}${query}": ${found.message}`,
        unreachable: true,
      };
    }
    const { known } = found.value;
    // Its kubelet has not heard of the pod yet.
    if (known === undefined)
      return { ok: false, message: waitingToStart(request.pod, request.container, 'ContainerCreating') };
    const ring = request.previous ? known.previousLog : known.log;
    if (request.previous && known.last === undefined)
      return {
        ok: false,
        message: `previous terminated container "${request.container}" in pod "${nameOf(request.pod)}" not found`,
      };
    if (ring === undefined)
      return {
        ok: false,
        message: `previous terminated container "${request.container}" in pod "${nameOf(request.pod)}" not found`,
      };
    if (known.attempts === 0) {
      const reason = known.state.kind === 'waiting' ? known.state.reason : 'ContainerCreating';
      const text =
        reason === 'ErrImagePull' || reason === 'ImagePullBackOff'
          ? 'trying and failing to pull image'
          : reason === 'ErrImageNeverPull'
            ? 'image not present with pull policy of Never'
            : reason;
      return { ok: false, message: waitingToStart(request.pod, request.container, text) };
    }
    return { ok: true, ...readLog(ring, request.from) };
  }

  onLog(request: Parameters<NodeOperations['onLog']>[0], listener: () => void): () => void {
    const key = `${localUid(request.pod)}/${request.container}`;
    const listeners = this.#logListeners.get(key) ?? new Set();
    listeners.add(listener);
    this.#logListeners.set(key, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#logListeners.delete(key);
    };
  }

  /** A container wrote, or ended. */
  announceLog(uid: string, container: string): void {
    for (const listener of [...(this.#logListeners.get(`${uid}/${container}`) ?? [])]) listener();
  }

  exec(request: Parameters<NodeOperations['exec']>[0]): NodeResult<ExecSession> {
    const found = this.#find(request.pod, request.container);
    if (!found.ok) return unreachable(found, 'exec', request, request.argv);
    const { context, known } = found.value;
    const state = known?.state;
    if (state?.kind !== 'running')
      return {
        ok: false,
        message: `unable to upgrade connection: container not found ("${request.container}")`,
      };
    const { argv } = request;
    const opened = request.tty
      ? context.machines.openTerminal(state.machineId, { argv, columns: DEFAULT_COLUMNS, rows: DEFAULT_ROWS })
      : context.machines.exec(state.machineId, { argv });
    if (!opened.ok) {
      const program = argv[0] ?? '';
      const why =
        opened.reason === 'not-executable'
          ? 'permission denied'
          : opened.reason === 'too-many-processes'
            ? 'resource temporarily unavailable'
            : program.includes('/')
              ? `stat ${program}: no such file or directory`
              : 'executable file not found in $PATH';
      return {
        ok: false,
        message: `error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": ${why}: unknown`,
      };
    }
    const session = 'hangUp' in opened.handle ? terminalSession(opened.handle) : pipeSession(opened.handle);
    if (!request.stdin && !request.tty) session.closeStdin();
    return { ok: true, value: session };
  }

  attach(request: Parameters<NodeOperations['attach']>[0]): NodeResult<ExecSession> {
    const found = this.#find(request.pod, request.container);
    if (!found.ok) return unreachable(found, 'attach', request, []);
    const { context, known } = found.value;
    const handle =
      known?.state.kind === 'running' ? context.machines.attach(known.state.machineId) : undefined;
    if (handle === undefined)
      return {
        ok: false,
        message: `unable to upgrade connection: container ${request.container} not found in pod ${nameOf(request.pod)}_${request.pod.metadata?.namespace ?? ''}`,
      };
    // Going away from an attached container leaves it running.
    return { ok: true, value: { ...pipeSession(handle), close: () => undefined } };
  }

  connectPort(pod: Pod, port: number): NodeResult<PortSession> {
    const found = this.#findPod(pod);
    if (!found.ok) return { ok: false, message: `error dialing backend: ${found.message}` };
    const { context, record } = found.value;
    if (record?.sandbox?.live !== true)
      return {
        ok: false,
        message: `unable to forward port because pod is not running. Current status=${pod.status?.phase ?? 'Pending'}`,
      };
    const owner = `${PORT_FORWARD_OWNER}${this.#nextPort++}`;
    const { netns, containerId } = record.sandbox;
    const connected = context.network.connectTcp(netns, owner, { address: '127.0.0.1', port });
    if (!connected.ok) return { ok: false, message: portFailure(containerId, port) };
    const refused = (): string => portFailure(containerId, port);
    return { ok: true, value: this.#portSession(context, connected.value, refused) };
  }

  dial(node: string, address: string, port: number): NodeResult<PortSession> {
    const context = this.#kubelets.get(node)?.context;
    if (context === undefined) return { ok: false, message: `no kubelet named "${node}"` };
    const owner = `${PORT_FORWARD_OWNER}${this.#nextPort++}`;
    const connected = context.network.connectTcp(context.site.netns, owner, { address, port });
    const at = `dial tcp ${bracketed(address)}:${port}`;
    const failed = (errno: string | undefined): string => `${at}: ${dialFailure(errno)}`;
    return connected.ok
      ? { ok: true, value: this.#portSession(context, connected.value, failed) }
      : { ok: false, message: failed(connected.errno) };
  }

  askKubelet(node: string, question: KubeletQuestion): NodeResult<KubeletAnswer> {
    const found = this.#findNode(node);
    return found.ok
      ? { ok: true, value: kubeletAnswer(found.value, question) }
      : { ok: false, message: found.message };
  }

  #portSession(
    context: KubeletContext,
    socket: SocketId,
    failure: (errno: string | undefined) => string,
  ): PortSession {
    let [open, connected] = [true, false];
    let waiting = new Uint8Array();
    let onData: (data: Uint8Array) => void = () => undefined;
    let onEnd: (error: string | undefined) => void = () => undefined;
    const end = (error: string | undefined): void => {
      if (!open) return;
      open = false;
      this.#ports.delete(socket);
      context.network.close(socket);
      onEnd(error);
    };
    const flush = (): void => {
      if (!connected || !open || waiting.length === 0) return;
      const sent = context.network.send(socket, waiting);
      if (!sent.ok) end(undefined);
      else waiting = waiting.slice(sent.value);
    };
    const receive = (): void => {
      for (;;) {
        if (!open) return;
        const received = context.network.receive(socket);
        if (!received.ok || received.value === undefined) return end(undefined);
        if (received.value.length === 0) return;
        onData(received.value);
      }
    };
    this.#ports.set(socket, {
      onEvent: (event) => {
        if (event.kind === 'connected') {
          connected = true;
          flush();
        } else if (event.kind === 'writable') flush();
        else if (event.kind === 'failed') end(failure(event.errno));
        else if (event.kind === 'readable' || event.kind === 'end') receive();
      },
    });
    return {
      write: (data) => {
        const taken = open ? data.slice(0, Math.max(0, MAX_PORT_BUFFER_BYTES - waiting.length)) : data;
        const joined = new Uint8Array(waiting.length + taken.length);
        joined.set(waiting);
        joined.set(taken, waiting.length);
        waiting = joined;
        flush();
        return taken.length;
      },
      onData: (listener) => void (onData = listener),
      onEnd: (listener) => void (onEnd = listener),
      close: () => end(undefined),
    };
  }

  onSocketEvent(socket: SocketId, event: SocketEvent): void {
    this.#ports.get(socket)?.onEvent(event);
  }

  #findPod(pod: Pod): Found<{ readonly context: KubeletContext; readonly record: PodRecord | undefined }> {
    const found = this.#findNode(pod.spec?.nodeName ?? '');
    if (!found.ok) return found;
    const context = found.value;
    return { ok: true, value: { context, record: context.state.pods.get(localUid(pod)) } };
  }

  #findNode(node: string): Found<KubeletContext> {
    const kubelet = this.#kubelets.get(node);
    if (kubelet === undefined)
      return { ok: false, host: node, message: `dial tcp: lookup ${node}: no such host` };
    const { context } = kubelet;
    const host = `${bracketed(context.site.address)}:${KUBELET_PORT}`;
    // Its port refuses: nobody listens there while it is stopped.
    return context.state.running
      ? { ok: true, value: context }
      : { ok: false, host, message: `dial tcp ${host}: connect: connection refused` };
  }

  /** The record is missing while the kubelet has not heard of the pod yet. */
  #find(
    pod: Pod,
    container: string,
  ): Found<{ readonly context: KubeletContext; readonly known: ContainerRecord | undefined }> {
    const found = this.#findPod(pod);
    if (!found.ok) return found;
    const { context, record } = found.value;
    return { ok: true, value: { context, known: record?.containers.get(container) } };
  }
}

type Found<Value> =
  | { readonly ok: true; readonly value: Value }
  /** The kubelet cannot be reached: its host and port, and what dialling it said. */
  | { readonly ok: false; readonly host: string; readonly message: string };

interface AskedContainer {
  readonly pod: Pod;
  readonly container: string;
}

function kubeletUrl({ host }: { readonly host: string }, verb: string, asked: AskedContainer): string {
  const { pod, container } = asked;
  return `https://${host}/${verb}/${namespaceOf(pod)}/${nameOf(pod)}/${container}`;
}

/** What the API server says of exec and attach when it cannot reach the kubelet. */
function unreachable(
  found: { readonly host: string; readonly message: string },
  verb: string,
  asked: AskedContainer & Readonly<Record<'stdin' | 'stdout' | 'stderr' | 'tty', boolean>>,
  argv: readonly string[],
): { readonly ok: false; readonly message: string } {
  const query = [
    ...argv.map((word) => `command=${encodeURIComponent(word).replaceAll('%20', '+')}`),
    ...(asked.stderr ? ['error=1'] : []),
    ...(asked.stdin ? ['input=1'] : []),
    ...(asked.stdout ? ['output=1'] : []),
    ...(asked.tty ? ['tty=1'] : []),
  ].join('&');
  const url = `${kubeletUrl(found, verb, asked)}?${query}`;
  return { ok: false, message: `error sending request: Post "${url}": ${found.message}` };
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** What the kubelet knows the pod by: a static pod by the hash that its mirror names. */
function localUid(pod: Pod): string {
  return pod.metadata?.annotations?.['kubernetes.io/config.mirror'] ?? uidOf(pod);
}

function waitingToStart(pod: Pod, container: string, reason: string): string {
  return `container "${container}" in pod "${nameOf(pod)}" is waiting to start: ${reason}`;
}

function dialFailure(errno: string | undefined): string {
  switch (errno) {
    case 'ECONNREFUSED':
      return 'connect: connection refused';
    case 'EHOSTUNREACH':
      return 'connect: no route to host';
    case 'ENETUNREACH':
      return 'connect: network is unreachable';
    default:
      return 'i/o timeout';
  }
}

/** The container runtime's streaming server speaks of the sandbox by its id, and knows no uid. */
function portFailure(sandbox: string, port: number): string {
  return `error forwarding port ${port} to pod ${sandbox}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-${netnsId(sandbox)}": failed to connect to localhost:${port} inside namespace "${sandbox}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found`;
}

/** containerd names a network namespace by a random UUID; here by one that stays the same for a sandbox. */
function netnsId(sandbox: string): string {
  return [
    sandbox.slice(0, 8),
    sandbox.slice(8, 12),
    sandbox.slice(12, 16),
    sandbox.slice(16, 20),
    sandbox.slice(20, 32),
  ].join('-');
}

function pipeSession(handle: ExecHandle): ExecSession {
  return {
    write: (data) => handle.writeStdin(data),
    closeStdin: () => handle.closeStdin(),
    resize: (columns, rows) => handle.resize?.(columns, rows),
    onStdout: (listener) => handle.onStdout(listener),
    onStderr: (listener) => handle.onStderr(listener),
    onExit: (listener) => handle.onExit(listener),
    close: () => handle.kill('SIGHUP'),
  };
}

function terminalSession(handle: TerminalHandle): ExecSession {
  return {
    write: (data) => handle.write(data),
    closeStdin: () => void handle.write(END_OF_TRANSMISSION),
    resize: (columns, rows) => handle.resize(columns, rows),
    onStdout: (listener) => handle.onOutput(listener),
    // A terminal has one stream out.
    onStderr: () => undefined,
    onExit: (listener) => handle.onExit(listener),
    close: () => handle.hangUp(),
  };
}
