import type { StoredObject } from '../../store/store.ts';
import { age, columns, nameOf } from '../printers/columns.ts';
import { ALL_METADATA, defineResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { listedOnly } from './listed-only.ts';
import { dnsSubdomain } from '../validation/names.ts';

const DEVICES = 'devices, and claims to them (dynamic resource allocation)';
const AUTOSCALING = 'HorizontalPodAutoscalers: pods have no load that could be measured';

/** ServiceCIDRs are what the API server made of its own ranges (KEP-1880). */
interface ServiceCidr extends StoredObject {
  readonly spec?: { readonly cidrs?: readonly string[] };
}

interface ApiService extends StoredObject {
  readonly spec?: { readonly service?: { readonly namespace?: string; readonly name?: string } };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
}

const serviceCidrs = defineResource<ServiceCidr>({
  group: 'networking.k8s.io',
  resource: 'servicecidrs',
  kind: 'ServiceCIDR',
  schema: 'networking.ServiceCIDR',
  namespaced: false,
  nameFormat: dnsSubdomain,
  status: true,
  statusKeeps: ALL_METADATA,
  notModelled: 'further ranges of Service addresses (ServiceCIDR)',
  printer: {
    columns: columns('Name, CIDRs, Age'),
    cells: (object, nowMs) => [nameOf(object), (object.spec?.cidrs ?? []).join(','), age(object, nowMs)],
  },
});

const apiServices = defineResource<ApiService>({
  group: 'apiregistration.k8s.io',
  resource: 'apiservices',
  kind: 'APIService',
  schema: 'apiregistration.APIService',
  namespaced: false,
  nameFormat: () => [],
  categories: ['api-extensions'],
  status: true,
  statusKeeps: ALL_METADATA,
  notModelled: 'API servers behind this one (APIService)',
  printer: {
    columns: columns('Name, Service, Available, Age'),
    cells: (object, nowMs) => {
      const { service } = object.spec ?? {};
      const available = object.status?.conditions?.find(({ type }) => type === 'Available');
      return [
        nameOf(object),
        service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
        available === undefined
          ? 'Unknown'
          : available.status === 'True'
            ? 'True'
            : `${available.status} (${available.reason ?? ''})`,
        age(object, nowMs),
      ];
    },
  },
});

const autoscaler = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  status: true,
  notModelled: AUTOSCALING,
  columns: 'Name, Reference, Targets, MinPods, MaxPods, Replicas:integer, Age',
} as const;

export const autoscalers: readonly Resource[] = [
  listedOnly({ ...autoscaler, version: 'v2', tables: 'autoscaling2' }),
  listedOnly(autoscaler),
];

export const administrationResources: readonly Resource[] = [
  serviceCidrs,
  apiServices,
  listedOnly({
    group: '',
    kind: 'ComponentStatus',
    resource: 'componentstatuses',
    shortNames: ['cs'],
    namespaced: false,
    columns: 'Name, Status, Message, Error',
    verbs: ['get', 'list'],
    unreadable: true,
    notModelled: 'ComponentStatuses: ask /readyz, and the pods of kube-system',
  }),
  listedOnly({
    group: 'certificates.k8s.io',
    kind: 'CertificateSigningRequest',
    shortNames: ['csr'],
    namespaced: false,
    status: true,
    columns: 'Name, Age, SignerName, Requestor, RequestedDuration, Condition',
    notModelled: 'requests for certificates (CertificateSigningRequest)',
  }),
  listedOnly({
    group: 'resource.k8s.io',
    kind: 'DeviceClass',
    resource: 'deviceclasses',
    namespaced: false,
    notModelled: DEVICES,
  }),
  listedOnly({
    group: 'resource.k8s.io',
    kind: 'ResourceClaim',
    namespaced: true,
    status: true,
    columns: 'Name, State, Age',
    notModelled: DEVICES,
  }),
  listedOnly({
    group: 'resource.k8s.io',
    kind: 'ResourceClaimTemplate',
    namespaced: true,
    notModelled: DEVICES,
  }),
  listedOnly({
    group: 'resource.k8s.io',
    kind: 'ResourceSlice',
    namespaced: false,
    columns: 'Name, Node, Driver, Pool, Age',
    notModelled: DEVICES,
  }),
];
