import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { isTerminating, keyOf, splitKey } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { about } from './pod-control.ts';

const PROTECTION = 'kubernetes.io/pvc-protection';

/** API17: no volume is ever made here, so a claim waits, and says for what, as without a provisioner. */
export function volumeClaimController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'persistentvolume-binder-controller',
    watches: ['PersistentVolumeClaim', 'StorageClass'],
    keysOf(change) {
      const claim = changeOf(change, 'PersistentVolumeClaim')?.object;
      if (claim !== undefined) return [keyOf(claim)];
      const name = change.object.metadata?.name;
      return client
        .list('PersistentVolumeClaim')
        .filter(({ spec }) => spec?.storageClassName === name)
        .map(keyOf);
    },
    allKeys: () => client.list('PersistentVolumeClaim').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const claim = client.get('PersistentVolumeClaim', namespace, name);
      if (claim === undefined) return DONE;
      if (isTerminating(claim)) return unprotect(context, claim);
      const { type, reason, message } = waitsFor(context, claim.spec?.storageClassName ?? '');
      context.event(about('PersistentVolumeClaim', 'v1', claim), type, reason, message);
      return DONE;
    },
  };
}

/** No pod can use a claim here, so nothing holds one that is to go. */
function unprotect({ client }: ControllerContext, claim: PersistentVolumeClaim): ReconcileResult {
  const finalizers = claim.metadata?.finalizers ?? [];
  if (!finalizers.includes(PROTECTION)) return DONE;
  const kept = finalizers.filter((finalizer) => finalizer !== PROTECTION);
  const result = client.update('PersistentVolumeClaim', {
    ...claim,
    metadata: { ...claim.metadata, finalizers: kept },
  });
  return result.ok || result.status.code === 404 ? DONE : RETRY;
}

interface Waiting {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

function waitsFor({ client }: ControllerContext, className: string): Waiting {
  if (className === '')
    return {
      type: 'Normal',
      reason: 'FailedBinding',
      message: 'no persistent volumes available for this claim and no storage class is set',
    };
  const storageClass = client.get('StorageClass', undefined, className);
  if (storageClass === undefined)
    return {
      type: 'Warning',
      reason: 'ProvisioningFailed',
      message: `storageclass.storage.k8s.io "${className}" not found`,
    };
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer')
    return {
      type: 'Normal',
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
    };
  return {
    type: 'Normal',
    reason: 'ExternalProvisioning',
    message: `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  };
}
