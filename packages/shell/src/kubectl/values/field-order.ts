import { isObject, setOwn } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

/*
 * Field orders of Go types, for objects that kubectl makes itself and prints as JSON: encoding/json
 * writes fields in the order of their declaration.
 */

const TOP = ['kind', 'apiVersion', 'metadata', 'spec', 'status'];
const METADATA = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
];
const POD_SPEC = [
  'volumes',
  'initContainers',
  'containers',
  'ephemeralContainers',
  'restartPolicy',
  'terminationGracePeriodSeconds',
  'activeDeadlineSeconds',
  'dnsPolicy',
  'nodeSelector',
  'serviceAccountName',
  'serviceAccount',
  'automountServiceAccountToken',
  'nodeName',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'shareProcessNamespace',
  'securityContext',
  'imagePullSecrets',
  'hostname',
  'subdomain',
  'affinity',
  'schedulerName',
  'tolerations',
  'hostAliases',
  'priorityClassName',
  'priority',
  'dnsConfig',
];
const CONTAINER = [
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'ports',
  'envFrom',
  'env',
  'resources',
  'restartPolicy',
  'volumeMounts',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'tty',
];
const SERVICE_SPEC = [
  'ports',
  'selector',
  'clusterIP',
  'clusterIPs',
  'type',
  'externalIPs',
  'sessionAffinity',
  'loadBalancerIP',
  'loadBalancerSourceRanges',
  'externalName',
  'externalTrafficPolicy',
  'healthCheckNodePort',
  'publishNotReadyAddresses',
  'sessionAffinityConfig',
  'ipFamilies',
  'ipFamilyPolicy',
  'internalTrafficPolicy',
];

function ordered(object: JsonObject, order: readonly string[]): JsonObject {
  const result: JsonObject = {};
  for (const key of order) if (Object.hasOwn(object, key)) setOwn(result, key, object[key] ?? null);
  for (const [key, value] of Object.entries(object)) if (!order.includes(key)) setOwn(result, key, value);
  return result;
}

function container(value: JsonValue): JsonValue {
  return isObject(value) ? ordered({ resources: {}, ...value }, CONTAINER) : value;
}

/** A pod or service with its fields in order, and containers with the empty fields that Go writes. */
export function inFieldOrder(object: JsonObject): JsonObject {
  const result = ordered(object, TOP);
  const { metadata, spec } = result;
  if (isObject(metadata)) result['metadata'] = ordered(metadata, METADATA);
  if (!isObject(spec)) return result;
  if (object['kind'] === 'Service') {
    result['spec'] = ordered(spec, SERVICE_SPEC);
    return result;
  }
  const pod = ordered(spec, POD_SPEC);
  for (const key of ['containers', 'initContainers']) {
    const list = pod[key];
    if (Array.isArray(list)) pod[key] = list.map(container);
  }
  result['spec'] = pod;
  return result;
}
