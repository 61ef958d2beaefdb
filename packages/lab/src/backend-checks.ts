import type { Check } from './check-model.ts';
import type { DiagnosticSink } from './diagnostic.ts';
import type { Backend, Task } from './model.ts';

/** What a check needs that a real cluster does not give; undefined: every backend can make it. */
function needOf(check: Check): string | undefined {
  if (check.kind === 'established')
    return 'it opens a connection in a copy of the cluster, and a real one can’t be copied';
  if (check.kind === 'http' && check.request.url.startsWith('https:'))
    return 'it asks over https, which is asked on simulated clusters only';
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
  const lines = text.split('\n');
  for (const check of tasks.flatMap(({ checks }) => checks)) {
    const need = needOf(check);
    if (need === undefined) continue;
    const line = lines.findIndex((each) => each.includes(`check{#${check.id}`));
    sink.report({
      code: 'PW0306',
      line: Math.max(0, line) + 1,
      column: 1,
      message: `The check "${check.id}" can't be made on ${real.join(', ')}: ${need}.`,
      remedy: `Take ${real.join(', ')} out of backends, or look at it in another way.`,
    });
  }
}
