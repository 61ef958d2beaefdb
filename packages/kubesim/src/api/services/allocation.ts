import { addressAt, cidrContains, cidrSize, parseCidr } from '@podwire/netsim';
import type { Service } from 'kubernetes-types/core/v1';
import type { ResourceContext } from '../resources/resource.ts';
import { internalError, invalid } from '../status.ts';
import type { Failure } from '../status.ts';
import { ipAddress } from '../validation/addresses.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import {
  clusterFamilies,
  defaultFamilies,
  familyOf,
  isHeadless,
  normalizeClusterIps,
  takesClusterIp,
} from './ip-families.ts';

/** `--service-node-port-range` of a cluster as kubeadm makes it (SVC22). */
const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;
/** Below these offsets addresses are kept for those who ask for one by name (KEP-3070). */
const MIN_STATIC_BAND = 16;
const MAX_STATIC_BAND = 256;
/** A range larger than this is drawn from its beginning only: no cluster has as many Services. */
const MAX_DRAWN_ADDRESSES = 2 ** 24;
/** On an IPAddress that belongs to a Service; one without it was made by hand, and its address is not given out. */
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
/** Random draws before the range is searched in order. */
const RANDOM_ATTEMPTS = 32;

/** Gives a Service its addresses and ports, or says why it cannot have those it asks for. Releasing is implicit: what no Service holds is free. */
export function allocate(
  service: Service,
  previous: Service | undefined,
  context: ResourceContext,
): Failure | undefined {
  const { spec } = service;
  if (spec === undefined) return undefined;
  const fail = (errors: FieldErrors): Failure =>
    invalid('Service', '', service.metadata?.name ?? '', errors.list);
  if (previous !== undefined) releaseForType(service, previous);
  normalizeClusterIps(service, previous);
  const others = (context.list('services') as readonly Service[]).filter(
    (other) => other.metadata?.uid !== service.metadata?.uid,
  );
  const errors = new FieldErrors();
  defaultFamilies(service, previous, clusterFamilies(context.config.serviceCidrs), errors);
  if (errors.list.length > 0) return fail(errors);
  const addressFailure = allocateAddresses(service, previous, others, context);
  if (addressFailure !== undefined) return addressFailure;
  return (
    allocateNodePorts(service, others, context) ?? allocateHealthPort(service, previous, others, context)
  );
}

/** A change of type takes with it what the new type does not have, unless the client changed that too (SVC22). */
function releaseForType(service: Service, previous: Service): void {
  const { spec } = service;
  const before = previous.spec;
  if (spec === undefined || before === undefined) return;
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  if (spec.type === 'ExternalName' && before.type !== 'ExternalName') {
    if (same(spec.clusterIPs, before.clusterIPs) || same(spec.clusterIP, before.clusterIP)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (same(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
    if (spec.internalTrafficPolicy === before.internalTrafficPolicy) delete spec.internalTrafficPolicy;
  }
  if (
    before.type === 'ExternalName' &&
    spec.type !== 'ExternalName' &&
    spec.externalName === before.externalName
  )
    delete spec.externalName;
  const exposes = (type: string | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer';
  if (exposes(before.type) && !exposes(spec.type)) {
    const taken = new Set((before.ports ?? []).map((port) => port.nodePort));
    for (const port of spec.ports ?? [])
      if (port.nodePort !== undefined && taken.has(port.nodePort)) delete port.nodePort;
    if ((spec.externalIPs ?? []).length === 0 && spec.externalTrafficPolicy === before.externalTrafficPolicy)
      delete spec.externalTrafficPolicy;
  }
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
    if (service.status !== undefined) service.status.loadBalancer = {};
  }
  const needsHealth = spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
  if (!needsHealth && spec.healthCheckNodePort === before.healthCheckNodePort)
    delete spec.healthCheckNodePort;
}

function allocateAddresses(
  service: Service,
  previous: Service | undefined,
  others: readonly Service[],
  context: ResourceContext,
): Failure | undefined {
  const { spec } = service;
  if (spec === undefined || !takesClusterIp(service)) return undefined;
  const kept = previous !== undefined && takesClusterIp(previous) ? (previous.spec?.clusterIPs ?? []) : [];
  if (isHeadless(service)) {
    // What contradicts `None` is left for validation to tell.
    if ((spec.clusterIPs ?? []).length > 1 || spec.clusterIP !== spec.clusterIPs?.[0]) return undefined;
    spec.clusterIP = 'None';
    spec.clusterIPs = ['None'];
    return undefined;
  }
  // A client that leaves the address out on an update keeps the one it has.
  const asked =
    (spec.clusterIPs ?? []).length > 0
      ? (spec.clusterIPs ?? [])
      : kept.filter((address) => address !== 'None');
  const taken = new Set([
    ...others.flatMap((other) => other.spec?.clusterIPs ?? []),
    ...context
      .list('networking.k8s.io/ipaddresses')
      .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === undefined)
      .map(({ metadata }) => metadata.name ?? ''),
  ]);
  const addresses: string[] = [];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const cidr = context.config.serviceCidrs.find(
      (candidate) => (parseCidr(candidate)?.version === 6 ? 'IPv6' : 'IPv4') === family,
    );
    const wanted = asked[index];
    if (cidr === undefined)
      return internalError(`failed to allocate a serviceIP: no range of family ${family}`);
    if (wanted === undefined || wanted === '') {
      const drawn = drawAddress(cidr, taken, context);
      if (drawn === undefined) return internalError('failed to allocate a serviceIP: range is full');
      addresses.push(drawn);
      continue;
    }
    addresses.push(wanted);
    if (kept.includes(wanted)) continue;
    const problem = addressProblem(wanted, family, cidr, context.dryRun ? undefined : taken, asked, index);
    if (problem === undefined) continue;
    return invalid('Service', '', service.metadata?.name ?? '', problem.list);
  }
  spec.clusterIPs = addresses;
  const [first] = addresses;
  if (first !== undefined) spec.clusterIP = first;
  return undefined;
}

function addressProblem(
  wanted: string,
  family: string,
  cidr: string,
  /** undefined in a dry run, which takes nothing and doesn't ask who has it. */
  taken: ReadonlySet<string> | undefined,
  asked: readonly string[],
  index: number,
): FieldErrors | undefined {
  const errors = new FieldErrors();
  const messages = ipAddress(wanted);
  if (messages.length > 0) errors.invalidEach(`spec.clusterIPs[${index}]`, wanted, messages);
  else if (familyOf(wanted) !== family)
    errors.invalid(
      `spec.clusterIPs[${index}]`,
      asked,
      `expected an ${family} value as indicated by \`ipFamilies[${index}]\``,
    );
  else if (!cidrContains(cidr, wanted)) {
    errors.invalid(
      'spec.clusterIPs',
      asked,
      taken === undefined
        ? `failed to allocate IP ${wanted}: the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${cidr}`
        : `failed to allocate IP ${wanted}: the provided network does not match the current range`,
    );
  } else if (taken?.has(wanted) === true)
    errors.invalid(
      'spec.clusterIPs',
      asked,
      `failed to allocate IP ${wanted}: provided IP is already allocated`,
    );
  return errors.list.length === 0 ? undefined : errors;
}

function drawAddress(cidr: string, taken: ReadonlySet<string>, context: ResourceContext): string | undefined {
  // The network address is never given out; nor, in IPv4, the broadcast address.
  const size = Math.min(cidrSize(cidr), MAX_DRAWN_ADDRESSES);
  const last = parseCidr(cidr)?.version === 4 && size < MAX_DRAWN_ADDRESSES ? size - 2 : size - 1;
  const band = Math.min(Math.max(MIN_STATIC_BAND, Math.floor(size / MIN_STATIC_BAND)), MAX_STATIC_BAND);
  const first = size > MIN_STATIC_BAND ? band + 1 : 1;
  const free = (offset: number): string | undefined => {
    const address = addressAt(cidr, offset);
    return address !== undefined && !taken.has(address) ? address : undefined;
  };
  for (let attempt = 0; attempt < RANDOM_ATTEMPTS && last >= first; attempt++) {
    const address = free(first + context.randomInt(last - first + 1));
    if (address !== undefined) return address;
  }
  // Upper part in order, then what is left of the lower band. At most as many steps as there are Services and one.
  for (const [from, to] of [
    [first, last],
    [1, first - 1],
  ] as const) {
    for (let offset = from; offset <= to && offset - from <= taken.size; offset++) {
      const address = free(offset);
      if (address !== undefined) return address;
    }
  }
  return undefined;
}

function takesNodePorts(service: Service): boolean {
  const { spec } = service;
  return (
    spec?.type === 'NodePort' ||
    (spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
  );
}

function allocateNodePorts(
  service: Service,
  others: readonly Service[],
  context: ResourceContext,
): Failure | undefined {
  const ports = service.spec?.ports ?? [];
  const exposes = service.spec?.type === 'NodePort' || service.spec?.type === 'LoadBalancer';
  if (!exposes) return undefined;
  const taken = portsInUse(others);
  const mine = new Map<number, Set<string>>();
  for (const [index, port] of ports.entries()) {
    if (port.nodePort === undefined || port.nodePort === 0) continue;
    const field = `spec.ports[${index}].nodePort`;
    const errors = new FieldErrors();
    // A dry run looks at who has the port, not at the range.
    if (!context.dryRun && (port.nodePort < FIRST_NODE_PORT || port.nodePort > LAST_NODE_PORT))
      errors.invalid(
        field,
        port.nodePort,
        `provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${LAST_NODE_PORT}`,
      );
    else if (taken.has(port.nodePort) || mine.get(port.nodePort)?.has(port.protocol ?? 'TCP') === true)
      errors.invalid(field, port.nodePort, 'provided port is already allocated');
    if (errors.list.length > 0) return invalid('Service', '', service.metadata?.name ?? '', errors.list);
    const protocols = mine.get(port.nodePort) ?? new Set();
    protocols.add(port.protocol ?? 'TCP');
    mine.set(port.nodePort, protocols);
  }
  if (!takesNodePorts(service)) return undefined;
  for (const port of ports) {
    if (port.nodePort !== undefined && port.nodePort !== 0) continue;
    // The same port number under another protocol shares its node port (SVC12).
    const twin = ports.find(
      (other) =>
        other.port === port.port &&
        other.nodePort !== undefined &&
        other.nodePort !== 0 &&
        mine.get(other.nodePort)?.has(port.protocol ?? 'TCP') === false,
    );
    const drawn = twin?.nodePort ?? drawNodePort(taken, mine, context);
    if (drawn === undefined) return internalError('failed to allocate a nodePort: range is full');
    port.nodePort = drawn;
    const protocols = mine.get(drawn) ?? new Set();
    protocols.add(port.protocol ?? 'TCP');
    mine.set(drawn, protocols);
  }
  return undefined;
}

function portsInUse(services: readonly Service[]): ReadonlySet<number> {
  const taken = new Set<number>();
  for (const { spec } of services) {
    for (const port of spec?.ports ?? []) if (port.nodePort !== undefined) taken.add(port.nodePort);
    if (spec?.healthCheckNodePort !== undefined) taken.add(spec.healthCheckNodePort);
  }
  return taken;
}

function drawNodePort(
  taken: ReadonlySet<number>,
  mine: ReadonlyMap<number, unknown>,
  context: ResourceContext,
): number | undefined {
  const count = LAST_NODE_PORT - FIRST_NODE_PORT + 1;
  const start = context.randomInt(count);
  for (let step = 0; step < count; step++) {
    const port = FIRST_NODE_PORT + ((start + step) % count);
    if (!taken.has(port) && !mine.has(port)) return port;
  }
  return undefined;
}

/** SVC21. */
function allocateHealthPort(
  service: Service,
  previous: Service | undefined,
  others: readonly Service[],
  context: ResourceContext,
): Failure | undefined {
  const { spec } = service;
  if (spec?.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') return undefined;
  const before = previous?.spec?.healthCheckNodePort;
  if (spec.healthCheckNodePort !== undefined && spec.healthCheckNodePort === before) return undefined;
  const taken = new Set([...portsInUse(others), ...(spec.ports ?? []).map((port) => port.nodePort ?? 0)]);
  if (spec.healthCheckNodePort === undefined || spec.healthCheckNodePort === 0) {
    const kept = before ?? drawNodePort(taken, new Map(), context);
    if (kept === undefined)
      return internalError('failed to allocate a HealthCheck NodePort 0: range is full');
    spec.healthCheckNodePort = kept;
    return undefined;
  }
  const asked = spec.healthCheckNodePort;
  if (asked < FIRST_NODE_PORT || asked > LAST_NODE_PORT)
    return internalError(
      `failed to allocate requested HealthCheck NodePort ${asked}: provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${LAST_NODE_PORT}`,
    );
  return taken.has(asked)
    ? internalError(
        `failed to allocate requested HealthCheck NodePort ${asked}: provided port is already allocated`,
      )
    : undefined;
}
