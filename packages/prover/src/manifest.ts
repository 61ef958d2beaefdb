/** An object of Kubernetes as JSON. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Written by the cluster: they say nothing about what the learner wanted. */
const SERVER_METADATA: readonly string[] = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
];
const SERVER_ANNOTATIONS: readonly string[] = [
  LAST_APPLIED,
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
];

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isManifest(value: unknown): value is Manifest {
  return (
    isMap(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isMap(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}

/** Without status and what the server keeps in metadata. */
export function wanted(object: Manifest): Manifest {
  const { metadata, ...rest } = object;
  const kept = Object.entries(metadata).filter(([key]) => !SERVER_METADATA.includes(key));
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !SERVER_ANNOTATIONS.includes(key),
  );
  const fields = Object.fromEntries(kept.filter(([key]) => key !== 'annotations'));
  const { status: _status, ...spec } = rest;
  return {
    ...spec,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...fields,
      name: metadata.name,
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
  };
}

/** What the learner handed in, where `kubectl apply` noted it; else what the object asks for now. */
export function manifestOf(object: Manifest): Manifest {
  const noted = object.metadata.annotations?.[LAST_APPLIED];
  if (noted === undefined) return unallocated(wanted(object));
  try {
    const parsed: unknown = JSON.parse(noted);
    return isManifest(parsed) ? wanted(parsed) : unallocated(wanted(object));
  } catch {
    return unallocated(wanted(object));
  }
}

/** Without what the cluster gave this one object and can't give another: addresses, node ports, a place. */
function unallocated(manifest: Manifest): Manifest {
  const spec = manifest['spec'];
  if (!isMap(spec)) return manifest;
  if (manifest.kind === 'Pod') return { ...manifest, spec: without(spec, ['nodeName']) };
  if (manifest.kind !== 'Service') return manifest;
  const given = ['clusterIPs', 'ipFamilies', 'healthCheckNodePort'];
  const kept = without(spec, spec['clusterIP'] === 'None' ? given : [...given, 'clusterIP']);
  const { ports } = kept;
  return {
    ...manifest,
    spec: Array.isArray(ports)
      ? { ...kept, ports: ports.map((port: unknown) => (isMap(port) ? without(port, ['nodePort']) : port)) }
      : kept,
  };
}

function without(map: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}

export function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Equal as JSON, whatever the order of keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((entry, index) => sameJson(entry, right[index]));
  if (isMap(left) && isMap(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => sameJson(left[key], right[key]));
  }
  return left === right;
}
