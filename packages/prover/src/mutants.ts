import type { Manifest } from './manifest.ts';
import { isMap, sameJson } from './manifest.ts';
import type { MutationContext } from './mutations/slip.ts';
import { MUTATIONS } from './mutations/table.ts';

/** One small mistake in one object. */
export interface Mutant {
  /** `change-port/NetworkPolicy/default/db/spec.ingress[0].ports[0].port`: the same from run to run. */
  readonly id: string;
  /** `spec.ingress[0].ports[0].port is 6380 instead of 6379`. */
  readonly what: string;
  /** undefined: the object is not there at all. */
  readonly manifest: Manifest | undefined;
}

/** More than these of one object only repeat themselves. */
const MAX_MUTANTS_OF_OBJECT = 60;

/** The mutants of an object that a solution made; `before`: of what it changed, only where it changed it. */
export function mutantsOf(
  manifest: Manifest,
  before: Manifest | undefined,
  context: MutationContext,
): readonly Mutant[] {
  const place = `${manifest.kind}/${manifest.metadata.namespace ?? ''}/${manifest.metadata.name}`;
  const slips = MUTATIONS.filter((mutation) => mutation.kinds.includes(manifest.kind))
    .flatMap((mutation) => mutation.slips(manifest, context))
    .filter((slip) => !sameJson(slip.manifest, manifest))
    // A change back to what was there is what every learner begins with.
    .filter((slip) => before === undefined || isOfChange(slip.path, manifest, before));
  const whole: readonly Mutant[] =
    before === undefined
      ? [
          {
            id: `drop-object/${place}`,
            what: `${manifest.kind} ${manifest.metadata.name} is not there`,
            manifest: undefined,
          },
        ]
      : [];
  const mutants = [
    ...whole,
    ...slips.map(({ operator, path, what, manifest: changed }) => ({
      id: `${operator}/${place}/${path}`,
      what,
      manifest: changed,
    })),
  ];
  return [...new Map(mutants.map((mutant) => [mutant.id, mutant])).values()].slice(0, MAX_MUTANTS_OF_OBJECT);
}

function isOfChange(path: string, now: Manifest, before: Manifest): boolean {
  const steps = [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name ?? '',
  );
  let left: unknown = now;
  let right: unknown = before;
  for (const step of steps) {
    if (right === undefined) return true;
    left = child(left, step);
    right = child(right, step);
  }
  return !sameJson(left, right);
}

function child(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isMap(value) ? value[step] : undefined;
}
