import { simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { Learner } from '../learner.ts';
import { startOrchestratorProcess } from '../orchestrator-process.ts';
import { median, rounded, summary } from '../statistics.ts';

const STARTS = 200;
/** Their server's first requests compile its code: not what a learner on a running server waits for. */
const WARM_UP_STARTS = 10;
const GOAL_P50_MS = 20;
const GOAL_P99_MS = 100;

interface Start {
  readonly sessionMs: number;
  readonly terminalMs: number;
  readonly wholeMs: number;
}

/** From the request for a session to the terminal's first prompt, over HTTP and the socket. */
async function oneStart(url: string, labId: string): Promise<Start> {
  const learner = await Learner.arrive(url);
  const begunMs = performance.now();
  const session = await learner.start(labId);
  const startedMs = performance.now();
  await learner.join(session.id);
  await learner.openTerminal();
  const promptMs = performance.now();
  await learner.end(session.id);
  learner.leave();
  return { sessionMs: startedMs - begunMs, terminalMs: promptMs - startedMs, wholeMs: promptMs - begunMs };
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const server = await startOrchestratorProcess(bench);
  await server.warm();
  const labs = simulatedLabs();
  const samples: Start[] = [];
  for (let start = -WARM_UP_STARTS; start < STARTS; start++) {
    const lab = labs[(start + WARM_UP_STARTS) % labs.length];
    const took = await oneStart(server.url, lab?.id ?? '');
    if (start >= 0) samples.push(took);
    if (start % 50 === 0) bench.progress(`start ${start} of ${STARTS}`);
  }
  const detail = {
    ...summary(samples.map(({ wholeMs }) => wholeMs)),
    sessionP50: rounded(median(samples.map(({ sessionMs }) => sessionMs))),
    terminalP50: rounded(median(samples.map(({ terminalMs }) => terminalMs))),
  };
  const base = { unit: 'ms', samples: STARTS, detail } as const;
  return [
    {
      ...base,
      name: 'lab-start-p50',
      value: rounded(detail.p50),
      statistic: 'p50',
      goal: { atMost: GOAL_P50_MS },
    },
    {
      ...base,
      name: 'lab-start-p99',
      value: rounded(detail.p99),
      statistic: 'p99',
      goal: { atMost: GOAL_P99_MS },
    },
  ];
}

export const labStart: Figure = {
  name: 'lab-start',
  about: 'From pressing Start to the first prompt, on a warm server, one learner after another.',
  run,
};
