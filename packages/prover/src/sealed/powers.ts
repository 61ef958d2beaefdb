import { isMap } from '../manifest.ts';
import type { Manifest } from '../manifest.ts';

/**
 * What an object reaches beside itself: its node, addresses and names that are others', the grader's view of a pod.
 * Kinds and namespaces do not tell: a Deployment that is asked for may bring a pod that is root on its node.
 */
export function powersOf(manifest: Manifest): readonly string[] {
  const { kind, spec } = manifest;
  if (kind === 'Service' && isMap(spec)) return powersOfService(spec);
  if (kind === 'Ingress') return powersOfAnnotations(manifest);
  const pod = podSpecOf(manifest);
  return pod === undefined ? [] : powersOfPod(pod);
}

/** Whether what solutions use covers this power: a folder of a node covers those within it. */
export function isCovered(power: string, granted: ReadonlySet<string>): boolean {
  if (granted.has(power)) return true;
  if (!power.startsWith(HOST_PATH)) return false;
  return [...granted].some((each) => each.startsWith(HOST_PATH) && power.startsWith(`${each}/`));
}

const HOST_PATH = 'hostPath ';

function powersOfService(spec: Readonly<Record<string, unknown>>): readonly string[] {
  return [
    ...(isFilled(spec['externalIPs']) ? ['externalIPs'] : []),
    ...(spec['type'] === 'ExternalName' ? ['ExternalName'] : []),
  ];
}

/** Snippets are the web server's own configuration, which can answer by itself. */
function powersOfAnnotations({ metadata }: Manifest): readonly string[] {
  return Object.keys(metadata.annotations ?? {})
    .filter((key) => key.endsWith('-snippet'))
    .map((key) => key.slice(key.indexOf('/') + 1));
}

/** Where each kind of workload keeps the pods that it makes. */
function podSpecOf({ kind, spec }: Manifest): Readonly<Record<string, unknown>> | undefined {
  if (kind === 'Pod') return isMap(spec) ? spec : undefined;
  const template = kind === 'CronJob' ? fieldOf(fieldOf(spec, 'jobTemplate'), 'spec') : spec;
  const pod = fieldOf(fieldOf(template, 'template'), 'spec');
  return isMap(pod) ? pod : undefined;
}

function powersOfPod(pod: Readonly<Record<string, unknown>>): readonly string[] {
  const found = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod[field] === true);
  // Other names for a pod, and names that it alone looks up otherwise.
  for (const field of ['hostname', 'hostAliases', 'dnsConfig']) if (isFilled(pod[field])) found.push(field);
  const priority = pod['priorityClassName'];
  if (typeof priority === 'string' && priority.startsWith('system-')) found.push(priority);
  for (const volume of listOf(pod['volumes'])) {
    const path = fieldOf(fieldOf(volume, 'hostPath'), 'path');
    if (typeof path === 'string') found.push(`${HOST_PATH}${plainPath(path)}`);
  }
  for (const container of [...listOf(pod['initContainers']), ...listOf(pod['containers'])])
    found.push(...powersOfContainer(container));
  return [...new Set(found)];
}

function powersOfContainer(container: unknown): readonly string[] {
  const security = fieldOf(container, 'securityContext');
  const added = listOf(fieldOf(fieldOf(security, 'capabilities'), 'add'));
  return [
    ...(fieldOf(security, 'privileged') === true ? ['privileged'] : []),
    ...added.map((name) => `capability ${String(name).replace(/^CAP_/, '')}`),
    ...(listOf(fieldOf(container, 'ports')).some((port) => Number(fieldOf(port, 'hostPort') ?? 0) > 0)
      ? ['hostPort']
      : []),
  ];
}

/** Without `.`, `..` and what else says the same in other letters. */
function plainPath(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..') steps.pop();
    else steps.push(step);
  }
  return `/${steps.join('/')}`;
}

function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isMap(value) ? Object.keys(value).length > 0 : value !== undefined && value !== null && value !== '';
}

function fieldOf(value: unknown, field: string): unknown {
  return isMap(value) ? value[field] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
