import { splitApiVersion } from '../api/discovery.ts';

/*
 * How strategic merge patch treats the fields of the built-in types: the `patchStrategy` and
 * `patchMergeKey` tags of k8s.io/api 1.34. Fields that are not here merge as plain JSON does.
 */

/** How one field merges. */
export interface FieldMerge {
  /** Lists: items are matched by this key; '' for lists of plain values. */
  readonly mergeKey?: string;
  /** The patch names the keys to keep; the rest of the object goes. */
  readonly retainKeys?: boolean;
  /** The value is always sent whole. */
  readonly replace?: boolean;
  /** The type of the field's value, or of its items. */
  readonly type?: string;
}

export type TypeMerge = Readonly<Record<string, FieldMerge>>;

const CONTAINER: TypeMerge = {
  env: { mergeKey: 'name' },
  ports: { mergeKey: 'containerPort' },
  volumeDevices: { mergeKey: 'devicePath' },
  volumeMounts: { mergeKey: 'mountPath' },
};
const CONDITIONS: TypeMerge = { conditions: { mergeKey: 'type' } };
const TEMPLATED: TypeMerge = { template: { type: 'PodTemplateSpec' } };
const METADATA: FieldMerge = { type: 'ObjectMeta' };

const TYPES: Readonly<Record<string, TypeMerge>> = {
  ObjectMeta: { finalizers: { mergeKey: '' }, ownerReferences: { mergeKey: 'uid' } },
  Container: CONTAINER,
  Conditions: CONDITIONS,
  Templated: TEMPLATED,
  Volume: { ephemeral: { type: 'EphemeralVolumeSource' } },
  EphemeralVolumeSource: { volumeClaimTemplate: { type: 'Claim' } },
  Claim: { metadata: METADATA },
  PodSpec: {
    containers: { mergeKey: 'name', type: 'Container' },
    ephemeralContainers: { mergeKey: 'name', type: 'Container' },
    hostAliases: { mergeKey: 'ip' },
    imagePullSecrets: { mergeKey: 'name' },
    initContainers: { mergeKey: 'name', type: 'Container' },
    resourceClaims: { mergeKey: 'name', retainKeys: true },
    schedulingGates: { mergeKey: 'name' },
    topologySpreadConstraints: { mergeKey: 'topologyKey' },
    volumes: { mergeKey: 'name', retainKeys: true, type: 'Volume' },
  },
  PodStatus: {
    conditions: { mergeKey: 'type' },
    hostIPs: { mergeKey: 'ip' },
    podIPs: { mergeKey: 'ip' },
    resourceClaimStatuses: { mergeKey: 'name', retainKeys: true },
  },
  PodTemplateSpec: { metadata: METADATA, spec: { type: 'PodSpec' } },
  DeploymentSpec: { strategy: { retainKeys: true }, template: { type: 'PodTemplateSpec' } },
  CronJobSpec: { jobTemplate: { type: 'JobTemplateSpec' } },
  JobTemplateSpec: { metadata: METADATA, spec: { type: 'Templated' } },
  NodeSpec: { podCIDRs: { mergeKey: '' } },
  NodeStatus: { addresses: { mergeKey: 'type' }, conditions: { mergeKey: 'type' } },
  ServiceSpec: { ports: { mergeKey: 'port' } },
  DisruptionBudgetSpec: { selector: { replace: true } },
  Webhook: { matchConditions: { mergeKey: 'name' } },
  AdmissionPolicySpec: { matchConditions: { mergeKey: 'name' }, variables: { mergeKey: 'name' } },
  ResourceClaimStatus: { reservedFor: { mergeKey: 'uid' } },
  CSINodeSpec: { drivers: { mergeKey: 'name' } },
};

const CONTROLLER: TypeMerge = {
  metadata: METADATA,
  spec: { type: 'Templated' },
  status: { type: 'Conditions' },
};
const WITH_CONDITIONS: TypeMerge = { metadata: METADATA, status: { type: 'Conditions' } };
const WEBHOOKS: TypeMerge = { metadata: METADATA, webhooks: { mergeKey: 'name', type: 'Webhook' } };
const ADMISSION_POLICY: TypeMerge = { metadata: METADATA, spec: { type: 'AdmissionPolicySpec' } };

const KINDS: Readonly<Record<string, TypeMerge>> = {
  Pod: { metadata: METADATA, spec: { type: 'PodSpec' }, status: { type: 'PodStatus' } },
  PodTemplate: { metadata: METADATA, template: { type: 'PodTemplateSpec' } },
  Deployment: { metadata: METADATA, spec: { type: 'DeploymentSpec' }, status: { type: 'Conditions' } },
  ReplicaSet: CONTROLLER,
  DaemonSet: CONTROLLER,
  StatefulSet: CONTROLLER,
  ReplicationController: CONTROLLER,
  Job: CONTROLLER,
  CronJob: { metadata: METADATA, spec: { type: 'CronJobSpec' } },
  Service: { metadata: METADATA, spec: { type: 'ServiceSpec' }, status: { type: 'Conditions' } },
  ServiceAccount: { metadata: METADATA, secrets: { mergeKey: 'name' } },
  Node: { metadata: METADATA, spec: { type: 'NodeSpec' }, status: { type: 'NodeStatus' } },
  Namespace: WITH_CONDITIONS,
  PersistentVolumeClaim: WITH_CONDITIONS,
  HorizontalPodAutoscaler: WITH_CONDITIONS,
  ServiceCIDR: WITH_CONDITIONS,
  FlowSchema: WITH_CONDITIONS,
  PriorityLevelConfiguration: WITH_CONDITIONS,
  PodDisruptionBudget: {
    metadata: METADATA,
    spec: { type: 'DisruptionBudgetSpec' },
    status: { type: 'Conditions' },
  },
  MutatingWebhookConfiguration: WEBHOOKS,
  ValidatingWebhookConfiguration: WEBHOOKS,
  ValidatingAdmissionPolicy: ADMISSION_POLICY,
  MutatingAdmissionPolicy: ADMISSION_POLICY,
  ResourceClaim: { metadata: METADATA, status: { type: 'ResourceClaimStatus' } },
  CSINode: { metadata: METADATA, spec: { type: 'CSINodeSpec' } },
};

/** Groups whose types kubectl knows. Others, such as custom resources, take JSON merge patches only. */
const BUILT_IN_GROUPS = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'policy',
  ...[
    'admissionregistration',
    'authentication',
    'authorization',
    'certificates',
    'coordination',
    'discovery',
    'events',
  ].map((group) => `${group}.k8s.io`),
  ...[
    'flowcontrol.apiserver',
    'internal.apiserver',
    'networking',
    'node',
    'rbac.authorization',
    'resource',
    'scheduling',
    'storage',
    'storagemigration',
  ].map((group) => `${group}.k8s.io`),
]);

const PLAIN: TypeMerge = { metadata: METADATA };

/** The merge rules of a kind; undefined for kinds that kubectl does not know. */
export function mergeRulesOf(apiVersion: string, kind: string): TypeMerge | undefined {
  return BUILT_IN_GROUPS.has(splitApiVersion(apiVersion).group) ? (KINDS[kind] ?? PLAIN) : undefined;
}

export function rulesOfField(field: FieldMerge | undefined): TypeMerge {
  return field?.type === undefined ? {} : (TYPES[field.type] ?? {});
}
