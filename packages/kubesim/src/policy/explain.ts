import { evaluatePolicies } from './evaluate.ts';
import type { Connection, DirectionVerdict, PolicyRef, RuleMiss } from './verdict.ts';
import type { PolicyObjects } from './world.ts';

export interface PolicyDenial {
  readonly direction: 'egress' | 'ingress';
  readonly isolatedBy: readonly PolicyRef[];
  /** The rule that came nearest to allowing it: what to change first. */
  readonly nearest?: RuleMiss;
  /** Two plain sentences. */
  readonly text: string;
}

/**
 * Why policies deny a connection, with the nearest miss; undefined when they allow it. The addresses
 * are those after DNAT and before masquerade, as the dropped packet of a trace has them.
 */
export function explainDenial(objects: PolicyObjects, connection: Connection): PolicyDenial | undefined {
  const verdict = evaluatePolicies(objects, connection);
  if (verdict.egress.kind === 'denied') return denial('egress', verdict.egress);
  if (verdict.ingress.kind === 'denied') return denial('ingress', verdict.ingress);
  return undefined;
}

function denial(
  direction: PolicyDenial['direction'],
  { isolatedBy, misses }: Extract<DirectionVerdict, { kind: 'denied' }>,
): PolicyDenial {
  const names = isolatedBy.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const side = direction === 'egress' ? 'source' : 'destination';
  const isolation = `The ${side} is isolated for ${direction} by ${isolatedBy.length === 1 ? 'NetworkPolicy' : 'NetworkPolicies'} ${names}.`;
  const nearest = misses[0];
  if (nearest === undefined) return { direction, isolatedBy, text: isolation };
  const { policy, field, reason } = nearest;
  const text = `${isolation} Nearest to allowing it was ${policy.namespace}/${policy.name}, ${field}: ${reason}.`;
  return { direction, isolatedBy, nearest, text };
}
