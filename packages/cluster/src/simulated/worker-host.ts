import type { ClusterHistory, ClusterOrigin } from '../port.ts';
import { journalDefect } from '../timeline.ts';
import { BaseClusters } from './base-clusters.ts';
import type { ClusterFactory } from './boot.ts';
import { Checkpoints } from './checkpoints.ts';
import { performCall } from './calls.ts';
import { HostedCluster } from './hosted-cluster.ts';
import type { SliceOutcome } from './hosted-cluster.ts';
import { HEARTBEAT } from './messages.ts';
import type { Call, Command, FromWorker, ToWorker } from './messages.ts';
import { Scheduler } from './scheduler.ts';
import { Warmer } from './warmer.ts';
import type { Scheduled, SchedulerClock } from './scheduler.ts';

/**
 * One worker's clusters behind its message port. Whatever goes wrong inside one cluster ends that one and
 * is told with its reason; the others do not notice.
 */
export class WorkerHost {
  readonly #send: (message: FromWorker) => void;
  readonly #bases: BaseClusters;
  readonly #scheduler: Scheduler;
  readonly #clock: SchedulerClock;
  readonly #members = new Map<string, Member>();
  readonly #checkpoints = new Checkpoints();
  readonly #warmer: Warmer;

  constructor(wiring: {
    readonly factory: ClusterFactory;
    readonly clock: SchedulerClock;
    readonly heartbeat: Int32Array;
    readonly send: (message: FromWorker) => void;
  }) {
    this.#send = wiring.send;
    this.#clock = wiring.clock;
    this.#bases = new BaseClusters(wiring.factory);
    this.#scheduler = new Scheduler(wiring.clock, (slot) => {
      Atomics.store(wiring.heartbeat, HEARTBEAT.slot, slot);
      Atomics.add(wiring.heartbeat, HEARTBEAT.slices, 1);
    });
    this.#warmer = new Warmer(this.#bases, (failures) => this.#send({ kind: 'warmed', failures }));
    this.#scheduler.add(this.#warmer);
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'create':
        this.#create(message);
        return;
      case 'warm':
        this.#warmer.ask(message.origins);
        this.#scheduler.wake(this.#warmer);
        return;
      case 'call':
        this.#call(message.clusterId, message.requestId, message.call);
        return;
      case 'cancel':
        this.#members.get(message.clusterId)?.cancelled.add(message.requestId);
        return;
      case 'command':
        this.#command(message.clusterId, message.command);
        return;
      case 'drop': {
        if (message.forgotten) this.#checkpoints.forget(message.clusterId);
        const member = this.#members.get(message.clusterId);
        if (member === undefined) return;
        this.#scheduler.remove(member);
        this.#members.delete(message.clusterId);
      }
    }
  }

  #create(message: Extract<ToWorker, { kind: 'create' }>): void {
    const { clusterId } = message;
    const defect = message.history === undefined ? undefined : journalDefect(message.history.records);
    if (defect !== undefined) {
      this.#send({ kind: 'create-failed', clusterId, message: `Its journal is damaged: ${defect}.` });
      return;
    }
    const member: Member = new Member(message, {
      bases: this.#bases,
      checkpoints: this.#checkpoints,
      wallMs: () => this.#clock.wallMs(),
      send: this.#send,
      forget: () => this.#members.delete(clusterId),
      wake: () => this.#scheduler.wake(member),
    });
    this.#members.set(clusterId, member);
    this.#scheduler.add(member);
  }

  #call(clusterId: string, requestId: number, call: Call): void {
    const member = this.#members.get(clusterId);
    if (member?.host === undefined) {
      this.#send({ kind: 'call-failed', clusterId, requestId, message: 'the cluster is gone' });
      return;
    }
    performCall(member.host, call).then(
      (answer) => {
        if (member.cancelled.delete(requestId)) return;
        // What the call caused is told before its answer, so that a record is known when the answer comes.
        member.tellNews(this.#clock.wallMs());
        this.#send({ kind: 'answer', clusterId, requestId, answer });
      },
      (error: unknown) => {
        if (member.cancelled.delete(requestId)) return;
        this.#send({
          kind: 'call-failed',
          clusterId,
          requestId,
          message: error instanceof Error ? error.message : String(error),
        });
      },
    );
    this.#scheduler.wake(member);
  }

  #command(clusterId: string, command: Command): void {
    const member = this.#members.get(clusterId);
    if (member?.host === undefined) return;
    obey(member.host, command);
    this.#scheduler.wake(member);
  }
}

const encoder = new TextEncoder();

function obey(host: HostedCluster, command: Command): void {
  switch (command.name) {
    case 'input':
      host.terminals.get(command.terminalId)?.queueInput(command.inputSequence, encoder.encode(command.data));
      return;
    case 'resize':
      host.whenSettledAtInstant(() => {
        host.commit({
          kind: 'terminal-resized',
          terminalId: command.terminalId,
          columns: command.columns,
          rows: command.rows,
        });
      });
      return;
    case 'flow':
      host.whenSettledAtInstant(() => {
        host.commit({ kind: 'terminal-flow', terminalId: command.terminalId, paused: command.paused });
      });
      return;
    case 'close-terminal':
      host.whenSettledAtInstant(() => {
        host.commit({ kind: 'terminal-closed', terminalId: command.terminalId });
      });
      return;
    case 'watch-topology':
      host.watch.watchTopology(command.on);
      return;
    case 'watch-packets':
      host.watch.watchPackets(command.on);
  }
}

interface MemberWiring {
  readonly checkpoints: Checkpoints;
  readonly bases: BaseClusters;
  readonly wallMs: () => number;
  readonly send: (message: FromWorker) => void;
  readonly forget: () => void;
  readonly wake: () => void;
}

interface Returning {
  readonly host: HostedCluster;
  readonly steps: Generator<undefined, undefined>;
  spent: () => boolean;
}

/** One cluster from its order to its end: booting, coming back, living. */
class Member implements Scheduled {
  readonly slot: number;
  readonly clusterId: string;
  readonly cancelled = new Set<number>();
  /** Present once it lives. */
  host: HostedCluster | undefined;
  readonly #origin: ClusterOrigin;
  readonly #history: ClusterHistory | undefined;
  readonly #wiring: MemberWiring;
  #returning: Returning | undefined;
  #failed = false;

  constructor(order: Extract<ToWorker, { kind: 'create' }>, wiring: MemberWiring) {
    this.slot = order.slot;
    this.clusterId = order.clusterId;
    this.#origin = order.origin;
    this.#history = order.history;
    this.#wiring = wiring;
  }

  slice(wallMs: number, spent: () => boolean): SliceOutcome {
    if (this.#failed) return { kind: 'asleep', wakeAtMs: undefined };
    if (this.host !== undefined) return this.host.slice(wallMs, spent);
    if (this.#returning === undefined) return this.#boot(spent);
    this.#returning.spent = spent;
    if (this.#returning.steps.next().done !== true) return { kind: 'busy' };
    this.#begin(this.#returning.host);
    return { kind: 'busy' };
  }

  #boot(spent: () => boolean): SliceOutcome {
    const booted = this.#wiring.bases.take(this.#origin, spent);
    if (booted === undefined) return { kind: 'busy' };
    if (!booted.ok) {
      this.#failed = true;
      this.#wiring.forget();
      this.#wiring.send({ kind: 'create-failed', clusterId: this.clusterId, message: booted.message });
      return { kind: 'asleep', wakeAtMs: undefined };
    }
    const history = this.#history;
    const checkpoint =
      history === undefined ? undefined : this.#wiring.checkpoints.latest(this.clusterId, history.records);
    const cluster = checkpoint?.snapshot.restore() ?? booted.cluster;
    const host = new HostedCluster(cluster, this.#wiring.wallMs(), () => {
      const again = this.#wiring.bases.take(this.#origin, () => false);
      if (again?.ok !== true) throw new Error('the lab can’t be set up again');
      return again.cluster;
    });
    if (checkpoint !== undefined) host.beginAfter(checkpoint.sequence);
    if (history === undefined) {
      this.#begin(host);
    } else {
      const steps = host.replay(history, () => this.#returning?.spent() ?? true, this.#wiring.wallMs);
      this.#returning = { host, spent, steps };
    }
    return { kind: 'busy' };
  }

  #begin(host: HostedCluster): void {
    this.#returning = undefined;
    this.host = host;
    host.onWork = this.#wiring.wake;
    host.onCheckpoint = (sequence, digest, snapshot) =>
      this.#wiring.checkpoints.keep({ clusterId: this.clusterId, sequence, digest, snapshot });
    this.#wiring.send({ kind: 'created', clusterId: this.clusterId, terminals: host.terminalStates() });
  }

  afterSlice(wallMs: number): void {
    this.tellNews(wallMs);
  }

  tellNews(wallMs: number): void {
    const news = this.host?.takeNews(wallMs);
    if (news !== undefined) this.#wiring.send({ kind: 'news', clusterId: this.clusterId, news });
  }

  onFault(fault: Parameters<Scheduled['onFault']>[0]): void {
    this.#wiring.forget();
    const { clusterId } = this;
    if (fault.kind === 'runaway') {
      this.#wiring.send({
        kind: 'ended',
        clusterId,
        reason: 'cpu-exceeded',
        message: 'The cluster used all of its processor time for ten minutes on end.',
      });
      return;
    }
    const message =
      fault.error instanceof Error ? (fault.error.stack ?? fault.error.message) : String(fault.error);
    if (this.host === undefined) this.#wiring.send({ kind: 'create-failed', clusterId, message });
    else this.#wiring.send({ kind: 'ended', clusterId, reason: 'worker-crashed', message });
  }
}
