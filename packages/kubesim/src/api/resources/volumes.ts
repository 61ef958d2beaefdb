import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import type { StorageClass } from 'kubernetes-types/storage/v1';
import { claimPrinter, volumePrinter } from '../printers/volumes.ts';
import { parseTime } from '../time.ts';
import { dnsSubdomain } from '../validation/names.ts';
import { validateClaim, validateClaimUpdate } from '../validation/volume-claims.ts';
import { defineResource, setStatus } from './resource.ts';
import type { Resource, ResourceContext } from './resource.ts';
import { listedOnly } from './listed-only.ts';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
/** While it is used, a claim waits (StorageObjectInUseProtection); a controller takes this away. */
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';

/** The newest of the classes that are marked as the default (DefaultStorageClass). */
function defaultClass(context: ResourceContext): string | undefined {
  const classes = context.list('storage.k8s.io/storageclasses') as unknown as readonly StorageClass[];
  const createdMs = ({ metadata }: StorageClass): number => parseTime(metadata?.creationTimestamp ?? '') ?? 0;
  return classes
    .filter(({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS] === 'true')
    .sort((left, right) => createdMs(right) - createdMs(left))[0]?.metadata?.name;
}

const claims = defineResource<PersistentVolumeClaim>({
  group: '',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  schema: 'core.PersistentVolumeClaim',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['pvc'],
  status: true,
  applyDefaults: ({ spec }) => {
    if (spec !== undefined) spec.volumeMode ??= 'Filesystem';
  },
  prepareCreate: (claim, context) => {
    const { spec, metadata } = claim;
    const annotated = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'];
    const wanted = annotated === undefined ? defaultClass(context) : undefined;
    if (spec !== undefined && wanted !== undefined) spec.storageClassName ??= wanted;
    const finalizers = metadata?.finalizers ?? [];
    if (!finalizers.includes(CLAIM_PROTECTION))
      claim.metadata = { ...metadata, finalizers: [...finalizers, CLAIM_PROTECTION] };
    return setStatus(claim, { phase: 'Pending' });
  },
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  printer: claimPrinter,
});

const PROVISIONING =
  'persistent volumes: claims stay Pending, and pods keep files in emptyDir, hostPath, configMap and secret volumes';

export const volumeResources: readonly Resource[] = [
  claims,
  listedOnly<PersistentVolume>({
    group: '',
    kind: 'PersistentVolume',
    shortNames: ['pv'],
    namespaced: false,
    status: true,
    notModelled: PROVISIONING,
    printer: volumePrinter,
  }),
];
