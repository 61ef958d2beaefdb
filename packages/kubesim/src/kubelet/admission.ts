import type { Node, Pod } from 'kubernetes-types/core/v1';
import { isTerminating } from '../runtime/objects.ts';
import { nodeAffinityMatches } from '../scheduler/node-affinity.ts';
import { hostPortTaken } from '../scheduler/placement.ts';
import { allocatableOf, podRequests, useOf } from '../scheduler/resources.ts';
import { untoleratedTaint } from '../scheduler/taints.ts';
import { podEvent } from './context.ts';
import type { KubeletContext } from './context.ts';
import type { PodRecord } from './state.ts';

const NANOS_PER_UNIT = 1_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** KL10: a pod that a node gets and cannot take fails at once, whoever put it there (lifecycle predicates). */
export function admitPod(context: KubeletContext, record: PodRecord): void {
  if (record.isStatic || isTerminating(record.pod)) return;
  const node = context.client.get('Node', undefined, context.site.name);
  if (node === undefined) return;
  const others = [...context.state.pods.values()].filter((other) => other !== record && holdsRoom(other));
  const refusal = refusalOf(
    record.pod,
    node,
    others.map(({ pod }) => pod),
  );
  if (refusal === undefined) return;
  podEvent(context, record, 'Warning', refusal.reason, refusal.message);
  record.verdict = { reason: refusal.reason, message: `Pod was rejected: ${refusal.message}` };
}

function holdsRoom({ verdict, finalPhase, sandbox }: PodRecord): boolean {
  return verdict === undefined && (finalPhase === undefined || sandbox?.live === true);
}

function refusalOf(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  const short = outOf(pod, node, others);
  if (short !== undefined) return short;
  const failed = (predicate: string, why: string): Refusal => ({
    reason: predicate,
    message: `Predicate ${predicate} failed: ${why}`,
  });
  if (pod.spec !== undefined && !nodeAffinityMatches(pod.spec, node))
    return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  if (hostPortTaken(pod, others))
    return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  const taint = untoleratedTaint(node, pod.spec?.tolerations ?? [], ['NoExecute']);
  return taint === undefined
    ? undefined
    : { reason: 'TaintToleration', message: 'Predicate TaintToleration failed' };
}

/** The first resource that is short, in the words of InsufficientResourceError. */
function outOf(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  const capacity = allocatableOf(node);
  const use = useOf(others);
  const told = (resource: string, requested: bigint, used: bigint, whole: bigint): Refusal => ({
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${whole}`,
  });
  const slots = (capacity.get('pods') ?? 0n) / NANOS_PER_UNIT;
  if (slots > 0n && BigInt(use.pods) + 1n > slots) return told('pods', 1n, BigInt(use.pods), slots);
  for (const [resource, amount] of podRequests(pod)) {
    const whole = capacity.get(resource) ?? 0n;
    const used = use.requested.get(resource) ?? 0n;
    const unit = resource === 'cpu' ? NANOS_PER_MILLI : NANOS_PER_UNIT;
    if (amount > 0n && amount > whole - used) return told(resource, amount / unit, used / unit, whole / unit);
  }
  return undefined;
}
