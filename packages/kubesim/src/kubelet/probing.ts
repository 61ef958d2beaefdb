import type { SocketEvent, SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import type { Probe } from 'kubernetes-types/core/v1';
import { stopContainer } from './container-lifecycle.ts';
import { podEvent, requestSync, schedule } from './context.ts';
import type { KubeletContext } from './context.ts';
import { beginGrpc, beginHttp, beginTcp, closeExchange, onExchange, timeoutMessage } from './exchange.ts';
import type { Begun, ExchangeOutcome } from './exchange.ts';
import { armProbes, planProbe } from './probe-plan.ts';
import { containerSpec, probeSpec } from './records.ts';
import type { ContainerRecord, OpenProbe, PodRecord, ProbeKind, ProbeRecord } from './state.ts';

const DEFAULT_GRACE_SECONDS = 30;
/** What is kept of a command's output (maxRespBodyLength), characters. */
const MAX_WRITTEN_CHARS = 10 * 1024;

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
  const base: Base = { podUid: record.uid, container: known.name, kind };
  const podIp = record.sandbox?.ips[0] ?? '';
  if (spec.exec !== undefined) beginExec(context, known, spec, owner, base);
  else if (spec.httpGet !== undefined)
    ask(context, owner, base, spec, beginHttp(context, owner, container, spec.httpGet, podIp, 'probe'));
  else if (spec.tcpSocket !== undefined)
    ask(context, owner, base, spec, beginTcp(context, owner, container, spec.tcpSocket, podIp));
  else ask(context, owner, base, spec, beginGrpc(context, owner, spec.grpc ?? { port: 0 }, podIp));
}

type Base = Pick<OpenProbe, 'podUid' | 'container' | 'kind'>;
type Outcome =
  | { readonly kind: 'success'; readonly warning?: string }
  | { readonly kind: 'failure'; readonly message: string };

/** Keeps a question that is under way, with the time it has. */
function ask(context: KubeletContext, owner: string, base: Base, spec: Probe, begun: Begun): void {
  const open: OpenProbe = { ...base, exchange: begun.exchange, command: '', written: '' };
  if (!begun.ok) return finish(context, owner, open, { kind: 'failure', message: begun.message });
  context.state.openProbes.set(owner, open);
  schedule(context, (spec.timeoutSeconds ?? 1) * 1000, { kind: 'probe-timeout', owner });
}

function beginExec(
  context: KubeletContext,
  known: ContainerRecord,
  spec: Probe,
  owner: string,
  base: Base,
): void {
  const argv = spec.exec?.command ?? [];
  const open: OpenProbe = { ...base, exchange: undefined, command: argv.join(' '), written: '' };
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
    if (open.written.length < MAX_WRITTEN_CHARS) open.written += utf8Decode(data);
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
      code === 0 ? { kind: 'success' } : { kind: 'failure', message: open.written.trimEnd() },
    );
  });
}

/** Something happened on the socket of a probe. */
export function onProbeSocket(
  context: KubeletContext,
  socket: SocketId,
  owner: string,
  event: SocketEvent,
): void {
  const open = context.state.openProbes.get(owner);
  if (open?.exchange?.socket !== socket) return;
  const outcome = onExchange(context, open.exchange, socket, event);
  if (outcome !== undefined) finish(context, owner, open, judged(outcome));
}

function judged(outcome: ExchangeOutcome): Outcome {
  if (outcome.kind === 'well') return { kind: 'success' };
  if (outcome.kind === 'failure') return outcome;
  const { status, body } = outcome;
  if (status < 200 || status >= 400)
    return { kind: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
  return status < 300
    ? { kind: 'success' }
    : { kind: 'success', warning: `Probe terminated redirects, Response body: ${body}` };
}

export function onProbeTimeout(context: KubeletContext, owner: string): void {
  const open = context.state.openProbes.get(owner);
  if (open === undefined) return;
  const record = context.state.pods.get(open.podUid);
  const container = record === undefined ? undefined : containerSpec(record.pod, open.container);
  const spec = container === undefined ? undefined : probeSpec(container, open.kind);
  const message =
    open.exchange === undefined
      ? `command timed out: "${open.command}"`
      : timeoutMessage(open.exchange, spec?.timeoutSeconds ?? 1);
  finish(context, owner, open, { kind: 'failure', message });
}

function finish(context: KubeletContext, owner: string, open: OpenProbe, outcome: Outcome): void {
  context.state.openProbes.delete(owner);
  if (open.exchange !== undefined) closeExchange(context, open.exchange);
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
  const title = open.kind === 'startup' ? 'Startup' : open.kind === 'liveness' ? 'Liveness' : 'Readiness';
  const tell = (reason: string, text: string): void =>
    podEvent(context, record, 'Warning', reason, `${title} probe ${text}`, known.name, known.role);
  if (outcome.kind === 'failure')
    context.log?.({
      verbosity: 1,
      source: 'prober.go:120',
      message: 'Probe failed',
      values: {
        probeType: title,
        pod: `${record.namespace}/${record.name}`,
        podUID: record.uid,
        containerName: known.name,
        probeResult: 'failure',
        output: outcome.message,
      },
    });
  if (outcome.kind === 'failure') tell('Unhealthy', `failed: ${outcome.message}`);
  else if (outcome.warning !== undefined) tell('ProbeWarning', `warning: ${outcome.warning}`);
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
