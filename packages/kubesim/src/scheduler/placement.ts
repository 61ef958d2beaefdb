import type { Node, Pod } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { nameOf } from '../runtime/objects.ts';
import { nodeAffinityMatches, termMatches } from './node-affinity.ts';
import { podAffinityReason, podAffinityScore } from './pod-affinity.ts';
import type { SchedulingView } from './pod-affinity.ts';
import { insufficient, leastAllocatedScore, useOf } from './resources.ts';
import { tolerates, untoleratedTaint } from './taints.ts';
import { spreadPenalties, topologySpreadReason } from './topology-spread.ts';

export type Placement =
  | { readonly kind: 'node'; readonly node: string; readonly feasible: number }
  | {
      readonly kind: 'unschedulable';
      /** As in the FailedScheduling event and the PodScheduled condition, without what preemption says. */
      readonly message: string;
      readonly verdicts: ReadonlyMap<string, Verdict>;
    };

/** Filters all nodes, then takes the best; nothing here is drawn at random, so the same cluster places alike. */
export function place(view: SchedulingView, pod: Pod, owner: LabelSelector | undefined): Placement {
  if (view.nodes.length === 0)
    return {
      kind: 'unschedulable',
      message: 'no nodes available to schedule pods',
      verdicts: new Map(),
    };
  const verdicts = new Map<string, Verdict>();
  const fitting: Node[] = [];
  for (const node of view.nodes) {
    const verdict = filter(view, pod, node);
    if (verdict.reasons.length === 0) fitting.push(node);
    else verdicts.set(nameOf(node), verdict);
  }
  const [first, ...others] = fitting;
  if (first === undefined)
    return { kind: 'unschedulable', message: fitError(view.nodes.length, [...verdicts.values()]), verdicts };
  if (others.length === 0) return { kind: 'node', node: nameOf(first), feasible: 1 };
  let best = first;
  let bestScore = -Infinity;
  const penalties = spreadPenalties(view, pod, fitting, owner);
  for (const node of fitting) {
    const score = scoreOf(view, pod, node) - SPREAD_WEIGHT * (penalties.get(node) ?? 0);
    if (score > bestScore) {
      best = node;
      bestScore = score;
    }
  }
  return { kind: 'node', node: nameOf(best), feasible: fitting.length };
}

export interface Verdict {
  readonly reasons: readonly string[];
  /** Whether taking other pods away could help (else preemption is not worth a thought). */
  readonly resolvable: boolean;
}

/** The filter plugins in their order; the first that refuses speaks for the node. */
export function filter(view: SchedulingView, pod: Pod, node: Node): Verdict {
  const spec = pod.spec ?? { containers: [] };
  const final = (reason: string): Verdict => ({ reasons: [reason], resolvable: false });
  const unschedulable = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const tolerations = spec.tolerations ?? [];
  if (
    node.spec?.unschedulable === true &&
    !tolerations.some((toleration) => tolerates(toleration, unschedulable))
  )
    return final('node(s) were unschedulable');
  const taint = untoleratedTaint(node, tolerations, ['NoSchedule', 'NoExecute']);
  if (taint !== undefined) return final(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  if (!nodeAffinityMatches(spec, node)) return final("node(s) didn't match Pod's node affinity/selector");
  const here = view.podsByNode.get(nameOf(node)) ?? [];
  if (hostPortTaken(pod, here))
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true };
  const short = insufficient(pod, node, useOf(here));
  if (short.length > 0) return { reasons: short, resolvable: true };
  const spread = topologySpreadReason(view, pod, node);
  if (spread !== undefined)
    return { reasons: [spread], resolvable: !spread.endsWith('(missing required label)') };
  const affinity = podAffinityReason(view, pod, node);
  return affinity === undefined
    ? { reasons: [], resolvable: true }
    : { reasons: [affinity], resolvable: affinity.includes('anti-affinity') };
}

/** `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had ….` (framework.FitError). */
export function fitError(total: number, verdicts: readonly Pick<Verdict, 'reasons'>[]): string {
  const reasons = new Map<string, number>();
  for (const verdict of verdicts)
    for (const reason of verdict.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const listed = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${total} nodes are available: ${listed.join(', ')}.`;
}

interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

function hostPortsOf(pod: Pod): readonly HostPort[] {
  return [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always'),
  ].flatMap((container) =>
    (container.ports ?? []).flatMap((port) => {
      const hostPort = port.hostPort ?? (pod.spec?.hostNetwork === true ? port.containerPort : undefined);
      return hostPort === undefined || hostPort === 0
        ? []
        : [{ port: hostPort, protocol: port.protocol ?? 'TCP', ip: port.hostIP ?? '0.0.0.0' }];
    }),
  );
}

export function hostPortTaken(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return false;
  const taken = others.flatMap(hostPortsOf);
  return wanted.some((want) =>
    taken.some(
      (have) =>
        have.port === want.port &&
        have.protocol === want.protocol &&
        (have.ip === want.ip || have.ip === '0.0.0.0' || want.ip === '0.0.0.0'),
    ),
  );
}

/** Weights as the default plugins have them, near enough: spreading and stated wishes before free room. */
const AFFINITY_WEIGHT = 2;
const SPREAD_WEIGHT = 200;
const TAINT_WEIGHT = 3;

function scoreOf(view: SchedulingView, pod: Pod, node: Node): number {
  const preferred = (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter((term) => termMatches(term.preference, node))
    .reduce((total, term) => total + term.weight, 0);
  const avoided = (node.spec?.taints ?? []).filter(
    (taint) =>
      taint.effect === 'PreferNoSchedule' &&
      !(pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  ).length;
  const use = useOf(view.podsByNode.get(nameOf(node)) ?? []);
  return (
    leastAllocatedScore(node, use, pod) +
    AFFINITY_WEIGHT * (preferred + podAffinityScore(view, pod, node)) -
    100 * TAINT_WEIGHT * avoided
  );
}
