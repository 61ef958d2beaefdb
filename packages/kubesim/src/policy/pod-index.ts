import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { Labels, Requirement } from '../labels/selector.ts';
import { parseAddress } from '../nodes/address.ts';
import type { ParsedCidr } from '../nodes/address.ts';
import { addPod, emptyPodSet, everyPod, forEachPod, intersect, subtract, unite } from './pod-set.ts';
import type { PodSet } from './pod-set.ts';
import type { Direction, PeerRule, PolicyPod, PolicyView, PolicyWorld } from './world.ts';

/** Selectors answered from sets of pods by label, without looking at a pod. */
class LabelIndex {
  readonly #size: number;
  /** Label key → value → who has it. */
  readonly #byKey = new Map<string, Map<string, PodSet>>();
  /** Selector → its answer: policies of one application repeat each other's. */
  readonly #answers = new Map<string, PodSet>();

  constructor(labels: readonly Labels[]) {
    this.#size = labels.length;
    for (const [place, own] of labels.entries())
      for (const [key, value] of Object.entries(own)) addPod(this.#setOf(key, value), place);
  }

  #setOf(key: string, value: string): PodSet {
    let values = this.#byKey.get(key);
    if (values === undefined) {
      values = new Map<string, PodSet>();
      this.#byKey.set(key, values);
    }
    let set = values.get(value);
    if (set === undefined) values.set(value, (set = emptyPodSet(this.#size)));
    return set;
  }

  /** As `selectorMatches` says for each: an empty selector means all. Not to be changed by the caller. */
  matching(selector: LabelSelector): PodSet {
    const key = JSON.stringify(selector);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const result = everyPod(this.#size);
    for (const [label, value] of Object.entries(selector.matchLabels ?? {}))
      this.#restrict(result, this.#byKey.get(label)?.get(value));
    for (const requirement of selector.matchExpressions ?? []) this.#require(result, requirement);
    this.#answers.set(key, result);
    return result;
  }

  #restrict(result: PodSet, to: PodSet | undefined): void {
    if (to === undefined) result.fill(0);
    else intersect(result, to);
  }

  #require(result: PodSet, { key, operator, values = [] }: Requirement): void {
    const known = this.#byKey.get(key);
    const among = (wanted: Iterable<string>): PodSet => {
      const set = emptyPodSet(this.#size);
      for (const value of wanted) {
        const having = known?.get(value);
        if (having !== undefined) unite(set, having);
      }
      return set;
    };
    switch (operator) {
      case 'In':
        intersect(result, among(values));
        return;
      case 'NotIn':
        subtract(result, among(values));
        return;
      case 'Exists':
        intersect(result, among(known?.keys() ?? []));
        return;
      case 'DoesNotExist':
        subtract(result, among(known?.keys() ?? []));
        return;
      default:
        // Selectors of labels have no other operators; one that is not known holds for nothing.
        result.fill(0);
    }
  }
}

interface Located {
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly place: number;
}

function byAddress(left: Located, right: Located): number {
  if (left.bits !== right.bits) return left.bits - right.bits;
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}

/**
 * The pods of a world by what policies ask of them: namespace, labels, their namespace's labels, address. Every
 * question is answered by uniting and intersecting sets, so that its cost does not grow with pods times policies.
 */
export class PodIndex {
  readonly #world: PolicyWorld;
  readonly #labels: LabelIndex;
  readonly #namespaceLabels: LabelIndex;
  readonly #byNamespace = new Map<string, PodSet>();
  readonly #byAddress: readonly Located[];
  readonly #policies = new Map<Direction, readonly (readonly PolicyView[])[]>();
  readonly #places = new Map<PolicyPod, number>();

  constructor(world: PolicyWorld) {
    const { pods } = world;
    this.#world = world;
    this.#labels = new LabelIndex(pods.map(({ labels }) => labels));
    this.#namespaceLabels = new LabelIndex(pods.map(({ namespaceLabels }) => namespaceLabels));
    for (const [place, pod] of pods.entries()) {
      this.#places.set(pod, place);
      let members = this.#byNamespace.get(pod.namespace);
      if (members === undefined) this.#byNamespace.set(pod.namespace, (members = emptyPodSet(pods.length)));
      addPod(members, place);
    }
    this.#byAddress = pods
      .flatMap(({ addresses }, place) =>
        // Connections between pods use one family: that of their first addresses.
        addresses.slice(0, 1).flatMap((address): readonly Located[] => {
          const parsed = parseAddress(address);
          return parsed === undefined ? [] : [{ ...parsed, place }];
        }),
      )
      .sort(byAddress);
  }

  get size(): number {
    return this.#world.pods.length;
  }

  podsOf(set: PodSet): readonly PolicyPod[] {
    const found: PolicyPod[] = [];
    forEachPod(set, (place) => {
      const pod = this.#world.pods[place];
      if (pod !== undefined) found.push(pod);
    });
    return found;
  }

  /** The pods that a policy's `podSelector` means: those of its own namespace only. */
  subjectsOf({ namespace, podSelector }: PolicyView): PodSet {
    return this.#selected(this.#byNamespace.get(namespace), podSelector);
  }

  #selected(among: PodSet | undefined, selector: LabelSelector | undefined): PodSet {
    const result = among === undefined ? emptyPodSet(this.size) : among.slice();
    if (selector !== undefined) intersect(result, this.#labels.matching(selector));
    return result;
  }

  /** The pods that a peer of a policy in this namespace means; as `peerMiss` says one by one. */
  peerPods(peer: PeerRule, policyNamespace: string): PodSet {
    if (peer.kind === 'ip-block') {
      const result = this.#inBlock(peer.cidr);
      for (const { cidr } of peer.except) subtract(result, this.#inBlock(cidr));
      return result;
    }
    // NP8: without a namespaceSelector a peer looks in the policy's own namespace. NP10: an empty one is all namespaces.
    const among =
      peer.namespaceSelector === undefined
        ? this.#byNamespace.get(policyNamespace)
        : this.#namespaceLabels.matching(peer.namespaceSelector);
    return this.#selected(among, peer.podSelector);
  }

  #inBlock(cidr: ParsedCidr): PodSet {
    const result = emptyPodSet(this.size);
    const sorted = this.#byAddress;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = sorted[middle];
      const before =
        at !== undefined && (at.bits < cidr.bits || (at.bits === cidr.bits && at.value < cidr.base));
      if (before) low = middle + 1;
      else high = middle;
    }
    const end = cidr.base + (1n << BigInt(cidr.bits - cidr.prefixLength));
    for (
      let at = sorted[low];
      at !== undefined && at.bits === cidr.bits && at.value < end;
      at = sorted[++low]
    )
      addPod(result, at.place);
    return result;
  }

  /** The policies that isolate the pod in this direction (NP3, NP7), in the world's order. */
  policiesOf(direction: Direction, pod: PolicyPod): readonly PolicyView[] {
    const place = this.#places.get(pod);
    if (place === undefined) throw new Error(`pod ${pod.namespace}/${pod.name} is not of this world`);
    let all = this.#policies.get(direction);
    if (all === undefined) this.#policies.set(direction, (all = this.#invert(direction)));
    return all[place] ?? [];
  }

  #invert(direction: Direction): readonly (readonly PolicyView[])[] {
    const lists: PolicyView[][] = this.#world.pods.map(() => []);
    for (const policy of this.#world.policies) {
      if (policy.rules[direction] === undefined) continue;
      forEachPod(this.subjectsOf(policy), (place) => lists[place]?.push(policy));
    }
    return lists;
  }
}

const indexes = new WeakMap<PolicyWorld, PodIndex>();

/** The index of a world, made once. Worth it for whoever asks about many pods; one question is answered faster by looking. */
export function podIndex(world: PolicyWorld): PodIndex {
  let index = indexes.get(world);
  if (index === undefined) indexes.set(world, (index = new PodIndex(world)));
  return index;
}
