import type { LifecycleHandler } from 'kubernetes-types/core/v1';
import type { SocketEvent, SocketId } from '@podwire/netsim';
import { podEvent, requestSync } from './context.ts';
import type { KubeletContext } from './context.ts';
import { beginHttp, closeExchange, onExchange } from './exchange.ts';
import type { ExchangeOutcome } from './exchange.ts';
import { containerSpec } from './records.ts';
import type { ContainerRecord, OpenHook, PodRecord } from './state.ts';

/**
 * Runs a lifecycle hook (pkg/kubelet/lifecycle) and says when it is done: a time for `sleep`, Infinity for a command
 * or a request, whose end is told by `hookDone`.
 */
export function runHook(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  hook: LifecycleHandler,
  machineId: string,
  name: OpenHook['name'],
): number {
  const { nowMs } = context.simulation;
  const sleepSeconds = (hook as { readonly sleep?: { readonly seconds: number } }).sleep?.seconds;
  if (sleepSeconds !== undefined) return nowMs + sleepSeconds * 1000;
  const open: OpenHook = { podUid: record.uid, container: known.name, machineId, name, exchange: undefined };
  if (hook.httpGet !== undefined) {
    if (request(context, record, open, hook.httpGet.scheme)) return Infinity;
    hookDone(context, open, true);
    return nowMs;
  }
  const run =
    hook.exec?.command === undefined
      ? undefined
      : context.machines.exec(machineId, { argv: hook.exec.command });
  if (run?.ok !== true) {
    hookDone(context, open, true);
    return nowMs;
  }
  run.handle.closeStdin();
  run.handle.onExit((code) => hookDone(context, open, code !== 0));
  return Infinity;
}

/** @returns whether it is under way. */
function request(
  context: KubeletContext,
  record: PodRecord,
  open: OpenHook,
  scheme: string | undefined,
): boolean {
  const container = containerSpec(record.pod, open.container);
  const action = hookSpec(container?.lifecycle, open.name)?.httpGet;
  const podIp = record.sandbox?.ips[0];
  if (container === undefined || action === undefined || podIp === undefined) return false;
  const owner = `kubelet/${context.site.name}/hook-${context.state.nextProbe++}`;
  const { scheme: _given, ...rest } = action;
  const begun = beginHttp(
    context,
    owner,
    container,
    { ...rest, ...(scheme === undefined ? {} : { scheme }) },
    podIp,
    'lifecycle',
  );
  if (begun.ok) context.state.openHooks.set(owner, { ...open, exchange: begun.exchange });
  return begun.ok;
}

function hookSpec(
  lifecycle: { readonly postStart?: LifecycleHandler; readonly preStop?: LifecycleHandler } | undefined,
  name: OpenHook['name'],
): LifecycleHandler | undefined {
  return name === 'PostStart' ? lifecycle?.postStart : lifecycle?.preStop;
}

/** Something happened on the socket of a hook's request. @returns whether the socket was a hook's. */
export function onHookSocket(
  context: KubeletContext,
  socket: SocketId,
  owner: string,
  event: SocketEvent,
): boolean {
  const open = context.state.openHooks.get(owner);
  if (open?.exchange?.socket !== socket) return open !== undefined;
  const outcome = onExchange(context, open.exchange, socket, event);
  if (outcome !== undefined) finish(context, owner, open, outcome);
  return true;
}

function finish(context: KubeletContext, owner: string, open: OpenHook, outcome: ExchangeOutcome): void {
  context.state.openHooks.delete(owner);
  if (open.exchange !== undefined) closeExchange(context, open.exchange);
  const record = context.state.pods.get(open.podUid);
  const isHttps = open.exchange?.url.startsWith('https:') === true;
  // A server that speaks plain HTTP is asked again in its own tongue.
  const isPlain = outcome.kind === 'failure' && outcome.plainHttp === true && isHttps;
  if (isPlain && record !== undefined && request(context, record, open, 'HTTP')) return;
  // What the server answers is of no interest; that it answered is.
  hookDone(context, open, outcome.kind === 'failure');
}

function hookDone(context: KubeletContext, open: OpenHook, failed: boolean): void {
  const record = context.state.pods.get(open.podUid);
  const known = record?.containers.get(open.container);
  if (record === undefined || known?.state.kind !== 'running' || known.state.machineId !== open.machineId)
    return;
  const { name } = open;
  if (failed)
    podEvent(context, record, 'Warning', `Failed${name}Hook`, `${name}Hook failed`, known.name, known.role);
  const { nowMs } = context.simulation;
  if (name === 'PreStop') {
    if (known.stop !== undefined) known.stop.signalAtMs = nowMs;
  } else {
    known.postStartUntilMs = nowMs;
    known.postStartFailed = failed;
  }
  requestSync(context, record, 0);
}

/** The container ended: a hook of its own that still runs ends with it. */
export function cancelHooks(context: KubeletContext, record: PodRecord, known: ContainerRecord): void {
  for (const [owner, open] of context.state.openHooks) {
    if (open.podUid !== record.uid || open.container !== known.name) continue;
    context.state.openHooks.delete(owner);
    if (open.exchange !== undefined) closeExchange(context, open.exchange);
  }
}
