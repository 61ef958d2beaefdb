import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1';
import type { Cell, Printer } from '../resources/resource.ts';
import { parseTime } from '../time.ts';
import { age, columns, nameOf, since } from './columns.ts';

interface Tally {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
}

export const podPrinter: Printer<Pod> = {
  columns: columns('Name, Ready, Status, Restarts, Age, IP*, Node*, Nominated Node*, Readiness Gates*'),
  cells: podCells,
  completed: (pod) => {
    if (pod.status?.phase === 'Succeeded')
      return { reason: 'Succeeded', message: 'The pod has completed successfully.' };
    return pod.status?.phase === 'Failed' ? { reason: 'Failed', message: 'The pod failed.' } : undefined;
  },
};

function podCells(pod: Pod, nowMs: number): readonly Cell[] {
  const tally = tallyOf(pod);
  const sidecars = sidecarNames(pod).size;
  const total = (pod.spec?.containers ?? []).length + sidecars;
  const restarts =
    tally.restarts !== 0 && tally.lastRestart !== undefined
      ? `${tally.restarts} (${since(tally.lastRestart, nowMs)} ago)`
      : String(tally.restarts);
  const none = (text: string | undefined): string => (text === undefined || text === '' ? '<none>' : text);
  return [
    nameOf(pod),
    `${tally.ready}/${total}`,
    tally.reason,
    restarts,
    age(pod, nowMs),
    none(pod.status?.podIPs?.[0]?.ip),
    none(pod.spec?.nodeName),
    none(pod.status?.nominatedNodeName),
    readinessGates(pod),
  ];
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => conditionStatus(pod, gate.conditionType) === 'True').length;
  return `${met}/${gates.length}`;
}

function conditionStatus(pod: Pod, type: string): string | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status;
}

function sidecarNames(pod: Pod): ReadonlySet<string> {
  return new Set(
    (pod.spec?.initContainers ?? [])
      .filter((container) => container.restartPolicy === 'Always')
      .map((container) => container.name),
  );
}

function later(current: string | undefined, status: ContainerStatus): string | undefined {
  const finished = status.lastState?.terminated?.finishedAt;
  if (finished === undefined) return current;
  return (parseTime(finished) ?? 0) > (parseTime(current ?? '') ?? 0) ? finished : current;
}

/** What STATUS, READY and RESTARTS show: the reason of the container that matters most. */
function tallyOf(pod: Pod): Tally {
  const { status } = pod;
  const phase = status?.phase ?? '';
  const tally: Tally = { reason: status?.reason ?? phase, ready: 0, restarts: 0, lastRestart: undefined };
  const gated = status?.conditions?.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  if (gated === true) tally.reason = 'SchedulingGated';
  const sidecars = { restarts: 0, lastRestart: undefined as string | undefined };
  const initializing = tallyInit(pod, tally, sidecars);
  if (!initializing || conditionStatus(pod, 'Initialized') === 'True') {
    tally.restarts = sidecars.restarts;
    tally.lastRestart = sidecars.lastRestart;
    tallyContainers(pod, tally);
  }
  if (pod.metadata?.deletionTimestamp !== undefined) {
    if (status?.reason === 'NodeLost') tally.reason = 'Unknown';
    else if (phase !== 'Failed' && phase !== 'Succeeded') tally.reason = 'Terminating';
  }
  return tally;
}

function tallyInit(
  pod: Pod,
  tally: Tally,
  sidecars: { restarts: number; lastRestart: string | undefined },
): boolean {
  const names = sidecarNames(pod);
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    tally.restarts += container.restartCount;
    tally.lastRestart = later(tally.lastRestart, container);
    const sidecar = names.has(container.name);
    if (sidecar) {
      sidecars.restarts += container.restartCount;
      sidecars.lastRestart = later(sidecars.lastRestart, container);
    }
    const terminated = container.state?.terminated;
    const waiting = container.state?.waiting?.reason ?? '';
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) tally.ready++;
      continue;
    }
    if (terminated !== undefined) tally.reason = `Init:${terminationReason(terminated)}`;
    else if (waiting !== '' && waiting !== 'PodInitializing') tally.reason = `Init:${waiting}`;
    else tally.reason = `Init:${index}/${(pod.spec?.initContainers ?? []).length}`;
    return true;
  }
  return false;
}

function terminationReason(terminated: {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}): string {
  if ((terminated.reason ?? '') !== '') return terminated.reason ?? '';
  return (terminated.signal ?? 0) === 0
    ? `ExitCode:${terminated.exitCode}`
    : `Signal:${terminated.signal ?? 0}`;
}

function tallyContainers(pod: Pod, tally: Tally): void {
  let running = false;
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    tally.restarts += container.restartCount;
    tally.lastRestart = later(tally.lastRestart, container);
    const { state } = container;
    if ((state?.waiting?.reason ?? '') !== '') tally.reason = state?.waiting?.reason ?? '';
    else if (state?.terminated !== undefined) tally.reason = terminationReason(state.terminated);
    else if (container.ready && state?.running !== undefined) {
      running = true;
      tally.ready++;
    }
  }
  if (tally.reason === 'Completed' && running)
    tally.reason = conditionStatus(pod, 'Ready') === 'True' ? 'Running' : 'NotReady';
}
