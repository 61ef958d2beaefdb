import type { DaemonContext } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { beginLookup, fromHostsFile } from '../probe/resolver.ts';
import type { Lookup, LookupStep } from '../probe/resolver.ts';

const DNS_PORT = 53;

/** Where the look-up of a name stands, once a step of it was taken. */
export type NameStep =
  | { readonly kind: 'asked'; readonly socket: SocketId; readonly lookup: Lookup; readonly server: string }
  | { readonly kind: 'found'; readonly address: string }
  /** As Go's resolver tells it. */
  | { readonly kind: 'failed'; readonly why: 'no such host' | 'i/o timeout' };

function fileText(daemon: DaemonContext, path: string): string {
  const file = daemon.fs.readFile(path);
  return file.ok ? utf8Decode(file.value) : '';
}

/** The address that /etc/hosts gives a name. */
export function hostsAddress(daemon: DaemonContext, host: string): string | undefined {
  return fromHostsFile(fileText(daemon, '/etc/hosts'), host);
}

/** The first question about a name, by the machine's own /etc/resolv.conf. */
export function firstStep(daemon: DaemonContext, host: string, queryId: number): LookupStep {
  return beginLookup(host, fileText(daemon, '/etc/resolv.conf'), queryId);
}

/** Takes a step: a question goes out on a socket of its own, and `timer` rings when its time is up. */
export function takeStep(daemon: DaemonContext, timer: string, step: LookupStep): NameStep {
  daemon.cancelTimer(timer);
  if (step.kind === 'found') return { kind: 'found', address: step.address };
  const failed: NameStep = {
    kind: 'failed',
    why: step.kind === 'not-found' ? 'no such host' : 'i/o timeout',
  };
  if (step.kind !== 'ask') return failed;
  const server = { address: step.server, port: DNS_PORT };
  const socket = daemon.net.connectUdp(server);
  if (!socket.ok) return failed;
  daemon.timer(timer, step.timeoutMs);
  daemon.net.sendTo(socket.value, server, step.query);
  return { kind: 'asked', socket: socket.value, lookup: step.lookup, server: step.server };
}
