import type { NetErrno, SocketId, NetnsId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import type {
  FileSystem,
  MachineSpec,
  MachineView,
  MachinesWiring,
  ProcessSockets,
  VolumeFile,
  VolumeOptions,
} from '../contract.ts';
import { createFileSystem } from '../files/file-system.ts';
import { imageTree } from '../files/node.ts';
import type { FsNode } from '../files/node.ts';
import { normalizePath } from '../files/path.ts';
import { procTree } from '../files/proc.ts';
import { procNet } from '../files/proc-net.ts';
import type { ProcEntry } from '../files/proc.ts';
import type { Credentials, Namespace } from '../files/resolve.ts';
import { emptyVolumeRoot, newTree } from '../files/tree.ts';
import type { FileTree } from '../files/tree.ts';
import { processSockets } from '../process/sockets.ts';
import type { MachineState, MachinesState } from '../state.ts';
import { newRuntime } from './runtime.ts';
import type { MachineRuntime } from './runtime.ts';

const DEFAULT_PROCESS_LIMIT = 256;
/** What one machine may write to its own layer unless its spec says otherwise, bytes. */
const DEFAULT_WRITABLE_BYTES = 64 * 1024 * 1024;
const DEFAULT_VOLUME_BYTES = 32 * 1024 * 1024;
/** What /proc/mounts calls the disk of the host. */
const DISK = '/dev/vda1';

/** The machines and volumes of one world, their files, and what can be seen of them. Starts and ends nothing. */
export class MachineTable {
  readonly state: MachinesState;
  readonly wiring: MachinesWiring;
  readonly runtimes = new Map<string, MachineRuntime>();
  readonly #views = new Map<string, MachineView>();

  constructor(state: MachinesState, wiring: MachinesWiring) {
    this.state = state;
    this.wiring = wiring;
    for (const id of state.machines.keys()) this.runtimes.set(id, newRuntime());
  }

  add(spec: MachineSpec): void {
    if (this.state.machines.has(spec.id)) throw new Error(`machine "${spec.id}" exists already`);
    freezeImage(spec.image);
    const mounts = spec.mounts.map((mount) => Object.freeze({ ...mount, path: normalizePath(mount.path) }));
    const frozen: MachineSpec = Object.freeze({
      ...spec,
      mounts: Object.freeze(mounts),
      env: Object.freeze(new Map(spec.env)),
      limits: Object.freeze({ ...spec.limits }),
    });
    this.state.machines.set(spec.id, {
      spec: frozen,
      hostname: spec.hostname,
      tree: newTree(imageTree(spec.image), spec.limits?.writableBytes ?? DEFAULT_WRITABLE_BYTES),
      bootMs: this.wiring.simulation.nowMs,
      nextPid: 2,
      mainPid: undefined,
      daemons: new Map(),
    });
    this.runtimes.set(spec.id, newRuntime());
    this.makeMountPoints(frozen);
  }

  remove(id: string): void {
    this.state.machines.delete(id);
    this.runtimes.delete(id);
    this.#views.delete(id);
  }

  fileSystem(machineId: string, pid?: number): FileSystem {
    const machine = this.machine(machineId);
    return createFileSystem({
      space: () => this.namespace(machine, pid),
      who: pid === undefined ? { user: 'root' } : credentialsOf(machine.spec),
      nowMs: () => this.wiring.simulation.nowMs,
    });
  }

  userFileSystem(machineId: string): FileSystem {
    const machine = this.machine(machineId);
    return createFileSystem({
      space: () => this.namespace(machine, undefined),
      who: credentialsOf(machine.spec),
      nowMs: () => this.wiring.simulation.nowMs,
    });
  }

  namespace(machine: MachineState, self: number | undefined): Namespace {
    return {
      tree: machine.tree,
      // From outside, files are put where processes of its own may not write.
      readOnly: self !== undefined && machine.spec.readOnlyRoot === true,
      mounts: machine.spec.mounts,
      // A mount may name another machine: a bind mount of that machine's own files, as hostPath is.
      volume: (id) => this.state.volumes.get(id) ?? this.state.machines.get(id)?.tree,
      proc: () =>
        procTree({
          processes: this.procEntries(machine.spec.id),
          self,
          mounts: [
            'overlay / overlay rw 0 0',
            'proc /proc proc rw 0 0',
            ...machine.spec.mounts.map(
              ({ path, readOnly, inMemory }) =>
                `${inMemory === true ? 'tmpfs' : DISK} ${path} ${inMemory === true ? 'tmpfs' : 'ext4'} ${readOnly ? 'ro' : 'rw'} 0 0`,
            ),
          ],
          uptimeSeconds: (this.wiring.simulation.nowMs - machine.bootMs) / 1000,
          hostname: machine.hostname,
          nowMs: this.wiring.simulation.nowMs,
          net: this.#procNet(machine),
        }),
    };
  }

  #procNet({ spec }: MachineState): ReadonlyMap<string, string> {
    const { network } = this.wiring;
    return network.hasNetns(spec.netns) ? procNet(network, spec.netns) : new Map();
  }

  procEntries(machineId: string): ProcEntry[] {
    const tasks = [...(this.runtimes.get(machineId)?.tasks.values() ?? [])].map((task) => ({
      pid: task.pid,
      parent: task.parent,
      argv: task.argv,
      env: task.env,
      cwd: task.cwd,
      state: task.state,
    }));
    const daemons = [...(this.state.machines.get(machineId)?.daemons.values() ?? [])].map((daemon) => ({
      pid: daemon.pid,
      parent: daemon.parent,
      argv: daemon.argv,
      env: daemon.env,
      cwd: daemon.cwd,
      state: daemon.stopped ? ('stopped' as const) : ('waiting' as const),
    }));
    return [...tasks, ...daemons].sort((left, right) => left.pid - right.pid);
  }

  view(machineId: string): MachineView {
    let view = this.#views.get(machineId);
    if (view === undefined) {
      view = this.newView(machineId);
      this.#views.set(machineId, view);
    }
    return view;
  }

  newView(machineId: string): MachineView {
    const machine = this.machine(machineId);
    return {
      id: machineId,
      get hostname() {
        return machine.hostname;
      },
      user: machine.spec.user,
      ...(machine.spec.groups === undefined ? {} : { groups: machine.spec.groups }),
      ...(machine.spec.administersNetwork === undefined
        ? {}
        : { administersNetwork: machine.spec.administersNetwork }),
      processes: () => {
        const runtime = this.runtime(machineId);
        const tasks = [...runtime.tasks.values()].map((task) => ({
          pid: task.pid,
          parent: task.parent,
          group: task.group,
          hasTty: task.tty !== undefined,
          argv: task.argv,
          startedMs: task.startedMs,
          state: task.state,
        }));
        const daemons = [...machine.daemons.values()].map((daemon) => ({
          pid: daemon.pid,
          parent: daemon.parent,
          group: daemon.group,
          hasTty: runtime.daemons.get(daemon.pid)?.tty !== undefined,
          argv: daemon.argv,
          startedMs: daemon.startedMs,
          state: daemon.stopped ? ('stopped' as const) : ('waiting' as const),
        }));
        return [...tasks, ...daemons].sort((left, right) => left.pid - right.pid);
      },
      service: (name) => this.wiring.service(machineId, name),
    };
  }

  sockets(
    machineId: string,
    pid: number,
    connects: Map<SocketId, 'connected' | NetErrno>,
    netns: NetnsId = this.machine(machineId).spec.netns,
  ): ProcessSockets {
    return processSockets({ network: this.wiring.network, netns, owner: `${machineId}/${pid}`, connects });
  }

  machine(id: string): MachineState {
    const machine = this.state.machines.get(id);
    if (machine === undefined) throw new Error(`no machine "${id}"`);
    return machine;
  }

  runtime(id: string): MachineRuntime {
    const runtime = this.runtimes.get(id);
    if (runtime === undefined) throw new Error(`no machine "${id}"`);
    return runtime;
  }

  newPid(machine: MachineState): number {
    return machine.nextPid++;
  }

  isTaken(machineId: string, pid: number): boolean {
    return (
      this.runtimes.get(machineId)?.tasks.has(pid) === true ||
      this.state.machines.get(machineId)?.daemons.has(pid) === true
    );
  }

  pids(machineId: string): number[] {
    return [
      ...(this.runtimes.get(machineId)?.tasks.keys() ?? []),
      ...(this.state.machines.get(machineId)?.daemons.keys() ?? []),
    ];
  }

  count(machineId: string): number {
    return this.runtime(machineId).tasks.size + this.machine(machineId).daemons.size;
  }

  processLimit(machine: MachineState): number {
    return machine.spec.limits?.processes ?? DEFAULT_PROCESS_LIMIT;
  }

  groupOf(machineId: string, pid: number): number | undefined {
    return (
      this.runtimes.get(machineId)?.tasks.get(pid)?.group ??
      this.state.machines.get(machineId)?.daemons.get(pid)?.group
    );
  }

  /** Directories (or, under a subPath that is a file, files) for the volumes to stand on, so that listings show them. */
  makeMountPoints(spec: MachineSpec): void {
    const fs = this.fileSystem(spec.id);
    for (const mount of spec.mounts) {
      // A place in a volume is made there, so that others who mount the volume see it too: by the node, which may.
      const tree = this.state.volumes.get(mount.volumeId);
      if (tree !== undefined && mount.subPath !== undefined)
        this.#inVolume(tree).mkdir(`/${mount.subPath}`, { parents: true });
      const slash = mount.path.lastIndexOf('/');
      if (slash > 0) fs.mkdir(mount.path.slice(0, slash), { parents: true });
      const found = fs.stat(mount.path);
      const state = this.machine(spec.id);
      const bare = createFileSystem({
        space: () => ({ ...this.namespace(state, undefined), mounts: [] }),
        who: { user: 'root' },
        nowMs: () => this.wiring.simulation.nowMs,
      });
      if (bare.stat(mount.path).ok) continue;
      if (found.ok && found.value.kind === 'file') bare.writeFile(mount.path, new Uint8Array());
      else bare.mkdir(mount.path, { parents: true });
    }
  }

  putVolume(
    volumeId: string,
    files: ReadonlyMap<string, string | VolumeFile>,
    options: VolumeOptions = {},
  ): void {
    const known = this.state.volumes.get(volumeId);
    const limit = options.sizeLimitBytes ?? DEFAULT_VOLUME_BYTES;
    const kept = options.replace === true ? undefined : known;
    const tree = kept ?? newTree(emptyVolumeRoot(this.wiring.simulation.nowMs), known?.limitBytes ?? limit);
    const fs = this.#inVolume(tree);
    for (const [path, file] of files) {
      const absolute = normalizePath(`/${path}`);
      const { content, mode } = typeof file === 'string' ? { content: file, mode: undefined } : file;
      fs.mkdir(absolute.slice(0, absolute.lastIndexOf('/')), { parents: true });
      fs.writeFile(absolute, typeof content === 'string' ? utf8Encode(content) : content);
      if (mode !== undefined) fs.chmod(absolute, mode);
    }
    if (kept === undefined && options.group !== undefined) giveTo(tree.root, options.group);
    this.state.volumes.set(volumeId, tree);
  }

  keepVolume(volumeId: string, keptId: string): void {
    const tree = this.state.volumes.get(volumeId);
    if (tree !== undefined) this.state.volumes.set(keptId, tree);
  }

  /** The files of a volume by themselves. */
  #inVolume(tree: FileTree): FileSystem {
    const space: Namespace = { tree, mounts: [], volume: () => undefined, proc: () => tree };
    return createFileSystem({
      space: () => space,
      who: { user: 'root' },
      nowMs: () => this.wiring.simulation.nowMs,
    });
  }

  /** Who runs tasks beside the machines' main processes, as `machine/pid`; undefined where a main process is a task. */
  sideTasks(): readonly string[] | undefined {
    const owners: string[] = [];
    for (const [id, { tasks }] of this.runtimes) {
      const mainPid = this.state.machines.get(id)?.mainPid;
      if (mainPid !== undefined && tasks.has(mainPid)) return undefined;
      for (const pid of tasks.keys()) owners.push(`${id}/${pid}`);
    }
    return owners;
  }
}

function credentialsOf({ user, groups }: MachineSpec): Credentials {
  return groups === undefined ? { user } : { user, groups };
}

/** What lies in a volume that its maker has just made: nothing of it is frozen. */
function giveTo(node: FsNode, group: string): void {
  if (node.kind !== 'file' && node.kind !== 'directory') return;
  if (node.group !== group) node.group = group;
  if (node.kind === 'directory') for (const child of node.entries.values()) giveTo(child, group);
}

function freezeImage(image: MachineSpec['image']): void {
  Object.freeze(image.programs);
  Object.freeze(image.files);
  if (image.directories !== undefined) Object.freeze(image.directories);
  Object.freeze(image);
}
