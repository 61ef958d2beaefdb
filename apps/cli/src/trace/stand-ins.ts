import type { KubernetesObject } from './read-manifests.ts';

const STAND_IN_IMAGE = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
/** Where a pod's template is, by kind. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

type Json = Record<string, unknown>;

/**
 * Puts a stand-in where a container's image is not part of the simulation, or its pod waits for what no manifest makes: a server on the TCP ports that the
 * container declares, and on those that Services send to its pod. What stood in for what is told.
 */
export function withStandIns(
  objects: readonly KubernetesObject[],
  isUnknown: (image: string) => boolean,
): { readonly objects: readonly KubernetesObject[]; readonly notes: readonly string[] } {
  const notes = new Set<string>();
  const services = objects.filter(({ kind }) => kind === 'Service');
  const replaced = objects.map((object) => {
    const path = TEMPLATES[object.kind];
    if (path === undefined) return object;
    return editAt(object, path, (template) => {
      const spec = mapOf(template['spec']);
      const containers = listOf(spec['containers']);
      const namespace = object.metadata.namespace ?? 'default';
      const missing = missingFrom(objects, namespace, spec);
      if (missing === undefined && !containers.some((container) => isUnknown(imageOf(container))))
        return template;
      const labels = mapOf(mapOf(template['metadata'])['labels']);
      const wanted = targetPorts(services, namespace, labels);
      return {
        ...template,
        spec: {
          ...spec,
          // What a foreign image needs of volumes and of preparation, its stand-in does without.
          volumes: [],
          initContainers: [],
          containers: containers.map((container, index) => {
            const unknown = isUnknown(imageOf(container));
            if (!unknown && missing === undefined) return without(container, ['volumeMounts']);
            const ports = portsOf(container, index === 0 ? wanted : []);
            const why = unknown
              ? `${imageOf(container)} is not part of the simulation`
              : `${imageOf(container)} needs ${missing ?? ''}, which no manifest makes`;
            notes.add(noteOf(why, ports));
            return standIn(container, ports);
          }),
        },
      };
    }) as KubernetesObject;
  });
  return { objects: replaced, notes: [...notes] };
}

/** A ConfigMap, a Secret or a claim that the pod waits for and that is not among the objects; undefined: it has all. */
function missingFrom(
  objects: readonly KubernetesObject[],
  namespace: string,
  spec: Json,
): string | undefined {
  const isThere = (kind: string, name: unknown): boolean =>
    objects.some(
      (object) =>
        object.kind === kind &&
        object.metadata.name === name &&
        (object.metadata.namespace ?? 'default') === namespace,
    );
  const needed = [
    ...listOf(spec['volumes']).flatMap((volume): readonly [string, Json, unknown][] => [
      ['ConfigMap', mapOf(volume['configMap']), mapOf(volume['configMap'])['name']],
      ['Secret', mapOf(volume['secret']), mapOf(volume['secret'])['secretName']],
    ]),
    ...listOf(spec['containers']).flatMap((container): readonly [string, Json, unknown][] => [
      ...listOf(container['envFrom']).flatMap((source) => referencesOf(source, 'configMapRef', 'secretRef')),
      ...listOf(container['env']).flatMap((variable) =>
        referencesOf(mapOf(variable['valueFrom']), 'configMapKeyRef', 'secretKeyRef'),
      ),
    ]),
  ].filter(([kind, source, name]) => {
    return typeof name === 'string' && source['optional'] !== true && !isThere(kind, name);
  });
  const claim = listOf(spec['volumes'])
    .map((volume) => mapOf(volume['persistentVolumeClaim'])['claimName'])
    .find((name) => typeof name === 'string');
  const [first] = needed;
  if (first !== undefined) return `${first[0]} ${String(first[2])}`;
  return claim === undefined ? undefined : `the storage of PersistentVolumeClaim ${claim}`;
}

function referencesOf(source: Json, config: string, secret: string): readonly [string, Json, unknown][] {
  return [
    ['ConfigMap', mapOf(source[config]), mapOf(source[config])['name']],
    ['Secret', mapOf(source[secret]), mapOf(source[secret])['name']],
  ];
}

function noteOf(why: string, ports: readonly number[]): string {
  const where = ports.length === 0 ? 'no port: it declares none' : `TCP ${ports.join(', ')}`;
  return `${why}: a stand-in listens on ${where}.`;
}

function standIn(container: Json, ports: readonly number[]): Json {
  const { name } = container;
  return {
    name,
    image: STAND_IN_IMAGE,
    args: [ports.length === 0 ? 'pause' : 'porter'],
    env: ports.map((port) => ({ name: `SERVE_PORT_${port}`, value: `stand-in ${String(name)}` })),
    ...(container['ports'] === undefined ? {} : { ports: container['ports'] }),
  };
}

function portsOf(container: Json, wanted: readonly number[]): readonly number[] {
  const declared = listOf(container['ports'])
    .filter((port) => (port['protocol'] ?? 'TCP') === 'TCP')
    .flatMap(({ containerPort }) => (typeof containerPort === 'number' ? [containerPort] : []));
  return [...new Set([...declared, ...wanted])].sort((left, right) => left - right);
}

/** Numbered target ports of the Services that select these labels: someone must listen there. */
function targetPorts(
  services: readonly KubernetesObject[],
  namespace: string,
  labels: Json,
): readonly number[] {
  return services
    .filter((service) => (service.metadata.namespace ?? 'default') === namespace)
    .filter(({ spec }) => {
      const selector = Object.entries(mapOf(spec?.['selector']));
      return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
    })
    .flatMap(({ spec }) => listOf(spec?.['ports']))
    .filter((port) => (port['protocol'] ?? 'TCP') === 'TCP')
    .map((port) => port['targetPort'] ?? port['port'])
    .filter((port) => typeof port === 'number');
}

/** Every image that the objects name. */
export function imagesOf(objects: readonly KubernetesObject[]): readonly string[] {
  const images = objects.flatMap((object) => {
    const path = TEMPLATES[object.kind];
    if (path === undefined) return [];
    const template = path.reduce<Json>((inner, step) => mapOf(inner[step]), object);
    return listOf(mapOf(template['spec'])['containers']).map(imageOf);
  });
  return [...new Set(images)];
}

function imageOf(container: Json): string {
  return typeof container['image'] === 'string' ? container['image'] : '';
}

function editAt(value: Json, path: readonly string[], edit: (inner: Json) => Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return edit(value);
  return { ...value, [step]: editAt(mapOf(value[step]), rest, edit) };
}

function mapOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(mapOf) : [];
}

function without(map: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}
