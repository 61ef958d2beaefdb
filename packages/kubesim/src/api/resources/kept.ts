import type { RuntimeClass } from 'kubernetes-types/node/v1';
import type { CSIDriver, CSINode, VolumeAttachment } from 'kubernetes-types/storage/v1';
import type { StoredObject } from '../../store/store.ts';
import { age, columns, nameOf } from '../printers/columns.ts';
import { ipAddress } from '../validation/addresses.ts';
import { validateImmutable } from '../validation/metadata.ts';
import { dnsLabel, dnsSubdomain, pathSegment } from '../validation/names.ts';
import { ALL_METADATA, defineResource } from './resource.ts';
import type { Resource } from './resource.ts';

/**
 * API20: kinds that are kept as they are written. What would act on them is not part of a fresh cluster:
 * drivers of storage, other container runtimes, holders of addresses that are no Services.
 */
interface IpAddress extends StoredObject {
  readonly spec?: {
    readonly parentRef?: {
      readonly group?: string;
      readonly resource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
}

const ipAddresses = defineResource<IpAddress>({
  group: 'networking.k8s.io',
  resource: 'ipaddresses',
  kind: 'IPAddress',
  schema: 'networking.IPAddress',
  namespaced: false,
  nameFormat: ipAddress,
  shortNames: ['ip'],
  validate: ({ spec }, errors) => {
    const parent = spec?.parentRef;
    if (parent === undefined) return errors.required('spec.parentRef');
    const { group = '', resource = '', namespace = '', name = '' } = parent;
    if (group !== '') errors.invalidEach('spec.parentRef.group', group, dnsSubdomain(group));
    if (resource === '') errors.required('spec.parentRef.resource');
    else errors.invalidEach('spec.parentRef.resource', resource, pathSegment(resource));
    if (name === '') errors.required('spec.parentRef.name');
    else errors.invalidEach('spec.parentRef.name', name, pathSegment(name));
    if (namespace !== '') errors.invalidEach('spec.parentRef.namespace', namespace, pathSegment(namespace));
  },
  validateUpdate: (object, previous, errors) =>
    validateImmutable(object.spec?.parentRef, previous.spec?.parentRef, 'spec.parentRef', errors),
  printer: {
    columns: columns('Name, ParentRef, Age'),
    cells: (object, nowMs) => {
      const { group = '', resource = '', namespace = '', name = '' } = object.spec?.parentRef ?? {};
      const what = group === '' ? resource : `${resource}.${group}`;
      return [
        nameOf(object),
        [what, namespace, name].filter((part) => part !== '').join('/'),
        age(object, nowMs),
      ];
    },
  },
});

const runtimeClasses = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  resource: 'runtimeclasses',
  kind: 'RuntimeClass',
  schema: 'node.RuntimeClass',
  namespaced: false,
  nameFormat: dnsSubdomain,
  validate: ({ handler }, errors) => errors.invalidEach('handler', handler, dnsLabel(handler)),
  validateUpdate: (object, previous, errors) =>
    validateImmutable(object.handler, previous.handler, 'handler', errors),
  printer: {
    columns: columns('Name, Handler, Age'),
    cells: (object, nowMs) => [nameOf(object), object.handler, age(object, nowMs)],
  },
});

const STORAGE = { group: 'storage.k8s.io', namespaced: false, nameFormat: dnsSubdomain } as const;

const storageResources: readonly Resource[] = [
  defineResource<CSIDriver>({
    ...STORAGE,
    resource: 'csidrivers',
    kind: 'CSIDriver',
    schema: 'storage.CSIDriver',
    applyDefaults: ({ spec }) => {
      spec.attachRequired ??= true;
      spec.podInfoOnMount ??= false;
      spec.storageCapacity ??= false;
      spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
      if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
      spec.requiresRepublish ??= false;
      Object.assign(spec, { seLinuxMount: (spec as { seLinuxMount?: boolean }).seLinuxMount ?? false });
    },
    printer: {
      columns: columns(
        'Name, AttachRequired:boolean, PodInfoOnMount:boolean, StorageCapacity:boolean, TokenRequests, RequiresRepublish:boolean, Modes, Age',
      ),
      cells: (object, nowMs) => [
        nameOf(object),
        object.spec.attachRequired ?? true,
        object.spec.podInfoOnMount ?? false,
        object.spec.storageCapacity ?? false,
        (object.spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
        object.spec.requiresRepublish ?? false,
        (object.spec.volumeLifecycleModes ?? []).join(','),
        age(object, nowMs),
      ],
    },
  }),
  defineResource<CSINode>({
    ...STORAGE,
    resource: 'csinodes',
    kind: 'CSINode',
    schema: 'storage.CSINode',
    printer: {
      columns: columns('Name, Drivers:integer, Age'),
      cells: (object, nowMs) => [
        nameOf(object),
        ((object.spec.drivers as readonly unknown[] | null | undefined) ?? []).length,
        age(object, nowMs),
      ],
    },
  }),
  defineResource<StoredObject & { readonly storageClassName?: string; readonly capacity?: string }>({
    ...STORAGE,
    namespaced: true,
    resource: 'csistoragecapacities',
    kind: 'CSIStorageCapacity',
    schema: 'storage.CSIStorageCapacity',
    validate: ({ storageClassName = '' }, errors) => {
      if (storageClassName === '') errors.required('storageClassName');
      else errors.invalidEach('storageClassName', storageClassName, dnsSubdomain(storageClassName));
    },
    validateUpdate: (object, previous, errors) =>
      validateImmutable(object.storageClassName, previous.storageClassName, 'storageClassName', errors),
    printer: {
      columns: columns('Name, StorageClass, Capacity'),
      cells: (object) => [nameOf(object), object.storageClassName ?? '', object.capacity ?? ''],
    },
  }),
  defineResource<VolumeAttachment>({
    ...STORAGE,
    resource: 'volumeattachments',
    kind: 'VolumeAttachment',
    schema: 'storage.VolumeAttachment',
    status: true,
    statusKeeps: ALL_METADATA,
    validate: ({ spec }, errors) => {
      if (spec.attacher === '') errors.required('spec.attacher');
      if (spec.nodeName === '') errors.required('spec.nodeName');
      const { persistentVolumeName, inlineVolumeSpec } = spec.source;
      if (persistentVolumeName === undefined && inlineVolumeSpec === undefined)
        errors.required(
          'spec.source',
          'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
        );
    },
    validateUpdate: (object, previous, errors) =>
      validateImmutable(object.spec, previous.spec, 'spec', errors),
    printer: {
      columns: columns('Name, Attacher, PV, Node, Attached:boolean, Age'),
      cells: (object, nowMs) => [
        nameOf(object),
        object.spec.attacher,
        object.spec.source.persistentVolumeName ?? '',
        object.spec.nodeName,
        object.status?.attached ?? false,
        age(object, nowMs),
      ],
    },
  }),
  defineResource<StoredObject & { readonly driverName?: string; readonly parameters?: object }>({
    ...STORAGE,
    resource: 'volumeattributesclasses',
    kind: 'VolumeAttributesClass',
    schema: 'storage.VolumeAttributesClass',
    shortNames: ['vac'],
    validate: ({ driverName = '', parameters = {} }, errors) => {
      if (driverName === '') errors.required('driverName');
      if (Object.keys(parameters).length === 0)
        errors.required('parameters', 'must contain at least one key/value pair');
    },
    validateUpdate: (object, previous, errors) => {
      validateImmutable(object.driverName, previous.driverName, 'driverName', errors);
      validateImmutable(object.parameters, previous.parameters, 'parameters', errors);
    },
    printer: {
      columns: columns('Name, DriverName, Age'),
      cells: (object, nowMs) => [nameOf(object), object.driverName ?? '', age(object, nowMs)],
    },
  }),
];

export const keptResources: readonly Resource[] = [ipAddresses, runtimeClasses, ...storageResources];
