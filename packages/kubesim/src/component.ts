import type { Simulation } from '@podwire/sim';
import type { Kind, KubeClient, ObjectChange } from './api/client.ts';
import type { LogEntry } from './runtime/klog.ts';

/** The parts of a cluster that lessons look at, stop and start. */
export type ComponentName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'cloud-controller-manager'
  | 'ingress-nginx'
  | 'gateway-controller'
  | `kubelet/${string}`
  | `kube-proxy/${string}`
  | `cni/${string}`
  | 'coredns';

/**
 * A part of the cluster that watches objects and acts. Its memory is data in `ClusterState`; the
 * object is behaviour over it, made anew for each fork. Changes reach it as events of the simulation,
 * in order, after a delay of its own; while stopped it hears nothing, and on start it gets `resync`.
 */
export interface Component {
  readonly name: ComponentName;
  /** Kinds, or `group/plural` of kinds that definitions add. */
  readonly watches: readonly (Kind | `${string}/${string}`)[];
  /** Everything may have changed: on start, and when the watch window was lost. */
  resync(): void;
  onChanges(changes: readonly ObjectChange[]): void;
  /** Optional: the component is being stopped. What it built (rules, routes) stays, as in a real cluster. */
  onStop?(): void;
}

export interface ComponentContext {
  readonly simulation: Simulation;
  /** Writes a line into the component's own log, if it has one. */
  readonly log?: (entry: LogEntry) => void;
  /** Acts as the component's own user, for example `system:kube-scheduler`. */
  readonly client: KubeClient;
  /** Records an Event about an object, counted and aggregated as client-go does. */
  readonly event: (
    about: {
      readonly kind: Kind;
      readonly namespace?: string;
      readonly name: string;
      readonly uid?: string;
      readonly fieldPath?: string;
      readonly apiVersion?: string;
      readonly resourceVersion?: string;
    },
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ) => void;
}
