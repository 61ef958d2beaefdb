import { goDuration, utf8Decode } from '@podwire/sim';
import type { SpawnFailure } from '@podwire/machine';
import type { Container, Pod } from 'kubernetes-types/core/v1';
import { containerdId, factsOf, machineIdOf, podEvent, requestSync } from './context.ts';
import type { KubeletContext } from './context.ts';
import { containerEnvironment, expandVariables } from './environment.ts';
import { cancelHooks, runHook } from './hooks.ts';
import { imageOf } from './image-pull.ts';
import { endLog, lineText, newLogRing } from './log-ring.ts';
import { armProbes, cancelProbes } from './probe-plan.ts';
import { containerSpec, newProbe } from './records.ts';
import { podHostname } from './resolv-conf.ts';
import type { ContainerRecord, ContainerStop, PodRecord } from './state.ts';
import { mountsOf } from './volumes.ts';

/** The kubelet's crash back-off: 10 s, doubling, at most 300 s; forgotten after twice that without a crash. */
const CRASH_BACKOFF_MS = 10_000;
const MAX_CRASH_BACKOFF_MS = 300_000;
/** A container whose settings could not be read is tried again this much later. */
const CONFIG_RETRY_MS = 5000;
/** How long the kubelet takes to see that a container ended (PLEG), and to begin anew. */
const NOTICE_MS = 100;
/** termination messages are cut, bytes. */
const MAX_TERMINATION_MESSAGE = 4096;
const TERMINATION_FILE = '/dev/termination-log';
const START_ERROR_CODE = 128;
const DEFAULT_GRACE_SECONDS = 30;

/** Starts a container whose image is there. */
export function startContainer(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  container: Container,
): void {
  const facts = factsOf(context, record);
  const environment = containerEnvironment(context.client, facts, container);
  if (!environment.ok) return configError(context, record, known, environment.message);
  const mounts = mountsOf(context.machines, facts, container, environment.env);
  if (!mounts.ok) return configError(context, record, known, mounts.message);
  const image = imageOf(container.image ?? '');
  if (image === undefined)
    return configError(context, record, known, `image "${container.image ?? ''}" is gone`);
  const env = new Map([
    ['PATH', DEFAULT_PATH],
    ['HOSTNAME', podHostname(record.pod, context.site.name)],
    ...image.env,
    ...environment.env,
  ]);
  const expand = (text: string): string => expandVariables(text, (name) => environment.env.get(name));
  const argv = commandLine(container, image, expand);
  const previous = machineIdOf(context, record, known.name, known.attempts);
  if (context.machines.hasMachine(previous)) context.machines.removeMachine(previous);
  known.attempts++;
  if (known.attempts > 1) {
    known.previousLog = known.log;
    known.log = newLogRing();
  }
  const machineId = machineIdOf(context, record, known.name, known.attempts);
  const workingDirectory = container.workingDir ?? image.workingDirectory;
  const user = container.securityContext?.runAsUser ?? record.pod.spec?.securityContext?.runAsUser;
  context.machines.addMachine({
    id: machineId,
    hostname: podHostname(record.pod, context.site.name),
    netns: record.sandbox?.netns ?? context.site.netns,
    image: image.layer,
    mounts: mounts.mounts,
    env,
    workingDirectory,
    user: user === undefined ? image.user : user === 0 ? 'root' : String(user),
    ...groupsOf(record.pod, container, user),
    ...(container.securityContext?.readOnlyRootFilesystem === true ? { readOnlyRoot: true } : {}),
    administersNetwork: hasNetAdmin(container, user === undefined ? image.user === 'root' : user === 0),
  });
  layTerminationFile(context, container, machineId, user ?? (image.user === 'root' ? 0 : undefined));
  podEvent(context, record, 'Normal', 'Created', `Created container: ${known.name}`, known.name, known.role);
  for (const [kind] of known.probes) known.probes.set(kind, newProbe(kind));
  const startedMs = context.simulation.nowMs;
  const containerId = `containerd://${containerdId(context)}`;
  known.stop = undefined;
  known.ready = false;
  known.started = false;
  const started =
    argv.length === 0
      ? undefined
      : context.machines.start(machineId, {
          argv,
          env,
          cwd: workingDirectory,
          tty: container.tty === true,
          stdin: container.stdin === true,
        });
  if (started?.ok !== true) {
    const message = startFailure(argv[0], started?.reason ?? 'not-found');
    podEvent(context, record, 'Warning', 'Failed', `Error: ${message}`, known.name, known.role);
    // What never ran has the epoch for its start, as containerd reports it.
    known.state = {
      kind: 'terminated',
      exitCode: START_ERROR_CODE,
      reason: 'StartError',
      message,
      startedMs: 0,
      finishedMs: startedMs,
      containerId,
    };
    endLog(known.log);
    requestSync(context, record, NOTICE_MS);
    return;
  }
  known.state = { kind: 'running', machineId, pid: started.pid, startedMs, containerId };
  podEvent(context, record, 'Normal', 'Started', `Started container ${known.name}`, known.name, known.role);
  context.onPodRuns(record, true);
  runPostStart(context, record, known, container, machineId);
  known.started = !known.probes.has('startup') && known.postStartUntilMs === undefined;
  known.ready = known.role !== 'init' && known.started && !known.probes.has('readiness');
  armProbes(context, record, known);
  requestSync(context, record, 0);
}

/** What the kubelet lays for a message that anybody may write; root makes a file of its own where it wants one. */
function layTerminationFile(
  { machines }: KubeletContext,
  { terminationMessagePath = TERMINATION_FILE }: Container,
  machineId: string,
  user: number | undefined,
): void {
  const directory = terminationMessagePath.slice(0, terminationMessagePath.lastIndexOf('/'));
  if (user === 0 && directory === '/dev') return;
  const files = machines.fileSystem(machineId);
  files.mkdir(directory, { parents: true });
  files.writeFile(terminationMessagePath, new Uint8Array(), { mode: 0o666, exclusive: true });
}

/** CAP_NET_ADMIN is none of the capabilities that containers have by default, and only root makes use of it. */
function hasNetAdmin({ securityContext }: Container, isRoot: boolean): boolean {
  const { privileged, capabilities } = securityContext ?? {};
  const added = (capabilities?.add ?? []).map((name) => name.replace(/^CAP_/, ''));
  return isRoot && (privileged === true || added.includes('NET_ADMIN') || added.includes('ALL'));
}

/** The user's own group, then those of the pod. Without any, they are as the image says. */
function groupsOf(
  { spec }: Pod,
  { securityContext }: Container,
  user: number | undefined,
): { readonly groups?: readonly string[] } {
  const { runAsGroup, fsGroup, supplementalGroups = [] } = spec?.securityContext ?? {};
  const own = securityContext?.runAsGroup ?? runAsGroup;
  const others = [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])];
  if (own === undefined && others.length === 0 && user === undefined) return {};
  // Who is given by number alone has the group of root.
  return { groups: [own ?? 0, ...others].map(String) };
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** command replaces the entrypoint, and with it the image's own arguments; args replaces the arguments alone. */
function commandLine(
  container: Container,
  image: { readonly entrypoint: readonly string[]; readonly command: readonly string[] },
  expand: (text: string) => string,
): readonly string[] {
  const command = (container.command ?? []).map(expand);
  const args = (container.args ?? []).map(expand);
  if (command.length > 0) return [...command, ...args];
  return [...image.entrypoint, ...(args.length > 0 ? args : image.command)];
}

function startFailure(program: string | undefined, reason: SpawnFailure): string {
  if (program === undefined)
    return 'failed to generate container spec: failed to generate spec: no command specified';
  const why =
    reason === 'not-executable'
      ? `exec: "${program}": permission denied`
      : reason === 'too-many-processes'
        ? 'fork/exec: resource temporarily unavailable'
        : program.includes('/')
          ? `exec: "${program}": stat ${program}: no such file or directory`
          : `exec: "${program}": executable file not found in $PATH`;
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${why}: unknown`;
}

function configError(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  message: string,
): void {
  if (known.state.kind !== 'waiting' || known.state.message !== message)
    podEvent(context, record, 'Warning', 'Failed', `Error: ${message}`, known.name, known.role);
  known.state = { kind: 'waiting', reason: 'CreateContainerConfigError', message };
  requestSync(context, record, CONFIG_RETRY_MS);
}

/** A container's main process ended. */
export function containerExited(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  machineId: string,
  exitCode: number,
): void {
  if (known.state.kind !== 'running' || known.state.machineId !== machineId) return;
  const container = containerSpec(record.pod, known.name);
  endLog(known.log);
  const message =
    container === undefined ? undefined : terminationMessage(context, known, container, machineId, exitCode);
  known.state = {
    kind: 'terminated',
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    ...(message === undefined ? {} : { message }),
    startedMs: known.state.startedMs,
    finishedMs: context.simulation.nowMs,
    containerId: known.state.containerId,
  };
  known.ready = false;
  known.started = false;
  known.postStartUntilMs = undefined;
  known.stop = undefined;
  context.announceLog(record.uid, known.name);
  cancelProbes(context, record, known);
  cancelHooks(context, record, known);
  requestSync(context, record, NOTICE_MS);
}

function terminationMessage(
  context: KubeletContext,
  known: ContainerRecord,
  container: Container,
  machineId: string,
  exitCode: number,
): string | undefined {
  if (!context.machines.hasMachine(machineId)) return undefined;
  const file = context.machines
    .fileSystem(machineId)
    .readFile(container.terminationMessagePath ?? TERMINATION_FILE);
  if (file.ok && file.value.length > 0) return utf8Decode(file.value.slice(0, MAX_TERMINATION_MESSAGE));
  if (container.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return undefined;
  const tail = known.log.lines.slice(-80).map(lineText).join('');
  return tail === '' ? undefined : tail.slice(-2048);
}

/** Whether a container that ended may start again now; if not yet, its state says CrashLoopBackOff. */
export function mayRestart(context: KubeletContext, record: PodRecord, known: ContainerRecord): boolean {
  const ended = known.state.kind === 'terminated' ? known.state : known.last;
  if (ended === undefined) return true;
  const nowMs = context.simulation.nowMs;
  const { backoff } = known;
  if (
    backoff !== undefined &&
    nowMs - ended.finishedMs < backoff.ms &&
    nowMs - backoff.sinceMs < 2 * MAX_CRASH_BACKOFF_MS
  ) {
    const pod = `${record.name}_${record.namespace}(${record.uid})`;
    const message = `back-off ${goDuration(backoff.ms)} restarting failed container=${known.name} pod=${pod}`;
    if (known.state.kind === 'terminated') {
      known.last = known.state;
      podEvent(
        context,
        record,
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${known.name} in pod ${pod}`,
        known.name,
        known.role,
      );
    }
    known.state = { kind: 'waiting', reason: 'CrashLoopBackOff', message };
    requestSync(context, record, ended.finishedMs + backoff.ms - nowMs);
    return false;
  }
  const fresh = backoff === undefined || nowMs - backoff.sinceMs >= 2 * MAX_CRASH_BACKOFF_MS;
  known.backoff = {
    ms: fresh ? CRASH_BACKOFF_MS : Math.min(MAX_CRASH_BACKOFF_MS, backoff.ms * 2),
    sinceMs: nowMs,
  };
  if (known.state.kind === 'terminated') known.last = known.state;
  known.restarts++;
  // The image is looked at again, as imagePullPolicy says; its machine is made anew.
  known.image = { kind: 'absent' };
  return true;
}

/** Asks a running container to end: preStop hook, SIGTERM, and SIGKILL when its grace is over. */
export function stopContainer(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  reason: ContainerStop['reason'],
  graceMs: number,
): void {
  if (known.state.kind !== 'running' || known.stop !== undefined) return;
  const { machineId } = known.state;
  const nowMs = context.simulation.nowMs;
  const stop: ContainerStop = {
    reason,
    signalAtMs: nowMs,
    signalled: false,
    killAtMs: nowMs + graceMs,
    killed: false,
  };
  known.stop = stop;
  const text =
    reason === 'liveness'
      ? `Container ${known.name} failed liveness probe, will be restarted`
      : reason === 'startup'
        ? `Container ${known.name} failed startup probe, will be restarted`
        : reason === 'postStart'
          ? 'FailedPostStartHook'
          : `Stopping container ${known.name}`;
  podEvent(context, record, 'Normal', 'Killing', text, known.name, known.role);
  requestSync(context, record, graceMs);
  const hook = containerSpec(record.pod, known.name)?.lifecycle?.preStop;
  if (hook !== undefined && graceMs > 0)
    stop.signalAtMs = runHook(context, record, known, hook, machineId, 'PreStop');
  enforceStop(context, record, known);
}

/** Sends what is due to a container that is being stopped: SIGTERM behind its hook, SIGKILL when its grace is over. */
export function enforceStop(context: KubeletContext, record: PodRecord, known: ContainerRecord): void {
  const { state, stop } = known;
  if (state.kind !== 'running' || stop === undefined) return;
  const nowMs = context.simulation.nowMs;
  if (nowMs >= stop.killAtMs) {
    if (!stop.killed) context.machines.signal(state.machineId, state.pid, 'SIGKILL');
    stop.killed = true;
    stop.signalled = true;
    return;
  }
  if (!stop.signalled && nowMs >= stop.signalAtMs) {
    stop.signalled = true;
    context.machines.signal(state.machineId, state.pid, 'SIGTERM');
  }
  const nextMs = stop.signalled ? stop.killAtMs : Math.min(stop.signalAtMs, stop.killAtMs);
  requestSync(context, record, nextMs - nowMs);
}

function runPostStart(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  container: Container,
  machineId: string,
): void {
  known.postStartUntilMs = undefined;
  known.postStartFailed = false;
  const hook = container.lifecycle?.postStart;
  if (hook !== undefined)
    known.postStartUntilMs = runHook(context, record, known, hook, machineId, 'PostStart');
}

/** Whether a running container's postStart hook is done, which lets its probes begin. */
export function finishPostStart(context: KubeletContext, record: PodRecord, known: ContainerRecord): void {
  if (known.state.kind !== 'running' || known.postStartUntilMs === undefined) return;
  const leftMs = known.postStartUntilMs - context.simulation.nowMs;
  if (leftMs > 0) {
    if (Number.isFinite(leftMs)) requestSync(context, record, leftMs);
    return;
  }
  if (known.postStartFailed) {
    const graceMs = (record.pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
    return stopContainer(context, record, known, 'postStart', graceMs);
  }
  known.postStartUntilMs = undefined;
  known.started = !known.probes.has('startup');
  known.ready = known.role !== 'init' && known.started && !known.probes.has('readiness');
  armProbes(context, record, known);
}
