import { simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { startOrchestratorProcess } from '../orchestrator-process.ts';
import { summary } from '../statistics.ts';
import { seatLearners } from './keystrokes.ts';

const LEARNERS = 12;
const CHECKS_EACH = 10;
/** The first checks of a server compile its code. */
const WARM_UP_ROUNDS = 1;
/** A person takes an answer within this for immediate. */
const GOAL_P95_MS = 100;

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const server = await startOrchestratorProcess(bench);
  await server.warm();
  const seats = await seatLearners(bench, server, LEARNERS);
  const firstTasks = new Map(simulatedLabs().map((lab) => [lab.id, lab.tasks[0]?.id ?? '']));
  const samples: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < CHECKS_EACH; round++) {
    bench.progress(`round ${round} of ${CHECKS_EACH}`);
    for (const { learner, sessionId, labId } of seats) {
      const begunMs = performance.now();
      const report = await learner.check(sessionId, firstTasks.get(labId) ?? '');
      if (report.verdict === 'our-fault')
        throw new Error(`a check failed through our own fault: ${JSON.stringify(report)}`);
      if (round >= 0) samples.push(performance.now() - begunMs);
    }
  }
  const detail = summary(samples);
  return [
    {
      name: 'check-to-report-p95',
      value: detail.p95,
      unit: 'ms',
      statistic: 'p95',
      samples: samples.length,
      goal: { atMost: GOAL_P95_MS },
      detail,
    },
  ];
}

export const checks: Figure = {
  name: 'checks',
  about: 'From pressing Check on a lab’s first task to its stored report, one after another.',
  run,
};
