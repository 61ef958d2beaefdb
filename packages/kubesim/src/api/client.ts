import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from 'kubernetes-types/apps/v1';
import type { Lease } from 'kubernetes-types/coordination/v1';
import type { CronJob, Job } from 'kubernetes-types/batch/v1';
import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  ReplicationController,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1';
import type { RuntimeClass } from 'kubernetes-types/node/v1';
import type { CSINode, StorageClass } from 'kubernetes-types/storage/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { Condition, ObjectMeta, Status } from 'kubernetes-types/meta/v1';
import type { Ingress, IngressClass, NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from 'kubernetes-types/rbac/v1';

/** networking.k8s.io/v1, which the type package knows as an alpha only. */
export interface ServiceCidrObject {
  readonly apiVersion?: 'networking.k8s.io/v1';
  readonly kind?: 'ServiceCIDR';
  readonly metadata?: ObjectMeta;
  readonly spec?: { readonly cidrs?: string[] };
  readonly status?: { readonly conditions?: Condition[] };
}

export interface IpAddressObject {
  readonly apiVersion?: 'networking.k8s.io/v1';
  readonly kind?: 'IPAddress';
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly parentRef?: {
      readonly group?: string;
      readonly resource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
}

export interface ApiServiceObject {
  readonly apiVersion?: 'apiregistration.k8s.io/v1';
  readonly kind?: 'APIService';
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly group?: string;
    readonly version?: string;
    readonly groupPriorityMinimum: number;
    readonly versionPriority: number;
  };
  readonly status?: { readonly conditions?: readonly object[] };
}

/** apiextensions.k8s.io/v1, as far as components look at it. */
export interface CustomDefinitionObject {
  readonly apiVersion?: 'apiextensions.k8s.io/v1';
  readonly kind?: 'CustomResourceDefinition';
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly group: string;
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Kinds that the simulation's own components work with, typed. Other kinds go through `ApiTransport`. */
export interface KindMap {
  Pod: Pod;
  Service: Service;
  Endpoints: Endpoints;
  EndpointSlice: EndpointSlice;
  Namespace: Namespace;
  Node: Node;
  ConfigMap: ConfigMap;
  Secret: Secret;
  ServiceAccount: ServiceAccount;
  Event: Event;
  Lease: Lease;
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  StatefulSet: StatefulSet;
  DaemonSet: DaemonSet;
  ControllerRevision: ControllerRevision;
  Job: Job;
  CronJob: CronJob;
  NetworkPolicy: NetworkPolicy;
  Ingress: Ingress;
  IngressClass: IngressClass;
  ResourceQuota: ResourceQuota;
  ReplicationController: ReplicationController;
  PersistentVolumeClaim: PersistentVolumeClaim;
  StorageClass: StorageClass;
  CSINode: CSINode;
  RuntimeClass: RuntimeClass;
  ServiceCIDR: ServiceCidrObject;
  IPAddress: IpAddressObject;
  APIService: ApiServiceObject;
  CustomResourceDefinition: CustomDefinitionObject;
  PodDisruptionBudget: PodDisruptionBudget;
  ClusterRole: ClusterRole;
  ClusterRoleBinding: ClusterRoleBinding;
  Role: Role;
  RoleBinding: RoleBinding;
}
export type Kind = keyof KindMap;
export type ObjectOf<K extends Kind> = KindMap[K] & { metadata?: ObjectMeta };

export type ClientResult<Value> =
  { readonly ok: true; readonly object: Value } | { readonly ok: false; readonly status: Status };

export interface ListOptions {
  readonly namespace?: string;
  /** As on the command line: `app=web,tier!=db,env in (a,b)`. */
  readonly labelSelector?: string;
}

/** A kind that a CustomResourceDefinition adds. */
export interface CustomKind {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
}

export interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Objects of a custom kind, in the version that clients prefer. While no definition serves the kind there are none, and writes fail with 404. */
export interface CustomClient {
  get(namespace: string | undefined, name: string): CustomObject | undefined;
  list(namespace?: string): readonly CustomObject[];
  create(object: CustomObject): ClientResult<CustomObject>;
  update(object: CustomObject): ClientResult<CustomObject>;
  updateStatus(object: CustomObject): ClientResult<CustomObject>;
  delete(namespace: string | undefined, name: string): ClientResult<Status>;
}

/**
 * The API as the simulation's components use it: through admission and validation like everyone's,
 * but without HTTP. What it returns is frozen and shared: build a changed copy to write.
 */
export interface KubeClient {
  get<K extends Kind>(kind: K, namespace: string | undefined, name: string): ObjectOf<K> | undefined;
  list<K extends Kind>(kind: K, options?: ListOptions): readonly ObjectOf<K>[];
  create<K extends Kind>(kind: K, object: ObjectOf<K>): ClientResult<ObjectOf<K>>;
  /** Fails with 409 when `resourceVersion` is set and stale. */
  update<K extends Kind>(kind: K, object: ObjectOf<K>): ClientResult<ObjectOf<K>>;
  updateStatus<K extends Kind>(kind: K, object: ObjectOf<K>): ClientResult<ObjectOf<K>>;
  /** Kinds that definitions add. */
  custom(kind: CustomKind): CustomClient;
  /** Pods only: the scheduler's binding subresource. */
  bind(namespace: string, pod: string, node: string): ClientResult<Status>;
  delete(
    kind: Kind,
    namespace: string | undefined,
    name: string,
    options?: {
      readonly gracePeriodSeconds?: number;
      readonly uid?: string;
      readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
    },
  ): ClientResult<Status>;
}

/** One change of one object, as a watch tells it. Objects are frozen. */
export interface ObjectChange<K extends Kind = Kind> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: K;
  /** Where the store keeps the kind: `pods`, `apps/deployments`. */
  readonly table: string;
  /** Of a kind that a definition adds: it may be called as one of Kubernetes' own. */
  readonly custom?: true;
  readonly object: ObjectOf<K>;
  /** The object before the change. */
  readonly previous?: ObjectOf<K>;
  readonly revision: number;
}
