import type { Machines, Mount, VolumeFile } from '@podwire/machine';
import type {
  ConfigMapVolumeSource,
  Container,
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  KeyToPath,
  Pod,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeMount,
  VolumeProjection,
} from 'kubernetes-types/core/v1';
import type { KubeClient } from '../api/client.ts';
import { nodeMachineId } from '../nodes/node-files.ts';
import { namespaceOf } from '../runtime/objects.ts';
import { configMapData, expandVariables, fieldValue, resourceValue, secretData } from './environment.ts';
import type { PodFacts } from './environment.ts';
import { containersOf } from './records.ts';

/** emptyDir without a sizeLimit: bounded by the node's disk in reality, by this here, bytes. */
const EMPTY_DIR_BYTES = 16 * 1024 * 1024;
const FILE_MODE = 0o644;
/** Of a token that is meant for one user or group. */
const PRIVATE_MODE = 0o600;
/** What an fsGroup gets of files that follow the API (volume_linux.go, SetVolumeOwnership). */
const GROUP_READS = 0o440;

export type VolumeOutcome =
  | { readonly ok: true }
  /** Message of the pod's FailedMount event. */
  | { readonly ok: false; readonly message: string };

export function volumeId(podUid: string, volume: string): string {
  return `volume/${podUid}/${volume}`;
}

/**
 * KL4: what a container mounts of a volume by a subPath is bound when the container starts; what the API changes later
 * is written beside it, and is seen by the next container alone.
 */
function keptVolumeId(podUid: string, volume: string, container: string): string {
  return `${volumeId(podUid, volume)}/of/${container}`;
}

/** Files of a volume whose content comes from the API; undefined for volumes that hold what containers write. */
type Files = ReadonlyMap<string, VolumeFile>;
type Content =
  { readonly ok: true; readonly files: Files | undefined } | { readonly ok: false; readonly message: string };

/** Makes (or refreshes) every volume of a pod. */
export function setUpVolumes(
  machines: Machines,
  client: KubeClient,
  facts: PodFacts,
  mintToken: TokenMinter,
): VolumeOutcome {
  const uid = facts.pod.metadata?.uid ?? '';
  const group = facts.pod.spec?.securityContext?.fsGroup;
  for (const volume of facts.pod.spec?.volumes ?? []) {
    const content = contentOf(client, facts, volume, mintToken);
    if (!content.ok)
      return {
        ok: false,
        message: `MountVolume.SetUp failed for volume "${volume.name}" : ${content.message}`,
      };
    if (volume.hostPath !== undefined) {
      const refused = prepareHostPath(machines, facts.nodeName, volume.hostPath);
      if (refused !== undefined)
        return { ok: false, message: `MountVolume.SetUp failed for volume "${volume.name}" : ${refused}` };
      continue;
    }
    const files = content.files ?? new Map<string, VolumeFile>();
    machines.putVolume(volumeId(uid, volume.name), group === undefined ? files : readableByGroup(files), {
      replace: content.files !== undefined,
      sizeLimitBytes: EMPTY_DIR_BYTES,
      ...(group === undefined ? {} : { group: String(group) }),
    });
  }
  return { ok: true };
}

/** What `type` asks of the path on the node, and makes where it says so. @returns why it may not be mounted. */
function prepareHostPath(machines: Machines, node: string, source: HostPathVolumeSource): string | undefined {
  const { path, type = '' } = source;
  const files = machines.fileSystem(nodeMachineId(node));
  const found = files.stat(path);
  const failed = (what: string): string => `hostPath type check failed: ${path} is not a ${what}`;
  // Without a type nothing is checked, and the runtime makes a directory where nothing is.
  if (type === '' || type === 'DirectoryOrCreate') {
    if (!found.ok) files.mkdir(path, { parents: true, mode: 0o755 });
    else if (type !== '' && found.value.kind !== 'directory') return failed('directory');
    return undefined;
  }
  if (type === 'FileOrCreate' && !found.ok)
    return files.writeFile(path, new Uint8Array(), { mode: 0o644 }).ok
      ? undefined
      : `open ${path}: no such file or directory`;
  if (type === 'Directory')
    return found.ok && found.value.kind === 'directory' ? undefined : failed('directory');
  if (type === 'File' || type === 'FileOrCreate')
    return found.ok && found.value.kind === 'file' ? undefined : failed('file');
  return failed(SPECIAL_FILES.get(type) ?? type);
}

/** Kinds of files that no node of ours has. */
const SPECIAL_FILES: ReadonlyMap<string, string> = new Map([
  ['Socket', 'socket file'],
  ['CharDevice', 'character device'],
  ['BlockDevice', 'block device'],
]);

/** Whether the content of a volume follows the API while the pod runs. */
export function followsApi(volume: Volume): boolean {
  return (
    volume.configMap !== undefined ||
    volume.secret !== undefined ||
    volume.projected !== undefined ||
    volume.downwardAPI !== undefined
  );
}

/** What the kubelet keeps on tmpfs: secrets and what may hold them, and emptyDirs that ask for it. */
function isInMemory({ secret, projected, downwardAPI, emptyDir }: Volume): boolean {
  return (
    secret !== undefined ||
    projected !== undefined ||
    downwardAPI !== undefined ||
    emptyDir?.medium === 'Memory'
  );
}

export function tearDownVolumes(machines: Machines, pod: Pod): void {
  const uid = pod.metadata?.uid ?? '';
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.hostPath !== undefined) continue;
    machines.removeVolume(volumeId(uid, volume.name));
    if (followsApi(volume))
      for (const [{ name }] of containersOf(pod)) machines.removeVolume(keptVolumeId(uid, volume.name, name));
  }
  machines.removeVolume(volumeId(uid, ETC_HOSTS_VOLUME));
}

/** A ServiceAccount's token for a pod; the API server makes them elsewhere, the kubelet only mounts them. */
export type TokenMinter = (pod: Pod, projection: ServiceAccountTokenProjection) => string;

function contentOf(client: KubeClient, facts: PodFacts, volume: Volume, mintToken: TokenMinter): Content {
  const namespace = namespaceOf(facts.pod);
  if (volume.configMap !== undefined) return fromConfigMap(client, namespace, volume.configMap);
  if (volume.secret !== undefined) return fromSecret(client, namespace, volume.secret);
  if (volume.downwardAPI !== undefined)
    return {
      ok: true,
      files: downwardFiles(facts, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode),
    };
  if (volume.projected !== undefined) {
    const files = new Map<string, VolumeFile>();
    for (const source of volume.projected.sources ?? []) {
      const part = projection(client, facts, source, volume.projected.defaultMode, mintToken);
      if (!part.ok) return part;
      for (const [path, file] of part.files ?? []) files.set(path, file);
    }
    return { ok: true, files };
  }
  if (volume.emptyDir !== undefined || volume.hostPath !== undefined) return { ok: true, files: undefined };
  if (volume.persistentVolumeClaim !== undefined)
    return {
      ok: false,
      message: `persistentvolumeclaim "${volume.persistentVolumeClaim.claimName}" cannot be mounted: this simulated cluster has no storage classes`,
    };
  return {
    ok: false,
    message:
      'this kind of volume is not part of the simulated cluster; use emptyDir, configMap, secret, projected, downwardAPI or hostPath',
  };
}

function fromConfigMap(client: KubeClient, namespace: string, source: ConfigMapVolumeSource): Content {
  const data = configMapData(client, namespace, source, true);
  return data.ok ? chosen(data.data, source, `references non-existent config key`) : data;
}

function fromSecret(client: KubeClient, namespace: string, source: SecretVolumeSource): Content {
  const data = secretData(client, namespace, {
    name: source.secretName ?? '',
    ...(source.optional === undefined ? {} : { optional: source.optional }),
  });
  return data.ok ? chosen(data.data, source, 'references non-existent secret key') : data;
}

interface Choice {
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

function chosen(
  data: ReadonlyMap<string, string | Uint8Array>,
  { items = [], optional, defaultMode }: Choice,
  missing: string,
): Content {
  const files = new Map<string, VolumeFile>();
  if (items.length === 0)
    for (const [key, content] of data) files.set(key, volumeFile(content, undefined, defaultMode));
  for (const { key, path, mode } of items) {
    const content = data.get(key);
    if (content !== undefined) files.set(path, volumeFile(content, mode, defaultMode));
    else if (optional !== true) return { ok: false, message: `${missing}: ${key}` };
  }
  return { ok: true, files };
}

function volumeFile(
  content: string | Uint8Array,
  mode: number | undefined,
  defaultMode: number | undefined,
): VolumeFile {
  const bits = mode ?? defaultMode;
  return bits === undefined ? { content } : { content, mode: bits };
}

function projection(
  client: KubeClient,
  facts: PodFacts,
  source: VolumeProjection,
  mode: number | undefined,
  mintToken: TokenMinter,
): Content {
  const namespace = namespaceOf(facts.pod);
  const defaultMode = mode === undefined ? {} : { defaultMode: mode };
  if (source.configMap !== undefined)
    return fromConfigMap(client, namespace, { ...source.configMap, ...defaultMode });
  if (source.secret !== undefined) {
    const { name, ...rest } = source.secret;
    return fromSecret(client, namespace, {
      ...rest,
      ...defaultMode,
      ...(name === undefined ? {} : { secretName: name }),
    });
  }
  if (source.downwardAPI !== undefined)
    return { ok: true, files: downwardFiles(facts, source.downwardAPI.items ?? [], mode) };
  if (source.serviceAccountToken !== undefined)
    return {
      ok: true,
      files: new Map([
        [
          source.serviceAccountToken.path,
          volumeFile(mintToken(facts.pod, source.serviceAccountToken), undefined, tokenMode(facts.pod, mode)),
        ],
      ]),
    };
  return { ok: false, message: 'this kind of projected source is not part of the simulated cluster' };
}

/** With an fsGroup a token is for that group, whatever the volume says (projected.go, collectData). */
function tokenMode(pod: Pod, mode: number | undefined): number | undefined {
  return pod.spec?.securityContext?.fsGroup === undefined ? mode : PRIVATE_MODE;
}

function readableByGroup(files: Files): Files {
  return new Map(
    [...files].map(([path, { content, mode = FILE_MODE }]) => [path, { content, mode: mode | GROUP_READS }]),
  );
}

function downwardFiles(
  facts: PodFacts,
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number | undefined,
): Files {
  const files = new Map<string, VolumeFile>();
  for (const { path, fieldRef, resourceFieldRef, mode } of items) {
    const [container] = facts.pod.spec?.containers ?? [];
    const content =
      fieldRef !== undefined
        ? (fieldValue(facts, fieldRef) ?? '')
        : resourceFieldRef !== undefined && container !== undefined
          ? resourceValue(facts, container, resourceFieldRef)
          : undefined;
    if (content !== undefined) files.set(path, volumeFile(content, mode, defaultMode));
  }
  return files;
}

export const ETC_HOSTS_VOLUME = '.kubelet-etc';

export type MountsOutcome =
  | { readonly ok: true; readonly mounts: readonly Mount[] }
  /** Message of the container's CreateContainerConfigError. */
  | { readonly ok: false; readonly message: string };

/** What one container sees of its pod's volumes, and the files that the kubelet keeps in every container. */
export function mountsOf(
  machines: Machines,
  facts: PodFacts,
  container: Container,
  env: ReadonlyMap<string, string>,
): MountsOutcome {
  const uid = facts.pod.metadata?.uid ?? '';
  const mounts: Mount[] = [];
  const taken = new Set((container.volumeMounts ?? []).map((mount) => mount.mountPath));
  for (const file of ['hosts', 'hostname', 'resolv.conf']) {
    const path = `/etc/${file}`;
    if (!taken.has(path))
      mounts.push({ path, volumeId: volumeId(uid, ETC_HOSTS_VOLUME), readOnly: false, subPath: file });
  }
  for (const mount of container.volumeMounts ?? []) {
    const volume = facts.pod.spec?.volumes?.find((item) => item.name === mount.name);
    if (volume === undefined) continue;
    const subPath = subPathOf(mount, env);
    if (!subPath.ok) return subPath;
    const kept = subPath.path !== '' && followsApi(volume);
    if (kept) machines.keepVolume(volumeId(uid, volume.name), keptVolumeId(uid, volume.name, container.name));
    const inside = [volume.hostPath?.path ?? '', subPath.path].filter((part) => part !== '').join('/');
    mounts.push({
      path: mount.mountPath,
      // A hostPath is the node's own files, seen from another place.
      volumeId: kept
        ? keptVolumeId(uid, volume.name, container.name)
        : volume.hostPath === undefined
          ? volumeId(uid, volume.name)
          : nodeMachineId(facts.nodeName),
      readOnly: mount.readOnly === true || followsApi(volume),
      ...(inside === '' ? {} : { subPath: inside }),
      ...(isInMemory(volume) ? { inMemory: true } : {}),
    });
  }
  return { ok: true, mounts };
}

/** A mount's place in its volume (kubelet_pods.go, makeMounts): nothing absolute, nothing upwards, no variable empty. */
function subPathOf(
  mount: VolumeMount,
  env: ReadonlyMap<string, string>,
): { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string } {
  const missing = new Set<string>();
  const valueOf = (name: string): string => {
    const value = env.get(name) ?? '';
    if (value === '') missing.add(name);
    return value;
  };
  const path =
    mount.subPathExpr === undefined || mount.subPathExpr === ''
      ? (mount.subPath ?? '')
      : expandVariables(mount.subPathExpr, valueOf);
  if (missing.size > 0) return { ok: false, message: `missing value for ${[...missing].sort().join(', ')}` };
  if (path.startsWith('/'))
    return { ok: false, message: `error SubPath \`${path}\` must not be an absolute path` };
  if (path.split('/').includes('..'))
    return { ok: false, message: `unable to provision SubPath \`${path}\`: must not contain '..'` };
  return { ok: true, path };
}
