import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider } from '../src/index.ts';
import { kindTestOptions, smallOrigin, Told } from './kind-told.ts';

const INSTALLATION = `killed${process.pid}`;
const PREFIX = `podwire-${INSTALLATION}-`;
const SEED = Number(process.env['PODWIRE_KILL_SEED'] ?? 1);
const ROUND_TIMEOUT_MS = 180_000;
/** Below this package's node_modules, so that what stays outside of the bundle is found. */
const CACHE = path.join(import.meta.dirname, '../node_modules/.cache');

interface Moment {
  /** What the process said last. */
  readonly after: string;
  readonly delayMs: number;
}

/** Most moments of a creation lie before its control plane comes up, and cost least to reach. */
const CREATION: readonly Marks[] = [
  { after: 'begins', withinMs: 1_500, share: 6 },
  { after: 'Starting the nodes', withinMs: 4_000, share: 4 },
  { after: 'Starting the control plane', withinMs: 6_000, share: 3 },
  { after: 'Starting your toolbox', withinMs: 1_500, share: 1 },
];
/** One cluster after another process: used, used, put away, and removed last. */
const LIFE: readonly Marks[] = [
  { after: 'is ready', withinMs: 1_200, share: 3 },
  { after: 'suspends', withinMs: 2_500, share: 2 },
  { after: 'removes', withinMs: 900, share: 1 },
];

interface Marks {
  readonly after: string;
  readonly withinMs: number;
  /** Of twenty. */
  readonly share: number;
}

/** Mulberry32: the same seed gives the same moments. */
function moments(marks: readonly Marks[], seed: number): readonly Moment[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return marks.flatMap(({ after, withinMs, share }) =>
    Array.from({ length: share }, () => ({ after, delayMs: Math.floor(random() * withinMs) })),
  );
}

describe('a process that is killed at any moment', () => {
  const stateDirectory = mkdtempSync(path.join(tmpdir(), 'podwire-killed-'));
  const options = { ...kindTestOptions(INSTALLATION), stateDirectory };
  let provider: KindProvider;
  let program = '';
  beforeAll(async () => {
    mkdirSync(CACHE, { recursive: true });
    const folder = mkdtempSync(path.join(CACHE, 'test-'));
    program = path.join(folder, 'kind-victim.mjs');
    // It is begun twenty times: a bundle takes a tenth of the time that loading sources does.
    await build({
      entryPoints: [path.join(import.meta.dirname, 'kind-victim.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      external: ['dockerode', '@kubernetes/client-node'],
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
      },
      logLevel: 'warning',
    });
    provider = await KindProvider.open(options);
  });
  afterAll(async () => {
    await provider.reconcile(new Set());
    await provider.close();
    rmSync(path.dirname(program), { recursive: true, force: true });
  }, ROUND_TIMEOUT_MS);

  const lines = (...words: string[]): readonly string[] =>
    execFileSync('docker', words, { encoding: 'utf8' }).split('\n');
  /** Containers, networks, volumes, firewall rules, files and programs. */
  const left = (): readonly string[] => [
    ...lines('ps', '--all', '--format', '{{.Names}} {{.Labels}}').filter((line) =>
      line.includes(INSTALLATION),
    ),
    ...lines('network', 'ls', '--format', '{{.Name}}').filter((name) => name.startsWith(PREFIX)),
    ...lines(
      ...['run', '--rm', '--network=host', '--cap-drop=ALL', '--cap-add=NET_ADMIN', '--user=root'],
      ...['--entrypoint=nft', options.toolboxImage, 'list', 'tables'],
    ).filter((line) => line.includes(INSTALLATION)),
    ...readdirSync(stateDirectory).filter((name) => name.includes('.')),
    ...readdirSync('/proc')
      .filter((name) => /^\d+$/u.test(name) && existsSync(`/proc/${name}/environ`))
      .filter((name) => {
        try {
          return readFileSync(`/proc/${name}/environ`, 'utf8').includes(`=${PREFIX}`);
        } catch {
          return false;
        }
      }),
  ];
  const volumes = (): number => lines('volume', 'ls', '--quiet', '--filter', 'dangling=true').length;

  /** Runs the process until the moment, and kills it. */
  const killAt = async ({ after, delayMs }: Moment, deed: 'create' | 'adopt'): Promise<void> => {
    const victim = spawn(process.execPath, [program, INSTALLATION, stateDirectory, deed, after], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const marks: string[] = [];
    await new Promise<void>((resolve) => {
      createInterface({ input: victim.stdout }).on('line', (mark) => {
        marks.push(mark);
        if (mark === after) setTimeout(resolve, delayMs);
      });
      victim.once('exit', () => resolve());
    });
    victim.kill('SIGKILL');
    // It got so far, and no failure of its own ended it before.
    expect(marks).toContain(after);
  };

  it.each(moments(CREATION, SEED).map((moment) => [moment.after, moment.delayMs] as const))(
    'leaves nothing of a creation after one reconcile: “%s” and %i ms',
    async (after, delayMs) => {
      const before = volumes();
      await killAt({ after, delayMs }, 'create');
      await provider.reconcile(new Set());
      expect(left()).toEqual([]);
      expect(volumes()).toBeLessThanOrEqual(before);
    },
    ROUND_TIMEOUT_MS,
  );

  it.each(moments(LIFE, SEED).map((moment, index) => [moment.after, moment.delayMs, index] as const))(
    'keeps what a learner has, and all of it, until it is removed: “%s” and %i ms',
    async (after, delayMs, index) => {
      await killAt({ after, delayMs }, index === 0 ? 'create' : 'adopt');
      if (after === 'removes') {
        await provider.reconcile(new Set());
        expect(left()).toEqual([]);
        return;
      }
      // Its session lives: the reconcile of the next process removes helpers of the dead one at most.
      expect(await provider.reconcile(new Set(['s1']))).toEqual([]);
      const history = { records: [], clusterTimeMs: 0 };
      const cluster = await provider.create('s1', smallOrigin, new Told(), { history });
      const helpers = lines(
        'ps',
        '--all',
        '--format',
        '{{.Names}}',
        '--filter',
        `label=io.podwire.installation=${INSTALLATION}`,
      );
      expect(helpers.filter((name) => name !== '')).toEqual([`${PREFIX}s1-toolbox`]);
      expect(await cluster.readFile('/home/learner/kept.txt')).toMatchObject({
        ok: true,
        value: { text: 'kept\n' },
      });
      expect(await cluster.inToolbox(['kubectl', 'get', 'pod', 'asker', '-o', 'name'])).toMatchObject({
        stdout: 'pod/asker\n',
      });
      await cluster.abandon();
    },
    ROUND_TIMEOUT_MS,
  );
});
