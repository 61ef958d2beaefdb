import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** What the site and the lab server are built from, from the repository's root. */
const SOURCES = ['apps/web', 'apps/orchestrator', 'packages', 'prisma'];
const LOOSE_SOURCES = ['package-lock.json', 'tsconfig.json'];
const NOT_SOURCES = new Set(['node_modules', '.next', '.turbo', 'dist', 'generated', 'test', 'test-results']);
/** Tests and what Next.js writes itself are none. */
const SOURCE_FILE = /^(?!next-env\.d\.ts$)(?!.*\.test\.).*\.(tsx?|mjs|css|json|svg|js|prisma|sql)$/;
/** Output of a build kept, to be shown when it fails. */
const MAX_KEPT_CHARS = 100_000;

export interface SiteBuild {
  readonly orchestrator: string;
  readonly site: string;
}

export type BuildOutcome =
  | { readonly ok: true; readonly build: SiteBuild; readonly seconds: number | undefined }
  | { readonly ok: false; readonly output: string };

/** The site and the lab server as they are built for learners: built now when a source has changed since. */
export async function siteBuild(root: string, onBuilding: () => void): Promise<BuildOutcome> {
  const web = path.join(root, 'apps/web');
  const standalone = path.join(web, '.next/standalone/apps/web');
  const build = {
    orchestrator: path.join(root, 'apps/orchestrator/dist/index.js'),
    site: path.join(standalone, 'server.js'),
  };
  const note = path.join(root, 'node_modules/.cache/podwire/site.json');
  const idFile = path.join(web, '.next/BUILD_ID');
  // As they are before they are built: what changes meanwhile is built the next time.
  const sources = stampOf(root);
  const stamp = (): string =>
    JSON.stringify({ sources, site: existsSync(idFile) ? readFileSync(idFile, 'utf8') : '' });
  const isFresh =
    existsSync(note) &&
    Object.values(build).every((file) => existsSync(file)) &&
    readFileSync(note, 'utf8') === stamp();
  if (isFresh) return { ok: true, build, seconds: undefined };
  onBuilding();
  const startMs = performance.now();
  const { code, output } = await run(root);
  if (code !== 0) return { ok: false, output };
  // Next.js leaves these out of its standalone server, for those who serve them from elsewhere.
  cpSync(path.join(web, '.next/static'), path.join(standalone, '.next/static'), { recursive: true });
  cpSync(path.join(web, 'public'), path.join(standalone, 'public'), { recursive: true });
  mkdirSync(path.dirname(note), { recursive: true });
  writeFileSync(note, stamp());
  return { ok: true, build, seconds: (performance.now() - startMs) / 1_000 };
}

/** Changes when a source does. */
function stampOf(root: string): string {
  const hash = createHash('sha256');
  const walk = (folder: string): void => {
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!NOT_SOURCES.has(entry.name)) walk(place);
      } else if (SOURCE_FILE.test(entry.name)) add(place);
    }
  };
  const add = (file: string): void => {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  };
  for (const folder of SOURCES) walk(path.join(root, folder));
  for (const file of LOOSE_SOURCES) add(path.join(root, file));
  return hash.digest('hex');
}

function run(root: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        path.join(root, 'node_modules/turbo/bin/turbo'),
        ...['run', 'build', '--filter=@podwire/web', '--filter=@podwire/orchestrator'],
        '--output-logs=errors-only',
      ],
      {
        cwd: root,
        env: {
          ...process.env,
          NEXT_TELEMETRY_DISABLED: '1',
          TURBO_TELEMETRY_DISABLED: '1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-MAX_KEPT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
