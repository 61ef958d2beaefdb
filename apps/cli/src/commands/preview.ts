import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { findCourse } from '../course/course-files.ts';
import { renderDiagnostics } from '../course/render-diagnostics.ts';
import { CourseWatch } from '../preview/course-watch.ts';
import type { CourseState } from '../preview/course-watch.ts';
import { servePreviewState } from '../preview/preview-server.ts';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

export interface PreviewOptions {
  readonly port: string;
  readonly data?: string;
}

const MAX_PORT = 65_535;
/** The folder of this repository: `preview` runs its site, which is not part of what is bundled. */
function repositoryRoot(): string | undefined {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'apps/web/next.config.ts'))) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** Runs the real site on a course, and has its pages follow the files. */
export async function preview(
  given: string | undefined,
  options: PreviewOptions,
  output: Output,
): Promise<ExitCode> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    output.err(`podwire preview: --port "${options.port}": a port from 1 to ${MAX_PORT}.`);
    return EXIT.usage;
  }
  const folder = findCourse(given, process.cwd());
  if (folder === undefined || !existsSync(path.join(folder, 'course.yaml'))) {
    output.err(
      'podwire preview: there is no course.yaml. Name the folder of the course, or make one: podwire new course.',
    );
    return EXIT.usage;
  }
  const root = repositoryRoot();
  if (root === undefined) {
    output.err('podwire preview: the site is not here; run the command from a checkout of Podwire.');
    return EXIT.failed;
  }
  const watch = new CourseWatch(path.resolve(folder), (state, tookMs) => tell(state, tookMs, folder, output));
  const state = await servePreviewState(watch);
  const orchestratorPort = await freePort();
  const origin = `http://localhost:${port}`;
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    NEXT_TELEMETRY_DISABLED: '1',
    LOG_LEVEL: 'warn',
    LABS_DIR: path.resolve(folder),
    ORCHESTRATOR_PORT: String(orchestratorPort),
    PODWIRE_PREVIEW_PORT: String(state.port),
    PODWIRE_DATA_DIR: options.data ?? path.join(root, '.podwire', 'preview'),
    PUBLIC_ORIGIN: `${origin},http://127.0.0.1:${port}`,
  };
  const start = (command: string, args: readonly string[], cwd: string): ChildProcess =>
    spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const children = [
    start(process.execPath, ['--import', 'tsx', path.join(root, 'apps/orchestrator/src/index.ts')], root),
    start(
      process.execPath,
      [
        path.join(root, 'node_modules/next/dist/bin/next'),
        'dev',
        '--hostname',
        '127.0.0.1',
        '--port',
        String(port),
      ],
      path.join(root, 'apps/web'),
    ),
  ];
  output.out(`Previewing ${folder} on ${origin}. Pages follow the files; Ctrl-C ends it.`);
  tell(watch.state, undefined, folder, output);
  const code = await ended(children);
  watch.close();
  state.close();
  return code;
}

function tell(
  { diagnostics }: CourseState,
  tookMs: number | undefined,
  folder: string,
  output: Output,
): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const read = tookMs === undefined ? '' : output.paint('dim', `read again in ${Math.round(tookMs)} ms; `);
  if (diagnostics.length > 0) output.err(renderDiagnostics(diagnostics, folder, output.paint));
  output.out(`${read}${errors} errors, ${warnings} warnings`);
}

/** Ends when the author does, or when one of the two can't go on. */
function ended(children: readonly ChildProcess[]): Promise<ExitCode> {
  return new Promise((resolve) => {
    let [left, asked] = [children.length, false];
    const stop = (): void => {
      asked = true;
      for (const child of children) child.kill('SIGTERM');
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    for (const child of children)
      child.once('exit', () => {
        left--;
        if (left > 0 && !asked) for (const other of children) other.kill('SIGTERM');
        if (left === 0) resolve(asked ? EXIT.ok : EXIT.failed);
      });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
