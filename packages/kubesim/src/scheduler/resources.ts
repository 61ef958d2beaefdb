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

export function useOf(pods: readonly Pod[]): NodeUse {
  const use: NodeUse = { requested: new Map(), scored: new Map(), pods: pods.length };
  for (const pod of pods) {
    const requests = podRequests(pod);
    add(use.requested, requests);
    add(use.scored, requests);
    if (!requests.has('cpu')) add(use.scored, new Map([['cpu', UNSTATED_CPU]]));
    if (!requests.has('memory')) add(use.scored, new Map([['memory', UNSTATED_MEMORY]]));
  }
  return use;
}

/** NodeResourcesFit: reasons why the pod does not fit, in upstream's words. */
export function insufficient(pod: Pod, node: Node, use: NodeUse): readonly string[] {
  const allocatable = allocatableOf(node);
  const reasons: string[] = [];
  const slots = (allocatable.get('pods') ?? 0n) / 1_000_000_000n;
  if (BigInt(use.pods + 1) > slots) reasons.push('Too many pods');
  for (const [name, amount] of podRequests(pod)) {
    if (amount > 0n && amount > (allocatable.get(name) ?? 0n) - (use.requested.get(name) ?? 0n))
      reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

/** LeastAllocated over CPU and memory, 0 to 100. */
export function leastAllocatedScore(node: Node, use: NodeUse): number {
  const allocatable = allocatableOf(node);
  let total = 0;
  for (const name of ['cpu', 'memory']) {
    const capacity = Number(allocatable.get(name) ?? 0n);
    if (capacity === 0) continue;
    total += Math.max(0, (capacity - Number(use.scored.get(name) ?? 0n)) / capacity) * 100;
  }
  return total / 2;
}
