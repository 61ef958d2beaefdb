import { statfs } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { PassThrough, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { ClusterError } from '../cluster-error.ts';
import { KIND_CLUSTER_LABEL, KIND_ROLE_LABEL, LABELS, nodeName, sessionOfCluster } from './names.ts';
import type { SessionNames } from './names.ts';

/** What a container may take of the host. A pause: fork bombs end at `processes`, leaks at `memoryBytes`. */
export interface Bounds {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly processes: number;
}

export interface NodeContainer {
  readonly id: string;
  /** The node's name in Kubernetes. */
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly running: boolean;
}

/** What a container has written: its own layer, and the volumes that nobody else uses. */
export interface DiskUse {
  readonly writtenBytes: number;
}

/** A program's answer in a container: both streams whole, up to a bound. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program whose lines are followed. */
export interface Followed {
  stop(): void;
  /** On its standard input. */
  say(line: string): void;
}

/** A program on a terminal in a container. */
export interface TtyExec {
  readonly stream: Duplex;
  resize(columns: number, rows: number): Promise<void>;
  /** Once the stream has ended. */
  exitCode(): Promise<number>;
}

const MAX_EXEC_OUTPUT_BYTES = 4 * 1_024 * 1_024;
/** The grader's programs are small, and few at a time. */
const PROBER_BOUNDS = { memoryBytes: 128 * 1_024 * 1_024, processes: 128 } as const;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const NOT_MODIFIED = 304;
const CONFLICT = 409;
const SERVER_ERROR = 500;
const REMOVAL_ATTEMPTS = 8;
const REMOVAL_PAUSE_MS = 250;
/** Where control groups of version 1 are stopped and set going. */
const FREEZER = '/sys/fs/cgroup/freezer';
/** Where the helper sees them: beside its own, which it may only read. */
const FREEZER_SEEN = '/mnt';
/** Every group below the container's own, whoever is the parent of that. */
const THAW = `find ${FREEZER_SEEN} -path "*$1*" -name freezer.state | while read -r state; do echo THAWED > "$state"; done`;
/** `statfs(2)`: TMPFS_MAGIC, RAMFS_MAGIC. */
const FILE_SYSTEMS_IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** Docker on this machine, as far as sessions need it. Only things of this installation are listed or removed. */
export class DockerHost {
  readonly #docker: Docker;
  readonly #installation: string;

  constructor(installation: string, docker: Docker) {
    this.#installation = installation;
    this.#docker = docker;
  }

  /** By `DOCKER_HOST`, or the usual socket. The client is loaded here: those who have no Docker do without it. */
  static async connect(installation: string): Promise<DockerHost> {
    const { default: Client } = await import('dockerode');
    return new DockerHost(installation, new Client());
  }

  /** Docker keeps its files in memory: then what a container writes counts as memory that it takes. */
  async storesInMemory(): Promise<boolean> {
    const { DockerRootDir: root } = (await this.#docker.info()) as { readonly DockerRootDir?: string };
    if (root === undefined) return false;
    // A Docker elsewhere, or in a virtual machine, has its files where they can't be looked at.
    const type = await statfs(root).then(
      (found) => found.type,
      () => undefined,
    );
    return type !== undefined && FILE_SYSTEMS_IN_MEMORY.has(type);
  }

  async hasImage(name: string): Promise<boolean> {
    try {
      await this.#docker.getImage(name).inspect();
      return true;
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return false;
      throw error;
    }
  }

  /** A bridge of the learner's own. Docker lets no packet pass between two such bridges. */
  async createNetwork(names: SessionNames, session: string, hasIpv6: boolean): Promise<void> {
    await this.#docker.createNetwork({
      Name: names.network,
      Driver: 'bridge',
      // kind's own network always has IPv6 too, and fails on hosts without it.
      EnableIPv6: hasIpv6,
      ...(hasIpv6 ? { IPAM: { Config: [{ Subnet: names.ipv6Subnet }] } } : {}),
      Options: { 'com.docker.network.bridge.name': names.bridge },
      Labels: { [LABELS.installation]: this.#installation, [LABELS.session]: session },
    });
  }

  async hasNetwork(name: string): Promise<boolean> {
    try {
      await this.#docker.getNetwork(name).inspect();
      return true;
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return false;
      throw error;
    }
  }

  /** @returns false while a container is still joined to it. */
  async removeNetwork(name: string): Promise<boolean> {
    const network = this.#docker.getNetwork(name);
    try {
      await network.remove();
    } catch (error) {
      if (statusOf(error) === FORBIDDEN) return false;
      if (statusOf(error) !== NOT_FOUND) throw error;
    }
    return true;
  }

  async nodes(cluster: string): Promise<readonly NodeContainer[]> {
    const found = await this.#docker.listContainers({
      all: true,
      filters: { label: [`${KIND_CLUSTER_LABEL}=${cluster}`] },
    });
    return found
      .map((each): NodeContainer => ({
        id: each.Id,
        name: nodeName(cluster, (each.Names[0] ?? '').replace(/^\//, '')),
        role: each.Labels[KIND_ROLE_LABEL] === 'control-plane' ? 'control-plane' : 'worker',
        running: each.State === 'running',
      }))
      .sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  }

  /** Sessions that own anything on this host: clusters, toolboxes or networks. */
  async sessions(): Promise<ReadonlySet<string>> {
    const label = [`${LABELS.installation}=${this.#installation}`];
    const [nodes, toolboxes, networks] = await Promise.all([
      this.#docker.listContainers({ all: true, filters: { label: [KIND_CLUSTER_LABEL] } }),
      this.#docker.listContainers({ all: true, filters: { label } }),
      this.#docker.listNetworks({ filters: { label } }),
    ]);
    return new Set(
      [
        ...nodes.map((each) => sessionOfCluster(this.#installation, each.Labels[KIND_CLUSTER_LABEL] ?? '')),
        ...[...toolboxes, ...networks].map((each) => each.Labels?.[LABELS.session]),
      ].filter((session) => session !== undefined),
    );
  }

  async bound(id: string, bounds: Bounds): Promise<void> {
    await this.#docker.getContainer(id).update({
      Memory: bounds.memoryBytes,
      // No swap beyond it: a cluster that swaps slows every other one down.
      MemorySwap: bounds.memoryBytes,
      NanoCpus: Math.round(bounds.cpus * 1e9),
      PidsLimit: bounds.processes,
    });
  }

  async startToolbox(names: SessionNames, session: string, image: string, bounds: Bounds): Promise<string> {
    const container = await this.#docker.createContainer({
      name: names.toolbox,
      Image: image,
      Hostname: 'toolbox',
      Labels: {
        [LABELS.installation]: this.#installation,
        [LABELS.session]: session,
        [LABELS.part]: 'toolbox',
      },
      HostConfig: {
        NetworkMode: names.network,
        Init: true,
        CapDrop: ['ALL'],
        CapAdd: ['NET_RAW'],
        SecurityOpt: ['no-new-privileges'],
        // Its router leads the load balancer's addresses to the node that shall have them now; a redirect would last.
        Sysctls: {
          'net.ipv4.conf.all.accept_redirects': '0',
          'net.ipv4.conf.default.accept_redirects': '0',
        },
        Memory: bounds.memoryBytes,
        MemorySwap: bounds.memoryBytes,
        NanoCpus: Math.round(bounds.cpus * 1e9),
        PidsLimit: bounds.processes,
        LogConfig: { Type: 'none', Config: {} },
        RestartPolicy: { Name: 'no' },
      },
    });
    await container.start();
    return container.id;
  }

  async findToolbox(names: SessionNames): Promise<string | undefined> {
    const found = await this.#docker.listContainers({
      all: true,
      filters: { name: [`^/${names.toolbox}$`] },
    });
    return found[0]?.Id;
  }

  /** Toolbox and probers of a session: all that it has beside its nodes. */
  async helpersOf(session: string): Promise<readonly string[]> {
    const found = await this.#docker.listContainers({
      all: true,
      filters: {
        label: [`${LABELS.installation}=${this.#installation}`, `${LABELS.session}=${session}`],
      },
    });
    return found.map(({ Id }) => Id);
  }

  async isRunning(id: string): Promise<boolean> {
    try {
      return (await this.#docker.getContainer(id).inspect()).State.Running;
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return false;
      throw error;
    }
  }

  /** What a container takes of the host's memory: without the files that the kernel caches and would let go. */
  async memoryOf(id: string): Promise<number> {
    const { memory_stats: memory } = await this.#docker
      .getContainer(id)
      .stats({ stream: false, 'one-shot': true });
    // Control groups of version 1 and of version 2 name it differently; a container that does not run has none.
    const stats: Readonly<Record<string, number | undefined>> = { ...memory.stats };
    const cached = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0;
    return Math.max(0, memory.usage - cached);
  }

  /** How many processes it has, and may have. */
  async processesOf(id: string): Promise<{ readonly count: number; readonly limit: number }> {
    const { pids_stats: pids } = await this.#docker
      .getContainer(id)
      .stats({ stream: false, 'one-shot': true });
    return { count: pids?.current ?? 0, limit: pids?.limit ?? Infinity };
  }

  /** Of each container on this host, by its id. */
  async diskUse(): Promise<ReadonlyMap<string, DiskUse>> {
    const [use, containers] = await Promise.all([
      this.#docker.df() as Promise<DiskAnswer>,
      this.#docker.listContainers({ all: true }),
    ]);
    const volumes = new Map((use.Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? 0]));
    const layers = new Map((use.Containers ?? []).map(({ Id, SizeRw }) => [Id, SizeRw ?? 0]));
    return new Map(
      containers.map(({ Id, Mounts }) => [
        Id,
        {
          writtenBytes: Mounts.reduce(
            (sum, { Name }) => sum + Math.max(0, volumes.get(Name ?? '') ?? 0),
            layers.get(Id) ?? 0,
          ),
        },
      ]),
    );
  }

  /** Ends of containers, and memory that ran out in one. `onEnd`: Docker has gone away. @returns what ends it. */
  async containerEvents(
    onEvent: (event: { readonly id: string; readonly action: string }) => void,
    onEnd: () => void,
  ): Promise<() => void> {
    const stream = await this.#docker.getEvents({
      filters: JSON.stringify({ type: ['container'], event: ['die', 'oom'] }),
    });
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      onEnd();
    };
    const lines = createInterface({ input: stream });
    // The stream's own errors come out of its reader once more, and are nobody's there.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const event = JSON.parse(line) as { readonly Action: string; readonly Actor: { readonly ID: string } };
      if (!ended) onEvent({ id: event.Actor.ID, action: event.Action });
    });
    stream.once('close', end);
    stream.on('error', end);
    return () => {
      ended = true;
      if (stream instanceof Readable) stream.destroy();
    };
  }

  async restart(id: string): Promise<void> {
    await this.#docker.getContainer(id).restart({ t: 0 });
  }

  async start(id: string): Promise<void> {
    try {
      await this.#docker.getContainer(id).start();
    } catch (error) {
      if (statusOf(error) !== NOT_MODIFIED) throw error;
    }
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    try {
      await this.#docker.getContainer(id).stop({ t: graceSeconds });
    } catch (error) {
      if (statusOf(error) !== NOT_MODIFIED) throw error;
    }
  }

  /** Repeated while Docker is too busy to see that the container has ended. */
  async remove(id: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#docker.getContainer(id).remove({ force: true, v: true });
        return;
      } catch (error) {
        const status = statusOf(error);
        // Gone already.
        if (status === NOT_FOUND) return;
        // 409: its removal is under way.
        if ((status !== SERVER_ERROR && status !== CONFLICT) || attempt >= REMOVAL_ATTEMPTS) throw error;
        if (status === SERVER_ERROR) await this.#thaw(id).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS * attempt));
      }
    }
  }

  /**
   * A runtime in a node stops a pod's processes for a moment when it changes their control group. Killed then, it
   * leaves them so, and under control groups of version 1 what stands still can't be killed either: the container
   * never ends. Its own groups are set going again; where there are none of that version, there is nothing to do.
   */
  async #thaw(id: string): Promise<void> {
    const { Image } = await this.#docker.getContainer(id).inspect();
    const helper = await this.#docker.createContainer({
      Image,
      User: 'root',
      Entrypoint: ['sh', '-c', THAW, 'sh', id],
      Labels: { [LABELS.installation]: this.#installation, [LABELS.part]: 'thaw' },
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        ReadonlyRootfs: true,
        SecurityOpt: ['no-new-privileges'],
        // Not `Binds`: that would make a folder where there is none.
        Mounts: [{ Type: 'bind', Source: FREEZER, Target: FREEZER_SEEN }],
        Memory: PROBER_BOUNDS.memoryBytes,
        MemorySwap: PROBER_BOUNDS.memoryBytes,
        PidsLimit: PROBER_BOUNDS.processes,
        LogConfig: { Type: 'none', Config: {} },
        AutoRemove: true,
      },
    });
    try {
      await helper.start();
      await helper.wait();
    } catch (error) {
      await helper.remove({ force: true, v: true });
      throw error;
    }
  }

  /** @throws ClusterError `start-failed` when the container or the program can't be had. */
  async exec(
    id: string,
    words: readonly string[],
    options: { readonly user?: string; readonly input?: string } = {},
  ): Promise<ExecResult> {
    const exec = await this.#docker.getContainer(id).exec({
      Cmd: [...words],
      AttachStdin: options.input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      ...(options.user === undefined ? {} : { User: options.user }),
    });
    const stream = await exec.start({ hijack: true, stdin: options.input !== undefined });
    const stdout = new Collected();
    const stderr = new Collected();
    this.#docker.modem.demuxStream(stream, stdout.stream, stderr.stream);
    if (options.input !== undefined) stream.end(options.input);
    await new Promise<void>((resolve, reject) => {
      stream.once('end', resolve);
      stream.once('close', resolve);
      stream.on('error', reject);
    });
    const { ExitCode } = await exec.inspect();
    if (ExitCode === null)
      throw new ClusterError('start-failed', `${words[0] ?? ''} did not run to its end.`, 'Try again.');
    return { exitCode: ExitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  /**
   * Runs a program that says `ready` and then one line after another. Resolves once it is ready. `onEnd`: it has ended.
   */
  async follow(
    id: string,
    words: readonly string[],
    onLine: (line: string) => void,
    onEnd: () => void,
  ): Promise<Followed> {
    const exec = await this.#docker.getContainer(id).exec({
      Cmd: [...words],
      User: 'root',
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const stdout = new PassThrough();
    this.#docker.modem.demuxStream(stream, stdout, new PassThrough().resume());
    for (const end of ['close', 'end', 'error']) stream.on(end, () => stdout.end());
    await new Promise<void>((resolve, reject) => {
      const lines = createInterface({ input: stdout });
      lines.on('line', (line) => {
        if (line === 'ready') resolve();
        else onLine(line);
      });
      lines.once('close', () => {
        reject(new ClusterError('start-failed', `${words[0] ?? ''} ended at once.`, 'Try again.'));
        onEnd();
      });
    });
    return { stop: () => void stream.end(), say: (line) => void stream.write(`${line}\n`) };
  }

  /** A container in which the grader's programs are run: it joins another one's network and, to enter pods, its processes. */
  async startProber(wish: {
    readonly session: string;
    readonly image: string;
    readonly container: string;
    readonly entersPods: boolean;
  }): Promise<string> {
    const container = await this.#docker.createContainer({
      Image: wish.image,
      User: 'root',
      Labels: {
        [LABELS.installation]: this.#installation,
        [LABELS.session]: wish.session,
        [LABELS.part]: 'prober',
      },
      HostConfig: {
        NetworkMode: `container:${wish.container}`,
        CapDrop: ['ALL'],
        CapAdd: ['NET_RAW'],
        ...(wish.entersPods
          ? {
              PidMode: `container:${wish.container}`,
              CapAdd: ['NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE', 'SYS_CHROOT', 'DAC_READ_SEARCH'],
              SecurityOpt: ['apparmor=unconfined', 'seccomp=unconfined'],
            }
          : {}),
        Memory: PROBER_BOUNDS.memoryBytes,
        MemorySwap: PROBER_BOUNDS.memoryBytes,
        PidsLimit: PROBER_BOUNDS.processes,
        LogConfig: { Type: 'none', Config: {} },
      },
    });
    try {
      await container.start();
    } catch (error) {
      await this.remove(container.id);
      throw error;
    }
    return container.id;
  }

  /**
   * Runs a program to its end in a container on the host's own network that may set the host's firewall, and nothing
   * else: so that Podwire itself needs no rights beyond Docker's.
   */
  async runOnHostNetwork(wish: {
    readonly session: string;
    readonly image: string;
    readonly words: readonly string[];
  }): Promise<ExecResult> {
    const container = await this.#docker.createContainer({
      Image: wish.image,
      User: 'root',
      Entrypoint: [...wish.words],
      Labels: {
        [LABELS.installation]: this.#installation,
        [LABELS.session]: wish.session,
        [LABELS.part]: 'firewall',
      },
      HostConfig: {
        NetworkMode: 'host',
        CapDrop: ['ALL'],
        CapAdd: ['NET_ADMIN'],
        ReadonlyRootfs: true,
        SecurityOpt: ['no-new-privileges'],
        Memory: PROBER_BOUNDS.memoryBytes,
        MemorySwap: PROBER_BOUNDS.memoryBytes,
        PidsLimit: PROBER_BOUNDS.processes,
        LogConfig: { Type: 'none', Config: {} },
      },
    });
    try {
      const stream = await container.attach({ stream: true, stdout: true, stderr: true });
      const stdout = new Collected();
      const stderr = new Collected();
      this.#docker.modem.demuxStream(stream, stdout.stream, stderr.stream);
      const ended = new Promise<void>((resolve) => {
        for (const end of ['close', 'end', 'error']) stream.on(end, () => resolve());
      });
      await container.start();
      const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
      await ended;
      return { exitCode: StatusCode, stdout: stdout.text(), stderr: stderr.text() };
    } finally {
      await this.remove(container.id);
    }
  }

  async execOnTty(
    id: string,
    words: readonly string[],
    size: { readonly columns: number; readonly rows: number },
  ): Promise<TtyExec> {
    const exec = await this.#docker.getContainer(id).exec({
      Cmd: [...words],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Env: ['TERM=xterm-256color'],
    });
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
    const resize = async (columns: number, rows: number): Promise<void> => {
      await exec.resize({ w: columns, h: rows });
    };
    await resize(size.columns, size.rows);
    return { stream, resize, exitCode: async () => (await exec.inspect()).ExitCode ?? 0 };
  }
}

/** `GET /system/df`, as far as it is read. A size of -1 was not measured. */
interface DiskAnswer {
  readonly Containers?: readonly { readonly Id: string; readonly SizeRw?: number }[] | null;
  readonly Volumes?:
    readonly { readonly Name: string; readonly UsageData?: { readonly Size: number } | null }[] | null;
}

/** What a stream brought, up to the bound; the rest is read and forgotten. */
class Collected {
  readonly stream = new PassThrough();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor() {
    this.stream.on('data', (chunk: Buffer) => {
      if (this.#bytes >= MAX_EXEC_OUTPUT_BYTES) return;
      this.#chunks.push(chunk.subarray(0, MAX_EXEC_OUTPUT_BYTES - this.#bytes));
      this.#bytes += chunk.length;
    });
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'statusCode' in error
    ? Number(error.statusCode)
    : undefined;
}
