import type { Simulation, Upkeep } from '@podwire/sim';
import type { Kind, ObjectChange } from '../api/client.ts';
import type { ApiServer } from '../api/server.ts';
import type { Component, ComponentContext } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import type { Controller, ControllerContext, ControllerFactory } from './contract.ts';
import { apiServiceController } from './api-services.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import { cronJobController } from './cronjob.ts';
import { daemonSetController } from './daemonset.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpointslice.ts';
import { endpointSliceMirroringController } from './endpointslice-mirroring.ts';
import { endpointsController } from './endpoints.ts';
import { garbageCollector } from './garbage-collector.ts';
import { ipAddressController } from './ip-addresses.ts';
import type { JobBackoff } from './job/backoff.ts';
import { jobController } from './job/job.ts';
import { jobOrphanController } from './job/orphans.ts';
import { namespaceController } from './namespace.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { podGarbageCollector } from './pod-garbage-collector.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { replicaSetController, replicationController } from './replicaset.ts';
import { rootCaPublisher } from './root-ca.ts';
import { serviceAccountController } from './serviceaccount.ts';
import { statefulSetController } from './statefulset.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { volumeClaimController } from './volume-claims.ts';
import { backoffMs, newWorkQueue, takeNext } from './work-queue.ts';
import type { WorkQueueState } from './work-queue.ts';

/** Every controller of kube-controller-manager, in the order in which they hear of a change. */
const CONTROLLERS: readonly ControllerFactory[] = [
  namespaceController,
  serviceAccountController,
  rootCaPublisher,
  deploymentController,
  replicaSetController,
  replicationController,
  statefulSetController,
  daemonSetController,
  jobController,
  jobOrphanController,
  cronJobController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
  nodeLifecycleController,
  taintEvictionController,
  garbageCollector,
  podGarbageCollector,
  resourceQuotaController,
  clusterRoleAggregationController,
  disruptionController,
  volumeClaimController,
  ipAddressController,
  apiServiceController,
];

export interface ControllerManagerState {
  readonly queues: Map<string, WorkQueueState>;
  /** By job, as long as its pods fail. */
  readonly jobBackoffs: Map<string, JobBackoff>;
  running: boolean;
  /** Whether an event to work the queues off is in the simulation's queue. */
  wakeUpScheduled: boolean;
}

export function newControllerManagerState(): ControllerManagerState {
  return { queues: new Map(), jobBackoffs: new Map(), running: false, wakeUpScheduled: false };
}

const TARGET = 'kube-controller-manager';

/** What one look at one key takes a controller, ms of virtual time: several pods of a set don't appear at one instant. */
const WORK_DELAY_MS = 0.2;
/** The most keys one event works off, so that a runaway loop shows as many events and meets the run's budget. */
const KEYS_PER_EVENT = 64;

/** A back-off longer than this is no longer on the way to somewhere: something has to change first, ms. */
const RETRY_SOON_MS = 500;

interface Requeue {
  readonly controller: string;
  readonly key: string;
}

export interface ControllerManagerWiring {
  readonly simulation: Simulation;
  readonly config: ClusterConfig;
  readonly api: Pick<ApiServer, 'purgeNamespace' | 'finalizeNamespace' | 'quotaUsage' | 'ownership'>;
  readonly context: ComponentContext;
}

/** kube-controller-manager: runs every controller over one loop. */
export class ControllerManager implements Component {
  readonly name = 'kube-controller-manager';
  readonly watches: readonly Kind[];
  readonly #state: ControllerManagerState;
  readonly #simulation: Simulation;
  readonly #controllers: readonly Controller[];
  readonly #byKind: ReadonlyMap<string, readonly Controller[]>;
  readonly #ofCustom: readonly Controller[];

  constructor(state: ControllerManagerState, wiring: ControllerManagerWiring) {
    this.#state = state;
    this.#simulation = wiring.simulation;
    const context: ControllerContext = {
      client: wiring.context.client,
      api: wiring.api,
      config: wiring.config,
      nowMs: () => wiring.simulation.nowMs,
      randomName: (length) => wiring.simulation.randomName(length),
      event: wiring.context.event,
      jobBackoffs: state.jobBackoffs,
    };
    this.#controllers = CONTROLLERS.map((make) => make(context));
    const byKind = new Map<string, Controller[]>();
    for (const controller of this.#controllers)
      for (const kind of controller.watches) byKind.set(kind, [...(byKind.get(kind) ?? []), controller]);
    this.#byKind = byKind;
    this.#ofCustom = this.#controllers.filter(({ watchesCustom }) => watchesCustom === true);
    this.watches = [...new Set(this.#controllers.flatMap((controller) => controller.watches))];
    this.#simulation.on(
      TARGET,
      (data) => this.#onEvent(data as Requeue | undefined),
      (data) => this.#upkeepOf(data as Requeue | undefined),
    );
  }

  /** Those that upstream's has too, by its names; what helps them here has no name there. */
  get controllerNames(): readonly string[] {
    return this.#controllers
      .map(({ name }) => name)
      .filter((name) => name.endsWith('-controller'))
      .sort();
  }

  resync(): void {
    this.#state.running = true;
    for (const controller of this.#controllers) {
      const queue = this.#queueOf(controller);
      for (const key of controller.allKeys()) queue.waiting.add(key);
    }
    this.#wakeUp();
  }

  onChanges(changes: readonly ObjectChange[]): void {
    this.#state.running = true;
    for (const change of changes) {
      const concerned = change.custom === true ? this.#ofCustom : (this.#byKind.get(change.kind) ?? []);
      for (const controller of concerned) {
        const keys = controller.keysOf(change);
        if (keys.length === 0) continue;
        const queue = this.#queueOf(controller);
        for (const key of keys) queue.waiting.add(key);
      }
    }
    this.#wakeUp();
  }

  onStop(): void {
    this.#state.running = false;
    for (const queue of this.#state.queues.values()) {
      queue.waiting.clear();
      queue.failures.clear();
      for (const delayed of queue.delayed.values()) this.#simulation.cancel(delayed.eventId);
      queue.delayed.clear();
    }
    this.#state.jobBackoffs.clear();
  }

  /** Whether any key waits to be looked at now (not those that wait for a time to come). */
  isBusy(): boolean {
    for (const queue of this.#state.queues.values()) if (queue.waiting.size > 0) return true;
    return false;
  }

  /** Whether a write that was refused is about to be tried again. */
  isRetryingSoon(): boolean {
    const soonMs = this.#simulation.nowMs + RETRY_SOON_MS;
    for (const queue of this.#state.queues.values()) {
      for (const key of queue.failures.keys())
        if ((queue.delayed.get(key)?.atMs ?? Infinity) <= soonMs) return true;
    }
    return false;
  }

  #queueOf(controller: Controller): WorkQueueState {
    let queue = this.#state.queues.get(controller.name);
    if (queue === undefined) {
      queue = newWorkQueue();
      this.#state.queues.set(controller.name, queue);
    }
    return queue;
  }

  #wakeUp(): void {
    if (this.#state.wakeUpScheduled || !this.isBusy()) return;
    this.#state.wakeUpScheduled = true;
    this.#simulation.schedule(WORK_DELAY_MS, TARGET, undefined);
  }

  #upkeepOf(requeue: Requeue | undefined): Upkeep | undefined {
    const controller = this.#controllers.find(({ name }) => name === requeue?.controller);
    const everyMs = controller?.upkeepEveryMs;
    return everyMs === undefined ? undefined : { kind: 'in-step', everyMs };
  }

  #onEvent(requeue: Requeue | undefined): void {
    if (requeue !== undefined) {
      const queue = this.#state.queues.get(requeue.controller);
      queue?.delayed.delete(requeue.key);
      queue?.waiting.add(requeue.key);
      this.#wakeUp();
      return;
    }
    this.#state.wakeUpScheduled = false;
    if (!this.#state.running) return;
    let budget = KEYS_PER_EVENT;
    for (const controller of this.#controllers) {
      const queue = this.#queueOf(controller);
      while (budget > 0) {
        const key = takeNext(queue);
        if (key === undefined) break;
        budget--;
        this.#work(controller, queue, key);
      }
    }
    this.#wakeUp();
  }

  #work(controller: Controller, queue: WorkQueueState, key: string): void {
    const result = controller.reconcile(key);
    if (result.kind === 'retry') {
      this.#requeue(controller, queue, key, backoffMs(queue, key));
      return;
    }
    queue.failures.delete(key);
    if (result.afterMs !== undefined) this.#requeue(controller, queue, key, result.afterMs);
  }

  #requeue(controller: Controller, queue: WorkQueueState, key: string, delayMs: number): void {
    const atMs = this.#simulation.nowMs + delayMs;
    const known = queue.delayed.get(key);
    if (known !== undefined) {
      if (known.atMs <= atMs) return;
      this.#simulation.cancel(known.eventId);
    }
    const eventId = this.#simulation.schedule(delayMs, TARGET, {
      controller: controller.name,
      key,
    } satisfies Requeue);
    queue.delayed.set(key, { eventId, atMs });
  }
}
