import { deepFreeze } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import { parse, stringify } from 'yaml';
import { defaultPod } from '../api/defaults/pod-spec.ts';
import { validatePod } from '../api/validation/pods.ts';
import { FieldErrors } from '../api/validation/field-errors.ts';
import { decodeObject } from '../api/schema/decode.ts';
import type { Json } from '../api/json.ts';
import { fnv32a } from '../runtime/objects.ts';
import type { NodeFiles } from '../nodes/node-files.ts';

/** staticPodPath of a kubelet that kubeadm set up. */
export const MANIFEST_DIRECTORY = '/etc/kubernetes/manifests';
/** Aliases in a manifest; kubeadm writes none. */
const MAX_ALIASES = 16;

/** A file of the directory, as the kubelet last read it. */
export interface ManifestFile {
  readonly text: string;
  /** The pod that it names; undefined when it names none. */
  readonly uid: string | undefined;
}

/** What is to change so that the node runs what the directory says. */
interface ManifestChange {
  readonly uid: string;
  /** undefined: the pod is to end. */
  readonly pod: Pod | undefined;
}

/** A static pod as kubeadm writes it to a file: without what the kubelet adds. */
export function manifestText(pod: Pod, node: string): string {
  const { labels, annotations, name = '', namespace } = pod.metadata ?? {};
  const spec = { ...pod.spec };
  for (const added of [
    'dnsPolicy',
    'enableServiceLinks',
    'nodeName',
    'restartPolicy',
    'schedulerName',
    'terminationGracePeriodSeconds',
    'tolerations',
  ] as const)
    delete spec[added];
  const bare = name.endsWith(`-${node}`) ? name.slice(0, -node.length - 1) : name;
  const metadata = { ...(annotations === undefined ? {} : { annotations }), labels, name: bare, namespace };
  return stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }, { sortMapEntries: true });
}

/** Reads the directory, and brings what is remembered of it up to date. */
export function readManifests(
  known: Map<string, ManifestFile>,
  files: NodeFiles,
  node: string,
): readonly ManifestChange[] {
  const changes: ManifestChange[] = [];
  // As the kubelet does: files whose names begin with a dot do not count.
  const present = files.list(MANIFEST_DIRECTORY).filter((name) => !name.startsWith('.'));
  for (const name of known.keys()) {
    const gone = known.get(name);
    if (present.includes(name) || gone === undefined) continue;
    known.delete(name);
    if (gone.uid !== undefined) changes.push({ uid: gone.uid, pod: undefined });
  }
  for (const name of present) {
    const text = files.read(`${MANIFEST_DIRECTORY}/${name}`);
    const before = known.get(name);
    if (text === undefined || before?.text === text) continue;
    if (before?.uid !== undefined) changes.push({ uid: before.uid, pod: undefined });
    const uid = manifestUid(`${node}${name}${text}`);
    const pod = podOf(text, uid, node);
    known.set(name, { text, uid: pod === undefined ? undefined : uid });
    if (pod !== undefined) changes.push({ uid, pod });
  }
  return changes;
}

function manifestUid(seed: string): string {
  let hex = '';
  for (let lane = 0; lane < 4; lane++) hex += fnv32a(`${lane}/${seed}`).toString(16).padStart(8, '0');
  return hex;
}

/** undefined when the file is no pod that the API would take: the kubelet notes that in its log and goes on. */
function podOf(text: string, uid: string, node: string): Pod | undefined {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: MAX_ALIASES });
  } catch {
    return undefined;
  }
  const decoded = decodeObject('core.Pod', value as Json);
  if (!decoded.ok) return undefined;
  const given = decoded.value as Pod;
  if (given.kind !== 'Pod' || given.apiVersion !== 'v1' || given.spec === undefined) return undefined;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...given.metadata,
      name: `${given.metadata?.name ?? ''}-${node}`,
      namespace: given.metadata?.namespace ?? 'default',
      uid,
    },
    spec: {
      ...given.spec,
      nodeName: node,
      tolerations: [...(given.spec.tolerations ?? []), { effect: 'NoExecute', operator: 'Exists' }],
    },
  };
  defaultPod(pod);
  const errors = new FieldErrors();
  validatePod(pod, errors);
  return errors.list.length === 0 ? deepFreeze(pod) : undefined;
}
