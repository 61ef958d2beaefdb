import type { Container, Node, Pod } from 'kubernetes-types/core/v1';
import { parseQuantity } from '../api/quantity.ts';

/** Amounts by resource name, in units of 10^-9. */
export type Amounts = ReadonlyMap<string, bigint>;

function amountsOf(list: Readonly<Record<string, string>> | undefined): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const [name, text] of Object.entries(list ?? {})) amounts.set(name, parseQuantity(text)?.nanos ?? 0n);
  return amounts;
}

function add(into: Map<string, bigint>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0n) + amount);
}

function raise(into: Map<string, bigint>, amounts: Amounts): void {
  for (const [name, amount] of amounts) if (amount > (into.get(name) ?? 0n)) into.set(name, amount);
}

function requestsOf(container: Container): Map<string, bigint> {
  return amountsOf(container.resources?.requests);
}

/** resourcehelper.PodRequests: all containers and sidecars together, or the most any init container needs while it runs. */
export function podRequests(pod: Pod): Amounts {
  const total = new Map<string, bigint>();
  const sidecars = new Map<string, bigint>();
  const most = new Map<string, bigint>();
  for (const container of pod.spec?.containers ?? []) add(total, requestsOf(container));
  for (const container of pod.spec?.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      add(total, requests);
      add(sidecars, requests);
      raise(most, sidecars);
    } else {
      const during = new Map(requests);
      add(during, sidecars);
      raise(most, during);
    }
  }
  raise(total, most);
  add(total, amountsOf(pod.spec?.overhead));
  return total;
}

export function allocatableOf(node: Node): Amounts {
  return amountsOf(node.status?.allocatable);
}

/** What a pod that asks for nothing is taken to use when nodes are compared (schedutil.DefaultMilliCPURequest, DefaultMemoryRequest). */
const UNSTATED_CPU = 100_000_000n;
const UNSTATED_MEMORY = 200n * 1024n * 1024n * 1_000_000_000n;

/** What the pods of one node ask for together. */
export interface NodeUse {
  readonly requested: Map<string, bigint>;
  /** Requests with a default for what is not stated: for scores only. */
  readonly scored: Map<string, bigint>;
  pods: number;
}

/** What a pod asks for never changes with its specification, which its versions share. */
const requestsBySpec = new WeakMap<object, Amounts>();

function knownRequests(pod: Pod): Amounts {
  if (pod.spec === undefined || !Object.isFrozen(pod.spec)) return podRequests(pod);
  let amounts = requestsBySpec.get(pod.spec);
  if (amounts === undefined) requestsBySpec.set(pod.spec, (amounts = podRequests(pod)));
  return amounts;
}

/** Pods with the same requests are counted first and multiplied after: most of a node's pods are alike. */
export function useOf(pods: readonly Pod[]): NodeUse {
  const counts = new Map<Amounts, number>();
  for (const pod of pods) {
    const requests = knownRequests(pod);
    counts.set(requests, (counts.get(requests) ?? 0) + 1);
  }
  const use: NodeUse = { requested: new Map(), scored: new Map(), pods: pods.length };
  for (const [requests, count] of counts) {
    const times = BigInt(count);
    const all = count === 1 ? requests : new Map([...requests].map(([name, each]) => [name, each * times]));
    add(use.requested, all);
    add(use.scored, all);
    if (!requests.has('cpu')) use.scored.set('cpu', (use.scored.get('cpu') ?? 0n) + UNSTATED_CPU * times);
    if (!requests.has('memory'))
      use.scored.set('memory', (use.scored.get('memory') ?? 0n) + UNSTATED_MEMORY * times);
  }
  return use;
}

/** NodeResourcesFit: reasons why the pod does not fit, in upstream's words. */
export function insufficient(pod: Pod, node: Node, use: NodeUse): readonly string[] {
  const allocatable = allocatableOf(node);
  const reasons: string[] = [];
  const slots = (allocatable.get('pods') ?? 0n) / 1_000_000_000n;
  if (BigInt(use.pods + 1) > slots) reasons.push('Too many pods');
  for (const [name, amount] of knownRequests(pod)) {
    if (amount > 0n && amount > (allocatable.get(name) ?? 0n) - (use.requested.get(name) ?? 0n))
      reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

/** LeastAllocated over CPU and memory, 0 to 100, as it would be with the pod. */
export function leastAllocatedScore(node: Node, use: NodeUse, pod: Pod): number {
  const allocatable = allocatableOf(node);
  const requests = knownRequests(pod);
  const own: Readonly<Record<string, bigint>> = {
    cpu: requests.get('cpu') ?? UNSTATED_CPU,
    memory: requests.get('memory') ?? UNSTATED_MEMORY,
  };
  let total = 0;
  for (const name of ['cpu', 'memory']) {
    const capacity = Number(allocatable.get(name) ?? 0n);
    if (capacity === 0) continue;
    total +=
      Math.max(0, (capacity - Number((use.scored.get(name) ?? 0n) + (own[name] ?? 0n))) / capacity) * 100;
  }
  return total / 2;
}
