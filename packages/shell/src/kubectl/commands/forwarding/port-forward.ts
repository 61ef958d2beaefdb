import type { Wait } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { statusProblem } from '../../api/status.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { attempt, fail, messageOf } from '../../failure.ts';
import { objectOf } from '../../resources/info.ts';
import { podOf } from '../../resources/pods.ts';
import { namespaceQuery } from '../../resources/query.ts';
import { requireInfos } from '../../resources/visit.ts';
import type { Session } from '../../session.ts';
import { PORT_FORWARD } from '../../surface/debugging.ts';
import { errnoText } from '../../values/errno-text.ts';
import { textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { podPath, podTimeout } from '../exec.ts';
import { ForwardedConnection } from './connection.ts';
import { hostPort, parseAddresses, parsePorts, translatePodPorts, translateServicePorts } from './ports.ts';
import type { ForwardedPort, ListenAddress } from './ports.ts';

/** Connections at one time; more wait in the listener's queue. */
const MAX_CONNECTIONS = 256;
/** A connection that announced nothing is looked at this often. */
const POLL_MS = 1000;
const PLACE = 'portforward.go:424';

interface Listener {
  readonly socket: SocketId;
  readonly port: ForwardedPort;
}

/** Listens on every address; what can't be listened on is told, and none at all ends the command. */
function listenOn(
  session: Session,
  ports: readonly ForwardedPort[],
  addresses: readonly ListenAddress[],
): readonly Listener[] {
  const listeners: Listener[] = [];
  for (const wanted of ports) {
    let local = wanted.local;
    const errors: string[] = [];
    const failed = { all: 0, any: 0 };
    const opened = { all: 0, any: 0 };
    for (const { address, family, failureMode } of addresses) {
      const { net } = session.process;
      const socket = net.listenTcp({ address, port: local });
      if (!socket.ok) {
        failed[failureMode] += 1;
        errors.push(
          `unable to create listener: Error listen ${family} ${hostPort(address, local)}: bind: ${errnoText(socket.errno)}`,
        );
        continue;
      }
      opened[failureMode] += 1;
      local = net.network.socketInfo(socket.value)?.local.port ?? local;
      session.out(`Forwarding from ${hostPort(address, local)} -> ${wanted.remote}\n`);
      listeners.push({ socket: socket.value, port: { local, remote: wanted.remote } });
    }
    if ((opened.all === 0 && failed.all > 0) || failed.any > 0)
      session.err(
        `Unable to listen on port ${local}: Listeners failed to create with the following errors: [${errors.join(' ')}]\n`,
      );
  }
  if (listeners.length === 0)
    fail(
      `unable to listen on any of the requested ports: [${ports.map(({ local, remote }) => `{${local} ${remote}}`).join(' ')}]`,
    );
  return listeners;
}

/** Whether the server would carry connections to this pod. */
function checkUpgrade(session: Session, path: string): void {
  const response = session.api().exchange('POST', path);
  const refused = [401, 403, 404, 500, 503].includes(response.status);
  if (refused) fail(`error upgrading connection: ${messageOf(statusProblem(response))}`);
}

class Forwarder {
  private readonly session: Session;
  private readonly path: string;
  private readonly listeners: readonly Listener[];
  private readonly connections = new Map<ForwardedConnection, ForwardedPort>();
  private readonly key: string;
  stopped = false;
  lost = false;

  constructor(session: Session, path: string, listeners: readonly Listener[]) {
    this.session = session;
    this.path = path;
    this.listeners = listeners;
    this.key = session.streamKey();
  }

  *run(): Step {
    for (;;) {
      this.acceptAll();
      let busy = false;
      for (const connection of [...this.connections.keys()]) busy = this.pump(connection) || busy;
      if (this.stopped || this.lost) return undefined;
      yield* this.session.output.flush();
      yield busy ? { kind: 'step' } : { kind: 'any', of: this.waits() };
    }
  }

  private waits(): readonly Wait[] {
    const sockets = [
      ...this.listeners.map((listener) => listener.socket),
      ...[...this.connections.keys()].map((connection) => connection.socket),
    ];
    return [
      { kind: 'signal', key: this.key },
      { kind: 'sleep', ms: POLL_MS },
      ...sockets.map((socket): Wait => ({ kind: 'socket', socket })),
    ];
  }

  private acceptAll(): void {
    const { process } = this.session;
    for (const { socket, port } of this.listeners) {
      while (this.connections.size < MAX_CONNECTIONS && !this.lost) {
        const accepted = process.net.accept(socket);
        if (!accepted.ok) break;
        this.session.out(`Handling connection for ${port.local}\n`);
        const remote = attempt(() => this.session.api().connectPort(this.path, port.remote));
        if (!remote.ok) {
          process.net.close(accepted.value);
          this.fail(port, messageOf(remote.problem));
          break;
        }
        const connection = new ForwardedConnection(process, accepted.value, remote.value, () => {
          this.session.api().announce(this.key);
        });
        this.connections.set(connection, port);
      }
    }
  }

  private pump(connection: ForwardedConnection): boolean {
    const busy = connection.pump();
    const port = this.connections.get(connection);
    if (connection.done) this.connections.delete(connection);
    if (connection.done && connection.error !== undefined && port !== undefined)
      this.fail(port, connection.error);
    return busy;
  }

  /** One connection that fails takes the whole tunnel down: so does the real one, since 1.23. */
  private fail({ local, remote }: ForwardedPort, message: string): void {
    this.session.logError(PLACE, `an error occurred forwarding ${local} -> ${remote}: ${message}`);
    this.lost = true;
  }

  close(): void {
    const { net } = this.session.process;
    for (const { socket } of this.listeners) net.close(socket);
    for (const connection of this.connections.keys()) connection.close();
  }
}

function* forward(session: Session, pod: JsonObject, listeners: readonly Listener[]): Step {
  const forwarder = new Forwarder(session, podPath(pod, 'portforward'), listeners);
  session.process.onSignal('SIGINT', () => (forwarder.stopped = true));
  try {
    yield* forwarder.run();
  } finally {
    session.process.onSignal('SIGINT', undefined);
    forwarder.close();
  }
  if (forwarder.lost) fail('lost connection to pod');
  return undefined;
}

function* run(invocation: Invocation): Step {
  const { args, flags, session, commandPath } = invocation;
  const [name = '', ...texts] = args;
  if (texts.length === 0)
    throw usageFailure(commandPath, 'TYPE/NAME and list of ports are required for port-forward');
  session.namespace();
  const timeout = podTimeout(invocation);
  const infos = yield* requireInfos(session, {
    ...namespaceQuery(invocation),
    args: [name],
    defaultType: 'pods',
    continueOnError: true,
  });
  const [info] = infos;
  if (info === undefined) return fail('pod name or resource type/name must be specified');
  const object = objectOf(info);
  const pod = yield* podOf(session, object, timeout);
  const translated =
    textAt(object, 'kind') === 'Service'
      ? translateServicePorts(texts, object, pod)
      : translatePodPorts(texts, pod);
  const phase = textAt(pod, 'status', 'phase');
  if (phase !== 'Running') fail(`unable to forward port because pod is not running. Current status=${phase}`);
  const addresses = parseAddresses(flags.list('address'));
  const ports = parsePorts(translated);
  checkUpgrade(session, podPath(pod, 'portforward'));
  const listeners = listenOn(session, ports, addresses);
  return yield* forward(session, pod, listeners);
}

export const portForwardCommand: Command = {
  ...PORT_FORWARD,
  long: `Carry connections to ports of this machine into a pod.

 The other end is in the pod's own network namespace: neither Services nor network policies are on the way. Name a Service or a workload, and one of its pods is chosen. It goes on until you press Ctrl-C.`,
  examples: [
    ['Port 8080 of this machine to port 80 of a pod', 'kubectl port-forward pod/web 8080:80'],
    ['The same port number on both sides, in the background', 'kubectl port-forward pod/web 5000 &'],
    [
      "To a pod behind a Service: its port 80, whatever the pod's own is",
      'kubectl port-forward service/web 8080:80',
    ],
    ['A local port of its own choice', 'kubectl port-forward deployment/web :80'],
  ],
  run,
};
