import type { Task } from '@podwire/machine';
import type { Assignment } from './ast.ts';
import { ExpansionFailure } from './errors.ts';
import type { Expander } from './expand.ts';
import type { Io } from './io.ts';
import type { Shell } from './shell.ts';

/** `name=(…)` and `name+=(…)`. */
export function* assignArray(
  shell: Shell,
  expander: Expander,
  { name, append, elements = [] }: Assignment,
  io: Io,
): Task<void> {
  const { variables } = shell;
  const associative = variables.get(name)?.associative === true;
  const result = new Map(append ? variables.elements(name) : []);
  let next = append && !associative ? Math.max(-1, ...[...result.keys()].map(Number)) + 1 : 0;
  for (const { subscript, value } of elements) {
    if (subscript !== undefined) {
      const key = yield* expander.subscriptKey(name, subscript, io);
      result.set(key, yield* expander.single(value, io));
      if (!associative) next = Number(key) + 1;
      continue;
    }
    if (associative)
      throw new ExpansionFailure(
        `${name}: ${value.raw}: must use subscript when assigning associative array`,
      );
    for (const field of yield* expander.fields(value, io)) result.set(String(next++), field);
  }
  const outcome = variables.setArray(name, result);
  if (outcome === 'read-only') throw new ExpansionFailure(`${name}: readonly variable`);
  if (outcome === 'too-large') throw new ExpansionFailure(`${name}: cannot hold so much text`);
}
