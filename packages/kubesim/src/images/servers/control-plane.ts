import type { DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { logStart } from './component-logs.ts';
import { utf8Encode } from '@podwire/sim';

/** Where the processes of a control plane listen, by the name of their program. */
const PORTS: Readonly<Record<string, readonly { readonly address: string; readonly port: number }[]>> = {
  etcd: [
    { address: '0.0.0.0', port: 2379 },
    { address: '0.0.0.0', port: 2380 },
  ],
  'kube-controller-manager': [{ address: '127.0.0.1', port: 10257 }],
  'kube-scheduler': [{ address: '127.0.0.1', port: 10259 }],
};
const MAX_CONNECTIONS = 256;
/** What Go's TLS server says to a client that speaks plain HTTP. */
const PLAIN_HTTP = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

interface ControlPlaneState {
  readonly connections: Set<SocketId>;
}

/**
 * The containers of a control plane: they listen where the real ones do, so that a client can connect.
 * Their work is done by the simulation's components; what they serve to each other over TLS, with client certificates, is not modelled. The API server
 * has a program of its own, and kube-proxy.
 */
export const controlPlane: DaemonProgram<ControlPlaneState> = {
  kind: 'daemon',
  start(daemon) {
    const program = (daemon.argv[0] ?? '').replace(/^.*\//, '');
    for (const { address, port } of PORTS[program] ?? []) {
      const listener = daemon.net.listenTcp({ address, port });
      if (listener.ok) continue;
      daemon.logError(
        `Error: failed to create listener: failed to listen on ${address}:${port}: listen tcp ${address}:${port}: bind: address already in use\n`,
      );
      daemon.exit(1);
      return { connections: new Set() };
    }
    logStart(daemon, program);
    return { connections: new Set() };
  },
  onEvent(daemon, state, event) {
    if (event.kind === 'signal' && (event.signal === 'SIGTERM' || event.signal === 'SIGINT')) daemon.exit(0);
    else if (event.kind === 'incoming') {
      for (
        let accepted = daemon.net.accept(event.listener);
        accepted.ok;
        accepted = daemon.net.accept(event.listener)
      ) {
        if (state.connections.size >= MAX_CONNECTIONS) daemon.net.close(accepted.value);
        else state.connections.add(accepted.value);
      }
    } else if (event.kind === 'readable' || event.kind === 'end' || event.kind === 'failed') {
      const received = daemon.net.receive(event.socket);
      const first = received.ok ? received.value?.[0] : undefined;
      // A letter begins a request in plain text; a TLS record begins with 22.
      if (first !== undefined && first >= 0x41 && first <= 0x5a)
        daemon.net.send(event.socket, utf8Encode(PLAIN_HTTP));
      state.connections.delete(event.socket);
      daemon.net.close(event.socket);
    }
  },
};
