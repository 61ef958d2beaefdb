import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  Pod,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1';
import { defaultPod } from '../defaults/pod-spec.ts';
import { encodeBase64 } from '../base64.ts';
import {
  configMapPrinter,
  endpointsPrinter,
  eventPrinter,
  namespacePrinter,
  nodePrinter,
  secretPrinter,
  serviceAccountPrinter,
  servicePrinter,
} from '../printers/core.ts';
import { podPrinter } from '../printers/pods.ts';
import { allocate } from '../services/allocation.ts';
import { defaultService } from '../services/defaults.ts';
import { serviceWarnings } from '../services/warnings.ts';
import { validateService, validateServiceUpdate } from '../services/validation.ts';
import {
  validateConfigMap,
  validateConfigMapUpdate,
  validateSecret,
  validateSecretUpdate,
} from '../validation/configuration.ts';
import { validateEndpoints } from '../validation/endpoints.ts';
import { validateEvent } from '../validation/events.ts';
import { dns1035Label, dnsLabel, dnsSubdomain } from '../validation/names.ts';
import { validateNode, validateNodeUpdate } from '../validation/nodes.ts';
import { qosClass } from '../defaults/qos.ts';
import { podWarnings } from '../validation/pod-warnings.ts';
import { validateEphemeralUpdate, validatePod, validatePodUpdate } from '../validation/pods.ts';
import { defineResource, setStatus } from './resource.ts';
import type { Resource } from './resource.ts';

const pods = defineResource<Pod>({
  group: '',
  resource: 'pods',
  kind: 'Pod',
  schema: 'core.Pod',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  statusKeeps: ['ownerReferences'],
  generation: true,
  applyDefaults: defaultPod,
  prepareCreate: (pod) => {
    const { spec } = pod;
    if (spec !== undefined && (spec.terminationGracePeriodSeconds ?? 0) < 0)
      spec.terminationGracePeriodSeconds = 1;
    return setStatus(pod, { phase: 'Pending', qosClass: qosClass(pod) });
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateEphemeral: validateEphemeralUpdate,
  warnings: podWarnings,
  printer: podPrinter,
  selectableFields: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
});

const services = defineResource<Service>({
  group: '',
  resource: 'services',
  kind: 'Service',
  schema: 'core.Service',
  namespaced: true,
  nameFormat: dns1035Label,
  shortNames: ['svc'],
  categories: ['all'],
  status: true,
  applyDefaults: defaultService,
  prepareCreate: (service, context) => {
    setStatus(service, { loadBalancer: {} });
    return allocate(service, undefined, context);
  },
  prepareUpdate: allocate,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  warnings: serviceWarnings,
  printer: servicePrinter,
  selectableFields: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
});

const endpoints = defineResource<Endpoints>({
  group: '',
  resource: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  schema: 'core.Endpoints',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['ep'],
  applyDefaults: (object) => {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
  },
  validate: validateEndpoints,
  printer: endpointsPrinter,
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
});

const namespaces = defineResource<Namespace>({
  group: '',
  resource: 'namespaces',
  kind: 'Namespace',
  schema: 'core.Namespace',
  namespaced: false,
  nameFormat: dnsLabel,
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  status: true,
  applyDefaults: (namespace) => {
    const name = namespace.metadata?.name ?? '';
    // NP11: the label always says the name, whatever a client wrote.
    if (name !== '')
      namespace.metadata = {
        ...namespace.metadata,
        labels: { ...namespace.metadata?.labels, 'kubernetes.io/metadata.name': name },
      };
  },
  prepareCreate: (namespace) => {
    const name = namespace.metadata?.name ?? '';
    namespace.metadata = {
      ...namespace.metadata,
      labels: { ...namespace.metadata?.labels, 'kubernetes.io/metadata.name': name },
    };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = {
      finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'],
    };
    return setStatus(namespace, { phase: 'Active' });
  },
  prepareUpdate: (namespace, previous) => {
    if (previous.spec !== undefined) namespace.spec = structuredCopy(previous.spec);
    return undefined;
  },
  printer: namespacePrinter,
  selectableFields: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
});

function structuredCopy(spec: { readonly finalizers?: readonly string[] }): { finalizers: string[] } {
  return { finalizers: [...(spec.finalizers ?? [])] };
}

const nodes = defineResource<Node>({
  group: '',
  resource: 'nodes',
  kind: 'Node',
  schema: 'core.Node',
  namespaced: false,
  nameFormat: dnsSubdomain,
  shortNames: ['no'],
  status: true,
  applyDefaults: (node) => {
    if (node.status?.capacity !== undefined) node.status.allocatable ??= { ...node.status.capacity };
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  printer: nodePrinter,
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
});

const configMaps = defineResource<ConfigMap>({
  group: '',
  resource: 'configmaps',
  kind: 'ConfigMap',
  schema: 'core.ConfigMap',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['cm'],
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
  printer: configMapPrinter,
});

const secrets = defineResource<Secret>({
  group: '',
  resource: 'secrets',
  kind: 'Secret',
  schema: 'core.Secret',
  namespaced: true,
  nameFormat: dnsSubdomain,
  applyDefaults: (secret) => {
    secret.type ??= 'Opaque';
    mergeStringData(secret);
  },
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  printer: secretPrinter,
  selectableFields: { type: (secret) => secret.type ?? '' },
});

/** `stringData` is for writing only: it is kept, encoded, as `data`. */
function mergeStringData(secret: Secret): void {
  for (const [key, value] of Object.entries(secret.stringData ?? {}))
    secret.data = { ...secret.data, [key]: encodeBase64(value) };
  delete secret.stringData;
}

const serviceAccounts = defineResource<ServiceAccount>({
  group: '',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  schema: 'core.ServiceAccount',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['sa'],
  printer: serviceAccountPrinter,
});

const eventFields: NonNullable<Resource<Event>['selectableFields']> = {
  'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
  'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
  'involvedObject.name': (event) => event.involvedObject.name ?? '',
  'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
  'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
  'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
  'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
  reason: (event) => event.reason ?? '',
  reportingComponent: (event) => event.reportingComponent ?? '',
  source: (event) => event.source?.component ?? event.reportingComponent ?? '',
  type: (event) => event.type ?? '',
};

/** What events.k8s.io calls them (pkg/apis/events/v1, conversion.go); events have no `source` there. */
export const eventViewFields = Object.fromEntries(
  Object.entries(eventFields)
    .filter(([name]) => name !== 'source')
    .map(([name, valueOf]) => [
      name.replace('involvedObject.', 'regarding.').replace('reportingComponent', 'reportingController'),
      valueOf,
    ]),
);

const events = defineResource<Event>({
  group: '',
  resource: 'events',
  kind: 'Event',
  schema: 'core.Event',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['ev'],
  validate: validateEvent,
  printer: eventPrinter,
  selectableFields: eventFields,
});

export const coreResources: readonly Resource[] = [
  configMaps,
  endpoints,
  events,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  services,
];
