import type { Check } from './check-model.ts';
import type { DiagnosticSink } from './diagnostic.ts';
import { directiveLine } from './directive-line.ts';
import type { Backend, Task } from './model.ts';

/** What a check needs that a real cluster does not give; undefined: every backend can make it. */
function needOf(check: Check): string | undefined {
  if (check.kind === 'established')
    return 'it opens a connection in a copy of the cluster, and a real one can’t be copied';
  if (
    check.kind === 'http' &&
    check.request.from.kind !== 'toolbox' &&
    check.request.certificate?.trusted !== undefined
  )
    return 'it asks whether a certificate is trusted elsewhere than in the toolbox, and the trust stores of others are read on simulated clusters only';
  return undefined;
}

/** Checks that a backend which the lab declares could never make: for every learner on it they would be a fault of ours. */
export function checkBackends(
  backends: readonly Backend[],
  tasks: readonly Task[],
  text: string,
  sink: DiagnosticSink,
): void {
  const real = backends.filter((backend) => backend !== 'simulated');
  if (real.length === 0) return;
  for (const task of tasks) {
    const begins = directiveLine(text, 'task', task.id) ?? 1;
    for (const check of task.checks) {
      const need = needOf(check);
      if (need === undefined) continue;
      sink.report({
        code: 'PW0306',
        line: directiveLine(text, 'check', check.id, begins) ?? begins,
        column: 1,
        message: `The check "${check.id}" can't be made on ${real.join(', ')}: ${need}.`,
        remedy: `Take ${real.join(', ')} out of backends, or look at it in another way.`,
      });
    }
  }
}
