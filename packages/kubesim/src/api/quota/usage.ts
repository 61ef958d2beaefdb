import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  ResourceQuota,
  Service,
} from 'kubernetes-types/core/v1';
import type { StoredObject } from '../../store/store.ts';
import { qosClass } from '../defaults/qos.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import type { Quantity } from '../quantity.ts';
import { parseTime } from '../time.ts';

/** What a quota counts, by the quota's names for it, in units of 10^-9. */
export type Usage = ReadonlyMap<string, bigint>;

const ONE = 1_000_000_000n;
/** Amounts of containers that quotas name without a prefix: those of requests. */
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const BY_STORAGE_CLASS = '.storageclass.storage.k8s.io/';
/** Kinds that quotas also count by a name of their own. */
const OBJECT_NAMES: Readonly<Record<string, string>> = {
  pods: 'pods',
  services: 'services',
  secrets: 'secrets',
  configmaps: 'configmaps',
  resourcequotas: 'resourcequotas',
  replicationcontrollers: 'replicationcontrollers',
  persistentvolumeclaims: 'persistentvolumeclaims',
};

export type ListTable = (table: string, prefix: string) => readonly StoredObject[];

/** What one object of a table uses. `table` as the store names it: `pods`, `apps/deployments`. */
export function usageOfObject(table: string, object: StoredObject, nowMs: number): Usage {
  const usage = new Map<string, bigint>();
  const [group, resource] = table.includes('/') ? table.split('/') : ['', table];
  usage.set(`count/${resource ?? ''}${group === '' ? '' : `.${group ?? ''}`}`, ONE);
  if (table === 'pods') {
    const pod = object as unknown as Pod;
    if (isOver(pod, nowMs)) return usage;
    usage.set('pods', ONE);
    addCompute(usage, pod.spec);
    return usage;
  }
  const own = OBJECT_NAMES[table];
  if (own !== undefined) usage.set(own, ONE);
  if (table === 'services') addService(usage, object as unknown as Service);
  if (table === 'persistentvolumeclaims') addClaim(usage, object as unknown as PersistentVolumeClaim);
  return usage;
}

/** A pod that has ended, or should have, uses nothing any longer (pkg/quota/v1/evaluator/core QuotaV1Pod). */
function isOver(pod: Pod, nowMs: number): boolean {
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return true;
  const { deletionTimestamp } = pod.metadata ?? {};
  const ends = deletionTimestamp === undefined ? undefined : parseTime(deletionTimestamp);
  return ends !== undefined && nowMs > ends;
}

/** Claims count by their class too: `gold.storageclass.storage.k8s.io/requests.storage` (persistent_volume_claims.go). */
function addClaim(usage: Map<string, bigint>, { metadata, spec }: PersistentVolumeClaim): void {
  const text = spec?.resources?.requests?.['storage'];
  const asked = text === undefined ? undefined : parseQuantity(text)?.nanos;
  // Whole bytes.
  const bytes = asked === undefined ? undefined : ((asked + ONE - 1n) / ONE) * ONE;
  const annotated = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'];
  const storageClass = annotated ?? spec?.storageClassName ?? '';
  for (const prefix of storageClass === '' ? [''] : ['', `${storageClass}${BY_STORAGE_CLASS}`]) {
    usage.set(`${prefix}persistentvolumeclaims`, ONE);
    if (bytes !== undefined) usage.set(`${prefix}requests.storage`, bytes);
  }
}

function addService(usage: Map<string, bigint>, { spec }: Service): void {
  const ports = BigInt(spec?.ports?.length ?? 0);
  if (spec?.type === 'LoadBalancer') {
    usage.set('services.loadbalancers', ONE);
    const given = (spec.ports ?? []).filter((port) => (port.nodePort ?? 0) !== 0).length;
    usage.set(
      'services.nodeports',
      spec.allocateLoadBalancerNodePorts === false ? BigInt(given) * ONE : ports * ONE,
    );
  } else if (spec?.type === 'NodePort') usage.set('services.nodeports', ports * ONE);
}

function addCompute(usage: Map<string, bigint>, spec: PodSpec | undefined): void {
  for (const [name, amount] of podTotal(spec, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (COMPUTE.includes(name) || name.startsWith('hugepages-')) usage.set(name, amount);
  }
  for (const [name, amount] of podTotal(spec, 'limits')) usage.set(`limits.${name}`, amount);
}

/** All containers together, or the most that any init container needs while it runs (resourcehelper.PodRequests). */
export function podTotal(spec: PodSpec | undefined, which: 'requests' | 'limits'): Map<string, bigint> {
  const total = new Map<string, bigint>();
  const sidecars = new Map<string, bigint>();
  const most = new Map<string, bigint>();
  const amounts = (container: Container): [string, bigint][] =>
    Object.entries(container.resources?.[which] ?? {}).map(([name, text]) => [
      name,
      parseQuantity(text)?.nanos ?? 0n,
    ]);
  const add = (into: Map<string, bigint>, [name, amount]: [string, bigint]): void => {
    into.set(name, (into.get(name) ?? 0n) + amount);
  };
  const raise = (from: ReadonlyMap<string, bigint>, into: Map<string, bigint>): void => {
    for (const [name, amount] of from) if (amount > (into.get(name) ?? -1n)) into.set(name, amount);
  };
  for (const container of spec?.containers ?? []) for (const entry of amounts(container)) add(total, entry);
  for (const container of spec?.initContainers ?? []) {
    const during = new Map(sidecars);
    for (const entry of amounts(container)) {
      add(during, entry);
      if (container.restartPolicy === 'Always') {
        add(total, entry);
        add(sidecars, entry);
      }
    }
    raise(during, most);
  }
  raise(most, total);
  return total;
}

interface ScopeRequirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}

export function scopesOf(quota: ResourceQuota): readonly ScopeRequirement[] {
  return [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []).map(({ scopeName, operator, values }) => ({
      scopeName,
      operator,
      values: values ?? [],
    })),
  ];
}

/** Whether a quota is about an object: scopes speak of pods, and one of claims. */
export function covers(quota: ResourceQuota, table: string, object: StoredObject): boolean {
  const scopes = scopesOf(quota);
  if (table === 'pods') return scopes.every((scope) => inScope(scope, object as unknown as Pod));
  if (table === 'persistentvolumeclaims')
    return scopes.every((scope) => claimInScope(scope, object as unknown as PersistentVolumeClaim));
  return scopes.length === 0;
}

function claimInScope(scope: ScopeRequirement, { spec }: PersistentVolumeClaim): boolean {
  const name = spec?.volumeAttributesClassName ?? '';
  return scope.scopeName === 'VolumeAttributesClass' && isNamed(scope, name);
}

/** Whether a class that an object names, '' for none, is among those that a scope is about. */
function isNamed({ operator, values }: ScopeRequirement, name: string): boolean {
  if (operator === 'In') return name !== '' && values.includes(name);
  if (operator === 'NotIn') return !values.includes(name);
  return (operator === 'Exists') === (name !== '');
}

function inScope(scope: ScopeRequirement, pod: Pod): boolean {
  const bestEffort = qosClass(pod) === 'BestEffort';
  const terminating = (pod.spec?.activeDeadlineSeconds ?? -1) >= 0;
  switch (scope.scopeName) {
    case 'Terminating':
      return terminating;
    case 'NotTerminating':
      return !terminating;
    case 'BestEffort':
      return bestEffort;
    case 'NotBestEffort':
      return !bestEffort;
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(pod);
    case 'PriorityClass':
      return isNamed(scope, pod.spec?.priorityClassName ?? '');
    default:
      return false;
  }
}

function crossesNamespaces(pod: Pod): boolean {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        (term) => term.podAffinityTerm,
      ),
    ].some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined),
  );
}

/** The tables that a quota's names speak of. */
function tablesOf(names: readonly string[]): ReadonlySet<string> {
  const tables = new Set<string>();
  for (const name of names) {
    const counted = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
    if (counted !== null)
      tables.add(counted[2] === undefined ? (counted[1] ?? '') : `${counted[2]}/${counted[1] ?? ''}`);
    else if (name.startsWith('services')) tables.add('services');
    else if (name === 'requests.storage' || name.includes(BY_STORAGE_CLASS))
      tables.add('persistentvolumeclaims');
    else tables.add(OBJECT_NAMES[name] ?? 'pods');
  }
  return tables;
}

/** What a namespace uses of what a quota limits. */
export function usageOfNamespace(
  quota: ResourceQuota,
  namespace: string,
  names: readonly string[],
  list: ListTable,
  nowMs: number,
): Map<string, bigint> {
  const total = new Map<string, bigint>(names.map((name) => [name, 0n]));
  for (const table of tablesOf(names))
    for (const object of list(table, `${namespace}/`)) {
      if (!covers(quota, table, object)) continue;
      for (const [name, amount] of usageOfObject(table, object, nowMs)) {
        const before = total.get(name);
        if (before !== undefined) total.set(name, before + amount);
      }
    }
  return total;
}

/** In the form that such amounts have: bytes in binary units, the rest in decimal ones. */
export function amountText(nanos: bigint, name: string): string {
  const format: Quantity['format'] = /memory|storage|hugepages/.test(name) ? 'BinarySI' : 'DecimalSI';
  return formatQuantity({ nanos, format });
}
