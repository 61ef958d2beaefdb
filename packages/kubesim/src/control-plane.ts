import type { Machines } from '@podwire/machine';
import type { Pod } from 'kubernetes-types/core/v1';
import type { ApiServer } from './api/server.ts';
import { STATIC_COMPONENTS } from './bootstrap/static-pods.ts';
import type { StaticComponent } from './bootstrap/static-pods.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ComponentName } from './component.ts';
import { apiFailure } from './components.ts';
import type { WiredComponents } from './components.ts';

import { MANIFEST_DIRECTORY } from './kubelet/static-manifests.ts';
import { nodeMachineId } from './nodes/node-files.ts';
import { KUBELET_PID } from './nodes/systemd.ts';
import type { JournalLine, Systemd } from './nodes/systemd.ts';
import type { NodeState } from './cluster-state.ts';
import type { LogEntry } from './runtime/klog.ts';

export interface SwitchParts {
  readonly state: ClusterState;
  readonly api: ApiServer;
  readonly machines: Machines;
  readonly components: WiredComponents;
  /** A component writes a line of its log. */
  readonly onLogLine: (name: ComponentName, entry: LogEntry) => void;
}

const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const COREDNS_REPLICAS = 2;

/** Stops and starts the parts of the cluster, as lessons do to show what each is for. */
export class ControlPlaneSwitches {
  readonly #parts: SwitchParts;

  constructor(parts: SwitchParts) {
    this.#parts = parts;
  }

  list(): readonly { readonly name: ComponentName; readonly running: boolean }[] {
    const { state, components } = this.#parts;
    const names: ComponentName[] = [
      'etcd',
      'kube-apiserver',
      ...components.list.map((component) => component.name),
      'coredns',
    ];
    return names.map((name) => ({ name, running: !state.stopped.has(name) }));
  }

  stop(name: ComponentName): boolean {
    const { state } = this.#parts;
    if (state.stopped.has(name) || !this.#exists(name)) return false;
    if (name === 'coredns' && !this.#scaleCoreDns(0)) return false;
    state.stopped.add(name);
    if (isStatic(name)) this.#moveManifest(name, false);
    this.#apply();
    return true;
  }

  start(name: ComponentName): boolean {
    const { state } = this.#parts;
    if (!state.stopped.delete(name)) return false;
    this.#apply();
    if (isStatic(name)) this.#moveManifest(name, true);
    if (name === 'coredns') this.#scaleCoreDns(COREDNS_REPLICAS);
    return true;
  }

  #exists(name: ComponentName): boolean {
    return this.list().some((component) => component.name === name);
  }

  /** Without its API server, and without etcd behind it, nothing hears of changes: controllers and scheduler lose their lease and exit. */
  #apply(): void {
    const { state, api, components } = this.#parts;
    const serving = !state.stopped.has('kube-apiserver') && !state.stopped.has('etcd');
    const waits = !state.stopped.has('kube-apiserver') && state.stopped.has('etcd');
    const wasServing = components.list.some(({ name }) => api.isSubscribed(name));
    api.setServing(serving, waits ? 'no-storage' : undefined);
    for (const component of components.list) {
      const wanted = serving && !state.stopped.has(component.name);
      if (api.isSubscribed(component.name) === wanted) continue;
      api.setSubscribed(component.name, wanted);
      // A kubelet or a proxy lives on without the API server; it only hears nothing.
      const livesOn =
        !state.stopped.has(component.name) && /^(kubelet|kube-proxy|cni)\//.test(component.name);
      if (!wanted && !livesOn) component.onStop?.();
    }
    if (wasServing && !serving) this.#tellOfLoss(waits);
  }

  /** What those write who live on, and lose whom they work with. */
  #tellOfLoss(etcdIsGone: boolean): void {
    const { state, onLogLine } = this.#parts;
    if (etcdIsGone)
      onLogLine('kube-apiserver', {
        severity: 'W',
        source: 'logging.go:55',
        message:
          '[core] [Channel #1 SubChannel #3]grpc: addrConn.createTransport failed to connect to {Addr: "127.0.0.1:2379", ServerName: "127.0.0.1:2379", }. Err: connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused"',
      });
    for (const name of ['kube-controller-manager', 'kube-scheduler'] as const) {
      if (state.stopped.has(name)) continue;
      const path = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}?timeout=5s`;
      onLogLine(name, {
        severity: 'E',
        source: 'leaderelection.go:448',
        message: `error retrieving resource lock kube-system/${name}: ${apiFailure(state, 'Get', path)}`,
      });
    }
  }

  /** Part of a control plane runs while its manifest is where the kubelet looks for it. */
  followManifests(): void {
    const { state, components } = this.#parts;
    let changed = false;
    for (const component of STATIC_COMPONENTS) {
      const runs = state.nodes.some(({ site, kubelet }) =>
        [...kubelet.staticPods.values()].some(
          ({ metadata }) =>
            metadata?.namespace === 'kube-system' && metadata.name === `${component}-${site.name}`,
        ),
      );
      if (runs !== state.stopped.has(component)) continue;
      if (runs) state.stopped.delete(component);
      else state.stopped.add(component);
      changed = true;
    }
    if (!changed) return;
    this.#apply();
    // What came back with the API server has its mirror pods made by the kubelet.
    for (const kubelet of components.kubelets.values()) kubelet.filesMayHaveChanged();
  }

  /** kube-proxy works while its pod runs; what it built stays when the pod is gone. */
  followPod(node: string, pod: Pod, running: boolean): void {
    if (pod.metadata?.namespace !== 'kube-system' || pod.metadata.labels?.['k8s-app'] !== 'kube-proxy')
      return;
    const { stopped } = this.#parts.state;
    const name: ComponentName = `kube-proxy/${node}`;
    if (running !== stopped.has(name)) return;
    if (running) stopped.delete(name);
    else stopped.add(name);
    this.#apply();
  }

  /** A node's service manager, for its systemctl. */
  systemdOf(machineId: string): Systemd | undefined {
    const { nodes, stopped } = this.#parts.state;
    const node = nodes.find(({ site }) => nodeMachineId(site.name) === machineId);
    if (node === undefined) return undefined;
    const component: ComponentName = `kubelet/${node.site.name}`;
    const isKubelet = (name: string): boolean => name === 'kubelet' || name === 'kubelet.service';
    return {
      unit: (name) =>
        isKubelet(name)
          ? {
              name: 'kubelet.service',
              description: 'kubelet: The Kubernetes Node Agent',
              active: !stopped.has(component),
              sinceMs: node.kubelet.sinceMs,
            }
          : undefined,
      journal: (name) => (isKubelet(name) ? journalOf(node) : undefined),
      setActive: (name, active) => {
        if (!isKubelet(name)) return;
        if (active) this.start(component);
        else this.stop(component);
      },
    };
  }

  #moveManifest(component: StaticComponent, present: boolean): void {
    const { state, components, machines } = this.#parts;
    for (const { site } of state.nodes) {
      if (state.config.nodes[site.index]?.controlPlane !== true) continue;
      const files = machines.fileSystem(nodeMachineId(site.name));
      const [used, aside] = [`${MANIFEST_DIRECTORY}/${component}.yaml`, `/etc/kubernetes/${component}.yaml`];
      if (present) files.rename(aside, used);
      else files.rename(used, aside);
      components.kubelets.get(site.name)?.filesMayHaveChanged();
    }
  }

  #scaleCoreDns(replicas: number): boolean {
    const client = this.#parts.api.clientFor(ADMIN);
    const deployment = client.get('Deployment', 'kube-system', 'coredns');
    if (deployment?.spec === undefined) return false;
    return client.update('Deployment', { ...deployment, spec: { ...deployment.spec, replicas } }).ok;
  }
}

function isStatic(name: ComponentName): name is StaticComponent {
  return (STATIC_COMPONENTS as readonly string[]).includes(name);
}

function journalOf({ kubelet }: NodeState): readonly JournalLine[] {
  return kubelet.journal.lines.map(({ atMs, text }) => ({ atMs, writer: `kubelet[${KUBELET_PID}]`, text }));
}
