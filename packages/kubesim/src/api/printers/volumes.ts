import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import type { Printer } from '../resources/resource.ts';
import { age, columns, nameOf } from './columns.ts';

const MODES: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

function accessModes(modes: readonly string[] | undefined): string {
  return MODES.filter(([mode]) => modes?.includes(mode) === true)
    .map(([, short]) => short)
    .join(',');
}

export const claimPrinter: Printer<PersistentVolumeClaim> = {
  columns: columns(
    'Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode*',
  ),
  cells: (claim, nowMs) => {
    const { spec, status, metadata } = claim;
    const bound = (spec?.volumeName ?? '') !== '';
    return [
      nameOf(claim),
      metadata?.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      spec?.volumeName ?? '',
      bound ? (status?.capacity?.['storage'] ?? '0') : '',
      bound ? accessModes(status?.accessModes) : '',
      metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      age(claim, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
};

export const volumePrinter: Printer<PersistentVolume> = {
  columns: columns(
    'Name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode*',
  ),
  cells: (volume, nowMs) => [
    nameOf(volume),
    volume.spec?.capacity?.['storage'] ?? '0',
    accessModes(volume.spec?.accessModes),
    volume.spec?.persistentVolumeReclaimPolicy ?? '',
    volume.status?.phase ?? '',
    volume.spec?.claimRef === undefined
      ? ''
      : `${volume.spec.claimRef.namespace ?? ''}/${volume.spec.claimRef.name ?? ''}`,
    volume.spec?.storageClassName ?? '',
    '<unset>',
    volume.status?.reason ?? '',
    age(volume, nowMs),
    volume.spec?.volumeMode ?? '<unset>',
  ],
};
