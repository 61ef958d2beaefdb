import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { findCourse } from '../course/course-files.ts';
import { answers } from '../preview/answers.ts';
import { CourseWatch } from '../preview/course-watch.ts';
import { previewFront } from '../preview/front.ts';
import { answersPreviewState } from '../preview/preview-state.ts';
import { previewTeller } from '../preview/preview-teller.ts';
import { siteBuild } from '../preview/site-build.ts';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

export interface PreviewOptions {
  readonly port: string;
  readonly data?: string;
  /** Lines of JSON on standard output instead of words. */
  readonly json: boolean;
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
  const teller = previewTeller(options.json, output);
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    teller.error(`--port "${options.port}": a port from 1 to ${MAX_PORT}.`);
    return EXIT.usage;
  }
  const folder = findCourse(given, process.cwd());
  if (folder === undefined || !existsSync(path.join(folder, 'course.yaml'))) {
    teller.error('there is no course.yaml. Name the folder of the course, or make one: podwire new course.');
    return EXIT.usage;
  }
  const root = repositoryRoot();
  if (root === undefined) {
    teller.error('the site is not here; run the command from a checkout of Podwire.');
    return EXIT.failed;
  }
  const made = await siteBuild(root, () => teller.building());
  if (!made.ok) {
    output.err(made.output.trim());
    teller.error('the site could not be built.');
    return EXIT.failed;
  }
  if (made.seconds !== undefined) teller.built(made.seconds);
  const watch = new CourseWatch(path.resolve(folder), (state, tookMs) => teller.read(state, tookMs, folder));
  const ports = { web: await freePort(), orchestrator: await freePort() };
  const front = previewFront({
    web: { port: ports.web },
    orchestrator: { port: ports.orchestrator },
    own: (request, response) => answersPreviewState(watch, request, response),
  });
  if (!(await listens(front, port))) {
    watch.close();
    teller.error(`port ${port} is taken. Choose another: --port ${port + 1}`);
    return EXIT.failed;
  }
  const origin = `http://localhost:${port}`;
  const common = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', LABS_DIR: path.resolve(folder) };
  const start = (file: string, env: NodeJS.ProcessEnv): ChildProcess =>
    spawn(process.execPath, [file], {
      cwd: path.dirname(file),
      env: { ...common, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const children = [
    start(made.build.orchestrator, {
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      ORCHESTRATOR_PORT: String(ports.orchestrator),
      PODWIRE_DATA_DIR: options.data ?? path.join(root, '.podwire', 'preview'),
      PUBLIC_ORIGIN: `${origin},http://127.0.0.1:${port}`,
    }),
    start(made.build.site, {
      NODE_ENV: 'production',
      HOSTNAME: '127.0.0.1',
      PORT: String(ports.web),
      PODWIRE_PREVIEW: '1',
    }),
  ];
  const end = ended(children);
  const over = new AbortController();
  void end.then(() => over.abort());
  const isUp = (
    await Promise.all([answers(ports.web, over.signal), answers(ports.orchestrator, over.signal)])
  ).every(Boolean);
  if (isUp) {
    teller.ready(folder, origin);
    teller.read(watch.state, undefined, folder);
  }
  const code = await end;
  watch.close();
  front.close();
  front.closeAllConnections();
  return code;
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
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
