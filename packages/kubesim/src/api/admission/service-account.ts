import type { Pod, ServiceAccount, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { containersOf } from '../defaults/pod-spec.ts';
import { forbidden } from '../status.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds: an expiry that tells these tokens from those a client asked for (KEP-1205). */
const TOKEN_SECONDS = 3607;
const SUFFIX_CHARACTERS = 5;
const FILE_MODE = 0o644;

/** Every pod runs as a service account, and gets its token mounted. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  create(resource, object, context) {
    if (resource.table !== 'pods') return undefined;
    const pod = object as unknown as Pod;
    const { spec } = pod;
    if (spec === undefined) return undefined;
    // Mirror pods of a kubelet's manifests use no service account.
    if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) return undefined;
    const name = (spec.serviceAccountName ?? '') === '' ? 'default' : (spec.serviceAccountName ?? '');
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const namespace = object.metadata.namespace ?? '';
    const account = context.get('serviceaccounts', `${namespace}/${name}`) as ServiceAccount | undefined;
    if (account === undefined) {
      return forbidden(
        resource,
        object.metadata.name ?? '',
        `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
      );
    }
    if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0)
      spec.imagePullSecrets = (account.imagePullSecrets ?? []).map((secret) => ({ ...secret }));
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
      mountToken(pod, context.randomName(SUFFIX_CHARACTERS));
    return undefined;
  },
};

function mountToken(pod: Pod, suffix: string): void {
  const { spec } = pod;
  if (spec === undefined) return;
  const existing = (spec.volumes ?? []).find((volume) => volume.name.startsWith('kube-api-access-'));
  const volumeName = existing?.name ?? `kube-api-access-${suffix}`;
  const mount: VolumeMount = { name: volumeName, readOnly: true, mountPath: TOKEN_PATH };
  let needed = false;
  for (const container of containersOf({ ...spec, ephemeralContainers: [] })) {
    if ((container.volumeMounts ?? []).some((other) => other.mountPath === TOKEN_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }];
    needed = true;
  }
  if (needed && existing === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(volumeName)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: FILE_MODE,
    },
  };
}
