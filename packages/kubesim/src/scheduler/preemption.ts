import type { Pod } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { selectorMatches } from '../labels/selector.ts';
import { isTerminating, nameOf, namespaceOf, parseTimestamp } from '../runtime/objects.ts';
import { filter, fitError } from './placement.ts';
import type { Verdict } from './placement.ts';
import type { SchedulingView } from './pod-affinity.ts';

export type Preemption =
  | { readonly kind: 'victims'; readonly node: string; readonly victims: readonly Pod[] }
  | {
      readonly kind: 'none';
      /** After `preemption: ` in the FailedScheduling event. */
      readonly message: string;
      /** Room is being made already, or not to be asked for: what was nominated stays. */
      readonly keepsNomination: boolean;
    };

export function priorityOf(pod: Pod): number {
  return pod.spec?.priority ?? 0;
}

/** A pod is judged as if those that are at least as important were already where room is made for them. */
export function withNominated(view: SchedulingView, pod: Pod): SchedulingView {
  const coming = (view.nominated ?? []).filter(
    (other) => other.metadata?.uid !== pod.metadata?.uid && priorityOf(other) >= priorityOf(pod),
  );
  if (coming.length === 0) return view;
  const podsByNode = new Map(view.podsByNode);
  for (const other of coming) {
    const node = other.status?.nominatedNodeName ?? '';
    podsByNode.set(node, [...(podsByNode.get(node) ?? []), other]);
  }
  return { ...view, podsByNode };
}

interface Candidate {
  readonly node: string;
  /** The most important first; never empty. */
  readonly victims: readonly Pod[];
  /** Victims that their disruption budget would keep. */
  readonly violations: number;
}

/** DefaultPreemption: the fewest, least important pods that have to go from one node so that the pod fits there. */
export function preempt(
  view: SchedulingView,
  pod: Pod,
  verdicts: ReadonlyMap<string, Verdict>,
  budgets: readonly PodDisruptionBudget[],
  total: number,
): Preemption {
  const ineligible = whyNotEligible(view, pod, verdicts);
  if (ineligible !== undefined) return { kind: 'none', message: ineligible, keepsNomination: true };
  const candidates: Candidate[] = [];
  const reasons: Pick<Verdict, 'reasons'>[] = [];
  for (const [node, verdict] of verdicts) {
    if (!verdict.resolvable) {
      reasons.push({ reasons: ['Preemption is not helpful for scheduling'] });
      continue;
    }
    const found = victimsOn(view, pod, node, budgets);
    if ('reasons' in found) reasons.push(found);
    else candidates.push(found);
  }
  const [first, ...others] = candidates;
  if (first === undefined) return { kind: 'none', message: fitError(total, reasons), keepsNomination: false };
  const best = others.reduce((least, candidate) => (isBetter(candidate, least) ? candidate : least), first);
  return { kind: 'victims', node: best.node, victims: best.victims };
}

function whyNotEligible(
  view: SchedulingView,
  pod: Pod,
  verdicts: ReadonlyMap<string, Verdict>,
): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = pod.status?.nominatedNodeName ?? '';
  if (nominated === '' || verdicts.get(nominated)?.resolvable === false) return undefined;
  const leaving = (view.podsByNode.get(nominated) ?? []).some(
    (other) =>
      priorityOf(other) < priorityOf(pod) &&
      isTerminating(other) &&
      other.status?.conditions?.some(
        ({ type, status, reason }) =>
          type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler',
      ) === true,
  );
  return leaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function victimsOn(
  view: SchedulingView,
  pod: Pod,
  nodeName: string,
  budgets: readonly PodDisruptionBudget[],
): Candidate | Pick<Verdict, 'reasons'> {
  const node = view.nodes.find((candidate) => nameOf(candidate) === nodeName);
  const here = view.podsByNode.get(nodeName) ?? [];
  const weaker = here.filter((other) => priorityOf(other) < priorityOf(pod));
  if (node === undefined || weaker.length === 0)
    return { reasons: ['No preemption victims found for incoming pod'] };
  const kept = here.filter((other) => priorityOf(other) >= priorityOf(pod));
  const verdictWith = (pods: readonly Pod[]): Verdict =>
    filter(
      withNominated({ ...view, podsByNode: new Map(view.podsByNode).set(nodeName, pods) }, pod),
      pod,
      node,
    );
  const alone = verdictWith(kept);
  if (alone.reasons.length > 0) return alone;
  const { violating, others } = byBudget([...weaker].sort(byImportance), budgets);
  const victims: Pod[] = [];
  let violations = 0;
  // Who is protected by a budget is spared first, then who is more important.
  for (const victim of [...violating, ...others]) {
    if (verdictWith([...kept, victim]).reasons.length === 0) {
      kept.push(victim);
      continue;
    }
    victims.push(victim);
    if (violating.includes(victim)) violations++;
  }
  return victims.length === 0
    ? { reasons: ['No preemption victims found for incoming pod'] }
    : { node: nodeName, victims: victims.sort(byImportance), violations };
}

/** util.MoreImportantPod: by priority, then who has run longer. */
function byImportance(left: Pod, right: Pod): number {
  return priorityOf(right) - priorityOf(left) || startMs(left) - startMs(right) || 0;
}

/** A pod that has not started counts as just started. */
function startMs(pod: Pod): number {
  return pod.status?.startTime === undefined ? Infinity : parseTimestamp(pod.status.startTime);
}

function byBudget(
  pods: readonly Pod[],
  budgets: readonly PodDisruptionBudget[],
): { readonly violating: readonly Pod[]; readonly others: readonly Pod[] } {
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const violating: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    let violates = false;
    for (const budget of budgets) {
      if (namespaceOf(budget) !== namespaceOf(pod) || !selects(budget, pod)) continue;
      if (budget.status?.disruptedPods?.[nameOf(pod)] !== undefined) continue;
      const allowed = (left.get(budget) ?? 0) - 1;
      left.set(budget, allowed);
      if (allowed < 0) violates = true;
    }
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}

/** For the scheduler an empty selector selects nothing. */
function selects({ spec }: PodDisruptionBudget, pod: Pod): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) return false;
  return selectorMatches(spec?.selector, pod.metadata?.labels);
}

const PRIORITY_OFFSET = 2 ** 31;

/** pickOneNodeForPreemption: the criteria in their order. */
function isBetter(candidate: Candidate, than: Candidate): boolean {
  const criteria = ({ victims, violations }: Candidate): readonly number[] => {
    const priorities = victims.map(priorityOf);
    const highest = Math.max(...priorities);
    const oldest = Math.min(
      ...victims.filter((victim) => priorityOf(victim) === highest).map((victim) => startMs(victim)),
    );
    return [
      violations,
      highest,
      priorities.reduce((sum, priority) => sum + priority + PRIORITY_OFFSET, 0),
      victims.length,
      -oldest,
    ];
  };
  const [own, other] = [criteria(candidate), criteria(than)];
  for (const [index, value] of own.entries()) {
    const against = other[index] ?? 0;
    if (value !== against) return value < against;
  }
  return false;
}
