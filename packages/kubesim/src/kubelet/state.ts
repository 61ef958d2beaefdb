import type { TlsSession } from '@podwire/tls';
import type { Pod, PodStatus } from 'kubernetes-types/core/v1';
import type { GrpcCall } from '../images/grpc/client.ts';
import { newLogRing } from './log-ring.ts';
import type { LogRing } from './log-ring.ts';
import type { ManifestFile } from './static-manifests.ts';

/** What one node's kubelet remembers. Plain data: see `forkState`. */
export interface KubeletState {
  running: boolean;
  registered: boolean;
  readonly pods: Map<string, PodRecord>;
  /** Images in the node's store: reference as given → image id. */
  readonly images: Map<string, string>;
  /** Names of manifests in /etc/kubernetes/manifests that run, and their pods. Frozen. */
  readonly staticPods: Map<string, Pod>;
  /** Files of /etc/kubernetes/manifests as last read, by name. */
  readonly manifests: Map<string, ManifestFile>;
  /** Whether a look at the node's files is planned already. */
  looksAtFiles: boolean;
  /** Since when it runs, or is stopped, ms. */
  sinceMs: number;
  /** Probes whose connection is open: owner of the socket → which probe. */
  readonly openProbes: Map<string, OpenProbe>;
  /** Lifecycle hooks whose request is under way, by the owner of its socket. */
  readonly openHooks: Map<string, OpenHook>;
  nextProbe: number;
  /** Id of the simulation's event for the next heartbeat. */
  heartbeatEvent: number | undefined;
  /** Since when the network plugin has not been ready; undefined when it is. */
  networkNotReady: string | undefined;
  statusReportedMs: number;
  /** What it wrote into its node's journal. */
  readonly journal: LogRing;
  /** Whether the next comparison of statuses with the API's is planned. */
  comparesStatuses: boolean;
}

export function newKubeletState(
  staticPods: ReadonlyMap<string, Pod>,
  images: ReadonlyMap<string, string>,
  manifests: ReadonlyMap<string, ManifestFile> = new Map(),
): KubeletState {
  return {
    running: false,
    registered: false,
    pods: new Map(),
    images: new Map(images),
    staticPods: new Map(staticPods),
    manifests: new Map(manifests),
    looksAtFiles: false,
    sinceMs: 0,
    openProbes: new Map(),
    openHooks: new Map(),
    nextProbe: 1,
    heartbeatEvent: undefined,
    networkNotReady: undefined,
    statusReportedMs: 0,
    journal: newLogRing(),
    comparesStatuses: false,
  };
}

export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The pod as last seen: what its containers were made from. Frozen. */
  pod: Pod;
  readonly isStatic: boolean;
  readonly firstSeenMs: number;
  sandbox: Sandbox | undefined;
  sandboxAttempts: number;
  /** Nothing is tried again before this time (a sandbox or a volume that failed). */
  waitUntilMs: number;
  volumesReady: boolean;
  readonly containers: Map<string, ContainerRecord>;
  /** Set once the pod is to end: by deletion, eviction or its own completion. */
  ending: PodEnding | undefined;
  /** The pod's last phase: nothing is started any more. */
  finalPhase: 'Succeeded' | 'Failed' | undefined;
  /** Why the pod fails although its containers did not: told once they have ended. */
  failure: { readonly reason: string; readonly message: string } | undefined;
  /** Status message and reason of a pod that the kubelet itself refused or evicted. */
  verdict: { readonly reason: string; readonly message: string } | undefined;
  /** The status that this kubelet wrote last, and of which object (a static pod's mirror may come anew). Frozen. */
  reported: { readonly uid: string; readonly status: PodStatus } | undefined;
  /** The next look that is planned. */
  syncEvent: { readonly id: number; readonly atMs: number } | undefined;
}

export interface PodEnding {
  readonly graceSeconds: number;
  deadlineMs: number;
}

export interface Sandbox {
  readonly containerId: string;
  readonly netns: string;
  readonly ips: readonly string[];
  readonly readyAtMs: number;
  /** false once its network was taken down: a finished pod keeps its addresses in its status only. */
  live: boolean;
}

export type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral';

export interface ContainerRecord {
  readonly name: string;
  readonly role: ContainerRole;
  state: ContainerState;
  last: TerminatedState | undefined;
  restarts: number;
  /** How often a container was made: part of its machine's name. */
  attempts: number;
  image: ImageState;
  backoff: { readonly ms: number; readonly sinceMs: number } | undefined;
  started: boolean;
  ready: boolean;
  readonly probes: Map<ProbeKind, ProbeRecord>;
  stop: ContainerStop | undefined;
  log: LogRing;
  previousLog: LogRing | undefined;
  /** Until when its lifecycle.postStart hook runs (Infinity until that is known); undefined when there is none, or it is done. */
  postStartUntilMs: number | undefined;
  /** Whether that hook failed, which ends the container. */
  postStartFailed: boolean;
}

/** What the kubelet schedules for itself. */
export type KubeletEvent =
  | { readonly kind: 'sync'; readonly uid: string }
  | { readonly kind: 'heartbeat' }
  | {
      readonly kind: 'exit';
      readonly uid: string;
      readonly container: string;
      readonly machineId: string;
      readonly exitCode: number;
    }
  | {
      readonly kind: 'probe';
      readonly uid: string;
      readonly container: string;
      readonly attempt: number;
      readonly probe: ProbeKind;
    }
  | { readonly kind: 'probe-timeout'; readonly owner: string }
  | { readonly kind: 'refresh-volumes' }
  | { readonly kind: 'compare-statuses' }
  | { readonly kind: 'files' };

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | RunningState
  | TerminatedState;

export interface RunningState {
  readonly kind: 'running';
  readonly machineId: string;
  readonly pid: number;
  readonly startedMs: number;
  readonly containerId: string;
}

export interface TerminatedState {
  readonly kind: 'terminated';
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly containerId: string;
}

export type ImageState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'pulling';
      readonly readyAtMs: number;
      readonly startedMs: number;
      readonly backoffMs: number;
    }
  | { readonly kind: 'present'; readonly id: string }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly retryAtMs: number;
      readonly backoffMs: number;
    };

export interface ContainerStop {
  readonly reason: 'deleted' | 'liveness' | 'startup' | 'postStart';
  /** When SIGTERM is due: at once, or when the preStop hook is done (Infinity until that is known). */
  signalAtMs: number;
  signalled: boolean;
  killAtMs: number;
  killed: boolean;
}

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeRecord {
  readonly kind: ProbeKind;
  result: 'unknown' | 'success' | 'failure';
  successes: number;
  failures: number;
  /** The attempt under way: owner of its socket, or of its command. */
  attempt: string | undefined;
  nextAtMs: number;
}

/** One attempt of a probe. */
export interface OpenProbe {
  readonly podUid: string;
  readonly container: string;
  readonly kind: ProbeKind;
  /** Absent for commands. */
  readonly exchange: Exchange | undefined;
  /** Of commands: their words, and what they wrote. */
  readonly command: string;
  written: string;
}

/** One lifecycle hook under way. */
export interface OpenHook {
  readonly podUid: string;
  readonly container: string;
  readonly machineId: string;
  readonly name: 'PreStop' | 'PostStart';
  readonly exchange: Exchange | undefined;
}

/** A question that the kubelet asks over the network. */
export interface Exchange {
  readonly owner: string;
  socket: number | undefined;
  readonly action: 'http' | 'tcp' | 'grpc';
  /** Of HTTP the whole URL, else host and port. */
  url: string;
  /** The Host header, where it is not the URL's. */
  readonly host: string | undefined;
  /** Further header lines. */
  readonly headers: readonly string[];
  received: string;
  redirects: number;
  /** Over HTTPS only. */
  tls?: TlsSession;
  readonly grpc?: GrpcCall;
}
