import type {
  Container,
  EnvVar,
  ObjectFieldSelector,
  Pod,
  ResourceFieldSelector,
  Service,
} from 'kubernetes-types/core/v1';
import { utf8Decode } from '@podwire/sim';
import { base64ToBytes } from '../api/base64.ts';
import type { KubeClient } from '../api/client.ts';
import { parseQuantity } from '../api/quantity.ts';
import { nameOf, namespaceOf } from '../runtime/objects.ts';

export type EnvironmentResult =
  | { readonly ok: true; readonly env: ReadonlyMap<string, string> }
  /** Message of the container's CreateContainerConfigError. */
  | { readonly ok: false; readonly message: string };

export interface PodFacts {
  readonly pod: Pod;
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  readonly nodeName: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The environment of one container: service links, then envFrom, then env, the later over the earlier (kubelet_pods.go, makeEnvironmentVariables). */
export function containerEnvironment(
  client: KubeClient,
  facts: PodFacts,
  container: Container,
): EnvironmentResult {
  const namespace = namespaceOf(facts.pod);
  const env = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? '';
    const result =
      source.configMapRef !== undefined
        ? configMapData(client, namespace, source.configMapRef)
        : source.secretRef !== undefined
          ? secretData(client, namespace, source.secretRef)
          : undefined;
    if (result === undefined) continue;
    if (!result.ok) return result;
    for (const [key, value] of result.data) env.set(`${prefix}${key}`, textOf(value));
  }
  const links = serviceLinks(client, facts.pod);
  for (const variable of container.env ?? []) {
    const value = valueOf(client, facts, container, variable, (name) => env.get(name) ?? links.get(name));
    if (!value.ok) return value;
    if (value.value !== undefined) env.set(variable.name, value.value);
  }
  for (const [name, value] of links) if (!env.has(name)) env.set(name, value);
  return { ok: true, env };
}

type Value =
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly message: string };

function valueOf(
  client: KubeClient,
  facts: PodFacts,
  container: Container,
  variable: EnvVar,
  lookUp: (name: string) => string | undefined,
): Value {
  const { valueFrom } = variable;
  if (valueFrom === undefined) return { ok: true, value: expandVariables(variable.value ?? '', lookUp) };
  const namespace = namespaceOf(facts.pod);
  if (valueFrom.fieldRef !== undefined)
    return { ok: true, value: fieldValue(facts, valueFrom.fieldRef) ?? '' };
  if (valueFrom.resourceFieldRef !== undefined)
    return { ok: true, value: resourceValue(facts, container, valueFrom.resourceFieldRef) };
  const map = valueFrom.configMapKeyRef;
  if (map !== undefined)
    return keyOf(
      configMapData(client, namespace, map),
      map,
      `couldn't find key ${map.key} in ConfigMap ${namespace}/${map.name ?? ''}`,
    );
  const secret = valueFrom.secretKeyRef;
  if (secret !== undefined)
    return keyOf(
      secretData(client, namespace, secret),
      secret,
      `couldn't find key ${secret.key} in Secret ${namespace}/${secret.name ?? ''}`,
    );
  return { ok: true, value: undefined };
}

/** Texts of ConfigMaps, bytes of all else. */
type Data =
  | { readonly ok: true; readonly data: ReadonlyMap<string, string | Uint8Array> }
  | { readonly ok: false; readonly message: string };

function keyOf(
  source: Data,
  reference: { readonly key: string; readonly optional?: boolean },
  missing: string,
): Value {
  if (!source.ok) return source;
  const value = source.data.get(reference.key);
  if (value !== undefined) return { ok: true, value: textOf(value) };
  return reference.optional === true ? { ok: true, value: undefined } : { ok: false, message: missing };
}

function textOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : utf8Decode(value);
}

interface NamedReference {
  readonly name?: string;
  readonly optional?: boolean;
}

export function configMapData(
  client: KubeClient,
  namespace: string,
  reference: NamedReference,
  withBinary = false,
): Data {
  const name = reference.name ?? '';
  const map = client.get('ConfigMap', namespace, name);
  if (map === undefined)
    return reference.optional === true
      ? { ok: true, data: new Map() }
      : { ok: false, message: `configmap "${name}" not found` };
  // Variables are made of texts alone.
  const binary = Object.entries(withBinary ? (map.binaryData ?? {}) : {}).map(
    ([key, value]) => [key, base64ToBytes(value)] as const,
  );
  return {
    ok: true,
    data: new Map<string, string | Uint8Array>([...Object.entries(map.data ?? {}), ...binary]),
  };
}

export function secretData(client: KubeClient, namespace: string, reference: NamedReference): Data {
  const name = reference.name ?? '';
  const secret = client.get('Secret', namespace, name);
  if (secret === undefined)
    return reference.optional === true
      ? { ok: true, data: new Map() }
      : { ok: false, message: `secret "${name}" not found` };
  return {
    ok: true,
    data: new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, base64ToBytes(value)])),
  };
}

/** `$(NAME)` becomes the variable's value, `$$` a dollar; what is not known stays as it stands (third_party/forked/golang/expansion). */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replaceAll(/\$(\$|\(([^()]*)\))/g, (whole, escaped: string, name: string | undefined) =>
    escaped === '$' ? '$' : (lookUp(name ?? '') ?? whole),
  );
}

/** A field of the pod by its path, as the downward API names them. */
export function fieldValue(facts: PodFacts, selector: ObjectFieldSelector): string | undefined {
  const { pod } = facts;
  const path = selector.fieldPath;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed !== null)
    return pod.metadata?.[keyed[1] === 'labels' ? 'labels' : 'annotations']?.[keyed[2] ?? ''];
  switch (path) {
    case 'metadata.name':
      return nameOf(pod);
    case 'metadata.namespace':
      return namespaceOf(pod);
    case 'metadata.uid':
      return pod.metadata?.uid;
    case 'metadata.labels':
      return quotedPairs(pod.metadata?.labels);
    case 'metadata.annotations':
      return quotedPairs(pod.metadata?.annotations);
    case 'spec.nodeName':
      return facts.nodeName;
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? 'default';
    case 'status.hostIP':
      return facts.hostIps[0];
    case 'status.hostIPs':
      return facts.hostIps.join(',');
    case 'status.podIP':
      return facts.podIps[0];
    case 'status.podIPs':
      return facts.podIps.join(',');
    default:
      return undefined;
  }
}

function quotedPairs(values: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(values ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** A container's own request or limit; a limit that is not set is what the node has. */
export function resourceValue(
  facts: PodFacts,
  container: Container,
  selector: ResourceFieldSelector,
): string {
  const named = selector.containerName;
  const subject =
    named === undefined
      ? container
      : (facts.pod.spec?.containers.find((item) => item.name === named) ?? container);
  const [kind = '', ...rest] = selector.resource.split('.');
  const resource = rest.join('.');
  const limits = subject.resources?.limits?.[resource];
  const text =
    kind === 'limits'
      ? (limits ?? facts.allocatable[resource])
      : (subject.resources?.requests?.[resource] ?? limits);
  const divisor = parseQuantity(selector.divisor ?? '1')?.nanos ?? 1_000_000_000n;
  const amount = parseQuantity(text ?? '0')?.nanos ?? 0n;
  const unit = divisor === 0n ? 1_000_000_000n : divisor;
  return String((amount + unit - 1n) / unit);
}

/** NAME_SERVICE_HOST and its like for each Service of the namespace, and always for the API server (envvars.FromServices). */
function serviceLinks(client: KubeClient, pod: Pod): Map<string, string> {
  const env = new Map<string, string>();
  const all =
    pod.spec?.enableServiceLinks === false ? [] : client.list('Service', { namespace: namespaceOf(pod) });
  const api = client.get('Service', 'default', 'kubernetes');
  const services =
    api === undefined ? all : [...all.filter((service) => nameOf(service) !== 'kubernetes'), api];
  for (const service of services) addLinks(env, service);
  return env;
}

function addLinks(env: Map<string, string>, service: Service): void {
  const host = service.spec?.clusterIP;
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (host === undefined || host === '' || host === 'None' || first === undefined) return;
  const prefix = nameOf(service).toUpperCase().replaceAll('-', '_');
  env.set(`${prefix}_SERVICE_HOST`, host);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports)
    if (port.name !== undefined && port.name !== '')
      env.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
  const literal = host.includes(':') ? `[${host}]` : host;
  for (const [index, port] of ports.entries()) {
    const protocol = (port.protocol ?? 'TCP').toUpperCase();
    const url = `${protocol.toLowerCase()}://${literal}:${port.port}`;
    const head = `${prefix}_PORT_${port.port}_${protocol}`;
    if (index === 0) env.set(`${prefix}_PORT`, url);
    env.set(head, url);
    env.set(`${head}_PROTO`, protocol.toLowerCase());
    env.set(`${head}_PORT`, String(port.port));
    env.set(`${head}_ADDR`, host);
  }
}
