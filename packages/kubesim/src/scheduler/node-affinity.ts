import type { Node, NodeSelectorTerm, PodSpec } from 'kubernetes-types/core/v1';
import { mapSelectorMatches, requirementHolds } from '../labels/selector.ts';

/** nodeSelector and required node affinity: both must hold. */
export function nodeAffinityMatches(spec: PodSpec, node: Node): boolean {
  if (!mapSelectorMatches(spec.nodeSelector ?? {}, node.metadata?.labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node));
}

/** Terms are ORed, the requirements within one are ANDed; an empty term matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const name: Record<string, string> = { 'metadata.name': node.metadata?.name ?? '' };
  return (
    expressions.every((item) => requirementHolds(item, node.metadata?.labels ?? {})) &&
    fields.every((item) => requirementHolds(item, name))
  );
}
