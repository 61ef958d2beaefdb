import { createMachines } from '@podwire/machine';
import type { ExecHandle, FileSystem, Machines, SpawnFailure, TerminalHandle } from '@podwire/machine';
import { createNetwork } from '@podwire/netsim';
import type { Network, PacketTrace, SocketEvent, SocketId } from '@podwire/netsim';
import { forkedBytes, forkState, Simulation, utf8Decode, utf8Encode } from '@podwire/sim';
import type { RunLimits, RunOutcome } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import { createApiServer } from './api/api-server.ts';
import type { ApiServer } from './api/server.ts';
import type { ApiTransport } from './api/http.ts';
import type { ObjectChange } from './api/client.ts';
import { bootstrapObjects } from './bootstrap/bootstrap.ts';
import type {
  ClusterOptions,
  ClusterSnapshot,
  Place,
  ProbeRequest,
  ProbeResult,
  SimulatedCluster,
} from './cluster-contract.ts';
import { newClusterState } from './cluster-state.ts';
import type { ClusterState } from './cluster-state.ts';
import { writeComponentLog } from './component-journal.ts';
import type { ComponentName } from './component.ts';
import { wireComponents } from './components.ts';
import type { WiredComponents } from './components.ts';
import { ControlPlaneSwitches } from './control-plane.ts';
import { carriesIpv6 } from './config.ts';
import type { ClusterConfig } from './config.ts';
import { withServers } from './images/index.ts';
import { parseMachineId } from './kubelet/context.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import { MANIFEST_DIRECTORY } from './kubelet/static-manifests.ts';
import { NodeOperationsHub, PORT_FORWARD_OWNER } from './kubelet/node-operations.ts';
import { addHostMachines, NODE_RESOLV_CONF, TOOLBOX_MACHINE } from './host-machines.ts';
import { containerRuntimeOf } from './nodes/container-runtime.ts';
import { nodeMachineId } from './nodes/node-files.ts';
import { machineService, mintToken } from './machine-services.ts';
import { addNode, addToolbox, setUpUnderlay } from './nodes/underlay.ts';
import { TrustedShell } from './probe/trusted-shell.ts';
import { PlaceFinder } from './places.ts';
import { Prober } from './probe/prober.ts';
import type { LogEntry } from './runtime/klog.ts';

/** `settle` looks at the cluster this often, and calls it settled when it found nothing to do for so long, ms of virtual time. */
const SETTLE_STEP_MS = 25;
const SETTLE_QUIET_MS = 100;
/** The most events one `settle` may run: a cluster that never rests must not hold its thread. */
const SETTLE_MAX_EVENTS = 2_000_000;
const ADMIN = {
  name: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};

/** Boots a simulated cluster: the same options give the same cluster. */
export function createCluster(options: ClusterOptions): SimulatedCluster {
  const state = newClusterState(options.config);
  const cluster = new Cluster(state, options, true);
  return cluster;
}

class Cluster implements SimulatedCluster {
  readonly config: ClusterConfig;
  readonly api: ApiTransport;
  readonly #state: ClusterState;
  readonly #options: ClusterOptions;
  readonly #simulation: Simulation;
  readonly #network: Network;
  readonly #machines: Machines;
  readonly #api: ApiServer;
  readonly #components: WiredComponents;
  readonly #nodeOps: NodeOperationsHub;
  readonly #trustedShell: TrustedShell;
  readonly #prober: Prober;
  readonly #places: PlaceFinder;
  readonly #switches: ControlPlaneSwitches;

  constructor(state: ClusterState, options: ClusterOptions, isNew: boolean) {
    this.#state = state;
    this.#options = options;
    this.config = state.config;
    const simulation = new Simulation(state.simulation);
    this.#simulation = simulation;
    this.#network = createNetwork(state.network, {
      simulation,
      onSocketEvent: (socket, owner, event) => this.#onSocketEvent(socket, owner, event),
    });
    const kubelets = new Map<string, Kubelet>();
    this.#nodeOps = new NodeOperationsHub(kubelets);
    this.#api = createApiServer(state.api, { simulation, config: state.config, nodeOps: this.#nodeOps });
    this.api = this.#api;
    this.#machines = createMachines(state.machines, {
      simulation,
      network: this.#network,
      programs: withServers(options.programs),
      onExit: (machineId, pid, exitCode) => this.#onExit(machineId, pid, exitCode),
      onLog: (machineId, _pid, _stream, data) => this.#onLog(machineId, data),
      onProcessEnd: (machineId) => this.#onProcessEnd(machineId),
      service: (machineId, name) =>
        machineService(
          {
            config: state.config,
            api: this.#api,
            machines: this.#machines,
            podOf: (id) => this.#podOfMachine(id),
            systemdOf: (id) => this.#switches.systemdOf(id),
            runtimeOf: (id) => {
              const node = state.nodes.find(({ site }) => nodeMachineId(site.name) === id);
              return node === undefined ? undefined : containerRuntimeOf(node);
            },
            controllers: () => this.#components.manager.controllerNames,
          },
          machineId,
          name,
        ),
    });
    if (isNew) this.#layNetwork();
    this.#components = wireComponents({
      state,
      simulation,
      network: this.#network,
      machines: this.#machines,
      api: this.#api,
      mintToken: (pod, projection) => mintToken(this.#api, pod, projection),
      announceLog: (uid, container) => this.#nodeOps.announceLog(uid, container),
      nodeResolvConf: NODE_RESOLV_CONF,
      onLogLine: (name, entry) => {
        this.#writeLog(name, entry);
      },
      onStaticPods: () => this.#switches.followManifests(),
      onPodRuns: (node, pod, running) => this.#switches.followPod(node, pod, running),
      onNodeFiles: (node, files) => this.#writeNodeFiles(node, files),
    });
    for (const [name, kubelet] of this.#components.kubelets) kubelets.set(name, kubelet);
    this.#places = new PlaceFinder({
      config: state.config,
      network: this.#network,
      machines: this.#machines,
      api: this.#api,
      kubelets,
    });
    this.#switches = new ControlPlaneSwitches({
      state,
      api: this.#api,
      machines: this.#machines,
      components: this.#components,
      onLogLine: (name, entry) => {
        this.#writeLog(name, entry);
      },
    });
    this.#trustedShell = new TrustedShell(this.#machines, simulation, () => state.nextProbe++);
    this.#prober = new Prober({
      simulation,
      network: this.#network,
      owners: state.probeOwners,
      nextId: () => state.nextProbe++,
      source: ({ from }) => this.#places.networkOf(from),
      target: (request) => this.#places.probeTarget(request),
      explainDenial: (connection) => this.#places.explainDenial(connection),
    });
    if (isNew) bootstrapObjects(this.#api, this.#api.clientFor(ADMIN), state.config);
  }

  nowMs(): number {
    return this.#simulation.nowMs;
  }

  nextEventMs(): number | undefined {
    return this.#simulation.nextEventMs();
  }

  run(limits: RunLimits): RunOutcome {
    return this.#simulation.run(limits);
  }

  restsUntilMs(): number | undefined {
    // A component that is stopped is missed sooner or later: that is work, though no event says so.
    if (this.#isBusy() || this.#state.stopped.size > 0 || this.#machines.hasAttentiveTasks())
      return undefined;
    return this.#simulation.nextWorkMs() ?? Infinity;
  }

  skipTo(untilMs: number): void {
    this.#simulation.skipTo(untilMs);
  }

  settle(limitMs: number): boolean {
    const deadlineMs = this.#simulation.nowMs + limitMs;
    let quietSinceMs: number | undefined;
    let budget = SETTLE_MAX_EVENTS;
    while (this.#simulation.nowMs < deadlineMs) {
      let ran = 0;
      const outcome = this.#simulation.run({
        untilMs: Math.min(deadlineMs, this.#simulation.nowMs + SETTLE_STEP_MS),
        maxEvents: budget,
        condition: () => {
          ran++;
          return false;
        },
      });
      budget -= ran;
      if (outcome === 'budget') return false;
      if (this.#isBusy()) quietSinceMs = undefined;
      else {
        quietSinceMs ??= this.#simulation.nowMs;
        if (this.#simulation.nowMs - quietSinceMs >= SETTLE_QUIET_MS) return true;
      }
    }
    return !this.#isBusy();
  }

  #isBusy(): boolean {
    for (const subscriber of this.#state.api.subscribers.values())
      if (subscriber.subscribed && subscriber.pending) return true;
    const { manager, scheduler, kubelets } = this.#components;
    if (manager.isBusy() || manager.isRetryingSoon() || scheduler.isBusy()) return true;
    for (const kubelet of kubelets.values()) if (kubelet.isBusy()) return true;
    return false;
  }

  openTerminal(
    place: Place,
    options: { readonly columns: number; readonly rows: number; readonly argv?: readonly string[] },
  ):
    | { readonly ok: true; readonly handle: TerminalHandle }
    | { readonly ok: false; readonly reason: SpawnFailure | 'no-such-place' } {
    const found = this.#places.machineAt(place);
    if (found === undefined) return { ok: false, reason: 'no-such-place' };
    const { columns, rows, argv = found.shell } = options;
    return this.#machines.openTerminal(found.machineId, {
      argv,
      env: found.env,
      cwd: found.cwd,
      columns,
      rows,
    });
  }

  exec(
    place: Place,
    argv: readonly string[],
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure | 'no-such-place' } {
    const found = this.#places.machineAt(place);
    if (found === undefined) return { ok: false, reason: 'no-such-place' };
    return this.#machines.exec(found.machineId, { argv, env: found.env, cwd: found.cwd });
  }

  execTrusted(
    place: Place,
    argv: readonly string[],
    limitMs: number,
    files: ReadonlyMap<string, string> = new Map(),
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure | 'no-such-place' } {
    const source = this.#places.networkOf(place);
    if ('because' in source) return { ok: false, reason: 'no-such-place' };
    return this.#trustedShell.exec(source, argv, limitMs, files);
  }

  filesAt(place: Place): FileSystem | undefined {
    const found = this.#places.machineAt(place);
    return found === undefined ? undefined : this.#machines.fileSystem(found.machineId);
  }

  toolboxFiles(): FileSystem {
    return this.#machines.userFileSystem(TOOLBOX_MACHINE);
  }

  startProbe(request: ProbeRequest): { result(): ProbeResult | undefined; cancel(): void } {
    return this.#prober.start(request);
  }

  changesSince(
    revision: number,
  ): { readonly revision: number; readonly changes: readonly ObjectChange[] } | undefined {
    return this.#api.changesSince(revision);
  }

  stopComponent(name: ComponentName): boolean {
    return this.#switches.stop(name);
  }

  startComponent(name: ComponentName): boolean {
    return this.#switches.start(name);
  }

  components(): readonly { readonly name: ComponentName; readonly running: boolean }[] {
    return this.#switches.list();
  }

  recentPackets(): readonly PacketTrace[] {
    return this.#network.recentTraces();
  }

  snapshot(): ClusterSnapshot | undefined {
    if (this.#machines.hasRunningTasks()) return undefined;
    const state = forkState(this.#state);
    const options = this.#options;
    return {
      atMs: this.nowMs(),
      bytes: forkedBytes(state),
      restore: () => new Cluster(forkState(state), options, false),
    };
  }

  fork(): SimulatedCluster | undefined {
    if (this.#machines.hasRunningTasks()) return undefined;
    return new Cluster(forkState(this.#state), this.#options, false);
  }

  forkWithoutPrograms(): SimulatedCluster | undefined {
    const owners = this.#machines.sideTasks();
    if (owners === undefined) return undefined;
    const copy = new Cluster(forkState(this.#state), this.#options, false);
    // As if they had been ended there: the other side hears of it.
    for (const owner of owners) copy.#network.closeAll(owner);
    return copy;
  }

  // What a new cluster begins with

  #layNetwork(): void {
    const { mtuBytes, nodes } = this.config;
    const ipv6 = carriesIpv6(this.config);
    setUpUnderlay(this.#network, { mtuBytes, ipv6 });
    addToolbox(this.#network, { mtuBytes });
    for (const [index, node] of nodes.entries()) addNode(this.#network, node, index, { mtuBytes, ipv6 });
    addHostMachines({ config: this.config, network: this.#network, machines: this.#machines });
    for (const { site, kubelet } of this.#state.nodes) {
      const files = [...kubelet.manifests].map(
        ([name, { text }]) => [`${MANIFEST_DIRECTORY}/${name}`, text] as const,
      );
      this.#writeNodeFiles(site.name, new Map(files));
    }
  }

  // What the network and the machines tell

  #onSocketEvent(socket: SocketId, owner: string, event: SocketEvent): void {
    if (owner.startsWith('kubelet/'))
      this.#components.kubelets.get(owner.split('/')[1] ?? '')?.onSocketEvent(socket, owner, event);
    else if (owner.startsWith('kube-proxy/'))
      this.#components.proxies.get(owner.split('/')[1] ?? '')?.onSocketEvent(socket, event);
    else if (Prober.owns(owner)) this.#prober.onSocketEvent(socket, owner, event);
    else if (owner.startsWith(PORT_FORWARD_OWNER)) this.#nodeOps.onSocketEvent(socket, event);
    else this.#machines.handleSocketEvent(socket, owner, event);
  }

  #writeLog(name: ComponentName, entry: LogEntry): void {
    const announce = (uid: string, container: string): void => {
      this.#nodeOps.announceLog(uid, container);
    };
    writeComponentLog({ state: this.#state, nowMs: () => this.#simulation.nowMs, announce }, name, entry);
  }

  #onExit(machineId: string, pid: number, exitCode: number): void {
    const parsed = parseMachineId(machineId);
    if (parsed === undefined) return;
    const kubelet = this.#components.kubelets.get(parsed.node);
    const state = kubelet?.context.state.pods.get(parsed.uid)?.containers.get(parsed.container)?.state;
    if (state?.kind === 'running' && state.pid !== pid) return;
    kubelet?.containerExited(machineId, exitCode);
  }

  #onLog(machineId: string, data: Uint8Array): void {
    const parsed = parseMachineId(machineId);
    if (parsed === undefined) return;
    if (this.#components.kubelets.get(parsed.node)?.containerWrote(machineId, data) === true)
      this.#nodeOps.announceLog(parsed.uid, parsed.container);
  }

  /** Node shells and containers with a hostPath may have written files that the kubelet reads. */
  #onProcessEnd(machineId: string): void {
    const [place = '', node = ''] = machineId.split('/');
    const kubelet = this.#components.kubelets.get(node);
    if (kubelet === undefined) return;
    if (place === 'node') kubelet.filesMayHaveChanged();
    else if (this.#podOfMachine(machineId)?.spec?.volumes?.some(({ hostPath }) => hostPath !== undefined))
      kubelet.filesMayHaveChanged();
  }

  #podOfMachine(machineId: string): Pod | undefined {
    const parsed = parseMachineId(machineId);
    return parsed === undefined
      ? undefined
      : this.#components.kubelets.get(parsed.node)?.context.state.pods.get(parsed.uid)?.pod;
  }

  #writeNodeFiles(node: string, files: ReadonlyMap<string, string>): void {
    const machineId = nodeMachineId(node);
    if (!this.#machines.hasMachine(machineId)) return;
    const fs = this.#machines.fileSystem(machineId);
    for (const [path, text] of files) {
      const present = fs.readFile(path);
      if (present.ok && utf8Decode(present.value) === text) continue;
      fs.mkdir(path.slice(0, path.lastIndexOf('/')), { parents: true });
      fs.writeFile(path, utf8Encode(text));
    }
  }
}
