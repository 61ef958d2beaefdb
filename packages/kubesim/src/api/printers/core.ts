import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1';
import type { Cell, Printer } from '../resources/resource.ts';
import { age, columns, labelsText, nameOf, since } from './columns.ts';

export const namespacePrinter: Printer<Namespace> = {
  columns: columns('Name, Status, Age'),
  cells: (object, nowMs) => [nameOf(object), object.status?.phase ?? '', age(object, nowMs)],
};

export const configMapPrinter: Printer<ConfigMap> = {
  columns: columns('Name, Data, Age'),
  cells: (object, nowMs) => [
    nameOf(object),
    Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
    age(object, nowMs),
  ],
};

export const secretPrinter: Printer<Secret> = {
  columns: columns('Name, Type, Data, Age'),
  cells: (object, nowMs) => [
    nameOf(object),
    object.type ?? '',
    Object.keys(object.data ?? {}).length,
    age(object, nowMs),
  ],
};

export const serviceAccountPrinter: Printer<ServiceAccount> = {
  columns: columns('Name, Secrets, Age'),
  cells: (object, nowMs) => [nameOf(object), (object.secrets ?? []).length, age(object, nowMs)],
};

export const servicePrinter: Printer<Service> = {
  columns: columns('Name, Type, Cluster-IP, External-IP, Port(s), Age, Selector*'),
  cells: serviceCells,
};

function serviceCells(service: Service, nowMs: number): readonly Cell[] {
  const ports = (service.spec?.ports ?? [])
    .map(
      (port) =>
        `${port.port}${(port.nodePort ?? 0) > 0 ? `:${port.nodePort ?? 0}` : ''}/${port.protocol ?? 'TCP'}`,
    )
    .join(',');
  return [
    nameOf(service),
    service.spec?.type ?? '',
    service.spec?.clusterIPs?.[0] ?? '<none>',
    externalIp(service),
    ports === '' ? '<none>' : ports,
    age(service, nowMs),
    labelsText(service.spec?.selector),
  ];
}

function externalIp(service: Service): string {
  const external = service.spec?.externalIPs ?? [];
  const listed = external.length === 0 ? '<none>' : external.join(',');
  switch (service.spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return listed;
    case 'LoadBalancer': {
      const ingress = (service.status?.loadBalancer?.ingress ?? [])
        .map((entry) => entry.ip ?? entry.hostname ?? '')
        .filter((entry) => entry !== '');
      const balanced = [...new Set(ingress)].sort().join(',');
      if (external.length > 0) return [...(balanced === '' ? [] : [balanced]), ...external].join(',');
      return balanced === '' ? '<pending>' : balanced;
    }
    case 'ExternalName':
      return service.spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

export const endpointsPrinter: Printer<Endpoints> = {
  columns: columns('Name, Endpoints, Age'),
  cells: (object, nowMs) => [nameOf(object), endpointsText(object), age(object, nowMs)],
};

function endpointsText(endpoints: Endpoints): string {
  const subsets = endpoints.subsets ?? [];
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap((subset) => {
    const addresses = subset.addresses ?? [];
    const ports = subset.ports ?? [];
    if (ports.length === 0) return addresses.map((address) => address.ip);
    return ports.flatMap((port) =>
      addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port.port}`),
    );
  });
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

export const nodePrinter: Printer<Node> = {
  columns: columns(
    'Name, Status, Roles, Age, Version, Internal-IP*, External-IP*, OS-Image*, Kernel-Version*, Container-Runtime*',
  ),
  cells: nodeCells,
};

function nodeCells(node: Node, nowMs: number): readonly Cell[] {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  const info = node.status?.nodeInfo;
  const address = (type: string): string =>
    node.status?.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
  const known = (text: string | undefined): string =>
    text === undefined || text === '' ? '<unknown>' : text;
  return [
    nameOf(node),
    node.spec?.unschedulable === true ? `${status},SchedulingDisabled` : status,
    nodeRoles(node),
    age(node, nowMs),
    info?.kubeletVersion ?? '',
    address('InternalIP'),
    address('ExternalIP'),
    known(info?.osImage),
    known(info?.kernelVersion),
    known(info?.containerRuntimeVersion),
  ];
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeRoles(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length)
      roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? '<none>' : [...roles].sort().join(',');
}

export const eventPrinter: Printer<Event> = {
  columns: columns(
    'Last Seen, Type, Reason, Object, Subobject*, Source*, Message, First Seen*, Count*, Name*',
  ),
  cells: eventCells,
};

function eventCells(event: Event, nowMs: number): readonly Cell[] {
  const first = since(event.firstTimestamp ?? event.eventTime, nowMs);
  const last =
    event.series?.lastObservedTime === undefined ? event.lastTimestamp : event.series.lastObservedTime;
  const kind = (event.involvedObject.kind ?? '').toLowerCase();
  const name = event.involvedObject.name ?? '';
  const component = event.source?.component ?? event.reportingComponent ?? '';
  const host = event.source?.host ?? event.reportingInstance ?? '';
  const blank = (time: string | null | undefined): boolean => time === null || time === undefined;
  return [
    blank(last) ? first : since(last, nowMs),
    event.type ?? '',
    event.reason ?? '',
    name === '' ? kind : `${kind}/${name}`,
    event.involvedObject.fieldPath ?? '',
    host === '' ? component : `${component}, ${host}`,
    (event.message ?? '').trim(),
    first,
    event.series?.count ?? event.count ?? 1,
    nameOf(event),
  ];
}
