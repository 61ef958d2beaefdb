import { acceptPeer, alertText, feed, newClientSession, say, takeOutput, takeText } from '@podwire/tls';
import type { Failure, TlsSession } from '@podwire/tls';
import type { NetErrno, SocketEvent, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { Container, Probe } from 'kubernetes-types/core/v1';
import { stopContainer } from './container-lifecycle.ts';
import { podEvent, requestSync, schedule } from './context.ts';
import { armProbes, planProbe } from './probe-plan.ts';
import type { KubeletContext } from './context.ts';
import { containerSpec, probeSpec } from './records.ts';
import type { ContainerRecord, OpenProbe, PodRecord, ProbeKind, ProbeRecord } from './state.ts';

const DEFAULT_GRACE_SECONDS = 30;
/** What a probe reads of an answer (maxRespBodyLength), characters. */
const MAX_ANSWER_CHARS = 10 * 1024;

/** It is time for one attempt. */
export function runProbe(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  attempt: number,
  kind: ProbeKind,
): void {
  const probe = known.probes.get(kind);
  const container = containerSpec(record.pod, known.name);
  const spec = container === undefined ? undefined : probeSpec(container, kind);
  if (
    probe === undefined ||
    container === undefined ||
    spec === undefined ||
    known.state.kind !== 'running' ||
    known.attempts !== attempt
  )
    return;
  if (kind === 'startup' && known.started) return;
  // No liveness checks of what is on its way out; readiness is still told (SVC3).
  if (kind !== 'readiness' && (known.stop !== undefined || record.ending !== undefined)) return;
  planProbe(context, record, known, probe, (spec.periodSeconds ?? 10) * 1000);
  if (probe.attempt !== undefined && context.state.openProbes.has(probe.attempt)) return;
  const owner = `kubelet/${context.site.name}/probe-${context.state.nextProbe++}`;
  probe.attempt = owner;
  const base = {
    podUid: record.uid,
    container: known.name,
    kind,
    startedMs: context.simulation.nowMs,
    received: '',
  };
  if (spec.exec !== undefined) beginExec(context, record, known, spec, owner, base);
  else if (spec.httpGet !== undefined || spec.tcpSocket !== undefined)
    beginConnect(context, record, container, spec, owner, base);
  else
    finish(
      context,
      owner,
      { ...base, socket: undefined, action: 'tcp', url: '' },
      { kind: 'failure', message: 'gRPC probes are not part of the simulated cluster' },
    );
}

type Base = Omit<OpenProbe, 'socket' | 'action' | 'url'>;
type Outcome = { readonly kind: 'success' } | { readonly kind: 'failure'; readonly message: string };

function beginExec(
  context: KubeletContext,
  _record: PodRecord,
  known: ContainerRecord,
  spec: Probe,
  owner: string,
  base: Base,
): void {
  const argv = spec.exec?.command ?? [];
  const open: OpenProbe = { ...base, socket: undefined, action: 'exec', url: argv.join(' ') };
  if (known.state.kind !== 'running') return;
  const run = context.machines.exec(known.state.machineId, { argv });
  if (!run.ok) {
    const name = argv[0] ?? '';
    finish(context, owner, open, {
      kind: 'failure',
      message: `rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": executable file not found in $PATH: unknown`,
    });
    return;
  }
  context.state.openProbes.set(owner, open);
  schedule(context, (spec.timeoutSeconds ?? 1) * 1000, { kind: 'probe-timeout', owner });
  const collect = (data: Uint8Array): void => {
    if (open.received.length < MAX_ANSWER_CHARS) open.received += utf8Decode(data);
  };
  run.handle.closeStdin();
  run.handle.onStdout(collect);
  run.handle.onStderr(collect);
  run.handle.onExit((code) => {
    if (context.state.openProbes.get(owner) !== open) return;
    finish(
      context,
      owner,
      open,
      code === 0 ? { kind: 'success' } : { kind: 'failure', message: open.received.trimEnd() },
    );
  });
}

function beginConnect(
  context: KubeletContext,
  record: PodRecord,
  container: Container,
  spec: Probe,
  owner: string,
  base: Base,
): void {
  const { httpGet, tcpSocket } = spec;
  const port = resolvePort(container, httpGet?.port ?? tcpSocket?.port ?? 0);
  const hostWish = httpGet?.host ?? tcpSocket?.host;
  const host = hostWish !== undefined && hostWish !== '' ? hostWish : (record.sandbox?.ips[0] ?? '');
  const literal = host.includes(':') ? `[${host}]` : host;
  const path = httpGet?.path ?? '/';
  const url =
    httpGet === undefined
      ? `${literal}:${port ?? 0}`
      : `${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${literal}:${port ?? 0}${path.startsWith('/') ? path : `/${path}`}`;
  const open: OpenProbe = { ...base, socket: undefined, action: httpGet === undefined ? 'tcp' : 'http', url };
  if (port === undefined)
    return finish(context, owner, open, {
      kind: 'failure',
      message: `couldn't find port: ${String(httpGet?.port ?? tcpSocket?.port ?? '')}`,
    });
  const connected = context.network.connectTcp(context.site.netns, owner, { address: host, port });
  if (!connected.ok)
    return finish(context, owner, open, { kind: 'failure', message: dialFailure(open, connected.errno) });
  context.state.openProbes.set(owner, { ...open, socket: connected.value });
  schedule(context, (spec.timeoutSeconds ?? 1) * 1000, { kind: 'probe-timeout', owner });
}

function resolvePort(container: Container, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  return (
    container.ports?.find((item) => item.name === port)?.containerPort ??
    (/^\d+$/.test(port) ? Number(port) : undefined)
  );
}

/** Something happened on the socket of a probe. */
export function onProbeSocket(
  context: KubeletContext,
  socket: SocketId,
  owner: string,
  event: SocketEvent,
): void {
  const open = context.state.openProbes.get(owner);
  if (open?.socket !== socket) return;
  switch (event.kind) {
    case 'connected':
      if (open.action === 'tcp') finish(context, owner, open, { kind: 'success' });
      else if (open.url.startsWith('https:')) {
        // A probe verifies nothing: any certificate will do.
        const random = (count: number): Uint8Array =>
          Uint8Array.from({ length: count }, () => context.simulation.randomInt(256));
        open.tls = newClientSession({ protocols: ['http/1.1'], random });
        context.network.send(socket, takeOutput(open.tls));
      } else context.network.send(socket, utf8Encode(requestText(context, open)));
      return;
    case 'failed':
      finish(context, owner, open, { kind: 'failure', message: dialFailure(open, event.errno) });
      return;
    case 'readable':
    case 'end':
      readAnswer(context, owner, open, socket);
      return;
    case 'incoming':
    case 'writable':
      return;
  }
}

function requestText(context: KubeletContext, open: OpenProbe): string {
  const match = /^https?:\/\/([^/]+)(\/.*)$/.exec(open.url);
  const record = context.state.pods.get(open.podUid);
  const container = record === undefined ? undefined : containerSpec(record.pod, open.container);
  const given = container === undefined ? [] : (probeSpec(container, open.kind)?.httpGet?.httpHeaders ?? []);
  const own = new Map([
    ['user-agent', 'User-Agent: kube-probe/1.34'],
    ['accept', 'Accept: */*'],
  ]);
  let host = match?.[1] ?? '';
  const extra: string[] = [];
  for (const { name, value } of given) {
    if (/[\r\n]/.test(`${name}${value}`)) continue;
    if (name.toLowerCase() === 'host') host = value;
    else {
      own.delete(name.toLowerCase());
      extra.push(`${name}: ${value}`);
    }
  }
  return `${[`GET ${match?.[2] ?? '/'} HTTP/1.1`, `Host: ${host}`, ...own.values(), ...extra, 'Connection: close'].join('\r\n')}\r\n\r\n`;
}

function readAnswer(context: KubeletContext, owner: string, open: OpenProbe, socket: SocketId): void {
  for (;;) {
    const received = context.network.receive(socket);
    if (!received.ok)
      return finish(context, owner, open, { kind: 'failure', message: dialFailure(open, received.errno) });
    if (received.value === undefined) {
      if (/^HTTP\/1\.[01] \d{3}/.test(open.received)) break;
      return finish(context, owner, open, {
        kind: 'failure',
        message:
          open.received === ''
            ? `Get "${open.url}": EOF`
            : `Get "${open.url}": net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(open.received.split(/\r?\n/)[0])}`,
      });
    }
    if (received.value.length === 0) break;
    const text =
      open.tls === undefined ? received.value : hear(context, open, open.tls, socket, received.value);
    if (open.tls?.failure !== undefined)
      return finish(context, owner, open, { kind: 'failure', message: tlsFailure(open, open.tls.failure) });
    if (open.received.length < MAX_ANSWER_CHARS) open.received += utf8Decode(text);
  }
  const status = /^HTTP\/1\.[01] (\d{3})[^\n]*\n(?:[^\n]+\n)*?\r?\n/.exec(open.received)?.[1];
  if (status === undefined) return;
  const code = Number(status);
  finish(
    context,
    owner,
    open,
    code >= 200 && code < 400
      ? { kind: 'success' }
      : { kind: 'failure', message: `HTTP probe failed with statuscode: ${code}` },
  );
}

/** Takes what came over TLS, and asks once the handshake is done. */
function hear(
  context: KubeletContext,
  open: OpenProbe,
  tls: TlsSession,
  socket: SocketId,
  bytes: Uint8Array,
): Uint8Array {
  feed(tls, bytes);
  if (tls.phase === 'judging') {
    acceptPeer(tls);
    say(tls, utf8Encode(requestText(context, open)));
  }
  context.network.send(socket, takeOutput(tls));
  return takeText(tls);
}

/** In the words of Go's client. */
function tlsFailure({ url }: OpenProbe, failure: Failure): string {
  if (failure.kind === 'not-tls')
    return utf8Decode(failure.received.subarray(0, 5)) === 'HTTP/'
      ? `Get "${url}": http: server gave HTTP response to HTTPS client`
      : `Get "${url}": tls: first record does not look like a TLS handshake`;
  return `Get "${url}": ${failure.kind === 'alert-received' ? 'remote error' : 'local error'}: tls: ${alertText(failure.alert)}`;
}

const DIAL_ERRORS: Partial<Record<NetErrno, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

function dialFailure(open: OpenProbe, errno: NetErrno): string {
  const address = /^https?:\/\/([^/]+)/.exec(open.url)?.[1] ?? open.url;
  if (errno === 'ECONNRESET' && open.action === 'http')
    return `Get "${open.url}": read tcp ${address}: read: connection reset by peer`;
  const dial = `dial tcp ${address}: ${DIAL_ERRORS[errno] ?? `connect: ${errno.toLowerCase()}`}`;
  return open.action === 'http' ? `Get "${open.url}": ${dial}` : dial;
}

export function onProbeTimeout(context: KubeletContext, owner: string): void {
  const open = context.state.openProbes.get(owner);
  if (open === undefined) return;
  const message =
    open.action === 'http'
      ? `Get "${open.url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
      : open.action === 'tcp'
        ? `dial tcp ${open.url}: i/o timeout`
        : `command timed out: "${open.url}"`;
  finish(context, owner, open, { kind: 'failure', message });
}

function finish(context: KubeletContext, owner: string, open: OpenProbe, outcome: Outcome): void {
  context.state.openProbes.delete(owner);
  if (open.socket !== undefined) context.network.close(open.socket);
  const record = context.state.pods.get(open.podUid);
  const known = record?.containers.get(open.container);
  const probe = known?.probes.get(open.kind);
  const container = record === undefined ? undefined : containerSpec(record.pod, open.container);
  const spec = container === undefined ? undefined : probeSpec(container, open.kind);
  if (
    record === undefined ||
    known === undefined ||
    probe === undefined ||
    spec === undefined ||
    probe.attempt !== owner
  )
    return;
  probe.attempt = undefined;
  if (known.state.kind !== 'running') return;
  if (outcome.kind === 'failure') {
    const title = open.kind === 'startup' ? 'Startup' : open.kind === 'liveness' ? 'Liveness' : 'Readiness';
    podEvent(
      context,
      record,
      'Warning',
      'Unhealthy',
      `${title} probe failed: ${outcome.message}`,
      known.name,
      known.role,
    );
  }
  probe.successes = outcome.kind === 'success' ? probe.successes + 1 : 0;
  probe.failures = outcome.kind === 'failure' ? probe.failures + 1 : 0;
  if (outcome.kind === 'success' && probe.successes >= (spec.successThreshold ?? 1)) probe.result = 'success';
  else if (outcome.kind === 'failure' && probe.failures >= (spec.failureThreshold ?? 3))
    probe.result = 'failure';
  else if (probe.result !== 'unknown') return;
  apply(context, record, known, probe, spec);
}

function apply(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  probe: ProbeRecord,
  spec: Probe,
): void {
  if (probe.kind === 'readiness') {
    const ready = probe.result === 'success';
    if (known.ready === ready) return;
    known.ready = ready;
    requestSync(context, record, 0);
    return;
  }
  if (probe.kind === 'startup' && probe.result === 'success') {
    known.started = true;
    known.ready = known.role !== 'init' && !known.probes.has('readiness');
    armProbes(context, record, known);
    requestSync(context, record, 0);
    return;
  }
  if (probe.result !== 'failure') return;
  const graceSeconds =
    spec.terminationGracePeriodSeconds ??
    record.pod.spec?.terminationGracePeriodSeconds ??
    DEFAULT_GRACE_SECONDS;
  stopContainer(
    context,
    record,
    known,
    probe.kind === 'startup' ? 'startup' : 'liveness',
    graceSeconds * 1000,
  );
}
