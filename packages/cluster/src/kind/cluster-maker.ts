import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Lab } from '@podwire/lab';
import { ClusterError } from '../cluster-error.ts';
import type { ClusterOrigin } from '../port.ts';
import { addonsFor } from './addons.ts';
import type { ChosenAddon, KindAbilities } from './addons.ts';
import { applySetup } from './apply-setup.ts';
import type { Bounds, DockerHost, NodeContainer } from './docker-host.ts';
import { dockerFault, kindError } from './failures.ts';
import { Firewall } from './firewall.ts';
import type { Egress } from './firewall.ts';
import { HostRoutes } from './host-routes.ts';
import { kindConfig } from './kind-config.ts';
import { KubeApi } from './kube-api.ts';
import { namedImages } from './named-images.ts';
import { sessionNames } from './names.ts';
import type { SessionNames } from './names.ts';
import { stepOfLine } from './progress.ts';
import type { CreateStep } from './progress.ts';
import { untilAtRest, untilReady } from './readiness.ts';
import { runProgram } from './run-program.ts';
import type { StartObjects } from './start-objects.ts';
import type { StateFolders } from './state-folder.ts';
import { CLUSTER_VARIABLE, endStrayPrograms } from './stray-programs.ts';

const MEBIBYTE = 1_024 * 1_024;
/** Measured: a control plane settles at 820 MB and a worker at 290 MB; the rest is the learner's pods'. */
const NODE_BOUNDS: Readonly<Record<NodeContainer['role'], Bounds>> = {
  'control-plane': { memoryBytes: 2_048 * MEBIBYTE, cpus: 2, processes: 4_096 },
  worker: { memoryBytes: 1_024 * MEBIBYTE, cpus: 2, processes: 4_096 },
};
const TOOLBOX_BOUNDS: Bounds = { memoryBytes: 256 * MEBIBYTE, cpus: 1, processes: 256 };
/**
 * Where Docker's files lie in memory the kernel counts them as the container's: the images that a node has unpacked
 * (measured: 500 MB) and what pods write, and in the toolbox all that it may write, so that the bound of its disk is
 * met before that of its memory.
 */
const FILES_IN_MEMORY_BYTES = 1_024 * MEBIBYTE;
const CREATE_TIMEOUT_MS = 5 * 60_000;
const ASKED_TIMEOUT_MS = 60_000;
/** Nodes that are stopped have this long to end their pods. */
const STOP_GRACE_SECONDS = 2;
/** What Docker was asked for by a process that is gone may still come: removal looks again. */
const REMOVAL_ROUNDS = 8;
const SETTLE_MS = 500;

export interface ClusterMakerOptions {
  /** Which Podwire on this host, letters and digits: it owns the clusters that bear it in their names. */
  readonly installation: string;
  readonly nodeImage: string;
  readonly toolboxImage: string;
  readonly abilities: KindAbilities;
  /** What a learner's network reaches beyond itself: `public` when not given. */
  readonly egress?: Egress;
  /** `kind`, when it is not on the PATH. */
  readonly kindProgram?: string;
}

/** A cluster that runs, whoever it is for. */
export interface StartedParts {
  readonly api: KubeApi;
  readonly nodes: readonly NodeContainer[];
  readonly toolbox: string;
}

export interface MakeOptions {
  readonly onStep?: ((step: CreateStep) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a lab puts into a cluster of its shape. */
export type Dress = Pick<ClusterOrigin, 'needs' | 'setup' | 'files'>;

/** Makes, prepares, finds again, stops and removes kind clusters, each under an id of its own. */
export class ClusterMaker {
  readonly #options: ClusterMakerOptions;
  readonly #docker: DockerHost;
  readonly #starts: StartObjects;
  readonly #folders: StateFolders;
  readonly #firewall: Firewall;
  /** Asked once. */
  #storesInMemory: Promise<boolean> | undefined;

  constructor(options: ClusterMakerOptions, docker: DockerHost, starts: StartObjects, folders: StateFolders) {
    this.#options = options;
    this.#docker = docker;
    this.#starts = starts;
    this.#folders = folders;
    this.#firewall = new Firewall(docker, options.toolboxImage, options.egress ?? 'public');
  }

  /** A cluster of the shape, ready and with nothing of a lab in it. What was begun is left when it rejects. */
  async make(id: string, needs: Lab['cluster'], { onStep, signal }: MakeOptions): Promise<StartedParts> {
    const names = this.#names(id);
    onStep?.('network');
    const folder = await this.#folders.open(id);
    const hasIpv6 = (needs.ipFamily ?? 'ipv4') !== 'ipv4';
    await this.#docker.createNetwork(names, id, hasIpv6).catch((error: unknown) => {
      throw dockerFault(error);
    });
    // While kind works nobody else is in there: both are waited for together, and neither is left behind.
    const [made, walls] = await Promise.allSettled([
      this.#createCluster(path.join(folder, 'kubeconfig'), names, needs, { onStep, signal }),
      this.#firewall.raise(id, names),
    ]);
    if (made.status === 'rejected') throw made.reason;
    if (walls.status === 'rejected') throw walls.reason;
    const kubeconfig = made.value;
    onStep?.('limits');
    const nodes = await this.#docker.nodes(names.cluster);
    await Promise.all(
      nodes.map(async ({ id: node, role }) =>
        this.#docker.bound(node, await this.#withFiles(NODE_BOUNDS[role])),
      ),
    );
    onStep?.('toolbox');
    const toolbox = await this.#startToolbox(id, names);
    const api = await KubeApi.open(kubeconfig);
    onStep?.('ready');
    const { cni, others } = addonsFor(needs, this.#options.abilities);
    await this.#preload(names, namedImages([...(cni === undefined ? [] : [cni]), ...others]), signal);
    if (cni !== undefined) await applyAddon(api, cni, signal);
    await untilReady(api, { nodes: nodes.length, hasCni: needs.cni !== 'none' }, signal);
    for (const addon of others) await applyAddon(api, addon, signal);
    return { api, nodes, toolbox };
  }

  async #createCluster(
    file: string,
    names: SessionNames,
    needs: Lab['cluster'],
    { onStep, signal }: MakeOptions,
  ): Promise<string> {
    try {
      const result = await this.#kind(
        [
          'create',
          'cluster',
          `--name=${names.cluster}`,
          `--image=${this.#options.nodeImage}`,
          `--kubeconfig=${file}`,
          '--config=-',
        ],
        {
          timeoutMs: CREATE_TIMEOUT_MS,
          input: kindConfig(names.cluster, needs, this.#options.abilities),
          environment: {
            KIND_EXPERIMENTAL_DOCKER_NETWORK: names.network,
            [CLUSTER_VARIABLE]: names.cluster,
          },
          signal,
          onLine: (line) => {
            const step = stepOfLine(line);
            if (step !== undefined) onStep?.(step);
          },
        },
      );
      if (result.end !== 'exited' || result.exitCode !== 0) throw kindError(result);
      return await readFile(file, 'utf8');
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Puts a lab's objects and files into a cluster that has none yet, and notes how its objects then are. */
  async dress(id: string, parts: StartedParts, dress: Dress, signal?: AbortSignal): Promise<void> {
    await this.#preload(this.#names(id), namedImages(dress.setup, dress.needs.images), signal);
    const setup = await applySetup(parts.api, dress.setup, {
      settle: () => untilAtRest(parts.api, signal),
      signal,
    });
    if (!setup.ok)
      throw new ClusterError(
        'not-supported',
        `The lab could not be set up. ${setup.message}`,
        'Tell the lab’s author.',
      );
    await Promise.all([
      untilAtRest(parts.api, signal),
      ...dress.files.map((file) => this.#placeFile(parts.toolbox, file.path, file.text)),
    ]);
    await this.#starts.keep(id, parts.api);
  }

  /** Images that this host's Docker has are put on the nodes; what it has not, nodes have or pull. */
  async #preload(names: SessionNames, images: readonly string[], signal?: AbortSignal): Promise<void> {
    const had: string[] = [];
    for (const image of images) if (await this.#docker.hasImage(image)) had.push(image);
    if (had.length === 0) return;
    // Where that fails the kubelet tries to pull them, and says so if it can't.
    await this.#kind(['load', 'docker-image', `--name=${names.cluster}`, ...had], {
      timeoutMs: CREATE_TIMEOUT_MS,
      signal,
    });
  }

  async #startToolbox(id: string, names: SessionNames): Promise<string> {
    const bounds = await this.#withFiles(TOOLBOX_BOUNDS);
    const toolbox = await this.#docker.startToolbox(names, id, this.#options.toolboxImage, bounds);
    // For use on the learner's network: by the control plane's name there, not by the host's loopback.
    const internal = await this.#kind(['get', 'kubeconfig', '--internal', `--name=${names.cluster}`], {
      timeoutMs: ASKED_TIMEOUT_MS,
    });
    if (internal.exitCode !== 0) throw kindError(internal);
    await this.#placeFile(toolbox, '.kube/config', internal.stdout);
    return toolbox;
  }

  async #withFiles(bounds: Bounds): Promise<Bounds> {
    this.#storesInMemory ??= this.#docker.storesInMemory();
    return (await this.#storesInMemory)
      ? { ...bounds, memoryBytes: bounds.memoryBytes + FILES_IN_MEMORY_BYTES }
      : bounds;
  }

  async #placeFile(toolbox: string, name: string, text: string): Promise<void> {
    const script = 'umask 077; mkdir -p "$(dirname "$1")" && cat > "$1"';
    const { exitCode, stderr } = await this.#docker.exec(
      toolbox,
      ['sh', '-c', script, 'sh', `/home/learner/${name}`],
      { user: 'learner', input: text },
    );
    if (exitCode !== 0) throw new ClusterError('start-failed', `${name}: ${stderr.trim()}`, 'Try again.');
  }

  /** Takes up again what lives (or was stopped) under an id. Undefined when its nodes are gone. */
  async adopt(id: string, { onStep, signal }: MakeOptions = {}): Promise<StartedParts | undefined> {
    const names = this.#names(id);
    const nodes = await this.#docker.nodes(names.cluster);
    if (nodes.length === 0) return undefined;
    onStep?.('nodes');
    // A host that was started anew has forgotten its rules.
    await this.#firewall.raise(id, names);
    await Promise.all(nodes.map((node) => this.#docker.start(node.id)));
    const kubeconfig = await this.#kind(['get', 'kubeconfig', `--name=${names.cluster}`], {
      timeoutMs: ASKED_TIMEOUT_MS,
      signal,
    });
    if (kubeconfig.exitCode !== 0) throw kindError(kubeconfig);
    const found = await this.#docker.findToolbox(names);
    // What a process that was killed was about to ask.
    const helpers = await this.#docker.helpersOf(id);
    await Promise.all(
      helpers.filter((helper) => helper !== found).map((helper) => this.#docker.remove(helper)),
    );
    if (found !== undefined) await this.#docker.start(found);
    else onStep?.('toolbox');
    const toolbox = found ?? (await this.#startToolbox(id, names));
    const api = await KubeApi.open(kubeconfig.stdout);
    onStep?.('ready');
    // The learner may have broken it: then it comes back as it was, and only the API must answer.
    await untilReady(api, { nodes: 0, hasCni: false }, signal);
    return { api, nodes, toolbox };
  }

  /** Every container of it runs. */
  async isWhole({ nodes, toolbox }: StartedParts): Promise<boolean> {
    const states = await Promise.all(
      [...nodes.map(({ id }) => id), toolbox].map((id) => this.#docker.isRunning(id)),
    );
    return states.every((running) => running);
  }

  async runs(id: string): Promise<boolean> {
    const nodes = await this.#docker.nodes(this.#names(id).cluster);
    return nodes.length > 0 && nodes.every(({ running }) => running);
  }

  async stop({ nodes, toolbox }: StartedParts): Promise<void> {
    await Promise.all(
      [...nodes.map(({ id }) => id), toolbox].map((id) => this.#docker.stop(id, STOP_GRACE_SECONDS)),
    );
  }

  /** Ends what still works for an id, then removes what it has, until nothing more comes of it. */
  async remove(id: string, isOrphan = false): Promise<void> {
    const names = this.#names(id);
    // What a killed process asked of Docker last may be done only now.
    let quiet = (await endStrayPrograms(names.cluster)) === 0 && !isOrphan;
    for (let round = 1; ; round++) {
      // Those that joined a node's network go before the node.
      await Promise.all((await this.#docker.helpersOf(id)).map((helper) => this.#docker.remove(helper)));
      const nodes = await this.#docker.nodes(names.cluster);
      await Promise.all(nodes.map((node) => this.#docker.remove(node.id)));
      // The rules go before the network: where there is none, there are no rules.
      const hadNetwork = await this.#docker.hasNetwork(names.network);
      if (hadNetwork) await this.#firewall.lower(id, names);
      const gone = !hadNetwork || (await this.#docker.removeNetwork(names.network));
      if (gone && quiet) break;
      if (round >= REMOVAL_ROUNDS)
        throw new ClusterError('start-failed', 'Docker does not let go of the cluster.', 'Try again later.');
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      quiet = gone && nodes.length === 0 && (await endStrayPrograms(names.cluster)) === 0;
    }
    await this.#starts.forget(id);
    await this.#folders.remove(id);
  }

  /** The routes that the host keeps for an id's network. */
  routes(id: string): HostRoutes {
    return new HostRoutes(this.#docker, this.#options.toolboxImage, id, this.#names(id));
  }

  #names(id: string): SessionNames {
    return sessionNames(this.#options.installation, id);
  }

  #kind(words: readonly string[], options: Parameters<typeof runProgram>[2]): ReturnType<typeof runProgram> {
    return runProgram(this.#options.kindProgram ?? 'kind', words, options);
  }
}

async function applyAddon(api: KubeApi, addon: ChosenAddon, signal?: AbortSignal): Promise<void> {
  const outcome = await applySetup(api, [addon], { signal });
  if (!outcome.ok)
    throw new ClusterError(
      'not-supported',
      `What this server adds to its clusters could not be applied. ${outcome.message}`,
      'Take a simulated cluster, and tell who runs this server.',
    );
}

/** Clusters of one shape are made alike: only what is put into them differs. */
export function shapeOf(needs: Lab['cluster']): string {
  const policies = needs.networkPolicies ? '' : ' without policies';
  const cni =
    needs.cni === 'none' ? 'without CNI' : `with CNI${needs.cni === 'ptp' ? ' ptp' : ''}${policies}`;
  const { ingress, gateway, ipFamily, podCidrs, serviceCidrs, proxyMode, nodeLabels } = needs;
  const names = [ingress?.className, gateway?.className];
  const special = [...names, ipFamily, podCidrs, serviceCidrs, proxyMode, nodeLabels];
  return [
    `${needs.nodes} ${cni}`,
    ...(special.some((each) => each !== undefined) ? [JSON.stringify(special)] : []),
  ].join(' ');
}

/** The same for starts that give the same cluster, labs' objects and files included. */
export function dressOf(origin: Pick<ClusterOrigin, 'needs' | 'setup' | 'files'>): string {
  const content = JSON.stringify([shapeOf(origin.needs), origin.needs.images, origin.setup, origin.files]);
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
