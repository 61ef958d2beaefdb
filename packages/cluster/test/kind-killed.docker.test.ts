import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider } from '../src/index.ts';
import { kindTestOptions } from './kind-told.ts';

const INSTALLATION = `killed${process.pid}`;
const PREFIX = `podwire-${INSTALLATION}-`;
const SEED = Number(process.env['PODWIRE_KILL_SEED'] ?? 1);
const ROUNDS = Number(process.env['PODWIRE_KILLS'] ?? 20);
const ROUND_TIMEOUT_MS = 180_000;
/** Below this package's node_modules, so that what stays outside of the bundle is found. */
const CACHE = path.join(import.meta.dirname, '../node_modules/.cache');

interface Moment {
  /** What the process said last. */
  readonly after: string;
  readonly delayMs: number;
}

/** Most moments of a creation lie before its control plane comes up, and cost least to reach. */
const MARKS: readonly (readonly [after: string, withinMs: number, share: number])[] = [
  ['begins', 1_500, 6],
  ['Starting the nodes', 4_000, 6],
  ['Starting the control plane', 6_000, 3],
  ['Starting your toolbox', 1_500, 1],
  ['is ready', 1_200, 2],
  ['removes', 900, 2],
];

/** Mulberry32: the same seed gives the same moments. */
function moments(seed: number, count: number): readonly Moment[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const shares = MARKS.flatMap(([after, withinMs, share]) =>
    Array.from({ length: share }, () => ({ after, withinMs })),
  );
  return Array.from({ length: count }, (_, index) => {
    const { after, withinMs } = shares[index % shares.length] ?? { after: 'begins', withinMs: 0 };
    return { after, delayMs: Math.floor(random() * withinMs) };
  });
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

  it.each(moments(SEED, ROUNDS).map((moment) => [moment.after, moment.delayMs] as const))(
    'leaves nothing after one reconcile: “%s” and %i ms',
    async (after, delayMs) => {
      const before = volumes();
      const victim = spawn(process.execPath, [program, INSTALLATION, stateDirectory], {
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
      await provider.reconcile(new Set());
      expect(left()).toEqual([]);
      expect(volumes()).toBeLessThanOrEqual(before);
    },
    ROUND_TIMEOUT_MS,
  );
});
