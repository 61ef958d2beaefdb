import type { DiagnosticSink } from './diagnostic.ts';
import type { Task } from './model.ts';

/** Tasks that no learner can ever open: they need one that can't be passed, or that is not there. */
export function checkReachability(
  tasks: readonly Task[],
  placeOf: (id: string) => { readonly line: number; readonly column: number },
  sink: DiagnosticSink,
): void {
  const open = new Set<string>();
  // Each round opens at least one more task, or ends.
  for (let before = -1; before < open.size;) {
    before = open.size;
    for (const { id, needs, checks } of tasks)
      if (checks.length > 0 && needs.every((need) => open.has(need))) open.add(id);
  }
  for (const { id, needs } of tasks) {
    const blocking = needs.filter((need) => !open.has(need));
    if (blocking.length === 0) continue;
    sink.report({
      code: 'PW0207',
      ...placeOf(id),
      message: `Task "${id}" can never be opened: it needs ${blocking.map((need) => `"${need}"`).join(', ')}, which can't be passed.`,
      remedy: 'Need only tasks that have checks and can be opened themselves.',
    });
  }
}
