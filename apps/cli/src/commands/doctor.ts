import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os';
import process from 'node:process';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';
import { kindPreflight, offersKind } from '@podwire/cluster';
import type { PreflightFinding } from '@podwire/cluster';

interface Finding {
  readonly what: string;
  /** `missing` keeps the simulated backend from running; `absent` only keeps something more from it. */
  readonly state: 'ok' | 'absent' | 'missing';
  readonly saw: string;
  readonly remedy?: string;
}

const MIN_NODE = [20, 19] as const;
/** One booted cluster and the site beside it. */
const MIN_BYTES = 512 * 1_024 * 1_024;
const API_PORT = 6_443;
const PROGRAM_TIMEOUT_MS = 5_000;

export interface DoctorOptions {
  readonly json: boolean;
  /** Images of kind clusters. */
  readonly nodeImage: string;
  readonly toolboxImage: string;
}

/** What this machine can run, and what is missing, with the remedy. */
export async function doctor(options: DoctorOptions, output: Output): Promise<ExitCode> {
  const [forKind, ...asked] = await Promise.all([
    kindPreflight(options),
    apiPort(),
    program(
      'kubectl',
      ['version', '--client'],
      'Install kubectl to talk to podwire up: https://kubernetes.io/docs/tasks/tools/',
    ),
    program(
      'docker',
      ['version', '--format', '{{.Server.Version}}'],
      'For labs on kind, install Docker, start it, and let your user reach it. Simulated labs need none.',
    ),
    program(
      'kind',
      ['version'],
      'For labs on kind, install it: https://kind.sigs.k8s.io. Simulated labs need none.',
    ),
  ]);
  const findings: readonly Finding[] = [
    nodeVersion(),
    memory(),
    { what: 'processors', state: 'ok', saw: String(availableParallelism()) },
    temporaryFolder(),
    ...asked,
  ];
  const simulated = findings.every(({ state }) => state !== 'missing');
  const kind = offersKind(forKind);
  if (options.json) output.out(JSON.stringify({ simulated, kind, findings, forKind }, null, 2));
  else {
    const width = Math.max(...[...findings, ...forKind].map(({ what }) => what.length));
    print(findings, width, output);
    output.out('\nFor kind clusters (simulated ones need none of it):');
    print(forKind, width, output);
    const yes = (able: boolean): string => (able ? output.paint('green', 'yes') : 'no');
    output.out(`\nSimulated clusters: ${yes(simulated)}. kind clusters: ${yes(kind)}.`);
  }
  return simulated ? EXIT.ok : EXIT.failed;
}

function print(
  findings: readonly (Finding | PreflightFinding)[],
  width: number,
  { out, paint }: Output,
): void {
  const marks = {
    ok: paint('green', 'ok     '),
    limited: paint('yellow', 'limited'),
    absent: paint('yellow', 'absent '),
    missing: paint('red', 'MISSING'),
  };
  for (const { what, state, saw, remedy } of findings) {
    out(`${marks[state]}  ${what.padEnd(width)}  ${saw}`);
    if (remedy !== undefined) out(`${' '.repeat(11 + width)}${paint('cyan', remedy)}`);
  }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return {
    what: 'Node.js',
    state: good ? 'ok' : 'missing',
    saw: process.versions.node,
    ...(good ? {} : { remedy: `Install Node.js ${MIN_NODE.join('.')} or newer.` }),
  };
}

function memory(): Finding {
  const gibibytes = (bytes: number): string => `${(bytes / 1_024 ** 3).toFixed(1)} GiB`;
  const good = totalmem() >= MIN_BYTES;
  return {
    what: 'memory',
    state: good ? 'ok' : 'missing',
    saw: `${gibibytes(freemem())} free of ${gibibytes(totalmem())}`,
    ...(good ? {} : { remedy: `A cluster and the site want ${gibibytes(MIN_BYTES)}.` }),
  };
}

function temporaryFolder(): Finding {
  const what = 'temporary folder';
  try {
    accessSync(tmpdir(), constants.W_OK);
    return { what, state: 'ok', saw: tmpdir() };
  } catch {
    return {
      what,
      state: 'missing',
      saw: `${tmpdir()} can't be written`,
      remedy: 'Set TMPDIR to a folder that can be.',
    };
  }
}

function apiPort(): Promise<Finding> {
  const what = `port ${API_PORT}`;
  const remedy = 'Give podwire up another with --port, or --port 0 for any that is free.';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve({ what, state: 'absent', saw: 'in use', remedy }));
    server.listen(API_PORT, '127.0.0.1', () =>
      server.close(() => resolve({ what, state: 'ok', saw: 'free' })),
    );
  });
}

function program(name: string, args: readonly string[], remedy: string): Promise<Finding> {
  return new Promise((resolve) => {
    execFile(name, args, { timeout: PROGRAM_TIMEOUT_MS }, (error, stdout) => {
      const [first = ''] = stdout.trim().split('\n');
      if (error === null) return resolve({ what: name, state: 'ok', saw: first });
      const saw = error.code === 'ENOENT' ? 'not installed' : 'installed, and does not answer';
      return resolve({ what: name, state: 'absent', saw, remedy });
    });
  });
}
