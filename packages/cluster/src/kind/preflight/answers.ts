import { freemem, platform } from 'node:os';
import { firewallRules } from '../firewall.ts';
import { runProgram } from '../run-program.ts';
import type { ProgramResult } from '../run-program.ts';

/** What a machine said when it was asked. Plain JSON, so that what machines said can be kept and judged again. */
export interface PreflightAnswers {
  readonly platform: string;
  readonly freeMemoryBytes: number;
  /** `docker info`, as JSON. */
  readonly docker: ProgramResult;
  readonly kind: ProgramResult;
  /** `docker image inspect`, by the image's name. */
  readonly images: Readonly<Record<string, ProgramResult>>;
  /** What was tried in a container, so that it is told of the machine on which containers run. */
  readonly trial?: ProgramResult;
}

export interface PreflightWish {
  readonly nodeImage: string;
  readonly toolboxImage: string;
  /** When it is not on the PATH. */
  readonly kindProgram?: string;
}

export type RunAsked = (
  program: string,
  words: readonly string[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
) => Promise<ProgramResult>;

/** A Docker that starts other learners' clusters takes its time. */
const ANSWERS_WITHIN_MS = 20_000;
/** A container is started for it. */
const TRIAL_WITHIN_MS = 60_000;

/**
 * Tried as root in a network of its own, whose end takes everything with it: whether the kernel does what a cluster
 * and its firewall need, its modules loaded on demand, is seen by doing it. One line each: a name, a tab, what was
 * seen.
 */
const TRIAL = `
say() { printf '%s\\t%s\\n' "$1" "$2"; }
try() { name=$1; shift; said=$("$@" 2>&1) && say "$name" yes || say "$name" "no: $(printf %s "$said" | head -n 1)"; }
rules() { printf %s "$1" | nft -f -; }
try nftables rules "$1"
try veth ip link add pwtry0 type veth peer name pwtry1
try bridge ip link add pwtry2 type bridge
try vxlan ip link add pwtry3 type vxlan id 7 dstport 4789 dev lo
try ipip ip link add pwtry4 type ipip local 127.0.0.1
for file in net/bridge/bridge-nf-call-iptables net/netfilter/nf_conntrack_max fs/inotify/max_user_instances fs/inotify/max_user_watches kernel/pid_max; do
  say "$file" "$(cat /proc/sys/$file 2>/dev/null || echo none)"
done
say kernel "$(uname -r)"
say disk "$(df -PB1 / | awk 'NR == 2 { print $4 }')"
`;

/** Asks this machine. Nothing of it is changed, and nothing stays. */
export async function preflightAnswers(
  wish: PreflightWish,
  signal?: AbortSignal,
  run: RunAsked = runProgram,
): Promise<PreflightAnswers> {
  const ask = (program: string, ...words: readonly string[]): Promise<ProgramResult> =>
    run(program, words, { timeoutMs: ANSWERS_WITHIN_MS, signal });
  const names = [wish.nodeImage, wish.toolboxImage];
  const [docker, kind, ...images] = await Promise.all([
    ask('docker', 'info', '--format', '{{json .}}'),
    ask(wish.kindProgram ?? 'kind', 'version'),
    ...names.map((name) => ask('docker', 'image', 'inspect', '--format', '{{.Id}}', name)),
  ]);
  const hasToolbox = images[1]?.exitCode === 0;
  return {
    platform: platform(),
    freeMemoryBytes: freemem(),
    docker,
    kind,
    images: Object.fromEntries(names.map((name, index) => [name, images[index] ?? UNASKED])),
    ...(hasToolbox
      ? {
          trial: await run('docker', trialWords(wish.toolboxImage), { timeoutMs: TRIAL_WITHIN_MS, signal }),
        }
      : {}),
  };
}

const UNASKED: ProgramResult = { stdout: '', stderr: '', end: 'aborted' };

function trialWords(image: string): readonly string[] {
  const rules = firewallRules({ bridge: 'pwtry2', table: 'podwire_try' }, 'public', []);
  return [
    ...['run', '--rm', '--network=none', '--cap-drop=ALL', '--cap-add=NET_ADMIN', '--user=root'],
    ...['--label=io.podwire.part=preflight', '--memory=128m', '--pids-limit=64', '--entrypoint=sh'],
    ...[image, '-c', TRIAL, 'sh', rules],
  ];
}
