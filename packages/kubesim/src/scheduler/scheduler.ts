import type { Simulation } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { Kind, KubeClient, ObjectChange } from '../api/client.ts';
import type { Component, ComponentContext } from '../component.ts';
import { mapSelectorMatches } from '../labels/selector.ts';
import {
  controllerOf,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  sameValue,
  splitKey,
  timestamp,
} from '../runtime/objects.ts';
import type { SchedulingView } from './pod-affinity.ts';
import { place } from './placement.ts';
import { preempt, priorityOf, withNominated } from './preemption.ts';
import { disruptionTarget } from '../runtime/disruption.ts';

/** Plain data: which pods wait, with their priority, and which were found not to fit. */
export interface SchedulerState {
  readonly waiting: Map<string, number>;
  readonly unschedulable: Map<string, string>;
  running: boolean;
  cycleScheduled: boolean;
}

export function newSchedulerState(): SchedulerState {
  return { waiting: new Map(), unschedulable: new Map(), running: false, cycleScheduled: false };
}

const TARGET = 'kube-scheduler';
/** One scheduling cycle, ms of virtual time. */
const CYCLE_MS = 0.5;

/** kube-scheduler: binds one pod a cycle. */
export class Scheduler implements Component {
  readonly name = 'kube-scheduler';
  readonly watches: readonly Kind[] = ['Pod', 'Node', 'Namespace'];
  readonly #state: SchedulerState;
  readonly #simulation: Simulation;
  readonly #client: KubeClient;
  readonly #event: ComponentContext['event'];
  readonly #log: ComponentContext['log'];

  constructor(state: SchedulerState, context: ComponentContext) {
    this.#state = state;
    this.#simulation = context.simulation;
    this.#client = context.client;
    this.#event = context.event;
    this.#log = context.log;
    this.#simulation.on(TARGET, () => this.#cycle());
  }

  resync(): void {
    this.#state.running = true;
    for (const pod of this.#client.list('Pod')) if (isPending(pod)) this.#wait(keyOf(pod), pod);
    this.#schedule();
  }

  onChanges(changes: readonly ObjectChange[]): void {
    this.#state.running = true;
    let moreRoom = false;
    for (const change of changes) {
      if (change.kind !== 'Pod') {
        if (change.kind === 'Node' && !sameForScheduling(change)) moreRoom = true;
        continue;
      }
      const pod = change.object as Pod;
      const key = keyOf(pod);
      if (change.type !== 'DELETED' && isPending(pod)) {
        const before = change.previous as Pod | undefined;
        if (
          before === undefined ||
          !sameValue(before.spec, pod.spec) ||
          !sameValue(before.metadata?.labels, pod.metadata?.labels)
        )
          this.#wait(key, pod);
      } else {
        this.#state.waiting.delete(key);
        this.#state.unschedulable.delete(key);
        // A pod that ended or arrived may make room for one that waits, or be the one it wants to be near.
        if (
          change.type === 'DELETED' ||
          pod.status?.phase === 'Succeeded' ||
          pod.status?.phase === 'Failed' ||
          (change.previous as Pod | undefined)?.spec?.nodeName === undefined
        )
          moreRoom = true;
      }
    }
    if (moreRoom) this.#reconsider();
    this.#schedule();
  }

  onStop(): void {
    this.#state.running = false;
    this.#state.waiting.clear();
  }

  isBusy(): boolean {
    return this.#state.waiting.size > 0;
  }

  #wait(key: string, pod: Pod): void {
    this.#state.waiting.set(key, priorityOf(pod));
  }

  #reconsider(): void {
    for (const key of this.#state.unschedulable.keys()) {
      const { namespace, name } = splitKey(key);
      const pod = this.#client.get('Pod', namespace, name);
      if (pod !== undefined) this.#wait(key, pod);
    }
  }

  /** The most important first, then who has waited longest (queuesort.PrioritySort). */
  #next(): string | undefined {
    let best: string | undefined;
    let highest = -Infinity;
    for (const [key, priority] of this.#state.waiting) {
      if (priority <= highest) continue;
      best = key;
      highest = priority;
    }
    return best;
  }

  #schedule(): void {
    if (this.#state.cycleScheduled || this.#state.waiting.size === 0) return;
    this.#state.cycleScheduled = true;
    this.#simulation.schedule(CYCLE_MS, TARGET, undefined);
  }

  #cycle(): void {
    this.#state.cycleScheduled = false;
    if (!this.#state.running) return;
    for (let key = this.#next(); key !== undefined; key = this.#next()) {
      this.#state.waiting.delete(key);
      const { namespace, name } = splitKey(key);
      const pod = this.#client.get('Pod', namespace, name);
      if (pod === undefined || !isPending(pod)) continue;
      this.#scheduleOne(key, pod);
      break;
    }
    this.#schedule();
  }

  #scheduleOne(key: string, pod: Pod): void {
    const subject = {
      kind: 'Pod',
      apiVersion: 'v1',
      namespace: namespaceOf(pod),
      name: nameOf(pod),
      uid: pod.metadata?.uid ?? '',
      resourceVersion: pod.metadata?.resourceVersion ?? '',
    } as const;
    this.#log?.({
      verbosity: 3,
      source: 'schedule_one.go:100',
      message: 'Attempting to schedule pod',
      values: { pod: key },
    });
    const view = this.#view();
    const placement = place(withNominated(view, pod), pod, this.#ownerSelector(pod));
    if (placement.kind === 'unschedulable') {
      const outcome = preempt(
        view,
        pod,
        placement.verdicts,
        this.#client.list('PodDisruptionBudget'),
        view.nodes.length,
      );
      // DynamicResources speaks before preemption does, and is not heard when that succeeds.
      const message =
        outcome.kind === 'victims' || placement.verdicts.size === 0
          ? placement.message
          : `${placement.message} no new claims to deallocate, preemption: ${outcome.message}`;
      if (this.#state.unschedulable.get(key) !== message)
        this.#event(subject, 'Warning', 'FailedScheduling', message);
      this.#log?.({
        verbosity: 2,
        ...(view.nodes.length === 0
          ? {
              source: 'schedule_one.go:1073',
              message: 'Unable to schedule pod; no nodes are registered to the cluster; waiting',
              values: { pod: key },
            }
          : {
              source: 'schedule_one.go:1077',
              message: 'Unable to schedule pod; no fit; waiting',
              values: { pod: key, err: message },
            }),
      });
      this.#state.unschedulable.set(key, message);
      this.#writeUnschedulable(
        pod,
        message,
        outcome.kind === 'victims' ? outcome.node : outcome.keepsNomination ? undefined : '',
      );
      if (outcome.kind === 'victims') this.#evict(view, pod, outcome.node, outcome.victims);
      return;
    }
    const bound = this.#client.bind(namespaceOf(pod), nameOf(pod), placement.node);
    if (!bound.ok) {
      if (bound.status.code !== 404 && bound.status.code !== 409)
        this.#state.unschedulable.set(key, bound.status.message ?? '');
      return;
    }
    this.#state.unschedulable.delete(key);
    this.#log?.({
      verbosity: 2,
      source: 'schedule_one.go:346',
      message: 'Successfully bound pod to node',
      values: {
        pod: key,
        node: placement.node,
        evaluatedNodes: view.nodes.length,
        feasibleNodes: placement.feasible,
      },
    });
    this.#event(subject, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${placement.node}`);
  }

  /** Ends what stands in the way (preemption.PreemptPod), and lets who was to come there look for another place. */
  #evict(view: SchedulingView, pod: Pod, node: string, victims: readonly Pod[]): void {
    for (const other of view.nominated ?? []) {
      if (other.status?.nominatedNodeName !== node || priorityOf(other) >= priorityOf(pod)) continue;
      const { nominatedNodeName: _cleared, ...status } = other.status;
      this.#client.updateStatus('Pod', { ...other, status });
      this.#wait(keyOf(other), other);
    }
    const scheduler = pod.spec?.schedulerName ?? 'default-scheduler';
    for (const victim of victims) {
      const conditions = disruptionTarget(
        victim,
        'PreemptionByScheduler',
        `${scheduler}: preempting to accommodate a higher priority pod`,
        this.#simulation.nowMs,
      );
      this.#client.updateStatus('Pod', { ...victim, status: { ...victim.status, conditions } });
      const deleted = this.#client.delete('Pod', namespaceOf(victim), nameOf(victim));
      if (!deleted.ok) continue;
      this.#event(
        {
          kind: 'Pod',
          apiVersion: 'v1',
          namespace: namespaceOf(victim),
          name: nameOf(victim),
          uid: victim.metadata?.uid ?? '',
          resourceVersion: victim.metadata?.resourceVersion ?? '',
        },
        'Normal',
        'Preempted',
        `Preempted by pod ${pod.metadata?.uid ?? ''} on node ${node}`,
      );
    }
  }

  #view(): SchedulingView {
    const podsByNode = new Map<string, Pod[]>();
    const nominated: Pod[] = [];
    for (const pod of this.#client.list('Pod')) {
      const node = pod.spec?.nodeName;
      if ((node === undefined || node === '') && (pod.status?.nominatedNodeName ?? '') !== '')
        nominated.push(pod);
      if (
        node === undefined ||
        node === '' ||
        pod.status?.phase === 'Succeeded' ||
        pod.status?.phase === 'Failed'
      )
        continue;
      const list = podsByNode.get(node);
      if (list === undefined) podsByNode.set(node, [pod]);
      else list.push(pod);
    }
    return {
      nodes: this.#client.list('Node'),
      podsByNode,
      namespaces: this.#client.list('Namespace'),
      nominated,
    };
  }

  /** helper.DefaultSelector: the Services and the workload that the pod belongs to say which pods are its like. */
  #ownerSelector(pod: Pod): LabelSelector | undefined {
    const namespace = namespaceOf(pod);
    let matchLabels: Record<string, string> = {};
    for (const service of this.#client.list('Service', { namespace })) {
      const selector = service.spec?.selector;
      if (
        selector !== undefined &&
        Object.keys(selector).length > 0 &&
        mapSelectorMatches(selector, pod.metadata?.labels)
      )
        matchLabels = { ...matchLabels, ...selector };
    }
    const owner = controllerOf(pod);
    const workload =
      owner?.kind === 'ReplicaSet'
        ? this.#client.get('ReplicaSet', namespace, owner.name)?.spec?.selector
        : owner?.kind === 'StatefulSet'
          ? this.#client.get('StatefulSet', namespace, owner.name)?.spec?.selector
          : undefined;
    if (workload === undefined) return Object.keys(matchLabels).length === 0 ? undefined : { matchLabels };
    return { ...workload, matchLabels: { ...matchLabels, ...workload.matchLabels } };
  }

  /** `nominated`: the node that is being made ready, '' for none any longer, undefined to leave it. */
  #writeUnschedulable(pod: Pod, message: string, nominated: string | undefined): void {
    const before = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    const { nominatedNodeName: known = '', ...status } = pod.status ?? {};
    const wanted = nominated ?? known;
    if (before?.status === 'False' && before.message === message && wanted === known) return;
    const conditions = (pod.status?.conditions ?? []).filter((condition) => condition !== before);
    const lastTransitionTime =
      before?.status === 'False' && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(this.#simulation.nowMs);
    this.#client.updateStatus('Pod', {
      ...pod,
      status: {
        ...status,
        ...(wanted === '' ? {} : { nominatedNodeName: wanted }),
        conditions: [
          ...conditions,
          {
            ...(pod.metadata?.generation === undefined
              ? {}
              : { observedGeneration: pod.metadata.generation }),
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message,
            lastTransitionTime,
          },
        ],
      },
    });
  }
}

function isPending(pod: Pod): boolean {
  if (isTerminating(pod) || (pod.spec?.nodeName ?? '') !== '') return false;
  if ((pod.spec?.schedulingGates ?? []).length > 0) return false;
  return (pod.spec?.schedulerName ?? 'default-scheduler') === 'default-scheduler';
}

function sameForScheduling(change: ObjectChange): boolean {
  const [before, after] = [change.previous, change.object] as [
    ObjectChange<'Node'>['previous'],
    ObjectChange<'Node'>['object'],
  ];
  if (before === undefined || change.type === 'DELETED') return false;
  return (
    sameValue(before.spec, after.spec) &&
    sameValue(before.metadata?.labels, after.metadata?.labels) &&
    sameValue(before.status?.allocatable, after.status?.allocatable)
  );
}
