import type { LabelSelector, LabelSelectorRequirement } from 'kubernetes-types/meta/v1';
import { requirementHolds, selectorMatches } from '../labels/selector.ts';
import type { Labels } from '../labels/selector.ts';
import { cidrContains, parseAddress } from '../nodes/address.ts';
import type { PeerRule, PolicyPod } from './world.ts';

/** The other end, as a peer is matched against it. */
export interface PeerQuery {
  readonly address: string;
  /** Absent for everything that is no pod of the cluster network (NP25). */
  readonly pod?: PolicyPod;
}

export interface PeerMiss {
  readonly field: string;
  readonly reason: string;
  /** 0 or 1: whether part of the peer held. */
  readonly nearness: number;
}

function namespaceHolds(
  peer: Extract<PeerRule, { kind: 'pods' }>,
  policyNamespace: string,
  pod: PolicyPod,
): boolean {
  // NP8: without a namespaceSelector a peer looks in the policy's own namespace. NP10: an empty one is all namespaces.
  if (peer.namespaceSelector === undefined) return pod.namespace === policyNamespace;
  return selectorMatches(peer.namespaceSelector, pod.namespaceLabels);
}

function podSelectorHolds(peer: Extract<PeerRule, { kind: 'pods' }>, pod: PolicyPod): boolean {
  return peer.podSelector === undefined || selectorMatches(peer.podSelector, pod.labels);
}

/** undefined when the peer means the other end, otherwise why it does not. */
export function peerMiss(peer: PeerRule, policyNamespace: string, other: PeerQuery): PeerMiss | undefined {
  return peer.kind === 'pods' ? podsMiss(peer, policyNamespace, other) : blockMiss(peer, other);
}

function podsMiss(
  peer: Extract<PeerRule, { kind: 'pods' }>,
  policyNamespace: string,
  other: PeerQuery,
): PeerMiss | undefined {
  const { pod } = other;
  if (pod === undefined)
    return { field: peer.field, reason: `it selects pods, and ${other.address} is no pod`, nearness: 0 };
  const inNamespace = namespaceHolds(peer, policyNamespace, pod);
  const selected = podSelectorHolds(peer, pod);
  if (inNamespace && selected) return undefined;
  const both = peer.podSelector !== undefined && peer.namespaceSelector !== undefined;
  if (!inNamespace) {
    const nearness = selected ? 1 : 0;
    if (peer.namespaceSelector === undefined)
      return {
        field: peer.field,
        reason: `a podSelector alone means pods of namespace ${policyNamespace}, and pod ${pod.name} is in ${pod.namespace}`,
        nearness,
      };
    const wanted = describeUnmet(peer.namespaceSelector, pod.namespaceLabels);
    return {
      field: both ? `${peer.field}.namespaceSelector` : peer.field,
      reason: `it wants namespaces with ${wanted}, which namespace ${pod.namespace} has not`,
      nearness,
    };
  }
  return {
    field: both ? `${peer.field}.podSelector` : peer.field,
    reason: `it wants pods with ${describeUnmet(peer.podSelector ?? {}, pod.labels)}, which pod ${pod.namespace}/${pod.name} has not`,
    nearness: 1,
  };
}

function blockMiss(peer: Extract<PeerRule, { kind: 'ip-block' }>, other: PeerQuery): PeerMiss | undefined {
  const address = parseAddress(other.address);
  if (address === undefined || !cidrContains(peer.cidr, address))
    return { field: `${peer.field}.cidr`, reason: `${other.address} is outside ${peer.text}`, nearness: 0 };
  const exception = peer.except.find(({ cidr }) => cidrContains(cidr, address));
  if (exception === undefined) return undefined;
  return {
    field: exception.field,
    reason: `${other.address} is in the excepted ${exception.text}`,
    nearness: 1,
  };
}

/** The first requirement of the selector that the labels don't meet, in the words of `kubectl -l`. */
function describeUnmet(selector: LabelSelector, labels: Labels): string {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    if (labels[key] !== value) return `label ${key}=${value}`;
  const unmet = selector.matchExpressions?.find((requirement) => !requirementHolds(requirement, labels));
  return unmet === undefined ? 'other labels' : describeRequirement(unmet);
}

function describeRequirement({ key, operator, values }: LabelSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return `label ${key} in (${(values ?? []).join(',')})`;
    case 'NotIn':
      return `label ${key} notin (${(values ?? []).join(',')})`;
    case 'Exists':
      return `a label ${key}`;
    case 'DoesNotExist':
      return `no label ${key}`;
    default:
      return `label ${key} ${operator}`;
  }
}
