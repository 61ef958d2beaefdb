import type { Bench, Figure, Measurement } from '../figure.ts';
import { startOrchestratorProcess } from '../orchestrator-process.ts';
import { rounded } from '../statistics.ts';
import { seatLearners } from './keystrokes.ts';

const SESSIONS = 500;
const MEBIBYTE = 1_048_576;
const GOAL_MIB = 1;
/** Buffers and caches fill in this time, as they would in a lab's first minute. */
const IDLE_MS = 60_000;

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const server = await startOrchestratorProcess(bench, { MAX_CLUSTERS: String(SESSIONS) });
  await server.warm();
  const bare = await server.memory();
  const seats = await seatLearners(bench, server, SESSIONS);
  for (const { terminal } of seats) await terminal.type('kubectl get pods\r');
  bench.progress(`${SESSIONS} sessions idle for ${IDLE_MS / 1000} s`);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const full = await server.memory();
  const each = (before: number, after: number): number => rounded((after - before) / SESSIONS / MEBIBYTE);
  const detail = {
    sessions: SESSIONS,
    bareRssMiB: rounded(bare.rssBytes / MEBIBYTE),
    fullRssMiB: rounded(full.rssBytes / MEBIBYTE),
    mainHeapEachMiB: each(bare.mainHeapBytes, full.mainHeapBytes),
    workerHeapEachMiB: each(bare.workerHeapBytes, full.workerHeapBytes),
    externalEachMiB: each(bare.externalBytes, full.externalBytes),
  };
  const base = {
    unit: 'MiB',
    statistic: 'difference',
    samples: SESSIONS,
    goal: { atMost: GOAL_MIB },
    detail,
  } as const;
  const heap = (report: typeof bare): number =>
    report.mainHeapBytes + report.workerHeapBytes + report.externalBytes;
  return [
    { ...base, name: 'memory-a-session-rss', value: each(bare.rssBytes, full.rssBytes) },
    { ...base, name: 'memory-a-session-heap', value: each(heap(bare), heap(full)) },
  ];
}

export const memory: Figure = {
  name: 'memory',
  about: 'What 500 sessions, each with an open terminal, add to the server, after collecting garbage.',
  run,
};
