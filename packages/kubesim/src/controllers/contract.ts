import type { Kind, KubeClient, ObjectChange } from '../api/client.ts';
import type { ApiServer } from '../api/server.ts';
import type { ComponentContext } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import type { JobBackoff } from './job/backoff.ts';

/** What one look at one object came to. */
export type ReconcileResult =
  /** Nothing more to do until something changes, or until `afterMs` have passed. */
  | { readonly kind: 'done'; readonly afterMs?: number }
  /** A write was refused (a conflict, mostly): look again after a back-off. */
  | { readonly kind: 'retry' };

export const DONE: ReconcileResult = { kind: 'done' };
export const RETRY: ReconcileResult = { kind: 'retry' };

/**
 * One controller of kube-controller-manager. Level-triggered: `reconcile` compares what is with what
 * should be, whatever the change was that named the key.
 */
export interface Controller {
  readonly name: string;
  readonly watches: readonly Kind[];
  /** Hears of the kinds that definitions add, too. */
  readonly watchesCustom?: true;
  /** Keys that may have to be looked at because of this change. */
  keysOf(change: ObjectChange): readonly string[];
  /** Every key there is: on start. */
  allKeys(): readonly string[];
  reconcile(key: string): ReconcileResult;
  /** Its planned looks only find out that upkeep ceased: after a rest that was skipped, they are due within this time, ms. */
  readonly upkeepEveryMs?: number;
}

export interface ControllerContext {
  readonly client: KubeClient;
  /** For the namespace controller, which works on every kind there is. */
  readonly api: Pick<ApiServer, 'purgeNamespace' | 'finalizeNamespace' | 'quotaUsage' | 'ownership'>;
  readonly config: ClusterConfig;
  nowMs(): number;
  randomName(length: number): string;
  readonly event: ComponentContext['event'];
  /** What the job controller remembers of each job, for as long as it runs. */
  readonly jobBackoffs: Map<string, JobBackoff>;
}

export type ControllerFactory = (context: ControllerContext) => Controller;

/** The change, narrowed to one kind. */
export function changeOf<K extends Kind>(change: ObjectChange, kind: K): ObjectChange<K> | undefined {
  return change.kind === kind && change.custom !== true ? (change as unknown as ObjectChange<K>) : undefined;
}
