import { simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { Learner } from '../learner.ts';
import type { Terminal } from '../learner.ts';
import { startOrchestratorProcess } from '../orchestrator-process.ts';
import type { OrchestratorProcess } from '../orchestrator-process.ts';
import { rounded, summary } from '../statistics.ts';
import { KEY_INTERVAL_MS, typeFor } from './typing.ts';

const SESSIONS = 200;
const DURATION_MS = 20_000;
/** The first keys of a server compile its code: they are not counted. */
const WARM_UP_MS = 5_000;
const GOAL_P95_MS = 30;

const NEIGHBOURS = 20;
const BUSY_LOOP = 'while true; do :; done\r';

export interface Seat {
  readonly learner: Learner;
  readonly sessionId: string;
  readonly labId: string;
  readonly terminal: Terminal;
}

/** So many learners, each in a lab of their own with an open terminal. */
export async function seatLearners(
  bench: Bench,
  server: OrchestratorProcess,
  count: number,
): Promise<readonly Seat[]> {
  const labs = simulatedLabs();
  const seats: Seat[] = [];
  for (let index = 0; index < count; index++) {
    const learner = await Learner.arrive(server.url);
    const labId = labs[index % labs.length]?.id ?? '';
    const { id: sessionId } = await learner.start(labId);
    await learner.join(sessionId);
    seats.push({ learner, sessionId, labId, terminal: await learner.openTerminal() });
    if (seats.length % 50 === 0) bench.progress(`${seats.length} of ${count} learners sit`);
  }
  return seats;
}

/** All type at once, out of step with each other. */
async function typeTogether(seats: readonly Seat[], durationMs = DURATION_MS): Promise<readonly number[]> {
  const all = await Promise.all(
    seats.map(({ terminal }, index) =>
      typeFor(terminal, durationMs, (index / seats.length) * KEY_INTERVAL_MS),
    ),
  );
  return all.flat();
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const server = await startOrchestratorProcess(bench, { MAX_CLUSTERS: String(SESSIONS) });
  await server.warm();
  const seats = await seatLearners(bench, server, SESSIONS);
  bench.progress(`${SESSIONS} learners type for ${DURATION_MS / 1000} s, five keys a second each`);
  await typeTogether(seats, WARM_UP_MS);
  const samples = await server.profiled(() => typeTogether(seats));
  const detail = { ...summary(samples), sessions: SESSIONS };
  return [
    {
      name: 'keystroke-echo-p95',
      value: detail.p95,
      unit: 'ms',
      statistic: 'p95',
      samples: samples.length,
      goal: { atMost: GOAL_P95_MS },
      detail,
    },
  ];
}

export const keystrokes: Figure = {
  name: 'keystrokes',
  about: 'From a key to its echo over socket.io, while 200 learners type.',
  run,
};

async function runBeside(bench: Bench): Promise<readonly Measurement[]> {
  const server = await startOrchestratorProcess(bench, { CLUSTER_WORKERS: '1' });
  await server.warm();
  const [loop, ...neighbours] = await seatLearners(bench, server, NEIGHBOURS + 1);
  bench.progress(`${NEIGHBOURS} learners type, nobody else does anything`);
  await typeTogether(neighbours, WARM_UP_MS);
  const quiet = summary(await typeTogether(neighbours));
  bench.progress('the same while their neighbour runs an endless loop');
  loop?.terminal.type(BUSY_LOOP).catch(() => undefined);
  const samples = await server.profiled(() => typeTogether(neighbours));
  const beside = summary(samples);
  const base = {
    samples: samples.length,
    detail: { ...beside, quietP50: quiet.p50, quietP95: quiet.p95, sessions: NEIGHBOURS },
  };
  return [
    {
      ...base,
      name: 'keystroke-echo-beside-endless-loop-p95',
      value: beside.p95,
      unit: 'ms',
      statistic: 'p95',
      goal: { atMost: GOAL_P95_MS },
    },
    {
      ...base,
      name: 'keystroke-echo-beside-endless-loop-to-quiet',
      value: rounded(beside.p95 / quiet.p95),
      unit: 'ratio',
      statistic: 'p95',
    },
  ];
}

export const besideEndlessLoop: Figure = {
  name: 'beside-endless-loop',
  about: 'From a key to its echo, beside a learner of the same worker who runs “while true; do :; done”.',
  run: runBeside,
};
