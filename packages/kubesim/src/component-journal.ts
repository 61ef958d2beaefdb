import { utf8Encode } from '@podwire/sim';
import type { Container } from 'kubernetes-types/core/v1';
import type { ClusterState } from './cluster-state.ts';
import type { ComponentName } from './component.ts';
import { appendLog } from './kubelet/log-ring.ts';
import type { ContainerRecord, PodRecord } from './kubelet/state.ts';
import { KUBELET_PID, KUBELET_VERBOSITY } from './nodes/systemd.ts';
import { entryText, klogText } from './runtime/klog.ts';
import type { LogEntry } from './runtime/klog.ts';

/** In a container of its own a component is the first process. */
const CONTAINER_PID = 1;

export interface ComponentLogParts {
  readonly state: ClusterState;
  readonly nowMs: () => number;
  /** Whoever follows a container's log is to look. */
  readonly announce: (podUid: string, container: string) => void;
}

/**
 * Where the lines of a component go: into the log of its container, or for a kubelet into its node's journal. Both
 * are rings. What a component writes while its container does not run is lost, as it is on a real node.
 */
export function writeComponentLog(parts: ComponentLogParts, name: ComponentName, entry: LogEntry): void {
  const { state } = parts;
  const verbosity = entry.verbosity ?? 0;
  const [role = '', nodeName] = name.split('/');
  for (const { site, kubelet } of state.nodes) {
    if (nodeName !== undefined && site.name !== nodeName) continue;
    if (role === 'kubelet') {
      if (verbosity <= KUBELET_VERBOSITY)
        appendLog(kubelet.journal, parts.nowMs(), lineOf(parts, entry, KUBELET_PID));
      continue;
    }
    for (const record of kubelet.pods.values()) {
      // First the look that most pods end with: there may be a thousand of them for each line.
      const known = containerOf(record, role, site.name);
      if (known === undefined) continue;
      const spec = record.pod.spec?.containers.find((container) => container.name === role);
      if (spec === undefined || verbosity > verbosityOf(spec)) continue;
      appendLog(known.log, parts.nowMs(), lineOf(parts, entry, CONTAINER_PID));
      parts.announce(record.uid, role);
    }
  }
}

function lineOf({ nowMs }: ComponentLogParts, entry: LogEntry, pid: number): Uint8Array {
  return utf8Encode(klogText(nowMs(), pid, entry.severity ?? 'I', entry.source, entryText(entry)));
}

/** The running container of a component in one of its pods: a static pod, or one of kube-proxy's DaemonSet. */
function containerOf(
  { namespace, name, pod, containers }: PodRecord,
  role: string,
  node: string,
): ContainerRecord | undefined {
  if (namespace !== 'kube-system') return undefined;
  const isIts =
    role === 'kube-proxy' ? pod.metadata?.labels?.['k8s-app'] === role : name === `${role}-${node}`;
  const known = isIts ? containers.get(role) : undefined;
  return known?.state.kind === 'running' ? known : undefined;
}

/** `--v=3` among a component's arguments. */
function verbosityOf({ command = [], args = [] }: Container): number {
  const flag = [...command, ...args].findLast((word) => /^--?v=\d+$/.test(word));
  return flag === undefined ? 0 : Number(flag.slice(flag.indexOf('=') + 1));
}
