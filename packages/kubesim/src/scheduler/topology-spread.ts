import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { Node, Pod, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import { selectorMatches } from '../labels/selector.ts';
import { isTerminating, nameOf, namespaceOf } from '../runtime/objects.ts';
import { nodeAffinityMatches } from './node-affinity.ts';
import type { SchedulingView } from './pod-affinity.ts';

function countsByDomain(
  view: SchedulingView,
  pod: Pod,
  key: string,
  selector: LabelSelector | undefined,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of view.nodes) {
    const domain = node.metadata?.labels?.[key];
    if (domain === undefined || (pod.spec !== undefined && !nodeAffinityMatches(pod.spec, node))) continue;
    let count = counts.get(domain) ?? 0;
    for (const other of view.podsByNode.get(nameOf(node)) ?? []) {
      if (
        namespaceOf(other) === namespaceOf(pod) &&
        !isTerminating(other) &&
        selectorMatches(selector, other.metadata?.labels)
      )
        count++;
    }
    counts.set(domain, count);
  }
  return counts;
}

/** PodTopologySpread, DoNotSchedule. */
export function topologySpreadReason(view: SchedulingView, pod: Pod, node: Node): string | undefined {
  for (const constraint of pod.spec?.topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') continue;
    const domain = node.metadata?.labels?.[constraint.topologyKey];
    if (domain === undefined)
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    const counts = countsByDomain(view, pod, constraint.topologyKey, constraint.labelSelector);
    const least = fewest(counts, constraint);
    const self = selectorMatches(constraint.labelSelector, pod.metadata?.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew)
      return "node(s) didn't match pod topology spread constraints";
  }
  return undefined;
}

function fewest(counts: ReadonlyMap<string, number>, constraint: TopologySpreadConstraint): number {
  if (counts.size < (constraint.minDomains ?? 1)) return 0;
  return Math.min(...counts.values());
}

/** ScheduleAnyway, and the scheduler's own default constraints: fewer pods of the same owner speak for a node. */
export function spreadPenalties(
  view: SchedulingView,
  pod: Pod,
  nodes: readonly Node[],
  defaults: LabelSelector | undefined,
): ReadonlyMap<Node, number> {
  const soft = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (constraint) => constraint.whenUnsatisfiable === 'ScheduleAnyway',
  );
  const constraints =
    (pod.spec?.topologySpreadConstraints ?? []).length > 0
      ? soft.map(({ topologyKey, labelSelector }) => ({ topologyKey, labelSelector }))
      : defaults === undefined
        ? []
        : ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
            topologyKey,
            labelSelector: defaults,
          }));
  const penalties = new Map<Node, number>();
  for (const { topologyKey, labelSelector } of constraints) {
    if (!nodes.some((node) => node.metadata?.labels?.[topologyKey] !== undefined)) continue;
    const counts = countsByDomain(view, pod, topologyKey, labelSelector);
    for (const node of nodes) {
      const domain = node.metadata?.labels?.[topologyKey];
      if (domain !== undefined) penalties.set(node, (penalties.get(node) ?? 0) + (counts.get(domain) ?? 0));
    }
  }
  return penalties;
}
