import type { Namespace, Node, Pod, PodAffinityTerm } from 'kubernetes-types/core/v1';
import { selectorMatches } from '../labels/selector.ts';
import { isTerminating, nameOf, namespaceOf } from '../runtime/objects.ts';

/** What the scheduler looks at when it places one pod. */
export interface SchedulingView {
  readonly nodes: readonly Node[];
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  readonly namespaces: readonly Namespace[];
  /** Pods that wait until room is made for them on a node. */
  readonly nominated?: readonly Pod[];
}

function termTakes(view: SchedulingView, term: PodAffinityTerm, owner: Pod, other: Pod): boolean {
  const namespace = namespaceOf(other);
  const named = term.namespaces ?? [];
  const bySelector =
    term.namespaceSelector !== undefined &&
    selectorMatches(
      term.namespaceSelector,
      view.namespaces.find((item) => nameOf(item) === namespace)?.metadata?.labels,
    );
  const inScope =
    named.includes(namespace) ||
    bySelector ||
    (named.length === 0 && term.namespaceSelector === undefined && namespace === namespaceOf(owner));
  return inScope && selectorMatches(term.labelSelector, other.metadata?.labels);
}

/** How many pods that the term takes run in the node's topology domain; undefined when the node lacks the key. */
function countInDomain(
  view: SchedulingView,
  term: PodAffinityTerm,
  owner: Pod,
  node: Node,
): number | undefined {
  const domain = node.metadata?.labels?.[term.topologyKey];
  if (domain === undefined) return undefined;
  let count = 0;
  for (const other of view.nodes) {
    if (other.metadata?.labels?.[term.topologyKey] !== domain) continue;
    for (const pod of view.podsByNode.get(nameOf(other)) ?? [])
      if (!isTerminating(pod) && termTakes(view, term, owner, pod)) count++;
  }
  return count;
}

export function podAffinityReason(view: SchedulingView, pod: Pod, node: Node): string | undefined {
  for (const term of pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const count = countInDomain(view, term, pod, node);
    if (count === undefined) return "node(s) didn't match pod affinity rules";
    if (count > 0) continue;
    // The first pod of a group that wants to be together may start anywhere.
    const anyElsewhere = view.nodes.some((other) => (countInDomain(view, term, pod, other) ?? 0) > 0);
    if (anyElsewhere || !termTakes(view, term, pod, pod)) return "node(s) didn't match pod affinity rules";
  }
  for (const term of pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ??
    []) {
    if ((countInDomain(view, term, pod, node) ?? 0) > 0)
      return "node(s) didn't match pod anti-affinity rules";
  }
  return repelled(view, pod, node) ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

/** The pods of a view that want others out of their domain: few, and looked for once. */
const antiAffine = new WeakMap<SchedulingView, readonly (readonly [node: Node, pod: Pod])[]>();

function antiAffinePods(view: SchedulingView): readonly (readonly [node: Node, pod: Pod])[] {
  let found = antiAffine.get(view);
  if (found === undefined) {
    found = view.nodes.flatMap((node) =>
      (view.podsByNode.get(nameOf(node)) ?? [])
        .filter(({ spec }) => spec?.affinity?.podAntiAffinity !== undefined)
        .map((pod) => [node, pod] as const),
    );
    antiAffine.set(view, found);
  }
  return found;
}

/** Anti-affinity works both ways: a running pod may want this one out of its domain. */
function repelled(view: SchedulingView, pod: Pod, node: Node): boolean {
  for (const [other, running] of antiAffinePods(view)) {
    for (const term of running.spec?.affinity?.podAntiAffinity
      ?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const domain = other.metadata?.labels?.[term.topologyKey];
      if (
        domain !== undefined &&
        node.metadata?.labels?.[term.topologyKey] === domain &&
        termTakes(view, term, running, pod)
      )
        return true;
    }
  }
  return false;
}

/** Preferred terms: the sum of weights that speak for this node. */
export function podAffinityScore(view: SchedulingView, pod: Pod, node: Node): number {
  let score = 0;
  const affinity = pod.spec?.affinity;
  for (const { weight, podAffinityTerm } of affinity?.podAffinity
    ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    score += weight * (countInDomain(view, podAffinityTerm, pod, node) ?? 0);
  }
  for (const { weight, podAffinityTerm } of affinity?.podAntiAffinity
    ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    score -= weight * (countInDomain(view, podAffinityTerm, pod, node) ?? 0);
  }
  return score;
}
