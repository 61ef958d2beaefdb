import { z } from 'zod';
import { Capacity, inGibibytes } from '../capacity.ts';
import type { ProgramResult } from '../run-program.ts';
import type { PreflightAnswers, PreflightWish } from './answers.ts';

/** One thing that kind clusters need, as it was found. */
export interface PreflightFinding {
  readonly what: string;
  /** `absent` keeps kind clusters from this machine; `limited` makes them fewer or poorer. */
  readonly state: 'ok' | 'limited' | 'absent';
  readonly saw: string;
  /** For whoever runs the machine. */
  readonly remedy?: string;
}

const GIBIBYTE = 1_024 ** 3;
/** kind's configuration of today, and Docker's networks by an environment variable (kind 0.8). */
const MIN_KIND = [0, 20] as const;
/** Named volumes, `pids-limit` on update and cgroups of version 2. */
const MIN_DOCKER = [20, 10] as const;
/** What a two-node cluster writes until it is ready, and some of a learner's. */
const DISK_PER_CLUSTER_BYTES = 3 * GIBIBYTE;
/** What kind itself asks for (its page of known issues), as systemd and kubelet on each node watch files. */
const WANTED_INSTANCES = 512;
const WANTED_WATCHES = 524_288;
/** A lab's usual shape. */
const USUAL_NODES = 2;
/** Measured: systemd, containerd, kubelet and pods of a control plane hold 27 of the host user's, of a worker 14. */
const INSTANCES_PER_CLUSTER = 41;

const infoSchema = z.object({
  ServerVersion: z.string().optional(),
  ServerErrors: z.array(z.string()).nullish(),
  OperatingSystem: z.string().optional(),
  KernelVersion: z.string().optional(),
  DockerRootDir: z.string().optional(),
  Driver: z.string().optional(),
  MemTotal: z.number().optional(),
  NCPU: z.number().optional(),
  CgroupVersion: z.string().optional(),
  CgroupDriver: z.string().optional(),
  MemoryLimit: z.boolean().optional(),
  SwapLimit: z.boolean().optional(),
  CpuCfsQuota: z.boolean().optional(),
  PidsLimit: z.boolean().optional(),
  IPv4Forwarding: z.boolean().optional(),
  SecurityOptions: z.array(z.string()).nullish(),
});
type DockerInfo = z.infer<typeof infoSchema>;

/** Judges what a machine said. Pure: the same answers give the same findings. */
export function preflightFindings(
  answers: PreflightAnswers,
  wish: PreflightWish,
): readonly PreflightFinding[] {
  const docker = dockerFound(answers);
  if (docker.info === undefined) return [docker.finding, kindFound(answers.kind)];
  const { info } = docker;
  const trial = answers.trial === undefined ? undefined : trialLines(answers.trial.stdout);
  return [
    docker.finding,
    kindFound(answers.kind),
    imageFound(
      'node image',
      wish.nodeImage,
      answers,
      'Pull it (`docker pull`), or build one: infra/kind/up.',
    ),
    imageFound(
      'toolbox image',
      wish.toolboxImage,
      answers,
      `Build it: docker build --build-arg NODE_IMAGE=${wish.nodeImage} -t ${wish.toolboxImage} infra/images/toolbox`,
    ),
    memoryFound(answers, info),
    limitsFound(info),
    cgroupsFound(info),
    ...(trial === undefined
      ? [notTried(answers)]
      : [diskFound(trial), inotifyFound(trial), ...kernelFound(trial), conntrackFound(trial)]),
  ];
}

/** Nothing that a kind cluster needs is missing. */
export function offersKind(findings: readonly PreflightFinding[]): boolean {
  return findings.every(({ state }) => state !== 'absent');
}

function dockerFound({ docker, platform }: PreflightAnswers): {
  readonly finding: PreflightFinding;
  readonly info?: DockerInfo;
} {
  const absent = (saw: string, remedy: string): { readonly finding: PreflightFinding } => ({
    finding: { what: 'Docker', state: 'absent', saw, remedy },
  });
  if (docker.end === 'not-found')
    return absent('not installed', 'Install Docker: https://docs.docker.com/engine/install/');
  if (docker.end === 'timed-out')
    return absent('does not answer in twenty seconds', 'See its log (journalctl -u docker), and restart it.');
  const info = infoOf(docker.stdout);
  const trouble = [docker.stderr, ...(info?.ServerErrors ?? [])].join('\n');
  if (/permission denied/iu.test(trouble))
    return absent(
      'runs, and your user may not use it',
      'Add your user to the group docker (sudo usermod -aG docker $USER) and sign in again. The group is as good as root.',
    );
  if (info?.ServerVersion === undefined || info.ServerVersion === '')
    return absent(
      'installed, and does not run',
      platform === 'linux' ? 'Start it: sudo systemctl enable --now docker' : 'Start Docker Desktop.',
    );
  if (older(info.ServerVersion, MIN_DOCKER))
    return absent(info.ServerVersion, `Install Docker ${MIN_DOCKER.join('.')} or newer.`);
  const where = info.OperatingSystem === undefined ? '' : ` on ${info.OperatingSystem}`;
  return {
    info,
    finding: {
      what: 'Docker',
      state: 'ok',
      saw: `${info.ServerVersion}${where}, ${info.NCPU ?? '?'} processors`,
    },
  };
}

function infoOf(text: string): DockerInfo | undefined {
  try {
    return infoSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function kindFound(said: ProgramResult): PreflightFinding {
  const what = 'kind';
  const remedy = 'Install kind: https://kind.sigs.k8s.io/docs/user/quick-start/#installation';
  if (said.end === 'not-found') return { what, state: 'absent', saw: 'not installed', remedy };
  const version = /v?(\d+\.\d+[\w.+-]*)/u.exec(said.stdout)?.[1];
  if (said.exitCode !== 0 || version === undefined)
    return { what, state: 'absent', saw: 'installed, and does not say its version', remedy };
  return older(version, MIN_KIND)
    ? { what, state: 'absent', saw: version, remedy: `Install kind ${MIN_KIND.join('.')} or newer.` }
    : { what, state: 'ok', saw: version };
}

function imageFound(
  what: string,
  name: string,
  { images }: PreflightAnswers,
  remedy: string,
): PreflightFinding {
  return images[name]?.exitCode === 0
    ? { what, state: 'ok', saw: name }
    : { what, state: 'absent', saw: `${name} is not on this machine`, remedy };
}

function memoryFound({ platform, freeMemoryBytes }: PreflightAnswers, info: DockerInfo): PreflightFinding {
  // Elsewhere Docker runs in a virtual machine: what is free in there can't be seen, only how much there is.
  const free = platform === 'linux' ? freeMemoryBytes : (info.MemTotal ?? 0);
  const capacity = new Capacity(() => free);
  const each = capacity.bytesFor({ nodes: USUAL_NODES });
  const fit = Math.max(0, Math.floor(capacity.freeBytes / each));
  const saw = `${inGibibytes(free)} free of ${inGibibytes(info.MemTotal ?? 0)}: room for ${fit} clusters of ${USUAL_NODES} nodes`;
  return fit > 0
    ? { what: 'memory', state: 'ok', saw }
    : {
        what: 'memory',
        state: 'absent',
        saw,
        remedy: `A cluster of ${USUAL_NODES} nodes takes ${inGibibytes(each)}, and 1 GiB is kept for the host. Free some, or give Docker’s virtual machine more.`,
      };
}

/** Without these a learner's program can take the whole machine. */
function limitsFound(info: DockerInfo): PreflightFinding {
  const lacking = [
    info.MemoryLimit === false ? 'memory' : undefined,
    info.CpuCfsQuota === false ? 'processors' : undefined,
    info.PidsLimit === false ? 'processes' : undefined,
  ].filter((each) => each !== undefined);
  if (lacking.length > 0)
    return {
      what: 'limits',
      state: 'absent',
      saw: `Docker can’t bound ${lacking.join(', ')}`,
      remedy:
        'Enable the cgroup controllers memory, cpu and pids; for rootless Docker, delegate them to your user: https://docs.docker.com/engine/security/rootless/#limiting-resources',
    };
  if (info.SwapLimit === false)
    return {
      what: 'limits',
      state: 'limited',
      saw: 'memory, processors and processes, but not swap',
      remedy: 'Boot with swapaccount=1, or without swap: else a cluster takes as much swap as memory.',
    };
  return { what: 'limits', state: 'ok', saw: 'memory, processors and processes' };
}

function cgroupsFound({ CgroupVersion, CgroupDriver }: DockerInfo): PreflightFinding {
  const saw = `version ${CgroupVersion ?? 'unknown'}, set by ${CgroupDriver ?? 'unknown'}`;
  if (CgroupVersion !== '1') return { what: 'cgroups', state: 'ok', saw };
  return {
    what: 'cgroups',
    state: 'limited',
    saw,
    remedy:
      'kubelet up to 1.34 runs on version 1, later ones refuse it, and a node killed while it starts a pod can leave a frozen process behind. Boot with systemd.unified_cgroup_hierarchy=1.',
  };
}

function notTried({ images, trial }: PreflightAnswers): PreflightFinding {
  const why = trial?.stderr.trim().split('\n')[0];
  return {
    what: 'kernel',
    state: Object.keys(images).length === 0 ? 'limited' : 'absent',
    saw: `not seen${why === undefined ? ': it is tried in a container of the toolbox image' : `: ${why}`}`,
    remedy: 'Build the toolbox image, then ask again.',
  };
}

function trialLines(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').map((line) => {
      const [name = '', saw = ''] = line.split('\t');
      return [name, saw];
    }),
  );
}

function diskFound(trial: ReadonlyMap<string, string>): PreflightFinding {
  const free = Number(trial.get('disk'));
  const what = 'disk';
  if (!Number.isFinite(free) || trial.get('disk') === '')
    return { what, state: 'limited', saw: 'Docker’s disk can’t be measured' };
  const fit = Math.floor(free / DISK_PER_CLUSTER_BYTES);
  const saw = `${inGibibytes(free)} free for Docker: room for ${fit} clusters`;
  return fit > 0
    ? { what, state: 'ok', saw }
    : {
        what,
        state: 'absent',
        saw,
        remedy: `A cluster takes up to ${inGibibytes(DISK_PER_CLUSTER_BYTES)}. Free some: docker system prune`,
      };
}

function inotifyFound(trial: ReadonlyMap<string, string>): PreflightFinding {
  const what = 'inotify limits';
  const instances = Number(trial.get('fs/inotify/max_user_instances'));
  const watches = Number(trial.get('fs/inotify/max_user_watches'));
  if (!Number.isFinite(instances) || !Number.isFinite(watches))
    return { what, state: 'limited', saw: 'can’t be read' };
  const fit = Math.floor(instances / INSTANCES_PER_CLUSTER);
  const saw = `${instances} instances, ${watches} watches: enough for some ${fit} clusters`;
  if (instances >= WANTED_INSTANCES && watches >= WANTED_WATCHES) return { what, state: 'ok', saw };
  return {
    what,
    state: fit > 0 ? 'limited' : 'absent',
    saw,
    remedy: `sudo sysctl fs.inotify.max_user_instances=${WANTED_INSTANCES} fs.inotify.max_user_watches=${WANTED_WATCHES} (and into /etc/sysctl.d). Where they are short, “too many open files” is what nodes say.`,
  };
}

/** What each part of the kernel is for. `needed`: no cluster goes without it; else a CNI does. */
const KERNEL = [
  { name: 'nftables', needed: true, for: 'kube-proxy, NetworkPolicies and the firewall around each cluster' },
  { name: 'veth', needed: true, for: 'each pod’s interface' },
  { name: 'bridge', needed: true, for: 'each learner’s network' },
  {
    name: 'vxlan',
    needed: false,
    for: 'Calico’s and Flannel’s overlays; the default CNI routes without one',
  },
  {
    name: 'ipip',
    needed: false,
    for: 'Calico’s and kube-router’s IP-in-IP overlays; the default CNI needs none',
  },
] as const;

function kernelFound(trial: ReadonlyMap<string, string>): readonly PreflightFinding[] {
  const parts = KERNEL.map((part): PreflightFinding => {
    const said = trial.get(part.name) ?? 'no: not tried';
    const what = `kernel: ${part.name}`;
    if (said === 'yes') return { what, state: 'ok', saw: `it is for ${part.for}` };
    return {
      what,
      state: part.needed ? 'absent' : 'limited',
      saw: said.replace(/^no: /u, '').replace(/^Error: /u, '') || 'the kernel can’t',
      remedy: `It is for ${part.for}. Load it (sudo modprobe ${MODULES[part.name]}), or boot a kernel that has it.`,
    };
  });
  const bridged = trial.get('net/bridge/bridge-nf-call-iptables');
  return [
    ...parts,
    bridged === undefined || bridged === 'none'
      ? {
          what: 'kernel: br_netfilter',
          state: 'limited',
          saw: 'not loaded',
          remedy:
            'sudo modprobe br_netfilter: without it some CNIs’ rules pass over what stays on one bridge.',
        }
      : { what: 'kernel: br_netfilter', state: 'ok', saw: 'rules see what stays on one bridge' },
  ];
}

const MODULES = {
  nftables: 'nf_tables nft_fib_inet nft_reject_inet nft_ct',
  veth: 'veth',
  bridge: 'bridge',
  vxlan: 'vxlan',
  ipip: 'ipip',
} as const;

function conntrackFound(trial: ReadonlyMap<string, string>): PreflightFinding {
  const kernel = trial.get('kernel') ?? 'unknown';
  const max = Number(trial.get('net/netfilter/nf_conntrack_max'));
  return Number.isFinite(max)
    ? {
        what: 'kernel: conntrack',
        state: 'ok',
        saw: `${max} connections, shared by all clusters (Linux ${kernel})`,
      }
    : {
        what: 'kernel: conntrack',
        state: 'absent',
        saw: 'not loaded',
        remedy: 'sudo modprobe nf_conntrack: Services are connections that are tracked.',
      };
}

function older(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major < least[0] || (major === least[0] && minor < least[1]);
}
